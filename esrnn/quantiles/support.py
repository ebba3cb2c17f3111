"""Which values a series can take, and forecasts that keep to them.

A series that was never negative is not forecast to be negative, and quantiles of counts are counts:
where half of the probability of a sparse series lies at 0, a median of 0.1 is simply wrong.
"""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.panel import Panel
from esrnn.panel.flat import all_of_each, any_of_each

__all__ = ["clip_to_support", "find_support"]


def find_support(panel: Panel) -> tuple[BoolArray, BoolArray]:
    """Tell from the observations which series are never negative and which are counts.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    non_negative : ndarray of shape (N,), bool
        No observation is below 0.
    counts : ndarray of shape (N,), bool
        All observations are whole numbers of at least 0, and some are 0.

    Examples
    --------
    >>> find_support(Panel.from_arrays([[0.0, 2.0], [0.5, 0.0], [-1.0, 2.0], [3.0, 1.0]]))
    (array([ True,  True, False,  True]), array([ True, False, False, False]))
    """
    y, indptr = panel.values, panel.indptr
    missing = np.isnan(y)
    non_negative = all_of_each(missing | (y >= 0.0), indptr)
    whole = all_of_each(missing | (y == np.rint(y)), indptr)
    zero = any_of_each(y == 0.0, indptr)
    return non_negative, non_negative & whole & zero


def clip_to_support(
    forecasts: FloatArray, non_negative: BoolArray, counts: BoolArray
) -> FloatArray:
    """Move forecasts to the nearest values that are possible.

    Parameters
    ----------
    forecasts : ndarray of shape (..., N, H), float64
        Points or quantiles.
    non_negative, counts : ndarray of shape (N,), bool
        `find_support`.

    Returns
    -------
    ndarray of the same shape
        The order of quantiles stays.

    Examples
    --------
    >>> forecasts = np.array([[0.4, 1.6], [-0.3, 1.6]])
    >>> clip_to_support(forecasts, np.array([True, True]), np.array([True, False]))
    array([[0. , 2. ],
           [0. , 1.6]])
    """
    clipped = np.where(non_negative[:, None], np.maximum(forecasts, 0.0), forecasts)
    rounded: FloatArray = np.where(counts[:, None], np.rint(clipped), clipped)
    return rounded
