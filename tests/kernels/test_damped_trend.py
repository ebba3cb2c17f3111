"""Exponential smoothing with a damped trend against a plain loop and statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from esrnn.kernels.damped_trend import fit_damped_trend
from esrnn.kernels.threads import at_most
from tests.kernels.test_theta import flat, series


def forecast(row: np.ndarray, horizon: int) -> np.ndarray:
    level, trend, _, _, phi, _ = row
    return level + trend * np.cumsum(phi ** np.arange(1, horizon + 1))


def run(y: np.ndarray, start: np.ndarray, coefficients: np.ndarray) -> tuple[float, float, float]:
    """Return the sum of squares, the last level and the last trend from a start."""
    (level, trend), (alpha, beta, phi), total = start, coefficients, 0.0
    for value in y:
        level, trend = level + phi * trend, phi * trend
        if not np.isnan(value):
            error = value - level
            level, trend = level + alpha * error, trend + beta * error
            total += error**2
    return total, level, trend


def best_start(y: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Find the start by least squares, with the one-step errors of three starts."""
    columns = []
    for start in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        errors, (level, trend), (alpha, beta, phi) = [], start, coefficients
        for value in y:
            level, trend = level + phi * trend, phi * trend
            if not np.isnan(value):
                errors.append(value - level)
                level, trend = level + alpha * errors[-1], trend + beta * errors[-1]
        columns.append(np.array(errors))
    base, by_level, by_trend = columns[0], columns[1] - columns[0], columns[2] - columns[0]
    return np.linalg.lstsq(-np.column_stack([by_level, by_trend]), base, rcond=None)[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_fit_is_as_good_as_that_of_statsmodels(seed: int) -> None:
    parts = [y for y in series(seed) if y.size >= 20]
    for y, row in zip(parts, fit_damped_trend(*flat(parts)), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = ETSModel(y, error="add", trend="add", damped_trend=True).fit(disp=False)
        total = row[5] ** 2 * y.size
        assert total <= theirs.sse * 1.001
        if total > theirs.sse * (1.0 - 1e-6):  # the same optimum
            np.testing.assert_allclose(forecast(row, 6), theirs.forecast(6), atol=0.03 * y.std())


@pytest.mark.parametrize("holes", [False, True])
def test_level_and_trend_are_those_of_the_recursion_from_the_best_start(holes: bool) -> None:
    parts = [y.copy() for y in series() if y.size >= 8]
    for y in parts:
        if holes:
            y[[2, 3, -1]] = np.nan
    for y, row in zip(parts, fit_damped_trend(*flat(parts)), strict=True):
        start = best_start(y, row[2:5])
        total, level, trend = run(y, start, row[2:5])
        np.testing.assert_allclose(row[:2], [level, trend], rtol=1e-6, atol=1e-6 * np.nanstd(y))
        count = np.count_nonzero(~np.isnan(y))
        assert row[5] == pytest.approx(np.sqrt(total / count), rel=1e-6)


def test_no_coefficients_on_a_grid_are_better() -> None:
    parts = [y for y in series() if y.size in (20, 60)]
    for y, row in zip(parts, fit_damped_trend(*flat(parts)), strict=True):
        for alpha in np.linspace(0.01, 0.99, 12):
            for share in (0.001, 0.1, 0.5, 0.9):
                for phi in (0.8, 0.9, 0.98):
                    own = np.array([alpha, share * alpha, phi])
                    total = run(y, best_start(y, own), own)[0]
                    assert row[5] ** 2 * y.size <= total * 1.001


def test_a_trend_that_fades_goes_on_fading() -> None:
    y = 10.0 - 8.0 * 0.9 ** np.arange(36.0)
    (row,) = fit_damped_trend(*flat([y[:30]]))
    np.testing.assert_allclose(forecast(row, 6), y[30:], rtol=1e-3)


@pytest.mark.parametrize("y", [[3.0], [3.0, np.nan], [np.nan, 3.0], [3.0, 3.0, 3.0], [0.0] * 9])
def test_what_shows_no_trend_stays_where_it_is(y: list[float]) -> None:
    (row,) = fit_damped_trend(*flat([np.array(y)]))
    level = y[0] if np.isfinite(y[0]) else y[1]
    np.testing.assert_allclose(forecast(row, 3), level, atol=1e-12)


def test_threads_change_nothing() -> None:
    values, indptr = flat(series() * 20)
    with at_most(1):
        one = fit_damped_trend(values, indptr)
    with at_most(2):
        np.testing.assert_array_equal(fit_damped_trend(values, indptr), one)
