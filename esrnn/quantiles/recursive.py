r"""Recursive multi-step forecasts: further ahead than the networks were trained for.

The series is continued by its own median forecast, smoothed on, and forecast again from there, as
often as needed. Each block's quantiles are widened by how uncertain the end of the block before it
was. With the distance :math:`d_H` between a quantile and the median at the last step of a block and
:math:`d_j` at step j of the next one, the quantile there lies :math:`\sqrt{d_H^2 + d_j^2}` away, as
if the errors of the blocks were independent. Distances are of logarithms for multiplicative series.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.forms import from_form, to_form
from esrnn.panel import Panel

__all__ = ["append_values", "forecast_recursively"]


def forecast_recursively(
    forecast: Callable[[Panel], FloatArray], panel: Panel, horizon: int, additive: BoolArray
) -> FloatArray:
    """Forecast in blocks, each from the median of the one before.

    Parameters
    ----------
    forecast : callable
        Returns quantiles of shape (Q, N, H) for a panel; the middle one is the median.
    panel : Panel
    horizon : int
        Steps ahead.
    additive : ndarray of shape (N,), bool
        Series whose distances are not of logarithms.

    Returns
    -------
    ndarray of shape (Q, N, horizon), float64

    Examples
    --------
    >>> def walk(panel):  # a random walk that is forecast one step ahead
    ...     last = panel.last(1).values[None, :, None]
    ...     return last + np.array([-1.0, 0.0, 1.0])[:, None, None]
    >>> panel = Panel.from_arrays([[3.0, 5.0]])
    >>> forecast_recursively(walk, panel, 4, np.array([True]))[2].round(2)
    array([[6.  , 6.41, 6.73, 7.  ]])
    """
    blocks = [forecast(panel)]
    n_quantiles, _, length = blocks[0].shape
    middle = n_quantiles // 2
    while len(blocks) * length < horizon:
        panel = append_values(panel, blocks[-1][middle])
        blocks.append(_add_distances(forecast(panel), blocks[-1], additive))
    return np.concatenate(blocks, axis=2)[:, :, :horizon]


def append_values(panel: Panel, values: FloatArray) -> Panel:
    """Return a panel with values appended to each of its series.

    Parameters
    ----------
    panel : Panel
    values : ndarray of shape (N, H), float64

    Returns
    -------
    Panel

    Examples
    --------
    >>> longer = append_values(Panel.from_arrays([[1.0], [2.0, 3.0]]), np.array([[7.0], [8.0]]))
    >>> longer.values
    array([1., 7., 2., 3., 8.])
    """
    n_more = values.shape[1]
    ends = np.repeat(panel.indptr[1:], n_more)
    indptr = panel.indptr + n_more * np.arange(panel.indptr.size)
    return Panel(np.insert(np.array(panel.values), ends, values.ravel()), indptr, panel.ids)


def _add_distances(block: FloatArray, before: FloatArray, additive: BoolArray) -> FloatArray:
    """Widen a block's quantiles by those of the last step before it."""
    middle = block.shape[0] // 2
    form = additive[:, None]
    now, then = to_form(block, form), to_form(before[:, :, -1:], form)
    sign = np.sign(np.arange(block.shape[0]) - middle)[:, None, None]
    away = sign * np.hypot(now - now[middle], then - then[middle])
    wide = from_form(now[middle] + away, form)
    wide[middle] = block[middle]
    return wide
