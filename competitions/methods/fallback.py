"""Normal intervals, and the simple forecast for a series that a method's own model cannot fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from competitions.methods.per_series import SeriesForecast
from competitions.task.data import Array, Bounds
from esrnn.metrics import naive2


def normal_bounds(
    y_hat: Array, errors: Array, levels: Iterable[int], growth: Array | float = 1.0
) -> Bounds:
    """Return the bounds of normal intervals by level in percent.

    `errors` are standard deviations of the errors of `y_hat`, shape (..., H); `growth` is a factor
    on them at each step.
    """
    bounds = {}
    for level in levels:
        half = NormalDist().inv_cdf(0.5 + level / 200) * errors * growth
        bounds[level] = (y_hat - half, y_hat + half)
    return bounds


def is_finite(result: SeriesForecast) -> bool:
    """Say whether a forecast and all its bounds are finite."""
    arrays = [result.y_hat, *(bound for pair in result.bounds.values() for bound in pair)]
    return all(np.isfinite(array).all() for array in arrays)


def random_walk(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast a series by Naive2 with the intervals of a random walk.

    This is not marked as a fallback: every model forecasts a constant series like that.
    """
    y_hat = naive2(y, horizon, period)
    steps = np.abs(np.diff(y))
    largest = steps.max(initial=0.0)
    # in units of the largest, since squares of very large steps would overflow
    spread = largest * np.sqrt(np.mean((steps / largest) ** 2)) if largest > 0 else 0.0
    errors = spread * np.sqrt(np.arange(1, horizon + 1))
    return SeriesForecast(y_hat, normal_bounds(y_hat, errors, levels))


def fall_back(y: Array, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast a series by `random_walk`, marked as a fallback."""
    return replace(random_walk(y, horizon, period, levels), fallback=True)
