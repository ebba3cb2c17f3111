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

__all__ = ["HeldBack", "hold_back", "miss_ratios", "relative_score"]


@dataclass(frozen=True)
class HeldBack:
    """A panel split at each held-back series' last horizon.

    Attributes
    ----------
    train : Panel
        All series; those held back without their last horizon.
    which : ndarray of shape (K,), int64
        The series held back.
    actual : ndarray of shape (K, H), float64
        What was held back; NaN where missing.
    """

    train: Panel
    which: IntArray
    actual: FloatArray


def hold_back(
    panel: Panel, horizon: int, min_train: int, chosen: BoolArray | None = None
) -> HeldBack:
    """Split off the last horizon of every series that is long enough for it.

    Parameters
    ----------
    panel : Panel
    horizon : int
    min_train : int
        Observations that must be left for a series to be split.
    chosen : ndarray of shape (N,), bool, optional
        The series that may be split; by default all.

    Returns
    -------
    HeldBack

    Examples
    --------
    >>> held = hold_back(Panel.from_arrays([[1, 2, 3, 4], [5, 6]]), horizon=2, min_train=2)
    >>> held.train.lengths, held.which, held.actual
    (array([2, 2]), array([0]), array([[3., 4.]]))
    """
    split = panel.lengths >= horizon + min_train
    if chosen is not None:
        split &= chosen
    which = np.flatnonzero(split)
    if not which.size:
        return HeldBack(panel, which, np.empty((0, horizon)))
    kept = panel.lengths - np.where(split, horizon, 0)
    mask = np.arange(panel.values.size) < np.repeat(panel.indptr[:-1] + kept, panel.lengths)
    indptr = np.concatenate([[0], np.cumsum(kept)])
    train = Panel(panel.values[mask], indptr, panel.ids)
    return HeldBack(train, which, panel.subset(which).last(horizon).values.reshape(-1, horizon))


def relative_score(held: HeldBack, forecast: FloatArray, lag: int) -> float:
    """Return the forecasts' OWA over the held-back series for which it is defined.

    Parameters
    ----------
    held : HeldBack
    forecast : ndarray of shape (K, H), float64
    lag : int
        Seasonal period of MASE and Naive2.

    Returns
    -------
    float
        NaN where it is defined for no series.
    """
    means = naive_scores(held, lag)
    own = None if means is None else _mean_scores(held, forecast, lag)
    if means is None or own is None:
        return float("nan")
    return 0.5 * (own[0] / means[0] + own[1] / means[1])


def naive_scores(held: HeldBack, lag: int) -> tuple[float, float] | None:
    """Return Naive2's mean sMAPE and MASE on what is held back; None where they are useless.

    Parameters
    ----------
    held : HeldBack
    lag : int

    Returns
    -------
    tuple of float, or None
        None where no series has both, or where one is 0.
    """
    if not held.which.size:
        return None
    history = held.train.subset(held.which)
    horizon = held.actual.shape[1]
    means = _mean_scores(held, naive2(history.values, horizon, lag, indptr=history.indptr), lag)
    return means if means is not None and min(means) > 0.0 else None


def _mean_scores(held: HeldBack, forecast: FloatArray, lag: int) -> tuple[float, float] | None:
    history = held.train.subset(held.which)
    scale = seasonal_scale(history.values, lag, indptr=history.indptr)
    percent = smape(held.actual, forecast, per_series=True)
    scaled = mase(held.actual, forecast, scale=scale, per_series=True)
    counts = np.isfinite(percent) & np.isfinite(scaled)
    if not counts.any():
        return None
    return float(percent[counts].mean()), float(scaled[counts].mean())


def miss_ratios(actual: FloatArray, quantiles: FloatArray, additive: BoolArray) -> FloatArray:
    """Return how far each observation lies out, in units of each quantile's own distance.

    Parameters
    ----------
    actual : ndarray of shape (K, H), float64
        NaN where missing.
    quantiles : ndarray of shape (Q, K, H), float64
        The middle one is the median.
    additive : ndarray of shape (K,), bool
        Distances are of logarithms where this is False.

    Returns
    -------
    ndarray of shape (Q, K * H), float64
        1 where the observation is at that quantile, 0 at the median, negative on the other side;
        NaN where missing or where the distance is 0.

    Examples
    --------
    >>> quantiles = np.array([[[8.0]], [[10.0]], [[11.0]]])
    >>> miss_ratios(np.array([[12.0]]), quantiles, np.array([True])).ravel()
    array([-1., nan,  2.])
    """
    logs = ~additive[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.where(logs, np.log(actual), actual)
        q = np.where(logs, np.log(quantiles), quantiles)
        middle = q[q.shape[0] // 2]
        ratios = (y - middle) / (q - middle)
    ratios[~np.isfinite(ratios)] = np.nan
    flat: FloatArray = ratios.reshape(q.shape[0], -1)
    return flat
