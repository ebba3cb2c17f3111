"""The scale of each series' errors: the mean absolute seasonal difference up to each step."""

from __future__ import annotations

import numpy as np
from numba import prange

from esrnn._typing import FloatArray, IntArray
from esrnn.kernels.jit import jit, jit_parallel

__all__ = ["causal_scale"]

_LARGEST = np.finfo(np.float64).max  # stands in where a sum of differences overflows


@jit
def _series_scale(y, lag, out):  # type: ignore[no-untyped-def]
    """Write the scale of one series; differences of lag 1 stand in while no other is known."""
    total, count = 0.0, 0
    total_of_1, count_of_1 = 0.0, 0
    for t in range(y.size):
        if t >= lag:
            size = abs(y[t] - y[t - lag])
            if np.isfinite(size):
                total += size
                count += 1
        if t >= 1:
            size = abs(y[t] - y[t - 1])
            if np.isfinite(size):
                total_of_1 += size
                count_of_1 += 1
        if count > 0:
            out[t] = min(total / count, _LARGEST)
        elif count_of_1 > 0:
            out[t] = min(total_of_1 / count_of_1, _LARGEST)
        else:
            out[t] = 0.0


@jit_parallel
def _panel_scale(values, indptr, lag, out):  # type: ignore[no-untyped-def]
    for i in prange(indptr.size - 1):
        a, b = indptr[i], indptr[i + 1]
        _series_scale(values[a:b], lag, out[a:b])


def causal_scale(values: FloatArray, indptr: IntArray, lag: int) -> FloatArray:
    """Return the mean absolute seasonal difference of each series up to each step.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        NaN where missing.
    indptr : ndarray of shape (N + 1,), int64
    lag : int
        The seasonal lag; while a series is not longer, its differences of lag 1 stand in.

    Returns
    -------
    ndarray of shape (n_obs,), float64
        0 while all differences so far are 0 or none is known.

    Examples
    --------
    >>> causal_scale(np.array([1.0, 2.0, 4.0, 4.0]), np.array([0, 4]), 1)
    array([0. , 1. , 1.5, 1. ])
    """
    out = np.empty(values.size)
    _panel_scale(values, indptr, lag, out)
    return out
