"""The seasonal adjustment behind Naive2: plain loops, data that M4 has not, and refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.errors import InputError
from esrnn.metrics import is_seasonal, naive, naive2, seasonal_adjustment

SEASON = np.array([1.0, 2.0, 4.0, 3.0])


def test_a_pure_season_is_flat_once_adjusted() -> None:
    adjustment = seasonal_adjustment(np.tile(SEASON, 6)[:-1], 6, 4)
    assert_allclose(adjustment.values, 2.5, rtol=1e-12)
    # The 23rd value was a 4, so that the horizon begins with a 3.
    assert_allclose(adjustment.indices, SEASON[[3, 0, 1, 2, 3, 0]] / 2.5, rtol=1e-12)
    assert not adjustment.additive
    assert adjustment.additive.shape == ()


@pytest.mark.parametrize("period", [4, 5])
def test_indices_are_mean_ratios_to_the_moving_average(period: int) -> None:
    rng = np.random.default_rng(period)
    season = np.linspace(1.0, 3.0, period)
    x = season[np.arange(41) % period] * rng.uniform(5, 6, 41) * np.linspace(1, 2, 41)
    half = period // 2
    ratios: list[list[float]] = [[] for _ in range(period)]
    for t in range(half, len(x) - half):
        window = x[t - half : t + half + 1].copy()
        if period % 2 == 0:
            window[[0, -1]] /= 2
        ratios[t % period].append(x[t] / (window.sum() / period))
    indices = np.array([np.mean(r) for r in ratios])
    indices /= indices.mean()
    adjustment = seasonal_adjustment(x, 7, period)
    assert_allclose(adjustment.values, x / indices[np.arange(41) % period], rtol=1e-12)
    assert_allclose(adjustment.indices, indices[(41 + np.arange(7)) % period], rtol=1e-12)


def test_series_that_are_not_seasonal_stay_as_they_are() -> None:
    x = np.random.default_rng(3).uniform(5, 6, size=32)
    assert not is_seasonal(x, 4)[0]
    for period in (1, 4):
        adjustment = seasonal_adjustment(x, 3, period)
        assert_array_equal(adjustment.values, x)
        assert_array_equal(adjustment.indices, np.ones(3))
        assert_array_equal(adjustment.reseasonalise([1.0, 2.0, 3.0]), [1.0, 2.0, 3.0])


def test_adjusting_and_putting_back_changes_nothing() -> None:
    # The season ahead has the indices of the season before, so that the last season comes back.
    for shift in (0.0, -2.0):
        x = np.tile(SEASON, 8) + shift + np.linspace(0, 0.3, 32)
        adjustment = seasonal_adjustment(x, 4, 4)
        assert adjustment.additive == (shift < 0)
        assert_allclose(adjustment.reseasonalise(adjustment.values[-4:]), x[-4:], rtol=1e-12)


def test_a_panel_is_adjusted_as_its_series_are() -> None:
    rng = np.random.default_rng(5)
    series = [
        np.tile(SEASON, 7) * rng.uniform(0.9, 1.1, 28),
        rng.uniform(5, 6, 13),
        np.tile(SEASON, 9)[:-2] - 2 + rng.uniform(0, 0.1, 34),
        np.tile(SEASON, 7) * rng.uniform(0.9, 1.1, 28),
    ]
    indptr = np.concatenate([[0], np.cumsum([len(s) for s in series])])
    panel = seasonal_adjustment(np.concatenate(series), 6, 4, indptr=indptr)
    assert panel.additive.tolist() == [False, False, True, False]
    singles = [seasonal_adjustment(s, 6, 4) for s in series]
    assert_array_equal(panel.values, np.concatenate([s.values for s in singles]))
    assert_array_equal(panel.indices, np.stack([s.indices for s in singles]))
    forecasts = rng.uniform(1, 2, (4, 6))
    expected = [s.reseasonalise(f) for s, f in zip(singles, forecasts, strict=True)]
    assert_array_equal(panel.reseasonalise(forecasts), expected)


def test_naive2_is_naive_of_the_adjusted_series() -> None:
    x = np.tile(SEASON, 7) * np.random.default_rng(1).uniform(0.9, 1.1, 28)
    adjustment = seasonal_adjustment(x, 5, 4)
    assert_array_equal(naive2(x, 5, 4), adjustment.reseasonalise(naive(adjustment.values, 5)))


def test_missing_values_stay_missing_and_the_input_is_left_alone() -> None:
    x = np.tile(SEASON, 8)
    x[[5, 31]] = np.nan
    x.flags.writeable = False
    adjustment = seasonal_adjustment(x, 2, 4)
    assert_array_equal(np.isnan(adjustment.values), np.isnan(x))
    assert np.isfinite(adjustment.indices).all()
    adjustment.values[0] = 7.0  # the caller's own


def test_what_does_not_fit_is_refused() -> None:
    adjustment = seasonal_adjustment(np.tile(SEASON, 6), 4, 4)
    with pytest.raises(InputError, match=r"shape of the indices, \(4,\); got \(3,\)"):
        adjustment.reseasonalise(np.ones(3))
    with pytest.raises(InputError, match="horizon must be at least 1; got 0"):
        seasonal_adjustment(SEASON, 0, 4)
    with pytest.raises(InputError, match="must have an observation"):
        seasonal_adjustment([1.0, np.nan], 1, 4, indptr=[0, 1, 2])
    assert seasonal_adjustment([], 3, 4, indptr=[0]).indices.shape == (0, 3)
