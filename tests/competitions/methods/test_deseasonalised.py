"""Forecasts of the seasonally adjusted series, put back."""

import pickle
from functools import partial

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.per_series import (
    SeriesForecast,
    forecast_adjusted,
    forecast_each_adjusted,
)
from esrnn.metrics import naive2
from tests.competitions.tasks import small_task

SEASON = np.array([1.0, 2.0, 4.0, 3.0])
QUIET = Settings(n_jobs=1, quiet=True)


def _last(y: np.ndarray, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    assert period == 1
    y_hat = np.full(horizon, y[-1])
    return SeriesForecast(y_hat, {k: (y_hat - 1, y_hat + 1) for k in levels}, fallback=len(y) < 3)


def test_the_last_adjusted_value_gives_naive2() -> None:
    y = np.tile(SEASON, 7) * np.random.default_rng(1).uniform(0.9, 1.1, 28)
    found = forecast_adjusted(_last, y, 6, 4, (95,))
    assert_array_equal(found.y_hat, naive2(y, 6, 4))
    lower, upper = found.bounds[95]
    # One unit up and down of the adjusted series is worth the season's index.
    indices = found.y_hat / found.y_hat[0]
    assert_allclose((upper - lower) / (upper - lower)[0], indices, rtol=1e-12)
    assert_allclose((upper + lower) / 2, found.y_hat, rtol=1e-12)


def test_a_series_without_season_is_forecast_as_it_is() -> None:
    y = np.array([5.0, 1.0, 3.0])
    assert forecast_adjusted(_last, y, 2, 1, ()).y_hat.tolist() == [3.0, 3.0]
    assert not forecast_adjusted(_last, y, 2, 1, ()).fallback
    assert forecast_adjusted(_last, y[:2], 2, 1, ()).fallback


def test_it_can_be_sent_to_a_process() -> None:
    again = pickle.loads(pickle.dumps(partial(forecast_adjusted, _last)))
    assert again(np.array([1.0, 2.0, 3.0]), 1, 1, ()).y_hat.tolist() == [3.0]


def test_every_series_of_a_task_is_forecast() -> None:
    result = forecast_each_adjusted(small_task(), QUIET, Checkpoints(None), _last)
    assert result.forecasts["y_hat"].tolist() == [4.0, 4.0, 12.0, 12.0]
    assert result.n_fallbacks == 1
