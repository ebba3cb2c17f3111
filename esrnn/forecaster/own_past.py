"""Quantiles of series that are mostly 0: half is what the networks say, half their own past.

The medians of networks alone are too high. The past alone is slow to follow a rate that moves
(``python -m competitions backtest counts``). Series that are 0 less often, such as passengers by
the hour with none at night, have a season and a level that networks know better than their past.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.quantiles.intermittent import find_mostly_zero, past_stretches

if TYPE_CHECKING:
    from esrnn.forecaster.fitted_panel import FittedPanel

__all__ = ["stretches_of", "with_own_past"]


def stretches_of(fitted: FittedPanel, series: int, horizon: int) -> FloatArray:
    """Return stretches of a series' own past (`esrnn.quantiles.intermittent.past_stretches`).

    Parameters
    ----------
    fitted : FittedPanel
    series : int
        Its place in the panel.
    horizon : int

    Returns
    -------
    ndarray of shape (W, horizon), float64
    """
    periods = fitted.model.config.smoothing.seasonal_periods
    return past_stretches(fitted.framed.panel.series(series), horizon, periods)


def with_own_past(
    quantiles: FloatArray, levels: Sequence[float], fitted: FittedPanel, slots: IntArray
) -> FloatArray:
    """Mix the quantiles of series that are mostly 0 with those of stretches of their past.

    Parameters
    ----------
    quantiles : ndarray of shape (A, N, K), float64
        Of the networks; they stay as they are.
    levels : sequence of float, length A
    fitted : FittedPanel
    slots : ndarray of shape (N, K), int64
        Steps after the end of each series; those within the data count as the first.

    Returns
    -------
    ndarray of shape (A, N, K), float64
        The mean of both; other series as they were.
    """
    which = np.flatnonzero(find_mostly_zero(fitted.framed.panel))
    if not which.size:
        return quantiles
    mixed, slots = quantiles.copy(), np.maximum(slots, 1)
    for k in which.tolist():
        past = np.sort(stretches_of(fitted, k, int(slots[k].max())), axis=0)
        rows = np.ceil(np.array(levels) * len(past) - 1e-9).astype(np.int64) - 1
        mixed[:, k] = (mixed[:, k] + past[np.maximum(rows, 0)][:, slots[k] - 1]) / 2.0
    return mixed
