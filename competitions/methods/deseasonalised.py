"""Methods that forecast the seasonally adjusted series, as M4's statistical benchmarks do.

The adjustment is `esrnn.metrics.seasonal_adjustment`, the one that Naive2 uses. Forecasts and
bounds of intervals get the seasonality back; the indices are taken as known.
"""

from __future__ import annotations

from functools import partial

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.per_series import ForecastOne, SeriesForecast, forecast_each
from competitions.task.data import Array, TaskData
from esrnn.metrics import seasonal_adjustment


def forecast_each_adjusted(
    data: TaskData, settings: Settings, checkpoints: Checkpoints, forecast: ForecastOne
) -> Result:
    """Forecast every series of a task as `forecast_adjusted` does."""
    return forecast_each(data, settings, checkpoints, partial(forecast_adjusted, forecast))


def forecast_adjusted(
    forecast: ForecastOne, y: Array, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Take the seasonality out of a series, forecast it with period 1, and put it back.

    Examples
    --------
    >>> import numpy as np
    >>> def last(y, horizon, period, levels):
    ...     return SeriesForecast(np.full(horizon, y[-1]))
    >>> y = np.tile([1.0, 2.0, 4.0, 3.0], 6)
    >>> forecast_adjusted(last, y, 4, 4, ()).y_hat.round(6).tolist()
    [1.0, 2.0, 4.0, 3.0]
    """
    adjustment = seasonal_adjustment(y, horizon, period)
    result = forecast(adjustment.values, horizon, 1, levels)
    back = adjustment.reseasonalise
    bounds = {level: (back(low), back(high)) for level, (low, high) in result.bounds.items()}
    return SeriesForecast(back(result.y_hat), bounds, result.fallback)
