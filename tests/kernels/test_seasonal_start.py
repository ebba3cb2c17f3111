"""The first guess of the seasonality: classical decomposition, then shrinkage by its noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.tsa.seasonal import seasonal_decompose

from esrnn.kernels.seasonal_start import seasonal_start, shrink_to_signal

MANY = 100


def start(x, period, max_seasons=MANY):
    x = np.asarray(x, dtype=np.float64)
    factors, noise, n_seasons = seasonal_start(x, np.array([0, x.size]), period, max_seasons)
    return factors[0], float(noise[0]), float(n_seasons[0])


@pytest.mark.parametrize("period", [1, 2, 3, 4, 7, 12])
def test_exact_for_a_trend_and_a_season_without_noise(period):
    season = np.random.default_rng(0).normal(size=period)
    season -= season.mean()
    t = np.arange(6 * period + 1)
    factors, noise, n_seasons = start(5.0 - 0.3 * t + season[t % period], period)
    assert_allclose(factors, season, atol=1e-12)
    assert noise == pytest.approx(0.0, abs=1e-14)
    # Half a season at either end has no moving average.
    assert n_seasons == (t.size - 2 * (period // 2)) / period


@pytest.mark.parametrize("period", [4, 7])
def test_equals_classical_decomposition(period):
    x = np.cumsum(np.random.default_rng(1).normal(size=10 * period + 3))
    decomposed = seasonal_decompose(x, model="additive", period=period)
    factors, noise, _ = start(x, period)
    assert_allclose(factors, decomposed.seasonal[:period], atol=1e-12)
    detrended = x - decomposed.trend
    groups = [detrended[j::period] for j in range(period)]
    squares = sum(float(((g - np.nanmean(g)) ** 2)[np.isfinite(g)].sum()) for g in groups)
    assert noise == pytest.approx(squares / (np.isfinite(detrended).sum() - period), rel=1e-10)


def test_only_the_first_seasons_count():
    x = np.random.default_rng(2).normal(size=80)
    reach = 5 * 4 + 2 + 2  # five seasons between two half ones, and the last moving average's half
    later, last = x.copy(), x.copy()
    later[reach:] += 100.0
    last[reach - 1] += 100.0
    assert_array_equal(start(x, 4, 5)[0], start(later, 4, 5)[0])
    assert not np.allclose(start(x, 4, 5)[0], start(last, 4, 5)[0])
    assert start(x, 4, 5)[2] == 5.0
    assert start(x, 4)[2] == 19.0


def test_a_panel_is_its_series_one_by_one():
    rng = np.random.default_rng(3)
    parts = [rng.normal(size=n) for n in (30, 1, 4, 9, 53)]
    indptr = np.concatenate([[0], np.cumsum([p.size for p in parts])])
    together = seasonal_start(np.concatenate(parts), indptr, 4, 6)
    for i, part in enumerate(parts):
        alone = seasonal_start(part, np.array([0, part.size]), 4, 6)
        for many, one in zip(together, alone, strict=True):
            assert_array_equal(many[i], one[0])


def test_missing_values_are_left_out():
    season = np.array([2.0, -1.0, -1.0])
    x = np.tile(season, 8)
    x[[7, 13]] = np.nan
    factors, noise, n_seasons = start(x, 3)
    assert_allclose(factors, season, atol=1e-12)
    assert noise == pytest.approx(0.0, abs=1e-14)
    assert n_seasons == (22 - 2) / 3  # the gaps and the two ends have no deviation


@pytest.mark.parametrize("n", [1, 3, 4])
def test_less_than_a_season_says_nothing(n):
    factors, noise, n_seasons = start(np.arange(float(n)) ** 2, 4)
    assert_array_equal(factors, np.zeros(4))
    assert np.isnan(noise)
    assert n_seasons == 0.0


def test_steps_of_the_season_never_observed_are_neutral():
    x = np.array([1.0, 5.0, 2.0, 7.0, 1.5, 6.0])  # moving averages at steps 2 and 3 only
    factors, noise, n_seasons = start(x, 4)
    assert_array_equal(factors[:2], [0.0, 0.0])
    deviations = [2.0 - (0.5 + 5 + 2 + 7 + 0.75) / 4, 7.0 - (2.5 + 2 + 7 + 1.5 + 3) / 4]
    assert_allclose(factors[2:], deviations - np.mean(deviations))
    assert np.isnan(noise)
    assert n_seasons == 0.5


def test_shrinkage_by_hand():
    factors = np.array([[1.0, -1.0], [1.0, -1.0], [3.0, -3.0]])
    noise = np.array([2.0, 8.0, np.nan])
    n_seasons = np.array([4.0, 4.0, 1.0])
    shrunk, filled, ratio = shrink_to_signal(factors, noise, n_seasons, None)
    assert ratio == 5.0  # median of 2 / 1 and 8 / 1
    assert_array_equal(filled, [2.0, 8.0, 45.0])
    # kept: 1 - 2/4/1 = 0.5; 1 - 8/4/1 < 0; 1 - 45/1/9 < 0
    assert_allclose(shrunk, [[0.5, -0.5], [0.0, 0.0], [0.0, 0.0]])


def test_shrinkage_takes_the_ratio_it_is_given():
    shrunk, filled, ratio = shrink_to_signal(
        np.array([[3.0, -3.0]]), np.array([np.nan]), np.array([2.0]), 0.5
    )
    assert (ratio, filled[0]) == (0.5, 4.5)
    assert_allclose(shrunk, [[2.25, -2.25]])  # 1 - 4.5 / 2 / 9 = 3/4


def test_nothing_to_go_by_gives_neutral_factors():
    shrunk, noise, ratio = shrink_to_signal(np.zeros((2, 3)), np.full(2, np.nan), np.zeros(2), None)
    assert_array_equal(shrunk, np.zeros((2, 3)))
    assert_array_equal(noise, [0.0, 0.0])
    assert ratio == 1.0


def test_pure_noise_is_shrunk_away_and_a_clear_season_is_kept():
    rng = np.random.default_rng(4)
    n, period, seasons = 200, 4, 8
    t = np.arange(period * seasons)
    season = rng.normal(size=(n, period))
    season -= season.mean(axis=1, keepdims=True)
    indptr = np.arange(n + 1) * t.size
    for strength, least, most in ((0.0, 0.0, 0.45), (5.0, 0.9, 1.0)):
        x = strength * season[:, t % period] + rng.normal(size=(n, t.size))
        raw, noise, count = seasonal_start(x.ravel(), indptr, period, MANY)
        shrunk, _, _ = shrink_to_signal(raw, noise, count, None)
        kept = np.abs(shrunk).sum() / np.abs(raw).sum()
        assert least <= kept <= most
