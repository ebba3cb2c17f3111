"""Models of statsforecast, a library to be installed beside the package, series by series.

Only the calls are here. What the library cannot fit, most often a series of some few values, is
forecast by Naive2 and counted.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.base import Result, Settings
from competitions.methods.each import SeriesForecast, forecast_each
from competitions.methods.fallback import fall_back, is_finite
from competitions.methods.optional import library
from competitions.methods.parts import Parts
from competitions.task import TaskData

__all__ = ["ask", "forecast_by", "run_autoces", "run_autotheta", "run_dot", "run_mstl"]

Vector: TypeAlias = npt.NDArray[np.float64]


def run_autotheta(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by the best of four theta models."""
    return _run(data, settings, parts, "AutoTheta")


def run_dot(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by the dynamic optimised theta model."""
    return _run(data, settings, parts, "DynamicOptimizedTheta")


def run_autoces(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by complex exponential smoothing with automatic choice."""
    return _run(data, settings, parts, "AutoCES")


def run_mstl(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Split off the season by STL, forecast what is left by ETS and the season by its last one."""
    return _run(data, settings, parts, "MSTL")


def _run(data: TaskData, settings: Settings, parts: Parts, name: str) -> Result:
    library("statsforecast")  # here, not only in the processes: its absence is told at once
    return forecast_each(data, settings, parts, partial(forecast_by, name=name))


def forecast_by(
    y: Vector, horizon: int, period: int, levels: tuple[int, ...], *, name: str
) -> SeriesForecast:
    """Forecast one series by a model of statsforecast.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    period : int
        Steps per season.
    levels : tuple of int
        Levels of the intervals in percent.
    name : str
        Class of the model.

    Returns
    -------
    SeriesForecast
        A fallback where the model cannot be fitted or something is not finite.

    Raises
    ------
    InputError
        If statsforecast is not installed.
    """
    model = _model(library("statsforecast").models, name, period)
    found = ask(model, y, horizon, levels)
    return fall_back(y, horizon, period, levels) if found is None else found


def ask(model: Any, y: Vector, horizon: int, levels: tuple[int, ...]) -> SeriesForecast | None:
    """Return the forecast of one of the library's models; None where it has none that is finite.

    Parameters
    ----------
    model : object
        A model of statsforecast.
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    levels : tuple of int
        Levels of the intervals in percent.
    """
    try:
        ahead = model.forecast(y, horizon, level=list(levels) or None)
        bounds = {k: (np.array(ahead[f"lo-{k}"]), np.array(ahead[f"hi-{k}"])) for k in levels}
        found = SeriesForecast(np.array(ahead["mean"], dtype=np.float64), bounds)
    except Exception:  # raised bare by the library where no model can be fitted
        return None
    return found if is_finite(found) else None


def _model(models: ModuleType, name: str, period: int) -> Any:
    if name == "AutoARIMA":
        # None is R's rule: models are compared by conditional least squares where the series has
        # more than 150 values or the season more than 12 steps. The library's own default is never.
        return models.AutoARIMA(season_length=period, approximation=None)
    if name == "MSTL" and period == 1:
        return models.AutoETS(model="ZZN")  # what it forecasts the rest by; there is no season
    return getattr(models, name)(season_length=period)
