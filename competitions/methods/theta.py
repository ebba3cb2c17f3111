"""M4's benchmark Theta: the mean of a straight line and a smoothed one.

It does what ``Theta.classic`` of the competition's R script does, on the seasonally adjusted
series. The line of theta = 0 is the regression on time, extrapolated. The line of theta = 2, twice
the series minus the regression, is forecast by SES (see `exponential_fit`). Negative values of
their mean are set to 0, unless the series itself has negative values, and the seasonality is put
back. M4 did not use ``thetaf`` of R's package forecast for this benchmark. There are no intervals.

References
----------
Assimakopoulos, V., Nikolopoulos, K. (2000). The theta model: a decomposition approach to
forecasting. International Journal of Forecasting 16(4), 521-530.
doi:10.1016/S0169-2070(00)00066-2
"""

from __future__ import annotations

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.deseasonalised import forecast_each_adjusted
from competitions.methods.exponential import smooth
from competitions.methods.exponential_fit import SES
from competitions.methods.interface import Result, Settings
from competitions.methods.per_series import SeriesForecast
from competitions.task.data import Array, TaskData


def run_theta(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by the classical Theta method of the seasonally adjusted series."""
    return forecast_each_adjusted(data, settings, checkpoints, theta)


def theta(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by the mean of the lines of theta 0 and 2.

    The result counts as a fallback if the line of theta = 2 could not be smoothed.
    """
    steps = np.arange(1.0, len(y) + horizon + 1)
    centred = steps[: len(y)] - (len(y) + 1) / 2
    # a single observation has no slope
    slope = float(centred @ y / (centred @ centred)) if len(y) > 1 else 0.0
    line = y.mean() + slope * (steps - (len(y) + 1) / 2)
    bent = smooth(SES, 2 * y - line[: len(y)], horizon, period, ())
    y_hat = (bent.y_hat + line[len(y) :]) / 2
    if y.min() >= 0:
        y_hat = np.maximum(y_hat, 0.0)
    return SeriesForecast(y_hat, fallback=bent.fallback)
