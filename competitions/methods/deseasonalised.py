"""Methods that forecast the seasonally adjusted series, as M4's statistical benchmarks do.

The adjustment is `esrnn.metrics.seasonal_adjustment`, the one behind Naive2. Forecasts and the
bounds of intervals get the seasonality back; the indices are taken as known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.base import Engine, Result, Settings
from competitions.methods.each import SeriesForecast, forecast_each
from competitions.methods.optional import library
from competitions.methods.parts import Parts
from competitions.task import TaskData
from esrnn.metrics import seasonal_adjustment

__all__ = ["ForecastAdjusted", "forecast_adjusted", "forecast_each_adjusted"]

Vector: TypeAlias = npt.NDArray[np.float64]
# From the adjusted series (n,), the horizon and the levels.
ForecastAdjusted: TypeAlias = Callable[[Vector, int, tuple[int, ...]], SeriesForecast]


def forecast_each_adjusted(
    data: TaskData,
    settings: Settings,
    parts: Parts,
    by_engine: Mapping[Engine, ForecastAdjusted],
) -> Result:
    """Forecast every series of a task by a function of one seasonally adjusted series.

    Parameters
    ----------
    data, settings, parts
        As every method has them.
    by_engine : mapping of str to callable
        The function for each engine, the default one first; each can be pickled.

    Returns
    -------
    Result
        Forecasts of all series in the order of the task.

    Raises
    ------
    InputError
        If the engine is not installed.
    """
    engine = settings.engine if settings.engine is not None else next(iter(by_engine))
    if engine == "statsforecast":
        library(engine)  # before processes are started
    return forecast_each(data, settings, parts, partial(forecast_adjusted, by_engine[engine]))


def forecast_adjusted(
    forecast: ForecastAdjusted, y: Vector, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Take the seasonality out of a series, forecast, and put it back.

    Parameters
    ----------
    forecast : callable
        From the adjusted series, the horizon and the levels to a `SeriesForecast`.
    y : ndarray of shape (n,)
        The series.
    horizon, period : int
        Steps ahead, H, and steps per season.
    levels : tuple of int
        Levels of the intervals in percent.

    Returns
    -------
    SeriesForecast
        In the units of the series.

    Examples
    --------
    >>> def last(y, horizon, levels):
    ...     return SeriesForecast(np.full(horizon, y[-1]))
    >>> y = np.tile([1.0, 2.0, 4.0, 3.0], 6)
    >>> forecast_adjusted(last, y, 4, 4, ()).y_hat.round(6).tolist()
    [1.0, 2.0, 4.0, 3.0]
    """
    adjustment = seasonal_adjustment(y, horizon, period)
    result = forecast(adjustment.values, horizon, levels)
    back = adjustment.reseasonalise
    bounds = {level: (back(low), back(high)) for level, (low, high) in result.bounds.items()}
    return SeriesForecast(back(result.y_hat), bounds, result.fallback)
