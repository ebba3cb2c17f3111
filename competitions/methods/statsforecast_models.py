"""Models of statsforecast, series by series. The library is optional: the extra ``baselines``.

If the library cannot fit a series, most often one with very few values, Naive2 forecasts it and the
series counts as a fallback.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.fallback import fall_back, is_finite, random_walk
from competitions.methods.interface import Result, Settings, library
from competitions.methods.per_series import SeriesForecast, forecast_each
from competitions.task.data import Array, TaskData

__all__ = [
    "LONGEST_SEASON",
    "forecast_by",
    "run_arima",
    "run_autoces",
    "run_autoets",
    "run_autotheta",
    "run_dot",
    "run_mstl",
]

LONGEST_SEASON = 24  # ETS takes a longer season for none, as R's ets does


def run_arima(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Choose an ARIMA model for each series by Hyndman and Khandakar's search, and forecast."""
    return _run(data, settings, checkpoints, "AutoARIMA")


def run_autoets(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Choose a form of exponential smoothing for each series by AICc, and forecast."""
    return _run(data, settings, checkpoints, "AutoETS")


def run_autotheta(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by the best of four theta models."""
    return _run(data, settings, checkpoints, "AutoTheta")


def run_dot(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by the dynamic optimised theta model."""
    return _run(data, settings, checkpoints, "DynamicOptimizedTheta")


def run_autoces(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by complex exponential smoothing with automatic choice."""
    return _run(data, settings, checkpoints, "AutoCES")


def run_mstl(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Split off the season by STL; forecast the rest by ETS and repeat the last season."""
    return _run(data, settings, checkpoints, "MSTL")


def _run(data: TaskData, settings: Settings, checkpoints: Checkpoints, name: str) -> Result:
    library("statsforecast")  # before processes start, so that its absence is reported at once
    return forecast_each(data, settings, checkpoints, partial(forecast_by, name))


def forecast_by(
    name: str, y: Array, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Forecast one series by the library's class of this name.

    Raises
    ------
    InputError
        If statsforecast is not installed.
    """
    models = library("statsforecast.models")
    if name == "AutoETS" and y.min() == y.max():
        return random_walk(y, horizon, 1, levels)
    try:
        ahead = _model(models, name, period).forecast(y, horizon, level=list(levels) or None)
        bounds = {k: (np.array(ahead[f"lo-{k}"]), np.array(ahead[f"hi-{k}"])) for k in levels}
        found = SeriesForecast(np.array(ahead["mean"], dtype=np.float64), bounds)
    except Exception:  # the library raises bare exceptions where no model can be fitted
        return fall_back(y, horizon, period, levels)
    return found if is_finite(found) else fall_back(y, horizon, period, levels)


def _model(models: ModuleType, name: str, period: int) -> Any:
    if name == "AutoARIMA":
        # None is R's rule: models are compared by conditional least squares where the series has
        # more than 150 values or the season more than 12 steps. The library's own default is never.
        return models.AutoARIMA(season_length=period, approximation=None)
    if name == "AutoETS":
        return models.AutoETS(season_length=period if period <= LONGEST_SEASON else 1)
    if name == "MSTL" and period == 1:
        return models.AutoETS(model="ZZN")  # what it forecasts the rest by; there is no season
    return getattr(models, name)(season_length=period)
