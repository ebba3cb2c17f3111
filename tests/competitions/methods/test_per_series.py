"""Forecasts made series by series."""

from typing import Any

import numpy as np
import pytest

from competitions.methods import Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.per_series import SeriesForecast, forecast_each
from esrnn.errors import EsrnnError
from tests.competitions.tasks import small_task

QUIET = Settings(n_jobs=1, quiet=True)


def _count_up(y: Any, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    y_hat = y[-1] + np.arange(1.0, horizon + 1)
    return SeriesForecast(y_hat, {k: (y_hat - k, y_hat + k) for k in levels}, fallback=len(y) < 3)


def _without_bounds(y: Any, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    return SeriesForecast(np.full(horizon, y[0]))


def _not_finite(y: Any, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    return SeriesForecast(np.full(horizon, np.nan if len(y) == 2 else 1.0))


def _warns(y: Any, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    np.log(np.zeros(1))
    return _without_bounds(y, horizon, period, levels)


def test_forecasts_follow_their_series() -> None:
    data = small_task()
    result = forecast_each(data, QUIET, Checkpoints(None), _count_up)
    assert result.forecasts["unique_id"].tolist() == ["b", "b", "a", "a"]
    assert result.forecasts["ds"].tolist() == [4, 5, 3, 4]
    assert result.forecasts["y_hat"].tolist() == [5.0, 6.0, 13.0, 14.0]
    assert result.forecasts["lo-95"].tolist() == [-90.0, -89.0, -82.0, -81.0]
    assert result.forecasts["hi-95"].tolist() == [100.0, 101.0, 108.0, 109.0]
    assert result.forecasts["lo-20"].tolist() == [-15.0, -14.0, -7.0, -6.0]
    assert result.n_fallbacks == 1


def test_processes_change_nothing() -> None:
    data = small_task()
    one = forecast_each(data, QUIET, Checkpoints(None), _count_up)
    two = forecast_each(data, Settings(n_jobs=2, quiet=True), Checkpoints(None), _count_up)
    assert one.forecasts.equals(two.forecasts)


def test_methods_without_intervals_get_none() -> None:
    result = forecast_each(small_task(), QUIET, Checkpoints(None), _without_bounds)
    assert result.forecasts[["lo-95", "hi-95"]].isna().to_numpy().all()
    assert "lo-80" not in result.forecasts
    assert result.n_fallbacks == 0


def test_a_forecast_that_is_not_finite_is_refused_by_name() -> None:
    with pytest.raises(EsrnnError, match=r"y_hat is not finite; 1 found: series 'a'"):
        forecast_each(small_task(), QUIET, Checkpoints(None), _not_finite)


def test_libraries_warnings_are_not_shown() -> None:
    assert len(forecast_each(small_task(), QUIET, Checkpoints(None), _warns).forecasts) == 4
