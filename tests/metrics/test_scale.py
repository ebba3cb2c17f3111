"""`seasonal_scale` against a plain loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.errors import InputError, InputTypeError
from esrnn.metrics import seasonal_scale
from esrnn.panel import Panel


def loop_scale(series: np.ndarray, period: int) -> float:
    terms = [abs(series[t] - series[t - period]) for t in range(period, len(series))]
    terms = [term for term in terms if not np.isnan(term)]
    return sum(terms) / len(terms) if terms else np.nan


@st.composite
def panels(draw: st.DrawFn) -> list[np.ndarray]:
    values = st.floats(-1e6, 1e6) | st.just(np.nan)
    return [np.array(s) for s in draw(st.lists(st.lists(values, max_size=12), min_size=1))]


@given(panels(), st.integers(1, 5))
def test_scale_is_the_loop(series: list[np.ndarray], period: int) -> None:
    indptr = np.concatenate([[0], np.cumsum([len(s) for s in series])])
    got = seasonal_scale(np.concatenate(series), period, indptr=indptr)
    assert_allclose(got, [loop_scale(s, period) for s in series], rtol=1e-12, atol=1e-300)


@given(panels(), st.integers(1, 5))
def test_scale_of_a_panel_is_that_of_its_series(series: list[np.ndarray], period: int) -> None:
    indptr = np.concatenate([[0], np.cumsum([len(s) for s in series])])
    together = seasonal_scale(np.concatenate(series), period, indptr=indptr)
    alone = [seasonal_scale(s, period)[0] for s in series]
    assert_array_equal(together, alone)


def test_the_whole_history_counts_and_nothing_from_the_next_series() -> None:
    # The jump of 99 between the two series, and the pair across the gap, must not count.
    values = [1.0, 2.0, np.nan, 5.0, 104.0, 104.0]
    assert_array_equal(seasonal_scale(values, 1, indptr=[0, 4, 6]), [1.0, 0.0])
    assert_array_equal(seasonal_scale(values, 2, indptr=[0, 4, 6]), [3.0, np.nan])


def test_a_panel_is_passed_by_its_arrays() -> None:
    panel = Panel.from_arrays([[1.0, 3.0, 2.0], [5.0, 5.0]])
    assert_array_equal(seasonal_scale(panel.values, 1, indptr=panel.indptr), [1.5, 0.0])


@pytest.mark.parametrize(
    ("indptr", "message"),
    [
        ([1, 3], "rise from 0 to n_obs = 3"),
        ([0, 2], "rise from 0 to n_obs = 3"),
        ([0, 2, 1, 3], "decreasing"),
        ([[0, 3]], r"shape \(1, 2\)"),
        ([], "N \\+ 1 integers"),
        ([0.0, 3.0], "float64"),
    ],
)
def test_boundaries_that_do_not_fit_are_refused(indptr: list[object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        seasonal_scale([1.0, 2.0, 3.0], 1, indptr=indptr)


@pytest.mark.parametrize("period", [0, -1, 1.0, "4", None, True])
def test_what_is_no_period_is_refused(period: object) -> None:
    with pytest.raises((InputError, InputTypeError), match="seasonal_period must be"):
        seasonal_scale([1.0, 2.0], period)


def test_bad_values_are_refused() -> None:
    with pytest.raises(InputError, match=r"infinite: 1 found: series 1 \(rows from 0, 2 in all\)"):
        seasonal_scale([1.0, 2.0, np.inf], 1, indptr=[0, 2, 3])
    with pytest.raises(InputError, match=r"values must have shape \(n_obs,\)"):
        seasonal_scale(np.ones((2, 3)), 1)
    with pytest.raises(InputTypeError, match="real numbers"):
        seasonal_scale(["a"], 1)


def test_no_series_have_no_scales() -> None:
    assert seasonal_scale([], 4, indptr=[0]).shape == (0,)
