"""Intermittent series: what comes next is drawn from what came before.

Networks that are trained on quantiles say little about the mean of a series that is mostly zero.
Stretches of its own past, that begin at the same place of the season, have its zeros, its sizes and
what follows on what.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.panel import Panel
from esrnn.panel.flat import series_of, step_of

__all__ = ["find_intermittent", "find_mostly_zero", "past_stretches"]

_LEAST_ZEROS, _LEAST_OF_LATE = 0.25, 0.125  # of the observations, of those in the last third
_LEAST_OBSERVED = 8
# The latest stretches that are drawn from, and how many make a season worth keeping.
_MOST, _ENOUGH = 60, 8


def find_intermittent(panel: Panel) -> BoolArray:
    """Tell which series are intermittent.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    ndarray of shape (N,), bool
        Never negative, and at least a quarter of eight or more observations are 0, and an eighth of
        those in the last third of the history: zeros of long ago say little of today.

    Examples
    --------
    >>> find_intermittent(
    ...     Panel.from_arrays([[0.0, 0.0, 3.0, 1.0] * 3, [5.0, 6.0, 0.0, 7.0, 9.0] * 3])
    ... )
    array([ True, False])
    """
    return _have_zeros(panel, _LEAST_ZEROS, _LEAST_OF_LATE)


def find_mostly_zero(panel: Panel) -> BoolArray:
    """Tell which intermittent series are 0 most of the time.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    ndarray of shape (N,), bool
        At least half of the observations are 0, in the last third of the history too.

    Examples
    --------
    >>> find_mostly_zero(
    ...     Panel.from_arrays([[0.0, 0.0, 3.0, 1.0] * 3, [0.0, 6.0, 1.0, 7.0] * 3])
    ... )
    array([ True, False])
    """
    return _have_zeros(panel, 0.5, 0.5)


def _have_zeros(panel: Panel, least: float, least_of_late: float) -> BoolArray:
    """Return which series are never negative, and 0 at such shares of their observations."""
    y, n = panel.values, panel.n_series
    is_zero = y == 0.0
    if not is_zero.any():  # as a rule
        return np.zeros(n, dtype=np.bool_)
    series, seen = series_of(panel.indptr), ~np.isnan(y)
    late = seen & (3 * step_of(panel.indptr) >= 2 * panel.lengths[series])
    found: BoolArray = np.bincount(series, y < 0.0, n) == 0
    found &= np.bincount(series, seen, n) >= _LEAST_OBSERVED
    for part, share in ((seen, least), (late, least_of_late)):
        n_zeros = np.bincount(series, is_zero & part, n)
        found &= n_zeros >= share * np.bincount(series, part, n)
    return found


def past_stretches(values: FloatArray, horizon: int, periods: Sequence[int]) -> FloatArray:
    """Return stretches of a series' past, each as long as the horizon.

    Parameters
    ----------
    values : ndarray of shape (n,), float64
        The series; NaN where missing. At least one is observed.
    horizon : int
    periods : sequence of int
        Steps per season.

    Returns
    -------
    ndarray of shape (W, horizon), float64
        The latest first, at most 60. They begin at the place of the season of the first step ahead,
        with the longest season of which there are eight, or else anywhere. A missing value is
        taken from the next earlier stretch that has one. A series that is shorter than the horizon
        is repeated.

    Examples
    --------
    >>> past_stretches(np.tile([0.0, 0.0, 5.0], 9), 2, (3,))[:2]
    array([[0., 0.],
           [0., 0.]])
    """
    if values.size < horizon:
        values = np.tile(values, -(-horizon // values.size))
    n = values.size
    for period in (*sorted(periods, reverse=True), 1):
        last = n - period * -(-horizon // period)
        starts = np.arange(last, -1, -period)[:_MOST]
        if starts.size >= _ENOUGH or period == 1:
            break
    if not starts.size:
        starts = np.array([n - horizon])
    stretches: FloatArray = values[starts[:, None] + np.arange(horizon)].copy()
    usual = float(np.nanmean(values))
    for step in stretches.T:
        missing = np.isnan(step)
        if missing.all():
            step[:] = usual
        elif missing.any():
            known = np.flatnonzero(~missing)
            at = np.searchsorted(known, np.flatnonzero(missing))
            step[missing] = step[known[at % known.size]]
    return stretches
