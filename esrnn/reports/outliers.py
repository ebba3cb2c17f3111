"""Values that lie far off those around them and off those of neighbouring seasons."""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.panel.flat import series_of, step_of

__all__ = ["find_outliers"]

_MANY_DEVIATIONS = 12.0  # robust standard deviations
_TO_STANDARD = 1.4826  # of a normal distribution, from the median absolute deviation
_MIN_VALUES = 15


def find_outliers(values: FloatArray, indptr: IntArray, periods: tuple[int, ...]) -> BoolArray:
    """Find the values that are far off the median of five, of neighbours and of like seasons.

    Parameters
    ----------
    values : ndarray of shape (n_steps,), float64
        Series one after another, NaN where missing.
    indptr : ndarray of shape (N + 1,), int64
        Their boundaries.
    periods : tuple of int
        Seasonal periods.

    Returns
    -------
    ndarray of shape (n_steps,), bool
        An outlier is further than 12 robust standard deviations from the median of itself and two
        values on either side, where those are one step apart and where they are one season apart.
        The deviation is that of these distances in the series. Series of fewer than 15 values, and
        those of which most distances are 0, have none.

    Examples
    --------
    >>> values = np.tile([1.0, 2.0, 4.0, 2.0], 6) + 0.01 * np.arange(24) ** 1.5
    >>> values[13] = 99.0
    >>> np.flatnonzero(find_outliers(values, np.array([0, 24]), (4,)))
    array([13])
    """
    outlier = np.ones(values.size, dtype=np.bool_)
    with np.errstate(over="ignore"):  # a limit beyond all numbers is one that nothing is above
        for lag in (1, *periods):
            outlier &= _far_off(values, indptr, lag)
    return outlier


def _far_off(values: FloatArray, indptr: IntArray, lag: int) -> BoolArray:
    """Return which values are far off the median of those at distances of a lag."""
    distance = np.abs(values - _median_of_five(values, indptr, lag))
    scale = _TO_STANDARD * _median_of_each(distance, indptr)
    n_values = np.add.reduceat(~np.isnan(values), indptr[:-1]) if values.size else np.empty(0)
    usable = (n_values >= _MIN_VALUES) & (scale > 0.0)
    limit = np.where(usable, _MANY_DEVIATIONS * scale, np.inf)
    far: BoolArray = distance > np.repeat(limit, np.diff(indptr))
    return far


def _median_of_five(values: FloatArray, indptr: IntArray, lag: int) -> FloatArray:
    """Return the median of each value and two on either side, as many as there are."""
    step, length = step_of(indptr), np.repeat(np.diff(indptr), np.diff(indptr))
    columns = [values]
    for shift in (-2 * lag, -lag, lag, 2 * lag):
        inside = (step + shift >= 0) & (step + shift < length)
        column = np.full(values.size, np.nan)
        at = np.flatnonzero(inside)
        column[at] = values[at + shift]
        columns.append(column)
    window = np.sort(np.stack(columns), axis=0)  # NaN come last
    n = (~np.isnan(window)).sum(axis=0)
    low, high = np.maximum(n - 1, 0) // 2, n // 2
    at = np.arange(values.size)
    median: FloatArray = 0.5 * window[low, at] + 0.5 * window[np.minimum(high, 4), at]
    return median


def _median_of_each(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Return the median of each series, leaving missing values out; NaN if there is none."""
    order = np.lexsort((values, series_of(indptr)))  # NaN come last in each series
    sorted_values = values[order]
    starts, lengths = indptr[:-1], np.diff(indptr)
    n = np.add.reduceat((~np.isnan(values)).astype(np.int64), starts)
    middle = starts + np.minimum(n // 2, lengths - 1)
    below = starts + np.maximum((n - 1) // 2, 0)
    median: FloatArray = 0.5 * (sorted_values[below] + sorted_values[middle])
    return median
