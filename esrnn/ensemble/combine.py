"""Members' forecasts combined into one."""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray

__all__ = ["combine"]


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
