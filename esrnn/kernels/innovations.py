"""Exponential smoothing of columns that are known, with the coefficients of the series."""

from __future__ import annotations

import numpy as np

from esrnn._typing import Float32Array, FloatArray, IntArray
from esrnn.kernels.jit import jit

__all__ = ["innovations"]


@jit
def _innovations(values, indptr, columns, starts, alpha, out):  # type: ignore[no-untyped-def]
    n_columns = columns.shape[1]
    state = np.zeros(n_columns)
    for i in range(indptr.size - 1):
        for t in range(indptr[i + 1] - indptr[i]):
            place, row = indptr[i] + t, starts[i] + t
            observed = values[place] == values[place]
            for c in range(n_columns):
                x = np.float64(columns[row, c])
                if t == 0:
                    state[c] = x
                out[place, c] = x - state[c]
                if observed:
                    state[c] += alpha[i] * (x - state[c])


def innovations(
    values: FloatArray,
    indptr: IntArray,
    columns: Float32Array,
    starts: IntArray,
    alpha: FloatArray,
) -> FloatArray:
    r"""Return what is new in known columns after they are smoothed as the level is.

    If :math:`y_t = l_t + \beta x_t + e_t` with a level that moves with its coefficient
    :math:`\alpha`, smoothing :math:`y` alone leaves one-step errors of
    :math:`\beta (x_t - \tilde x_{t-1}) + e_t`, where :math:`\tilde x` is x smoothed with the same
    :math:`\alpha`. This is the factor of :math:`\beta`.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        NaN where missing; there nothing is smoothed.
    indptr : ndarray of shape (N + 1,), int64
    columns : ndarray of shape (M, C), float32
    starts : ndarray of shape (N,), int64
        Row of `columns` at which each series begins.
    alpha : ndarray of shape (N,), float64

    Returns
    -------
    ndarray of shape (n_obs, C), float64
        0 at each series' first observation.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [1.0], [0.0]], dtype=np.float32)
    >>> args = (np.ones(4), np.array([0, 4]), x, np.array([0]), np.array([0.5]))
    >>> innovations(*args).ravel()
    array([ 0.  ,  1.  ,  0.5 , -0.75])
    """
    out = np.empty((values.size, columns.shape[1]))
    _innovations(values, indptr, columns, starts, alpha, out)
    return out
