"""The naive benchmarks: Naive, sNaive and Naive2, as M4 defines them.

The intervals are R's: normal errors whose variance is the mean square of the in-sample one-step
errors times the number of steps (seasons, for sNaive) ahead. With them Naive reaches M4's published
MSIS to three decimals. M4 defines no intervals for Naive2; it gets none.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from competitions.methods.base import Bounds, Matrix, Result, Settings
from competitions.methods.layout import forecast_frame
from competitions.methods.parts import Parts
from competitions.task import TaskData
from esrnn.metrics import naive, naive2, seasonal_naive

__all__ = ["run_naive", "run_naive2", "run_seasonal_naive"]


def run_naive(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Repeat the last value."""
    y_hat = naive(data.values, data.task.horizon, indptr=data.indptr)
    return Result(forecast_frame(data, y_hat, _normal_bounds(data, y_hat, lag=1)))


def run_seasonal_naive(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Repeat the last season."""
    period = data.task.seasonal_period
    y_hat = seasonal_naive(data.values, data.task.horizon, period, indptr=data.indptr)
    return Result(forecast_frame(data, y_hat, _normal_bounds(data, y_hat, lag=period)))


def run_naive2(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Repeat the last seasonally adjusted value, M4's benchmark."""
    period = data.task.seasonal_period
    y_hat = naive2(data.values, data.task.horizon, period, indptr=data.indptr)
    return Result(forecast_frame(data, y_hat, {}))


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
