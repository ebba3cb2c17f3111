"""Horizons held back from training: for early stopping, and for calibrating intervals.

A series that is held back trains without its last horizon and is forecast from where that starts:
no loss and no gradient reads these values. Nor does the per-series fit where horizons are held
back to stop early. Where only some series are held back, for calibration, members that smooth
alike share one fit to all data: it settles the form of the seasonality and gives the per-series
parameters that training starts from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.metrics import mase, naive2, seasonal_scale, smape
from esrnn.panel import Panel
from esrnn.panel.flat import indptr_of

__all__ = ["Origin", "hold_back", "naive_scores", "relative_score"]


@dataclass(frozen=True)
class Origin:
    """Some series up to an origin, and what came after it.

    Attributes
    ----------
    which : ndarray of shape (K,), int64
        The series.
    history : Panel
        These series up to the origin.
    actual : ndarray of shape (K, H), float64
        NaN where missing.
    """

    which: IntArray
    history: Panel
    actual: FloatArray


def hold_back(
    panel: Panel,
    horizon: int,
    min_train: int,
    chosen: BoolArray | None = None,
    n_origins: int = 1,
) -> tuple[Panel, list[Origin]]:
    """Split off the last horizons of series, as many as their length allows.

    Parameters
    ----------
    panel : Panel
    horizon : int
    min_train : int
        Observations that must be left.
    chosen : ndarray of shape (N,), bool, optional
        The series that may be split; by default all.
    n_origins : int, default 1
        Horizons, one after another, at the end of each series.

    Returns
    -------
    train : Panel
        All series without what is split off.
    origins : list of Origin
        The latest first; as many as there are series for.

    Examples
    --------
    >>> panel = Panel.from_arrays([[1, 2, 3, 4, 5, 6], [7, 8, 9], [1, 2]])
    >>> train, origins = hold_back(panel, 2, 1, np.array([True, True, False]), n_origins=2)
    >>> train.lengths, [origin.which.tolist() for origin in origins]
    (array([2, 1, 2]), [[0, 1], [0]])
    """
    depth = np.clip((panel.lengths - min_train) // horizon, 0, n_origins)
    if chosen is not None:
        depth = np.where(chosen, depth, 0)
    origins = []
    for k in range(1, int(depth.max()) + 1):
        which = np.flatnonzero(depth >= k)
        some = panel.subset(which)
        later = some.drop_last((k - 1) * horizon).last(horizon).values
        origins.append(Origin(which, some.drop_last(k * horizon), later.reshape(-1, horizon)))
    return _cut_off(panel, panel.lengths - depth * horizon), origins


def _cut_off(panel: Panel, lengths: IntArray) -> Panel:
    """Keep the first observations of every series."""
    kept = np.arange(panel.values.size) < np.repeat(panel.indptr[:-1] + lengths, panel.lengths)
    return Panel(panel.values[kept], indptr_of(lengths), panel.ids)


def relative_score(origin: Origin, forecast: FloatArray, lag: int) -> float:
    """Return the forecasts' OWA over the series for which it is defined.

    Parameters
    ----------
    origin : Origin
    forecast : ndarray of shape (K, H), float64
    lag : int
        Seasonal period of MASE and Naive2.

    Returns
    -------
    float
        NaN where it is defined for no series.
    """
    means = naive_scores(origin, lag)
    own = None if means is None else _mean_scores(origin, forecast, lag)
    if means is None or own is None:
        return float("nan")
    return 0.5 * (own[0] / means[0] + own[1] / means[1])


def naive_scores(origin: Origin, lag: int) -> tuple[float, float] | None:
    """Return Naive2's mean sMAPE and MASE on what is held back; None where they are useless.

    Parameters
    ----------
    origin : Origin
    lag : int

    Returns
    -------
    tuple of float, or None
        None where no series has both, or where one is 0.
    """
    history, horizon = origin.history, origin.actual.shape[1]
    means = _mean_scores(origin, naive2(history.values, horizon, lag, indptr=history.indptr), lag)
    return means if means is not None and min(means) > 0.0 else None


def _mean_scores(origin: Origin, forecast: FloatArray, lag: int) -> tuple[float, float] | None:
    history = origin.history
    scale = seasonal_scale(history.values, lag, indptr=history.indptr)
    percent = smape(origin.actual, forecast, per_series=True)
    scaled = mase(origin.actual, forecast, scale=scale, per_series=True)
    counts = np.isfinite(percent) & np.isfinite(scaled)
    if not counts.any():
        return None
    return float(percent[counts].mean()), float(scaled[counts].mean())
