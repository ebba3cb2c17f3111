"""Members' forecasts combined into one."""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray

__all__ = ["combine"]


def combine(forecasts: FloatArray, combination: str) -> FloatArray:
    """Combine the members' forecasts, the first axis, by mean or median.

    Parameters
    ----------
    forecasts : ndarray of shape (n_members, ...), float64
    combination : {"mean", "median"}

    Returns
    -------
    ndarray of shape (...), float64

    Examples
    --------
    >>> combine(np.array([[1.0], [2.0], [6.0]]), "median")
    array([2.])
    """
    how = np.median if combination == "median" else np.mean
    combined: FloatArray = how(forecasts, axis=0)
    return combined
