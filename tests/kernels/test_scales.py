"""Scales of series: against loops, against MASE's scale, and bit for bit against numpy's sums."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.kernels.scales import causal_scale, means_of_each, seasonal_unit
from esrnn.metrics import seasonal_scale
from esrnn.panel import Panel
from esrnn.panel.flat import indptr_of

value = st.one_of(st.floats(-100.0, 100.0), st.just(np.nan))
ragged = st.lists(
    st.lists(value, min_size=1, max_size=15).map(lambda y: [1.0, *y]), min_size=1, max_size=4
)


def numpy_scale(values: FloatArray, indptr: IntArray, lag: int) -> FloatArray:
    """Return the causal scale by numpy's cumulative sums, series by series."""
    seasonal = _running_mean_difference(values, indptr, lag)
    if lag == 1:
        return np.nan_to_num(seasonal, nan=0.0)
    of_lag_1 = _running_mean_difference(values, indptr, 1)
    return np.nan_to_num(np.where(np.isnan(seasonal), of_lag_1, seasonal), nan=0.0)


def _running_mean_difference(values: FloatArray, indptr: IntArray, lag: int) -> FloatArray:
    difference = np.full(values.size, np.nan)
    with np.errstate(over="ignore"):
        difference[lag:] = np.abs(values[lag:] - values[:-lag])
    step = np.arange(values.size) - np.repeat(indptr[:-1], np.diff(indptr))
    difference[step < lag] = np.nan
    seen = np.isfinite(difference)
    mean = np.empty(values.size)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for a, b in pairwise(indptr):
            total = np.cumsum(np.where(seen[a:b], difference[a:b], 0.0))
            mean[a:b] = total / np.cumsum(seen[a:b])
    return mean


@given(ragged, st.integers(1, 5))
def test_equals_a_loop(arrays, lag):
    panel = Panel.from_arrays(arrays)
    found = causal_scale(np.array(panel.values), np.array(panel.indptr), lag)
    for i, y in enumerate(arrays):
        for t in range(len(y)):
            differences = {k: [abs(y[j] - y[j - k]) for j in range(k, t + 1)] for k in (lag, 1)}
            seen = {k: [d for d in known if not np.isnan(d)] for k, known in differences.items()}
            expected = seen[lag] or seen[1] or [0.0]
            assert found[panel.indptr[i] + t] == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("lag", [1, 3, 24])
def test_has_the_bits_of_numpys_sums(lag):
    rng = np.random.default_rng(lag)
    lengths = rng.integers(1, 400, 30)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    values = np.exp(rng.normal(0.0, 3.0, indptr[-1])) * rng.choice([-1.0, 1.0], indptr[-1])
    values[rng.random(values.size) < 0.2] = np.nan
    assert_array_equal(causal_scale(values, indptr, lag), numpy_scale(values, indptr, lag))


def test_sums_that_overflow_stay_finite():
    values, indptr = np.array([-1e308, 1e308, 0.0, 1.6e308, 0.0, 1.0]), np.array([0, 6])
    found = causal_scale(values, indptr, 1)
    assert_array_equal(found, numpy_scale(values, indptr, 1))
    assert found.max() == np.finfo(np.float64).max


@given(ragged, st.integers(1, 5))
def test_last_step_is_the_scale_of_mase(arrays, lag):
    panel = Panel.from_arrays(arrays)
    values, indptr = np.array(panel.values), np.array(panel.indptr)
    last = causal_scale(values, indptr, lag)[indptr[1:] - 1]
    mase = seasonal_scale(values, lag, indptr=indptr)
    defined = np.isfinite(mase)
    assert_allclose(last[defined], mase[defined], rtol=1e-12)


@given(ragged, st.integers(1, 5))
def test_says_nothing_of_the_future(arrays, lag):
    panel = Panel.from_arrays(arrays)
    grown = Panel.from_arrays([[*y, 1e6, -1e6] for y in arrays])
    before = causal_scale(np.array(panel.values), np.array(panel.indptr), lag)
    after = causal_scale(np.array(grown.values), np.array(grown.indptr), lag)
    for i, y in enumerate(arrays):
        part = after[grown.indptr[i] : grown.indptr[i] + len(y)]
        assert_array_equal(part, before[panel.indptr[i] : panel.indptr[i + 1]])


def test_differences_of_lag_1_stand_in_for_a_season_not_yet_seen():
    scale = causal_scale(np.array([1.0, 3.0, 3.0, 7.0, 9.0]), np.array([0, 5]), 3)
    assert scale.tolist() == [0.0, 2.0, 1.0, 6.0, 6.0]


def test_constant_series_have_none():
    assert not causal_scale(np.full(9, 4.0), np.array([0, 8, 9]), 2).any()


def numpy_unit(values: FloatArray, indptr: IntArray, additive: BoolArray, lag: int) -> FloatArray:
    """Return the unit of additive series by numpy's means, series by series."""
    unit = np.ones(additive.size)
    for i in np.flatnonzero(additive):
        y = values[indptr[i] : indptr[i + 1]]
        for sizes in (np.abs(y[lag:] - y[:-lag]), np.abs(np.diff(y)), np.abs(y)):
            known = sizes[np.isfinite(sizes)]
            if known.size and known.mean() > 0.0:
                unit[i] = known.mean()
                break
    return unit


@pytest.mark.parametrize("lag", [1, 7, 24])
def test_units_have_the_bits_of_numpys_means(lag):
    rng = np.random.default_rng(lag)
    lengths = np.concatenate([np.arange(1, 300), [1000, 2049, 5000]])
    indptr = indptr_of(lengths)
    values = np.exp(rng.normal(0.0, 2.0, indptr[-1])) * rng.choice([-1.0, 0.0, 1.0], indptr[-1])
    values[rng.random(values.size) < 0.1] = np.nan
    values[indptr[5] : indptr[6]] = 3.0
    values[indptr[6] : indptr[7]] = 0.0
    values[indptr[7] : indptr[8]] = np.nan
    additive = rng.random(lengths.size) < 0.8
    found = seasonal_unit(values, indptr, additive, lag)
    assert_array_equal(found, numpy_unit(values, indptr, additive, lag))
    assert (found[~additive] == 1.0).all()


def test_means_have_the_bits_of_numpys():
    rng = np.random.default_rng(0)
    lengths = np.concatenate([np.arange(300), [1023, 1024, 4099]])
    indptr = indptr_of(lengths)
    values = np.exp(rng.normal(0.0, 3.0, indptr[-1]))
    parts = np.split(values, indptr[1:-1])
    expected = [part.mean() if part.size else 0.0 for part in parts]
    assert_array_equal(means_of_each(values, indptr), expected)
