"""Models of statsforecast, series by series. The library is optional: the extra ``baselines``.

If the library cannot fit a series, most often one with very few values, Naive2 forecasts it and the
series counts as a fallback. So does a series of less than two seasons, where the library leaves the
season out without a word. (Its ETS needs one season and an observation more.) MSTL repeats the last
season by the library's seasonal naive, which puts the values of less than a season in wrong places
in statsforecast 2.0.1; such series get Naive2.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings, library
from competitions.methods.per_series import (
    SeriesForecast,
    fall_back,
    forecast_each,
    is_finite,
    random_walk,
)
from competitions.task.data import Array, TaskData

LONGEST_SEASON = 24  # ETS takes a longer season for none, as R's ets does


def run_model(data: TaskData, settings: Settings, checkpoints: Checkpoints, name: str) -> Result:
    """Forecast every series by the library's class of this name."""
    library("statsforecast")  # before processes start, so that its absence is reported at once
    return forecast_each(data, settings, checkpoints, partial(forecast_by, name))


def forecast_by(
    name: str, y: Array, horizon: int, period: int, levels: tuple[int, ...]
) -> SeriesForecast:
    """Forecast one series by the library's class of this name, which must be installed."""
    models = library("statsforecast.models")
    if name in ("AutoETS", "AutoCES") and y.min() == y.max():
        return random_walk(y, horizon, 1, levels)
    without_season = _leaves_season_out(name, len(y), period)
    if name == "MSTL" and without_season:
        return fall_back(y, horizon, period, levels)
    try:
        ahead = _model(models, name, period).forecast(y, horizon, level=list(levels) or None)
        bounds = {k: (np.array(ahead[f"lo-{k}"]), np.array(ahead[f"hi-{k}"])) for k in levels}
        y_hat = np.array(ahead["mean"], dtype=np.float64)
        found = SeriesForecast(y_hat, bounds, fallback=without_season)
    except Exception:  # the library raises bare exceptions where no model can be fitted
        return fall_back(y, horizon, period, levels)
    return found if is_finite(found) else fall_back(y, horizon, period, levels)


def _leaves_season_out(name: str, n_observed: int, period: int) -> bool:
    """Say whether the library forecasts a series as if it had no season, since it is too short."""
    if name == "AutoETS":
        return 1 < period <= LONGEST_SEASON and n_observed <= period
    return period > 1 and n_observed < 2 * period


def _model(models: ModuleType, name: str, period: int) -> Any:
    if name == "AutoARIMA":
        # None is R's rule: models are compared by conditional least squares where the series has
        # more than 150 values or the season more than 12 steps. The library's own default is never.
        return models.AutoARIMA(season_length=period, approximation=None)
    if name == "AutoETS":
        return models.AutoETS(season_length=period if period <= LONGEST_SEASON else 1)
    if name == "MSTL" and period == 1:
        return models.AutoETS(model="ZZN")  # what it forecasts the rest by; there is no season
    return getattr(models, name)(season_length=period)
