"""The experiment ``single``: 200 of M3's monthly series, each forecast alone, from 60 months.

``esrnn.ESRNN()`` gets one series at a time, as from a user who has only one; the package's networks
have seen none of M3. Beside it is statsforecast's AutoETS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.backtest.harness import Case, Forecast
from competitions.backtest.held_out import HeldOut
from competitions.leaks import load_leaks
from competitions.methods.statsforecast_models import forecast_by
from competitions.task import TaskData, load_data, load_task
from competitions.task.data import Array

_TASK, _N_SERIES, _N_MONTHS, _LEVEL = "m3-monthly", 200, 60, 95
_FOLDS = (1, 2)


def single_cases(data_dir: Path | None) -> Iterator[Case]:
    """Give a case for each fold and method."""
    for fold, (method, one) in product(_FOLDS, {"ESRNN()": _by_esrnn, "AutoETS": _by_ets}.items()):
        name = f"{_TASK}, {_N_MONTHS} months"
        yield Case(name, method, fold, partial(_load, fold, data_dir), partial(_each, one), seed=0)


@cache
def _load(fold: int, data_dir: Path | None) -> TaskData:
    """Return series that have as many months before the fold's horizon, and no more of them."""
    data = load_data(load_task(_TASK), data_dir)
    leaks = load_leaks()
    named = set(leaks.loc[leaks["group"] == "monthly", ["donor", "target"]].to_numpy().ravel())
    longest = _N_MONTHS + max(_FOLDS) * data.task.horizon
    lengths = zip(data.panel.ids, data.panel.lengths, strict=True)
    enough = [name for name, n in lengths if n >= longest and name not in named]
    some = enough[:: len(enough) // _N_SERIES][:_N_SERIES]
    of_each = data.train.loc[some].groupby(level=0, sort=False)
    train = of_each.tail(_N_MONTHS + fold * data.task.horizon)
    return TaskData(replace(data.task, name=f"{_TASK}-single"), train, data.test.iloc[:0])


def _each(one: Callable[[Array, int, int], Array], held: HeldOut) -> Callable[[], Forecast]:
    """Return what forecasts each series alone."""
    horizon, period = held.actual.shape[1], held.seasonal_period

    def forecast() -> Forecast:
        panel = held.train
        made = [one(panel.series(i), horizon, period) for i in range(panel.n_series)]
        y_hat, lower, upper = np.stack(made, axis=1)
        return y_hat, lower, upper

    return forecast


def _by_esrnn(y: Array, horizon: int, period: int) -> Array:
    from esrnn import ESRNN  # here, since it loads sktime

    months = pd.period_range("2000-01", periods=len(y), freq="M")
    forecaster = ESRNN(n_jobs=1).fit(pd.Series(y, months), fh=range(1, horizon + 1))
    quantiles: Array = forecaster.predict_quantiles(alpha=[0.5, 0.025, 0.975]).to_numpy().T
    return quantiles


def _by_ets(y: Array, horizon: int, period: int) -> Array:
    found = forecast_by("AutoETS", y, horizon, period, (_LEVEL,))
    return np.stack([found.y_hat, *found.bounds[_LEVEL]])
