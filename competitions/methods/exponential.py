"""M4's statistical benchmarks SES, Holt, Damped, Comb and Theta.

They forecast the seasonally adjusted series with the models of `exponential_fit`. Scores of the
first four equal M4's published ones to three decimals in the Yearly, Weekly and Hourly groups. One
thing differs from R: a model needs at least two observations more than parameters. A series that is
shorter gets a simpler model and counts as a fallback; M4 has no such series. Intervals are those of
the additive models with normal errors. M4 published none, and Comb and Theta have none.

Theta does what ``Theta.classic`` of the competition's R script does. The line of theta = 0 is the
regression on time, extrapolated. The line of theta = 2, twice the series minus the regression, is
forecast by SES. Negative values of their mean are set to 0, unless the series itself has negative
values. M4 did not use ``thetaf`` of R's package forecast for this benchmark.

References
----------
Assimakopoulos, V., Nikolopoulos, K. (2000). The theta model: a decomposition approach to
forecasting. International Journal of Forecasting 16(4), 521-530.
doi:10.1016/S0169-2070(00)00066-2
"""

from __future__ import annotations

from functools import partial

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.exponential_fit import DAMPED, HOLT, SES, Form, fit_exponential
from competitions.methods.interface import Result, Settings
from competitions.methods.per_series import (
    SeriesForecast,
    fall_back,
    forecast_each_adjusted,
    is_finite,
    normal_bounds,
    random_walk,
)
from competitions.task.data import Array, TaskData

_FORMS = {"SES": SES, "HOLT": HOLT, "DAMPED": DAMPED}
_SIMPLER = {DAMPED: (HOLT, SES), HOLT: (SES,), SES: ()}


def run_form(data: TaskData, settings: Settings, checkpoints: Checkpoints, form: str) -> Result:
    """Forecast the seasonally adjusted series by ``"SES"``, ``"HOLT"`` or ``"DAMPED"``."""
    return forecast_each_adjusted(data, settings, checkpoints, partial(smooth, _FORMS[form]))


def run_comb(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by the mean of SES, Holt and Damped."""
    return forecast_each_adjusted(data, settings, checkpoints, comb)


def comb(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by the mean of SES, Holt and Damped, without intervals."""
    found = [smooth(form, y, horizon, period, ()) for form in (SES, HOLT, DAMPED)]
    mean = np.mean([one.y_hat for one in found], axis=0)
    return SeriesForecast(mean, fallback=any(one.fallback for one in found))


def smooth(
    form: Form, y: Array, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Forecast by exponential smoothing, by a simpler form where the form cannot be fitted.

    The result counts as a fallback if a simpler form, or the last value, was used.
    """
    if y.min() == y.max():
        return random_walk(y, horizon, 1, levels)
    for tried in (form, *_SIMPLER[form]):
        fit = fit_exponential(y, tried)
        if fit is None:
            continue
        y_hat = fit.forecast(horizon)
        bounds = normal_bounds(y_hat, fit.standard_errors(horizon), levels)
        found = SeriesForecast(y_hat, bounds, fallback=tried is not form)
        if is_finite(found):
            return found
    return fall_back(y, horizon, 1, levels)


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
