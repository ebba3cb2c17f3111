"""Seasonal naive forecasts of series that the networks can't serve.

What is wrong with such a series is left out, value by value: it is what a person would forecast it
by until somebody has looked at it.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray
from esrnn.errors import EsrnnError
from esrnn.forecaster.reading import LongColumns
from esrnn.frames import FramedPanel, long_to_panel
from esrnn.frames.skipping import are_among
from esrnn.frames.times import Frequency
from esrnn.metrics import seasonal_naive
from esrnn.panel import Panel
from esrnn.quantiles.support import clip_to_support, find_support

__all__ = ["naive_quantiles", "salvage"]

_LARGEST = 1e150  # the square of a larger number overflows
_MAX_ROUNDS = 20  # kinds of faults in one series


def salvage(history: pd.DataFrame, names: LongColumns, freq: Frequency) -> FramedPanel | None:
    """Make a panel of what is sound in some rejected series.

    Parameters
    ----------
    history : pd.DataFrame
        Their rows.
    names : LongColumns
    freq : int or pandas offset
        The step.

    Returns
    -------
    FramedPanel or None
        Of the series in which something is sound; None if there is none.

    Examples
    --------
    >>> df = pd.DataFrame({"unique_id": "a", "ds": [1, 2, 2, 3], "y": [5.0, 6.0, 7.0, np.inf]})
    >>> salvage(df, LongColumns(), 1).panel.values
    array([ 5.,  7., nan])
    """
    frame = history[[names.id, names.time, names.value]].dropna(subset=[names.id, names.time])
    values = pd.to_numeric(frame[names.value], errors="coerce").astype("float64")
    frame = frame.assign(**{names.value: values.where(values.abs() < _LARGEST)})
    frame = frame.drop_duplicates([names.id, names.time], keep="last")
    for _ in range(_MAX_ROUNDS):
        if frame.empty:
            return None
        try:
            return long_to_panel(
                frame,
                id_col=names.id,
                time_col=names.time,
                target_col=names.value,
                freq=freq,
            )
        except EsrnnError as error:
            frame = _without_faults(frame, names, error)
    return None


def _without_faults(frame: pd.DataFrame, names: LongColumns, error: EsrnnError) -> pd.DataFrame:
    """Return the rows that an error does not name; no row if it names none."""
    if not error.series:
        return frame.iloc[:0]
    if error.rows is not None:
        return frame.drop(index=frame.index[list(error.rows)])
    bad = are_among(pd.Index(frame[names.id]), error.series)
    if error.steps is not None:
        named = set(zip(error.series, map(str, error.steps), strict=True))
        rows = frame.loc[bad, [names.id, names.time]]
        keys = zip(rows[names.id], rows[names.time].map(str), strict=True)
        found = np.array([key in named for key in keys], dtype=np.bool_)
        if found.any():
            bad[np.flatnonzero(bad)[~found]] = False
    return frame[~bad]


def naive_quantiles(
    panel: Panel, horizon: int, period: int, levels: tuple[float, ...]
) -> FloatArray:
    """Forecast series by their last season, with normal quantiles around it.

    Parameters
    ----------
    panel : Panel
        Of N series, each with an observed value.
    horizon : int
        Steps ahead, H.
    period : int
        Steps per season; 1 for none.
    levels : tuple of float, length A

    Returns
    -------
    ndarray of shape (1 + A, N, H), float64
        The forecast, then a quantile for each level.

    Notes
    -----
    The spread is the root mean square of seasonal differences, or of differences between neighbours
    where there are none. It grows with the square root of the seasons ahead. Of a single
    observation it is as large as that.

    Examples
    --------
    >>> panel = Panel.from_arrays([[1.0, 9.0, 2.0, 8.0, 1.0, 9.0]])
    >>> naive_quantiles(panel, 2, 2, (0.5, 0.9)).round(1).tolist()
    [[[1.0, 9.0]], [[1.0, 9.0]], [[2.3, 10.3]]]
    """
    y, indptr = panel.values, panel.indptr
    middle = seasonal_naive(y, horizon, period, indptr=indptr)
    spread = np.array([_spread(y[a:b], period) for a, b in pairwise(indptr.tolist())])
    growth = np.sqrt(np.arange(horizon) // period + 1.0)
    normal = NormalDist()
    points = np.array([0.0, *(normal.inv_cdf(level) for level in levels)])
    quantiles = middle + points[:, None, None] * spread[:, None] * growth
    return clip_to_support(quantiles, *find_support(panel))


def _spread(y: FloatArray, period: int) -> float:
    """Return the typical error of the seasonal naive forecast in a history."""
    for lag in (period, 1):
        differences = y[lag:] - y[:-lag]
        observed = differences[~np.isnan(differences)]
        if observed.size:
            return float(np.sqrt(np.mean(observed**2)))
    return float(np.abs(y[~np.isnan(y)]).max())
