"""Members' forecasts combined into one."""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray

__all__ = ["combine", "moved_to"]


def combine(
    forecasts: FloatArray, combination: str, weights: FloatArray | None = None
) -> FloatArray:
    """Combine the members' forecasts, the first axis, by mean or median.

    Parameters
    ----------
    forecasts : ndarray of shape (n_members, ..., K), float64
        Of the first K steps ahead.
    combination : {"mean", "median", "weighted"}
    weights : ndarray of shape (n_members, H), float64, optional
        Of a weighted mean at each step, H >= K; they sum to 1. By default equal ones.

    Returns
    -------
    ndarray of shape (..., K), float64

    Examples
    --------
    >>> combine(np.array([[1.0], [2.0], [6.0]]), "median")
    array([2.])
    >>> combine(np.array([[1.0], [5.0]]), "weighted", np.array([[0.75], [0.25]]))
    array([2.])
    """
    if weights is not None:
        steps = forecasts.shape[-1]
        weighted: FloatArray = np.einsum("m...k,mk->...k", forecasts, weights[:, :steps])
        return weighted
    how = np.median if combination == "median" else np.mean
    combined: FloatArray = how(forecasts, axis=0)
    return combined


def moved_to(quantiles: FloatArray, median: FloatArray, additive: BoolArray) -> FloatArray:
    """Return quantiles around another median, spread as they were.

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
    median : ndarray of shape (N, H), float64
        Greater than 0 where a series is not additive.
    additive : ndarray of shape (N,), bool
        All quantiles of an additive series move by as much as the median, those of the others by
        the same factor.

    Returns
    -------
    ndarray of shape (Q, N, H), float64

    Examples
    --------
    >>> quantiles = np.array([[[8.0], [8.0]], [[10.0], [10.0]], [[12.0], [12.0]]])
    >>> moved_to(quantiles, np.full((2, 1), 5.0), np.array([True, False]))[:, :, 0]
    array([[3., 4.],
           [5., 5.],
           [7., 6.]])
    """
    before, is_added = quantiles[len(quantiles) // 2], additive[:, None]
    factor = np.divide(median, before, out=np.ones_like(median), where=~is_added)
    found: FloatArray = np.where(is_added, quantiles + (median - before), quantiles * factor)
    return found
