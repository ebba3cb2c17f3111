"""The Theta method against a plain loop and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.forecasting.theta import ThetaModel

from esrnn.kernels.theta import fit_theta
from esrnn.kernels.threads import at_most

LENGTHS = (2, 3, 8, 20, 60, 150, 33)


def series(seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [
        50.0 + rng.choice([0.1, 1.0, 30.0]) * rng.normal(0.2, 1.0, n).cumsum() + rng.normal(size=n)
        for n in LENGTHS
    ]


def flat(parts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate(parts), np.cumsum([0, *map(len, parts)]).astype(np.int64)


def forecast(row: np.ndarray, horizon: int) -> np.ndarray:
    level, drift, _, ahead, _ = row
    return level + drift * (np.arange(horizon) + ahead)


def errors_of(y: np.ndarray, alpha: float) -> list[float]:
    level, errors = None, []
    for value in y:
        if np.isnan(value):
            continue
        if level is None:
            level = value
            continue
        errors.append(value - level)
        level += alpha * errors[-1]
    return errors


@pytest.mark.parametrize("seed", [0, 1])
def test_forecasts_are_those_of_statsmodels(seed: int) -> None:
    parts = series(seed)
    for y, row in zip(parts, fit_theta(*flat(parts)), strict=True):
        if y.size < 8:  # statsmodels wants more
            continue
        theirs = ThetaModel(y, period=1, deseasonalize=False).fit(use_mle=False)
        own = np.sum(np.square(errors_of(y, row[2])))
        assert own <= np.sum(np.square(errors_of(y, theirs.params["alpha"]))) * (1.0 + 1e-9)
        np.testing.assert_allclose(forecast(row, 6), theirs.forecast(6), atol=3e-4 * y.std())


def test_alpha_has_the_smallest_sum_of_squares() -> None:
    parts = series()
    for y, row in zip(parts, fit_theta(*flat(parts)), strict=True):
        sums = [np.sum(np.square(errors_of(y, a))) for a in np.linspace(1e-4, 0.9999, 400)]
        own = errors_of(y, row[2])
        assert np.sum(np.square(own)) <= min(sums) * (1.0 + 1e-9)
        assert row[4] == pytest.approx(np.sqrt(np.mean(np.square(own))))


def test_missing_values_leave_the_level_and_count_as_steps() -> None:
    y = series()[4]
    holes = y.copy()
    holes[[0, 10, 11, 40, -1, -2]] = np.nan
    (row,) = fit_theta(*flat([holes]))
    known = np.flatnonzero(~np.isnan(holes))
    assert row[1] == pytest.approx(0.5 * np.polyfit(known, holes[known], 1)[0])
    assert row[4] == pytest.approx(np.sqrt(np.mean(np.square(errors_of(holes, row[2])))))
    assert row[3] == pytest.approx((1.0 - (1.0 - row[2]) ** known.size) / row[2] + 2.0)


@pytest.mark.parametrize("y", [[3.0], [3.0, np.nan], [np.nan, 3.0], [3.0, 3.0, 3.0], [0.0, 0.0]])
def test_what_shows_no_trend_stays_where_it_is(y: list[float]) -> None:
    (row,) = fit_theta(*flat([np.array(y)]))
    np.testing.assert_allclose(forecast(row, 3), y[0] if np.isfinite(y[0]) else y[1])
    assert row[4] == 0.0


def test_threads_change_nothing() -> None:
    values, indptr = flat(series() * 60)
    with at_most(1):
        one = fit_theta(values, indptr)
    with at_most(2):
        np.testing.assert_array_equal(fit_theta(values, indptr), one)
