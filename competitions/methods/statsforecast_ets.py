"""Exponential smoothing of one series by statsforecast, an engine to choose in place of the own.

Its ``AutoETS`` has R's models, criterion and likelihood, but a compiled search with another first
simplex and another tolerance. And it holds beta below the value that alpha starts from, 0.2 / m,
for the whole search (gamma below 1 - 0.2 / m); in R only the starting point is held so.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.each import SeriesForecast
from competitions.methods.optional import library
from competitions.methods.statsforecast_models import ask

__all__ = ["ets_by_statsforecast"]

Vector: TypeAlias = npt.NDArray[np.float64]


def ets_by_statsforecast(
    y: Vector,
    horizon: int,
    levels: tuple[int, ...],
    *,
    period: int = 1,
    model: str = "ZZZ",
    damped: bool | None = None,
) -> SeriesForecast | None:
    """Forecast one series by ``AutoETS``.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    levels : tuple of int
        Levels of the intervals in percent.
    period : int
        Steps per season.
    model : str
        Error, trend and seasonality; Z is to be chosen.
    damped : bool or None
        Whether the trend is damped; None is to be chosen.

    Returns
    -------
    SeriesForecast or None
        None where no model can be fitted or its forecast is not finite.

    Raises
    ------
    InputError
        If statsforecast is not installed.
    """
    engine = library("statsforecast").models.AutoETS(
        season_length=period, model=model, damped=damped
    )
    return ask(engine, y, horizon, levels)
