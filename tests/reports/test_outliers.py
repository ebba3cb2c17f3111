"""Outliers, against a plain loop over each series."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.panel.flat import indptr_of
from esrnn.reports.outliers import find_outliers


def _plain(series: np.ndarray, periods: tuple[int, ...]) -> np.ndarray:
    """Find the outliers of one series, value by value."""
    flags = np.ones(series.size, dtype=bool)
    for lag in (1, *periods):
        distance = np.full(series.size, np.nan)
        for t in range(series.size):
            around = [series[s] for s in range(t - 2 * lag, t + 2 * lag + 1, lag)
                      if 0 <= s < series.size]  # fmt: skip
            if not np.isnan(series[t]):
                distance[t] = abs(series[t] - np.nanmedian(around))
        known = distance[~np.isnan(distance)]
        scale = 1.4826 * np.median(known) if known.size >= 15 else 0.0
        flags &= (distance > 12.0 * scale) if scale > 0 else False
    return flags


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.integers(0, 999),
    st.sampled_from([(), (4,), (3, 12)]),
)
def test_outliers_are_those_of_a_plain_loop(
    lengths: list[int], seed: int, periods: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(seed)
    series = [rng.standard_t(1.5, n) for n in lengths]
    for one in series:
        one[rng.random(one.size) < 0.1] = np.nan
        one[0] = 1.0
    found = find_outliers(np.concatenate(series), indptr_of(np.array(lengths)), periods)
    assert found.tolist() == np.concatenate([_plain(one, periods) for one in series]).tolist()


@pytest.mark.parametrize("period", [7, 12])
def test_a_season_of_one_peak_has_no_outliers(period: int) -> None:
    steps = np.arange(120)
    values = 10.0 + 500.0 * (steps % period == 3) + np.random.default_rng(0).normal(size=120)
    indptr = np.array([0, 120])
    assert not find_outliers(values, indptr, (period,)).any()
    assert find_outliers(values, indptr, ()).any()
    values[63] = 5_000.0
    assert np.flatnonzero(find_outliers(values, indptr, (period,))).tolist() == [63]


def test_constant_and_rare_values_are_none() -> None:
    values = np.concatenate([np.full(30, 7.0), np.eye(1, 30, 9).ravel(), [1.0, 99.0]])
    assert not find_outliers(values, np.array([0, 30, 60, 62]), ()).any()


@pytest.mark.parametrize("size", [2e307, 1.7e308])
def test_the_largest_numbers_do_not_overflow(size: float) -> None:
    values = np.tile([0.0, size, -size], 10)
    assert not find_outliers(values, np.array([0, 3, 30]), ()).any()
