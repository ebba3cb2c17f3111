"""ETS: exponential smoothing whose form is chosen for each series by AICc.

The engine ``statsforecast``, the default, is its ``AutoETS``. The engine ``statsmodels`` fits its
``ETSModel`` to every candidate form and takes the one with the smallest AICc. Candidates are those
of R's ``ets``: additive and multiplicative errors; no, an additive or a damped trend; no, additive
or multiplicative seasonality. Combinations of an additive error with multiplicative seasonality are
left out, and so is all that is multiplicative for a series with values <= 0, and seasonality of
more than 24 steps.

Neither gives R's numbers: all three minimise similar criteria, but their searches end in different
places. R's own scores are shown where their file is found, see `competitions.scoring.r_results`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings, library
from competitions.methods.per_series import (
    SeriesForecast,
    fall_back,
    forecast_each,
    is_finite,
    normal_bounds,
    random_walk,
)
from competitions.methods.statsforecast_models import LONGEST_SEASON, run_model
from competitions.task.data import Array, TaskData

_N_SIMULATED = 1000  # paths that give the variance of a model with multiplicative errors


def run_ets(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Choose a form of exponential smoothing for each series by AICc, and forecast."""
    if settings.engine == "statsmodels":
        library("statsmodels")  # before processes start, so that its absence is reported at once
        return forecast_each(data, settings, checkpoints, by_statsmodels)
    return run_model(data, settings, checkpoints, "AutoETS")


def by_statsmodels(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by the candidate with the smallest AICc.

    Variances of forecasts are exact for additive models and simulated for the others.
    """
    if y.min() == y.max():
        return random_walk(y, horizon, 1, levels)
    fits = [fit for form in candidates(y, period) if (fit := _fit(y, form)) is not None]
    if not fits:
        return fall_back(y, horizon, period, levels)
    best = min(fits, key=lambda fit: float(fit.aicc))
    y_hat = best.forecast(horizon).to_numpy()
    bounds = normal_bounds(y_hat, _standard_errors(best, horizon), levels) if levels else {}
    found = SeriesForecast(y_hat, bounds)
    return found if is_finite(found) else fall_back(y, horizon, period, levels)


def candidates(y: Array, period: int) -> Iterator[dict[str, Any]]:
    """Give the arguments of ``ETSModel`` for each form that is compared for a series."""
    positive, seasonal = y.min() > 0, 1 < period <= LONGEST_SEASON
    for error in ("add", "mul") if positive else ("add",):
        for season in (None, "add", "mul") if seasonal else (None,):
            if (error, season) == ("add", "mul"):
                continue
            for trend, damped in ((None, False), ("add", False), ("add", True)):
                form = {"error": error, "trend": trend, "damped_trend": damped, "seasonal": season}
                yield form | ({"seasonal_periods": period} if season else {})


def _fit(y: Array, form: dict[str, Any]) -> Any:
    """Fit one form; None if the series is too short for it or the fit fails."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # here, since it is optional

    try:
        fit = ETSModel(pd.Series(y), **form).fit(disp=False)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None
    return fit if np.isfinite(fit.aicc) else None


def _standard_errors(fit: Any, horizon: int) -> Array:
    """Return the standard deviations of a fit's forecasts, shape (H,)."""
    start, end = fit.nobs, fit.nobs + horizon - 1
    if fit.error == "add":
        ahead = fit.get_prediction(start, end)
    else:
        draws = np.random.default_rng(0).standard_normal((horizon, _N_SIMULATED))
        errors = draws * np.sqrt(fit.scale)
        ahead = fit.get_prediction(
            start, end, simulate_repetitions=_N_SIMULATED, random_errors=errors
        )
    variance: Array = np.asarray(ahead.forecast_variance)
    return np.sqrt(variance)
