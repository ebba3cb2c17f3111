"""What stands in for a model that cannot be fitted to a series, and how that is noticed."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from competitions.methods.each import SeriesForecast
from esrnn.metrics import naive2

__all__ = ["fall_back", "is_finite", "random_walk"]

Vector: TypeAlias = npt.NDArray[np.float64]


def is_finite(result: SeriesForecast) -> bool:
    """Say whether a forecast and all its bounds are finite.

    Examples
    --------
    >>> is_finite(SeriesForecast(np.array([1.0, np.nan])))
    False
    """
    arrays = [result.y_hat, *(bound for pair in result.bounds.values() for bound in pair)]
    return all(np.isfinite(array).all() for array in arrays)


def random_walk(
    y: Vector, horizon: int, levels: tuple[int, ...], period: int = 1
) -> SeriesForecast:
    """Forecast by Naive2, with the intervals of a random walk.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    horizon : int
        Steps ahead, H.
    levels : tuple of int
        Levels of the intervals in percent.
    period : int
        Steps per season.

    Returns
    -------
    SeriesForecast
        Not marked as a fallback: of a constant series this is the forecast of any model.

    Examples
    --------
    >>> random_walk(np.array([1.0, 3.0]), 2, ()).y_hat.tolist()
    [3.0, 3.0]
    """
    y_hat = naive2(y, horizon, period)
    steps = np.abs(np.diff(y))
    largest = steps.max(initial=0.0)
    # in units of the largest, since squares of very large steps would overflow
    spread = largest * np.sqrt(np.mean((steps / largest) ** 2)) if largest > 0 else 0.0
    half = spread * np.sqrt(np.arange(1, horizon + 1))
    quantiles = {level: NormalDist().inv_cdf(0.5 + level / 200) for level in levels}
    bounds = {level: (y_hat - q * half, y_hat + q * half) for level, q in quantiles.items()}
    return SeriesForecast(y_hat, bounds)


def fall_back(y: Vector, horizon: int, period: int, levels: tuple[int, ...]) -> SeriesForecast:
    """Forecast by Naive2 with the intervals of a random walk, marked as a fallback.

    Examples
    --------
    >>> fall_back(np.array([1e300, 3e300]), 1, 1, (95,)).y_hat.tolist()
    [3e+300]
    """
    return replace(random_walk(y, horizon, levels, period), fallback=True)
