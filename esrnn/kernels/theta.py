r"""The Theta method of each series: exponential smoothing with half of the linear trend as drift.

.. math::

    l_t = l_{t-1} + \alpha (y_t - l_{t-1}), \quad
    \hat y_{n+h} = l_n + \frac{b}{2} \left(h - 1 + \frac{1 - (1 - \alpha)^n}{\alpha}\right)

with :math:`l_0 = y_0`, b the least-squares slope of the series over time, and the alpha with the
smallest sum of squared one-step errors (Assimakopoulos and Nikolopoulos 2000,
doi:10.1016/S0169-2070(00)00066-2, in the form of Hyndman and Billah 2003,
doi:10.1016/S0169-2070(01)00143-1). n counts observations. A missing value leaves the level as it
is, and missing ones at the end are steps ahead.
"""

from __future__ import annotations

import math

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.kernels.jit import jit
from esrnn.kernels.threads import over_series

__all__ = ["fit_theta"]

_LEAST, _MOST = 1e-4, 0.9999  # of alpha
_N_GRID = 20
_N_CUTS = 25  # of the interval around the best point of the grid, each to 0.62 of it
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_FEWEST = 5_000  # observations that are worth a thread


@jit
def _sum_of_squares(y, alpha):  # type: ignore[no-untyped-def]
    """Return the sum of squared one-step errors, the last level and the number of errors."""
    level, total, count = np.nan, 0.0, 0
    for value in y:
        if np.isnan(value):
            continue
        if np.isnan(level):
            level = value
            continue
        error = value - level
        total += error * error
        level += alpha * error
        count += 1
    return total, level, count


@jit
def _slope(y):  # type: ignore[no-untyped-def]
    """Return the least-squares slope over the observed steps; 0 where there is but one."""
    n, mean_t, mean_y = 0, 0.0, 0.0
    for t in range(y.size):
        if not np.isnan(y[t]):
            n += 1
            mean_t += (t - mean_t) / n
            mean_y += (y[t] - mean_y) / n
    over, under = 0.0, 0.0
    for t in range(y.size):
        if not np.isnan(y[t]):
            over += (t - mean_t) * (y[t] - mean_y)
            under += (t - mean_t) ** 2
    return over / under if under > 0.0 else 0.0


@jit
def _best_alpha(y):  # type: ignore[no-untyped-def]
    """Return the alpha with the smallest sum of squares, by a grid and golden sections."""
    step = (_MOST - _LEAST) / (_N_GRID - 1)
    best, smallest = _LEAST, np.inf
    for k in range(_N_GRID):
        alpha = _LEAST + k * step
        total = _sum_of_squares(y, alpha)[0]
        if total < smallest:
            best, smallest = alpha, total
    low, high = max(best - step, _LEAST), min(best + step, _MOST)
    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_a, at_b = _sum_of_squares(y, a)[0], _sum_of_squares(y, b)[0]
    for _ in range(_N_CUTS):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - _GOLDEN * (high - low)
            at_a = _sum_of_squares(y, a)[0]
        else:
            low, a, at_a = a, b, at_b
            b = low + _GOLDEN * (high - low)
            at_b = _sum_of_squares(y, b)[0]
    middle = 0.5 * (low + high)
    return middle if _sum_of_squares(y, middle)[0] < smallest else best


@jit
def _fit_range(values, indptr, first, end, out):  # type: ignore[no-untyped-def]
    for i in range(first, end):
        y = values[indptr[i] : indptr[i + 1]]
        alpha = _best_alpha(y)
        total, level, count = _sum_of_squares(y, alpha)
        missing = 0
        while np.isnan(y[y.size - 1 - missing]):
            missing += 1
        out[i, 0] = level
        out[i, 1] = 0.5 * _slope(y)
        out[i, 2] = alpha
        out[i, 3] = (1.0 - (1.0 - alpha) ** (count + 1)) / alpha + missing
        out[i, 4] = np.sqrt(total / count) if count > 0 else 0.0


def fit_theta(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Fit the Theta method to every series.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        Each series has at least one observation; NaN where missing.
    indptr : ndarray of shape (N + 1,), int64

    Returns
    -------
    ndarray of shape (N, 5), float64
        Last level, drift (half of the slope), alpha, the steps of drift that the first forecast
        is ahead, and the root mean square of the one-step errors.

    Examples
    --------
    >>> fit_theta(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 4]))[0, :2].round(2).tolist()
    [4.0, 0.5]
    """
    out = np.empty((indptr.size - 1, 5))
    over_series(indptr, lambda first, end: _fit_range(values, indptr, first, end, out), _FEWEST)
    return out
