"""ETS with automatic choice, as R's ``ets``: the form with the least AICc, series by series.

Candidates are R's: additive and multiplicative errors; no trend, an additive or a damped one; no,
additive or multiplicative seasonality. Those with an additive error and multiplicative seasonality
are out, and so is everything multiplicative for a series with values <= 0, seasonality if the
season has more than 24 steps or the series fewer than three seasons, and every form with more
parameters than n - 2.

The engine ``statsmodels`` takes that library's likelihood and R's search, see `ets_fit`. For all
forms without multiplicative seasonality the forecasts are R's: on the 1,000 Yearly series of
``m4-yearly-1000`` every sMAPE agrees with that of R's package to 0.001. With multiplicative
seasonality statsmodels divides by the level just updated where the model has the one before, so
that likelihoods, and sometimes the choice, differ a little: on ``m4-quarterly-1000`` 82% of the
series agree, and OWA to 0.2%. statsmodels' own ``ETSModel.fit`` over the same candidates is off
R's OWA by 3% (200 Yearly series) and 6% (100 Quarterly), as its gradient search ends elsewhere.

For a series of two to three seasons R starts seasonality from a Fourier regression; here it gets
none.

The engine ``statsforecast`` is its ``AutoETS``, two to ten times as fast; see `statsforecast_ets`
for what differs (OWA 7% and 3% below R's on the same two samples).

Intervals are analytic with normal errors, see `ets_fit`. A series that no candidate fits, such as
one of fewer than four observations, gets Naive2.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.base import Result, Settings
from competitions.methods.each import SeriesForecast, forecast_each
from competitions.methods.ets_fit import R_OF_TODAY, Fit, fit_ets
from competitions.methods.ets_form import Form
from competitions.methods.fallback import fall_back, is_finite, random_walk
from competitions.methods.optional import library
from competitions.methods.parts import Parts
from competitions.methods.statsforecast_ets import ets_by_statsforecast
from competitions.task import TaskData

__all__ = ["by_statsforecast", "by_statsmodels", "candidates", "run_ets"]

Vector: TypeAlias = npt.NDArray[np.float64]

_LONGEST_SEASON = 24


def run_ets(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Choose a form of exponential smoothing for each series by AICc, and forecast."""
    if settings.engine == "statsforecast":
        library("statsforecast")  # before processes are started
        return forecast_each(data, settings, parts, by_statsforecast)
    return forecast_each(data, settings, parts, by_statsmodels)


def by_statsmodels(y: Vector, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by the best candidate, with statsmodels' likelihood and R's search.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    horizon, period : int
        Steps ahead, H, and steps per season.
    levels : tuple of int
        Levels of the intervals in percent.

    Returns
    -------
    SeriesForecast
        A fallback where no candidate could be fitted.

    Examples
    --------
    >>> by_statsmodels(np.arange(10.0, 40.0), 2, 1, ()).y_hat.round(2).tolist()
    [40.0, 41.0]
    """
    if y.min() == y.max():
        return random_walk(y, horizon, levels)
    best: Fit | None = None
    for form in candidates(y, period):
        fit = fit_ets(y, form, R_OF_TODAY)
        if fit is not None and fit.aicc < (np.inf if best is None else best.aicc):
            best = fit
    found = None
    if best is not None:
        found = SeriesForecast(best.forecast(horizon), best.bounds(horizon, levels))
    return _or_naive2(found, y, horizon, period, levels)


def by_statsforecast(
    y: Vector, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Forecast by statsforecast's AutoETS; otherwise as `by_statsmodels`."""
    if y.min() == y.max():
        return random_walk(y, horizon, levels)
    seasonal = period if period <= _LONGEST_SEASON else 1
    found = ets_by_statsforecast(y, horizon, levels, period=seasonal)
    return _or_naive2(found, y, horizon, period, levels)


def candidates(y: Vector, period: int) -> Iterator[Form]:
    """Give the forms that R's ``ets`` compares for a series, in its order.

    Examples
    --------
    >>> [form.name for form in candidates(np.array([1.0, 0.0, 2.0]), 1)]
    ['ANN', 'AAdN', 'AAN']
    """
    positive, seasonal = y.min() > 0, 1 < period <= _LONGEST_SEASON
    for error in ("A", "M") if positive else ("A",):
        for trend in (False, True):
            for season in ("N", "A", "M") if seasonal else ("N",):
                if season == "M" and error == "A":
                    continue
                for damped in (True, False) if trend else (False,):
                    yield Form(error, trend, damped, season, period if season != "N" else 1)


def _or_naive2(
    found: SeriesForecast | None,
    y: Vector,
    horizon: int,
    period: int,
    levels: tuple[int, ...],
) -> SeriesForecast:
    if found is not None and is_finite(found):
        return found
    return fall_back(y, horizon, period, levels)
