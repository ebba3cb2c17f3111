"""Scales of series: mean absolute seasonal differences, up to each step and of whole series.

Means of whole series are summed in pairs, in the order in which numpy sums, so that they have the
bits of `numpy.mean`: the forecasts of additive series depend on them.
"""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.kernels.jit import jit

__all__ = ["causal_scale", "means_of_each", "seasonal_unit"]

_LARGEST = np.finfo(np.float64).max  # stands in where a sum of differences overflows
_BLOCK = 128  # numpy halves what is longer


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


@jit
def _panel_scale(values, indptr, lag, out):  # type: ignore[no-untyped-def]
    for i in range(indptr.size - 1):
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


@jit
def _pairwise_sum(x):  # type: ignore[no-untyped-def]
    """Sum in numpy's order: eight partial sums, halves of more than 128 numbers by themselves."""
    n = x.size
    if n < 8:
        total = 0.0
        for k in range(n):
            total += x[k]
        return total
    if n <= _BLOCK:
        part = x[:8].copy()
        whole = n - n % 8
        for k in range(8, whole, 8):
            for j in range(8):
                part[j] += x[k + j]
        total = ((part[0] + part[1]) + (part[2] + part[3])) + (
            (part[4] + part[5]) + (part[6] + part[7])
        )
        for k in range(whole, n):
            total += x[k]
        return total
    half = n // 2
    half -= half % 8
    return _pairwise_sum(x[:half]) + _pairwise_sum(x[half:])


@jit
def _mean_difference(y, lag, known):  # type: ignore[no-untyped-def]
    """Return the mean absolute difference of a lag, or of y itself at lag 0; 0 if none is known."""
    count = 0
    for t in range(lag, y.size):
        size = abs(y[t] - y[t - lag]) if lag > 0 else abs(y[t])
        if np.isfinite(size):
            known[count] = size
            count += 1
    return _pairwise_sum(known[:count]) / count if count > 0 else 0.0


@jit
def _panel_unit(values, indptr, additive, lag, unit):  # type: ignore[no-untyped-def]
    for i in range(indptr.size - 1):
        unit[i] = 1.0
        if additive[i]:
            y = values[indptr[i] : indptr[i + 1]]
            known = np.empty(y.size)
            for one in (lag, 1, 0):
                mean = _mean_difference(y, one, known)
                if mean > 0.0:
                    unit[i] = mean
                    break


def seasonal_unit(
    values: FloatArray, indptr: IntArray, additive: BoolArray, lag: int
) -> FloatArray:
    """Return each additive series' mean absolute seasonal difference.

    Where that is 0 or unknown, the mean absolute difference stands in, then the mean absolute
    value, then 1.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
    indptr : ndarray of shape (N + 1,), int64
    additive : ndarray of shape (N,), bool
    lag : int

    Returns
    -------
    ndarray of shape (N,), float64
        In units of y; 1 for multiplicative series.

    Examples
    --------
    >>> seasonal_unit(np.array([0.0, 3.0, 1.0]), np.array([0, 3]), np.array([True]), 1)
    array([2.5])
    """
    unit = np.empty(additive.size)
    _panel_unit(values, indptr, additive, lag, unit)
    return unit


@jit
def _panel_means(values, indptr, means):  # type: ignore[no-untyped-def]
    for i in range(indptr.size - 1):
        part = values[indptr[i] : indptr[i + 1]]
        means[i] = _pairwise_sum(part) / part.size if part.size > 0 else 0.0


def means_of_each(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Return the mean of each series' values.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        None missing.
    indptr : ndarray of shape (N + 1,), int64

    Returns
    -------
    ndarray of shape (N,), float64
        0 for a series without values.

    Examples
    --------
    >>> means_of_each(np.array([1.0, 3.0]), np.array([0, 2, 2]))
    array([2., 0.])
    """
    means = np.empty(indptr.size - 1)
    _panel_means(values, indptr, means)
    return means
