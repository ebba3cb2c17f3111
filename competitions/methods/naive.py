"""The methods that can be run, behind one signature.

A method gets a task, the training part and `Settings`, and returns forecasts as a frame with the
task's `forecast_columns`. It never sees the test part. A new method is one function and one line in
`METHODS`.

The benchmarks' intervals are R's: normal errors whose variance is the mean square of the
in-sample one-step errors times the number of steps (seasons, for sNaive) ahead. With them Naive
reaches M4's published MSIS to three decimals. M4 defines no intervals for Naive2; it gets none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.task import TaskData
from esrnn.metrics import naive, naive2, seasonal_naive

__all__ = ["METHODS", "Method", "Result", "Settings"]

Matrix: TypeAlias = npt.NDArray[np.float64]
Bounds: TypeAlias = dict[int, tuple[Matrix, Matrix]]


@dataclass(frozen=True)
class Settings:
    """What the command line says about how to run a method; None leaves it to the preset.

    Parameters
    ----------
    seed : int
        Seed of everything drawn at random.
    preset : str
        Name of one of ESRNN's presets, or ``"auto"``.
    n_jobs : int or None
        Processes side by side.
    n_members, n_epochs : int or None
        Size of the ensemble and length of the training.
    quiet : bool
        No progress display.
    """

    seed: int = 0
    preset: str = "auto"
    n_jobs: int | None = None
    n_members: int | None = None
    n_epochs: int | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Result:
    """What a method returns.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        With the task's `forecast_columns`; bounds are NaN where a method gives none.
    forecaster : object or None
        The fitted forecaster, for the picture.
    """

    forecasts: pd.DataFrame
    forecaster: object | None = None


Method: TypeAlias = Callable[[TaskData, Settings], Result]


def run_naive(data: TaskData, settings: Settings) -> Result:
    """Repeat the last value."""
    y_hat = naive(data.values, data.task.horizon, indptr=data.indptr)
    return Result(_frame(data, y_hat, _normal_bounds(data, y_hat, lag=1)))


def run_seasonal_naive(data: TaskData, settings: Settings) -> Result:
    """Repeat the last season."""
    period = data.task.seasonal_period
    y_hat = seasonal_naive(data.values, data.task.horizon, period, indptr=data.indptr)
    return Result(_frame(data, y_hat, _normal_bounds(data, y_hat, lag=period)))


def run_naive2(data: TaskData, settings: Settings) -> Result:
    """Repeat the last seasonally adjusted value, M4's benchmark."""
    period = data.task.seasonal_period
    y_hat = naive2(data.values, data.task.horizon, period, indptr=data.indptr)
    return Result(_frame(data, y_hat, {}))


def run_smoothing(data: TaskData, settings: Settings) -> Result:
    """Forecast by each series' exponential smoothing alone: what ESRNN starts from."""
    from esrnn.config import SmoothingConfig, usual_periods
    from esrnn.panel import Panel
    from esrnn.smoothing import smoothing_forecast  # here, since it loads numba

    panel = Panel(data.values, data.indptr, tuple(data.train.index.unique(level="unique_id")))
    periods = SmoothingConfig(usual_periods(_preset(data, settings)))
    return Result(_frame(data, smoothing_forecast(panel, data.task.horizon, periods), {}))


def run_esrnn(data: TaskData, settings: Settings) -> Result:
    """Fit ESRNN on the training part and forecast, through sktime's interface."""
    from esrnn import ESRNN  # here, since it loads torch and sktime

    forecaster = ESRNN(
        horizon=data.task.horizon,
        preset=_preset(data, settings),
        n_members=settings.n_members,
        n_epochs=settings.n_epochs,
        n_jobs=settings.n_jobs,
        random_state=settings.seed,
        verbose=0 if settings.quiet else 1,
    )
    forecaster.fit(data.train)
    forecasts = forecaster.predict().set_axis(["y_hat"], axis=1)
    for level in data.task.levels:
        intervals = forecaster.predict_interval(coverage=level / 100)
        for name, side in (("lo", "lower"), ("hi", "upper")):
            bound = intervals.xs(side, axis=1, level=-1).iloc[:, 0]
            forecasts[f"{name}-{level}"] = bound.reindex(forecasts.index)
    forecasts.index = forecasts.index.set_names(["unique_id", "ds"])
    columns = list(data.task.forecast_columns)
    return Result(forecasts.reset_index()[columns], forecaster)


METHODS: dict[str, Method] = {
    "es": run_smoothing,
    "esrnn": run_esrnn,
    "naive": run_naive,
    "naive2": run_naive2,
    "snaive": run_seasonal_naive,
}


def _preset(data: TaskData, settings: Settings) -> str:
    """Return the preset asked for, or the group's: a task's integer steps have no frequency."""
    return data.task.group if settings.preset == "auto" else settings.preset


def _frame(data: TaskData, y_hat: Matrix, bounds: Bounds) -> pd.DataFrame:
    """Lay out forecasts, (N, H), behind the training part's steps."""
    horizon = data.task.horizon
    last = data.train.index.to_frame(index=False).groupby("unique_id", sort=False)["ds"].last()
    columns: dict[str, npt.ArrayLike] = {
        "unique_id": np.repeat(last.index.to_numpy(), horizon),
        "ds": (last.to_numpy()[:, None] + np.arange(1, horizon + 1)).ravel(),
        "y_hat": y_hat.ravel(),
    }
    nothing = np.full_like(y_hat, np.nan)
    for level in data.task.levels:
        lower, upper = bounds.get(level, (nothing, nothing))
        columns[f"lo-{level}"], columns[f"hi-{level}"] = lower.ravel(), upper.ravel()
    return pd.DataFrame(columns)


def _normal_bounds(data: TaskData, y_hat: Matrix, lag: int) -> Bounds:
    """Bounds of forecasts that repeat the value `lag` steps before, for each level."""
    values, indptr = data.values, data.indptr
    steps = np.arange(len(values)) - np.repeat(indptr[:-1], np.diff(indptr))
    later = np.flatnonzero(steps >= lag)
    series = np.searchsorted(indptr, later, side="right") - 1
    squares = np.bincount(series, (values[later] - values[later - lag]) ** 2, len(y_hat))
    counts = np.bincount(series, minlength=len(y_hat))
    spread = np.sqrt(squares / np.maximum(counts, 1))
    cycles = np.arange(y_hat.shape[1]) // lag + 1
    bounds = {}
    for level in data.task.levels:
        quantile = NormalDist().inv_cdf(0.5 + level / 200)
        half = quantile * spread[:, None] * np.sqrt(cycles)
        bounds[level] = (y_hat - half, y_hat + half)
    return bounds
