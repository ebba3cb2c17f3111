"""ARIMA with automatic choice, series by series, by statsmodels or by statsforecast.

Both follow R's auto.arima. With statsmodels the search is `arima_search`'s and the models are
`arima_fit`'s; most series get R's very forecasts. They differ where R's optimiser stops at another
maximum of the likelihood or lets a moving average be non-invertible, and so walks another way.
"""

from __future__ import annotations

from math import inf
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.arima_fit import Fit, fit_arma, forecast_arima, known
from competitions.methods.arima_search import (
    Limits,
    Order,
    difference,
    is_constant,
    n_differences,
    walk,
)
from competitions.methods.base import Result, Settings
from competitions.methods.each import SeriesForecast, forecast_each
from competitions.methods.fallback import fall_back, is_finite
from competitions.methods.optional import library
from competitions.methods.parts import Parts
from competitions.methods.statsforecast_models import forecast_by
from competitions.task import TaskData

__all__ = ["by_statsforecast", "by_statsmodels", "run_arima"]

Vector: TypeAlias = npt.NDArray[np.float64]


def run_arima(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Choose an ARIMA model for each series by Hyndman and Khandakar's search, and forecast."""
    if settings.engine == "statsforecast":
        library("statsforecast")
        return forecast_each(data, settings, parts, by_statsforecast)
    return forecast_each(data, settings, parts, by_statsmodels)


def by_statsforecast(
    y: Vector, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Forecast one series by statsforecast's AutoARIMA, with the defaults of R's auto.arima.

    Parameters and result are those of `by_statsmodels`.
    """
    return forecast_by(y, horizon, period, levels, name="AutoARIMA")


def by_statsmodels(y: Vector, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast one series by the search of `arima_search` over statsmodels' models.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    period : int
        Steps per season.
    levels : tuple of int
        Levels of the intervals in percent; normal, of known coefficients.

    Returns
    -------
    SeriesForecast
        A fallback where no model can be computed.

    Examples
    --------
    >>> by_statsmodels(np.arange(20.0), 3, 1, ()).y_hat.round(6).tolist()
    [20.0, 21.0, 22.0]
    """
    scale = float(np.abs(y).max()) or 1.0
    try:
        differences = n_differences(y / scale, period)
        fit = _choose(y / scale, differences, period)
        y_hat, errors = forecast_arima(y / scale, fit, differences, period, horizon)
    except (ValueError, ArithmeticError):
        return fall_back(y, horizon, period, levels)
    y_hat, errors = y_hat * scale, errors * scale
    quantiles = {level: NormalDist().inv_cdf(0.5 + level / 200) for level in levels}
    bounds = {level: (y_hat - q * errors, y_hat + q * errors) for level, q in quantiles.items()}
    result = SeriesForecast(y_hat, bounds)
    return result if is_finite(result) else fall_back(y, horizon, period, levels)


def _choose(y: Vector, differences: tuple[int, int], period: int) -> Fit:
    """Return the model that the search ends with, fitted by maximum likelihood."""
    w = difference(y, *differences, period)
    limits = Limits.of(len(y), period, sum(differences))
    if is_constant(w, float(np.abs(y).max())):
        return known(float(w.mean()) if limits.largest.constant else 0.0)
    exact = len(y) <= 150 and period <= 12  # as R: the exact likelihood is slow for the rest
    fits: dict[Order, Fit] = {}

    def criterion(order: Order) -> float:
        fits[order] = fit_arma(w, order, period, exact=exact)
        return fits[order].aicc

    for order in walk(criterion, limits):
        found = fits[order]
        if not exact:
            found = fit_arma(w, order, period, exact=True, start=found.unconstrained)
        if found.aicc < inf:
            return found
    return fit_arma(w, Order(constant=limits.largest.constant), period, exact=True)
