r"""A row of free parameters, and the smoothing coefficients and factors that it stands for.

A row is ``[3 logits | S factors | S2 factors]``. The logits are those of the smoothing coefficients
of level, first and second seasonality. The initial factors are logarithms where the series is
multiplicative, and in the series' own unit (`esrnn.kernels.scales.seasonal_unit`) where it is
additive. `esrnn.ops.parameters` does the same with torch's gradients.
"""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.kernels.jit import jit

__all__ = ["natural_parameters", "natural_row"]

_LARGEST_LOG = 700.0  # exp of more overflows


@jit
def natural_row(row, additive, unit, n_s, n_u, coefficients, s, u):  # type: ignore[no-untyped-def]
    """Write the coefficients and initial factors that one row stands for."""
    for k in range(3):
        coefficients[k] = 1.0 / (1.0 + np.exp(-row[k]))
    for j in range(n_s):
        s[j] = row[3 + j] * unit if additive else np.exp(row[3 + j])
    for j in range(n_u):
        u[j] = row[3 + n_s + j] * unit if additive else np.exp(row[3 + n_s + j])


def natural_parameters(
    rows: FloatArray, unit: FloatArray, additive: BoolArray, periods: tuple[int, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Turn rows of parameters into what `esrnn.kernels.smoothing.smooth` takes.

    Parameters
    ----------
    rows : ndarray of shape (N, 3 + S + S2), float64
    unit : ndarray of shape (N,), float64
    additive : ndarray of shape (N,), bool
    periods : tuple of int
        Steps per season of each seasonality; none, one or two.

    Returns
    -------
    coefficients : ndarray of shape (N, 3), float64
    seasonality_init : ndarray of shape (N, S), float64
    seasonality2_init : ndarray of shape (N, S2), float64

    Examples
    --------
    >>> rows = np.array([[0.0, 0.0, 0.0, 0.5, -0.5]])
    >>> natural_parameters(rows, np.array([4.0]), np.array([True]), (2,))[1]
    array([[ 2., -2.]])
    """
    n_s = periods[0] if periods else 0
    coefficients = 1.0 / (1.0 + np.exp(-rows[:, :3]))
    logs = np.minimum(rows[:, 3:], _LARGEST_LOG)
    factors = np.where(additive[:, None], rows[:, 3:] * unit[:, None], np.exp(logs))
    return coefficients, factors[:, :n_s].copy(), factors[:, n_s:].copy()
