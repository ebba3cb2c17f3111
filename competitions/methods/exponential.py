"""M4's benchmarks SES, Holt, Damped and Comb: exponential smoothing without seasonality.

They were made by R's package forecast, whose ``ses`` and ``holt`` estimate coefficients and states
together, as ``ets`` with the mean squared error. On long series the result is a matter of the
search: on M4's Hourly series Holt's OWA is 2.75 as published, 2.07 by statsmodels'
``ETSModel.fit``, 2.59 by its ``Holt.fit`` and 1.05 by statsforecast. So the engine ``statsmodels``
takes that library's likelihood and minimises it as R did, from R's starting point of 2018 (alpha at
0.5, level and slope from the first ten observations) by R's variant of Nelder and Mead's search.
With it M4's published values are met to three decimals in the Yearly, Weekly and Hourly groups.
Today's R starts from alpha = 0.2 and gives other numbers (Yearly Holt: OWA 0.956 rather than
0.947).

What differs from R: a series whose observations are not at least two more than the parameters,
which M4 has not, gets a simpler model and is counted as a fallback, where R fits Holt's method
without likelihood.

The engine ``statsforecast`` has another search and bound, see `statsforecast_ets`. For SES that
hardly matters; Holt and Damped follow the trend less.

Intervals are those of the additive models with normal errors; M4 published none. Comb has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.base import Engine, Result, Settings
from competitions.methods.deseasonalised import forecast_each_adjusted
from competitions.methods.each import SeriesForecast
from competitions.methods.ets_fit import R_OF_2018, fit_ets
from competitions.methods.ets_form import Form
from competitions.methods.fallback import fall_back, is_finite, random_walk
from competitions.methods.parts import Parts
from competitions.methods.statsforecast_ets import ets_by_statsforecast
from competitions.task import TaskData

__all__ = [
    "ATTEMPTS",
    "DAMPED",
    "HOLT",
    "SES",
    "Attempt",
    "comb",
    "run_comb",
    "run_damped",
    "run_holt",
    "run_ses",
    "smooth",
]

Vector: TypeAlias = npt.NDArray[np.float64]
# From the series (n,), the horizon, the levels and the form; None where it cannot be fitted.
Attempt: TypeAlias = Callable[[Vector, int, tuple[int, ...], Form], SeriesForecast | None]

SES, HOLT, DAMPED = Form(), Form(trend=True), Form(trend=True, damped=True)
_SIMPLER = {DAMPED: (HOLT, SES), HOLT: (SES,), SES: ()}


def run_ses(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by simple exponential smoothing of the seasonally adjusted series."""
    return _run(SES, data, settings, parts)


def run_holt(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by Holt's linear trend in the seasonally adjusted series."""
    return _run(HOLT, data, settings, parts)


def run_damped(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by a damped trend in the seasonally adjusted series."""
    return _run(DAMPED, data, settings, parts)


def run_comb(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by the mean of SES, Holt and Damped."""
    by_engine = {engine: partial(comb, attempt) for engine, attempt in ATTEMPTS.items()}
    return forecast_each_adjusted(data, settings, parts, by_engine)


def _run(form: Form, data: TaskData, settings: Settings, parts: Parts) -> Result:
    by_engine = {engine: partial(smooth, attempt, form) for engine, attempt in ATTEMPTS.items()}
    return forecast_each_adjusted(data, settings, parts, by_engine)


def comb(attempt: Attempt, y: Vector, horizon: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by the mean of SES, Holt and Damped; see `smooth`."""
    found = [smooth(attempt, form, y, horizon, ()) for form in (SES, HOLT, DAMPED)]
    mean = np.mean([one.y_hat for one in found], axis=0)
    return SeriesForecast(mean, fallback=any(one.fallback for one in found))


def smooth(
    attempt: Attempt, form: Form, y: Vector, horizon: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Forecast by exponential smoothing, by a simpler form where the form cannot be fitted.

    Parameters
    ----------
    attempt : callable
        One of `ATTEMPTS`.
    form : {SES, HOLT, DAMPED}
        The model.
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    levels : tuple of int
        Levels of the intervals in percent.

    Returns
    -------
    SeriesForecast
        A fallback where a simpler form, or the last value, stands in.

    Examples
    --------
    >>> smooth(ATTEMPTS["statsmodels"], HOLT, np.arange(30.0), 2, ()).y_hat.round(3).tolist()
    [30.0, 31.0]
    """
    if y.min() == y.max():
        return random_walk(y, horizon, levels)
    for tried in (form, *_SIMPLER[form]):
        found = attempt(y, horizon, levels, tried)
        if found is not None and is_finite(found):
            return replace(found, fallback=tried is not form)
    return fall_back(y, horizon, 1, levels)


def _by_statsmodels(
    y: Vector, horizon: int, levels: tuple[int, ...], form: Form
) -> SeriesForecast | None:
    """Forecast by statsmodels' likelihood and R's search."""
    fit = fit_ets(y, form, R_OF_2018)
    if fit is None:
        return None
    return SeriesForecast(fit.forecast(horizon), fit.bounds(horizon, levels))


def _by_statsforecast(
    y: Vector, horizon: int, levels: tuple[int, ...], form: Form
) -> SeriesForecast | None:
    """Forecast by statsforecast's model of this form."""
    model = "AAN" if form.trend else "ANN"
    return ets_by_statsforecast(y, horizon, levels, model=model, damped=form.damped)


ATTEMPTS: dict[Engine, Attempt] = {
    "statsmodels": _by_statsmodels,
    "statsforecast": _by_statsforecast,
}
