"""MSIS, coverage and ACD against values worked out by hand, a plain loop and M4's tables."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.datasets import load_m4
from esrnn.errors import InputError
from esrnn.metrics import acd, coverage, msis, naive, seasonal_scale

from .panels import flat, matrix


def loop_msis(
    y: np.ndarray, lower: np.ndarray, upper: np.ndarray, scale: np.ndarray, a: float
) -> list[float]:
    means = []
    for i, row in enumerate(y):
        terms = []
        for h, value in enumerate(row):
            term = upper[i, h] - lower[i, h]
            if value < lower[i, h]:
                term += 2 / a * (lower[i, h] - value)
            if value > upper[i, h]:
                term += 2 / a * (value - upper[i, h])
            terms.append(term)
        means.append(sum(terms) / len(terms) / scale[i])
    return means


@given(st.integers(0, 10_000), st.sampled_from([0.95, 0.8, 0.5]))
def test_msis_is_the_loop(seed: int, nominal: float) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(4, 5))
    lower, upper = np.sort(rng.normal(size=(2, 4, 5)), axis=0)
    scale = rng.uniform(0.5, 2.0, size=4)
    expected = loop_msis(y, lower, upper, scale, 1 - nominal)
    got = msis(y, lower, upper, scale=scale, nominal=nominal, per_series=True)
    assert_allclose(got, expected, rtol=1e-12)
    assert msis(y, lower, upper, scale=scale, nominal=nominal) == pytest.approx(np.mean(expected))


def test_msis_by_hand() -> None:
    # Widths 4 and 1, one miss by 1 below: (4 + 1 + 40 * 1) / 2 / 2
    assert msis([10.0, 10.0], [8.0, 11.0], [12.0, 12.0], scale=2.0) == pytest.approx(11.25)
    # A miss above costs the same as one below, and a value on the bound nothing.
    assert msis([10.0, 10.0], [7.0, 8.0], [9.0, 10.0], scale=1.0) == pytest.approx((2 + 2 + 40) / 2)


def test_coverage_counts_the_bounds_as_inside() -> None:
    y = [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    lower = [[1.0, 0.0, 4.0], [0.0, 0.0, 0.0]]
    upper = [[1.5, 2.0, 5.0], [9.0, 9.0, 9.0]]
    assert_allclose(coverage(y, lower, upper, per_series=True), [2 / 3, 1.0])
    assert coverage(y, lower, upper) == pytest.approx(5 / 6)
    assert acd(y, lower, upper) == pytest.approx(0.95 - 5 / 6)


def test_acd_lets_series_make_up_for_each_other() -> None:
    y = np.zeros((2, 10))
    lower, upper = -np.ones((2, 10)), np.ones((2, 10))
    lower[0, 0] = 0.5  # covered 0.9 and 1.0
    assert acd(y, lower, upper, nominal=0.95) == pytest.approx(0.0)


def test_missing_observations_are_left_out() -> None:
    y, lower, upper = [np.nan, 1.0, 5.0], [0.0, 0.0, 0.0], [2.0, 2.0, 2.0]
    assert coverage(y, lower, upper) == 0.5
    assert msis(y, lower, upper, scale=1.0) == pytest.approx((2 + 2 + 40 * 3) / 2)
    with pytest.raises(InputError, match="Coverage is undefined"):
        coverage([np.nan], [0.0], [1.0])
    assert_array_equal(coverage([np.nan], [0.0], [1.0], per_series=True), [np.nan])


def test_a_scale_of_zero_leaves_msis_undefined() -> None:
    with pytest.raises(InputError, match="MSIS is undefined"):
        msis([1.0], [0.0], [2.0], scale=0.0)
    assert np.isnan(msis([1.0], [0.0], [2.0], scale=0.0, per_series=True)).all()


def test_crossed_bounds_are_refused() -> None:
    for measure in (coverage, acd, lambda *a: msis(*a, scale=[1.0, 1.0])):
        with pytest.raises(InputError, match=r"lower must not exceed upper.*series 1 "):
            measure([[1.0], [1.0]], [[0.0], [2.0]], [[2.0], [0.0]])


def test_bad_bounds_are_refused() -> None:
    with pytest.raises(InputError, match="upper must be finite"):
        coverage([1.0], [0.0], [np.inf])
    with pytest.raises(InputError, match="lower and y must have the same shape"):
        coverage([1.0], [0.0, 0.0], [1.0])


@pytest.mark.parametrize("nominal", [0.0, 1.0, 95, np.nan])
def test_what_is_no_share_is_refused(nominal: float) -> None:
    with pytest.raises(InputError, match=r"nominal must lie in \(0, 1\)"):
        acd([1.0], [0.0], [2.0], nominal=nominal)
    with pytest.raises(InputError, match=r"nominal must lie in \(0, 1\)"):
        msis([1.0], [0.0], [2.0], scale=1.0, nominal=nominal)


# M4's published intervals of Naive: MSIS and ACD.
PUBLISHED_NAIVE = {
    "hourly": (24, 71.245, 0.011),
    "weekly": (1, 26.358, 0.001),
    "yearly": (1, 56.554, 0.234),
}


@pytest.mark.parametrize("group", PUBLISHED_NAIVE)
def test_published_intervals_of_naive(group: str, request: pytest.FixtureRequest) -> None:
    folder: Path | None = None
    if group != "hourly":
        folder = request.getfixturevalue("competition_data_dir")
    period, published_msis, published_acd = PUBLISHED_NAIVE[group]
    train, test = load_m4(group, folder)
    values, indptr = flat(train)
    y = matrix(test, len(indptr) - 1)
    horizon = y.shape[1]
    # R's naive(): normal errors with the root mean square of the differences, growing with sqrt(h).
    squares = np.diff(values) ** 2
    spread = [np.sqrt(squares[a : b - 1].mean()) for a, b in pairwise(indptr)]
    half = 1.959964 * np.outer(spread, np.sqrt(np.arange(1, horizon + 1)))
    y_hat = naive(values, horizon, indptr=indptr)
    scale = seasonal_scale(values, period, indptr=indptr)
    assert round(msis(y, y_hat - half, y_hat + half, scale=scale), 3) == published_msis
    assert round(acd(y, y_hat - half, y_hat + half), 3) == published_acd
