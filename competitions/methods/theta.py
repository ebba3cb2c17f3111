"""M4's benchmark Theta: the mean of a straight line and a smoothed one.

As ``Theta.classic`` of the competition's R script, on the seasonally adjusted series: the line of
theta = 0 is the regression on time, extrapolated; that of theta = 2, twice the series minus the
regression, is forecast by simple exponential smoothing with alpha and the first level estimated;
their mean gets the seasonality back, after what is negative was set to 0 (here not for a series
that is itself negative somewhere). R's package forecast has another function ``thetaf``, which M4
did not use for this benchmark. The smoothing is that of `competitions.methods.exponential`, with
its engines. No intervals.

References
----------
Assimakopoulos, V., Nikolopoulos, K. (2000). The theta model: a decomposition approach to
forecasting. International Journal of Forecasting 16(4), 521-530.
doi:10.1016/S0169-2070(00)00066-2
"""

from __future__ import annotations

from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.base import Result, Settings
from competitions.methods.deseasonalised import forecast_each_adjusted
from competitions.methods.each import SeriesForecast
from competitions.methods.exponential import ATTEMPTS, SES, Attempt, smooth
from competitions.methods.parts import Parts
from competitions.task import TaskData

__all__ = ["run_theta", "theta"]

Vector: TypeAlias = npt.NDArray[np.float64]


def run_theta(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by the classical Theta method of the seasonally adjusted series."""
    by_engine = {engine: partial(theta, attempt) for engine, attempt in ATTEMPTS.items()}
    return forecast_each_adjusted(data, settings, parts, by_engine)


def theta(attempt: Attempt, y: Vector, horizon: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by the mean of the lines of theta 0 and 2.

    Parameters
    ----------
    attempt : callable
        One of `competitions.methods.exponential.ATTEMPTS`.
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    levels : tuple of int
        Not used: the method has no intervals.

    Returns
    -------
    SeriesForecast
        A fallback where the line of theta = 2 could not be smoothed and its last value stands in.

    Examples
    --------
    >>> theta(ATTEMPTS["statsmodels"], np.arange(1.0, 21.0), 2, ()).y_hat.round(3).tolist()
    [20.5, 21.0]
    """
    steps = np.arange(1.0, len(y) + horizon + 1)
    centred = steps[: len(y)] - (len(y) + 1) / 2
    # a single observation has no slope
    slope = float(centred @ y / (centred @ centred)) if len(y) > 1 else 0.0
    line = y.mean() + slope * (steps - (len(y) + 1) / 2)
    bent = smooth(attempt, SES, 2 * y - line[: len(y)], horizon, ())
    y_hat = (bent.y_hat + line[len(y) :]) / 2
    if y.min() >= 0:
        y_hat = np.maximum(y_hat, 0.0)
    return SeriesForecast(y_hat, fallback=bent.fallback)
