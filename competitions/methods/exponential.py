"""M4's benchmarks SES, Holt, Damped and Comb: exponential smoothing without seasonality.

They forecast the seasonally adjusted series with the models of `exponential_fit`. Their scores
equal M4's published ones to three decimals in the Yearly, Weekly and Hourly groups.

One thing differs from R: a model needs at least two observations more than parameters. A series
that is shorter gets a simpler model and counts as a fallback; M4 has no such series.

Intervals are those of the additive models with normal errors. M4 published none, and Comb has none.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.deseasonalised import forecast_each_adjusted
from competitions.methods.exponential_fit import DAMPED, HOLT, SES, Form, fit_exponential
from competitions.methods.fallback import fall_back, is_finite, normal_bounds, random_walk
from competitions.methods.interface import Result, Settings
from competitions.methods.per_series import SeriesForecast
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
