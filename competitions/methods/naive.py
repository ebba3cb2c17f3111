"""The naive benchmarks: Naive, sNaive and Naive2, as M4 defines them.

The intervals are R's: normal errors whose variance is the mean square of the in-sample one-step
errors times the number of steps (seasons, for sNaive) ahead. With them Naive reaches M4's published
MSIS to three decimals. M4 defines no intervals for Naive2; it gets none.
"""

from __future__ import annotations

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.per_series import normal_bounds
from competitions.task.data import Array, Bounds, TaskData
from esrnn.metrics import naive, naive2, seasonal_naive


def run_naive(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Repeat the last value."""
    y_hat = naive(data.values, data.task.horizon, indptr=data.indptr)
    return Result(data.forecast_frame(y_hat, _bounds(data, y_hat, lag=1)))


def run_seasonal_naive(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Repeat the last season."""
    period = data.task.seasonal_period
    y_hat = seasonal_naive(data.values, data.task.horizon, period, indptr=data.indptr)
    return Result(data.forecast_frame(y_hat, _bounds(data, y_hat, lag=period)))


def run_naive2(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Repeat the last seasonally adjusted value, M4's benchmark."""
    period = data.task.seasonal_period
    y_hat = naive2(data.values, data.task.horizon, period, indptr=data.indptr)
    return Result(data.forecast_frame(y_hat, {}))


def _bounds(data: TaskData, y_hat: Array, lag: int) -> Bounds:
    """Bounds of forecasts that repeat the value `lag` steps before, for each level."""
    values, indptr = data.values, data.indptr
    steps = np.arange(len(values)) - np.repeat(indptr[:-1], np.diff(indptr))
    later = np.flatnonzero(steps >= lag)
    series = np.searchsorted(indptr, later, side="right") - 1
    squares = np.bincount(series, (values[later] - values[later - lag]) ** 2, len(y_hat))
    counts = np.bincount(series, minlength=len(y_hat))
    spread = np.sqrt(squares / np.maximum(counts, 1))
    cycles = np.arange(y_hat.shape[1]) // lag + 1
    return normal_bounds(y_hat, spread[:, None], data.task.asked_levels, growth=np.sqrt(cycles))
