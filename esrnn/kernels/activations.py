"""The hyperbolic tangent and the logistic function, as loops that the compiler vectorises.

In float32 the tangent is a quotient of polynomials, chosen for the least relative error where it is
not 1 to rounding. It is off by at most five units in the last place, as is torch's LSTM. The
library's own function would be called for one number at a time, at ten times the cost.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import overload

from esrnn.kernels.jit import jit

__all__ = ["sigmoid_in_place", "tanh_in_place", "tanh_of"]

_END = np.float32(7.9)  # from here on it is as good as constant
_P = tuple(
    np.float32(c)
    for c in (
        0.9999999715215753, 0.13088457918410087, 0.0031094510833946766, 1.1228010504230466e-05,
        -2.0633661745139753e-08, 5.54234780991725e-11, -9.367884936990312e-14,
    )
)  # fmt: skip
_Q = tuple(
    np.float32(c)
    for c in (1.0, 0.464217737270179, 0.02451558523448137, 0.0002555072593135999)
)  # fmt: skip
_P0, _P1, _P2, _P3, _P4, _P5, _P6 = _P
_Q0, _Q1, _Q2, _Q3 = _Q
_HALF = np.float32(0.5)


def _tanh(x):  # type: ignore[no-untyped-def]
    return np.tanh(x)


@overload(_tanh)
def _tanh_by_type(x):  # type: ignore[no-untyped-def]
    """Choose by the type of x; comparisons are such that NaN stays NaN."""
    if x == types.float32:

        def rational(x):  # type: ignore[no-untyped-def]
            x = _END if x > _END else x
            x = -_END if x < -_END else x
            u = x * x
            p = (((((_P6 * u + _P5) * u + _P4) * u + _P3) * u + _P2) * u + _P1) * u + _P0
            return x * p / (((_Q3 * u + _Q2) * u + _Q1) * u + _Q0)

        return rational
    return lambda x: math.tanh(x)


@jit
def tanh_of(x, out):  # type: ignore[no-untyped-def]
    """Write the tangents of all numbers of x; arrays have one axis."""
    for k in range(x.size):
        out[k] = _tanh(x[k])  # type: ignore[no-untyped-call]


@jit
def tanh_in_place(x):  # type: ignore[no-untyped-def]
    """Replace all numbers by their tangents."""
    for k in range(x.size):
        x[k] = _tanh(x[k])  # type: ignore[no-untyped-call]


@jit
def sigmoid_in_place(x):  # type: ignore[no-untyped-def]
    """Replace all numbers by 1 / (1 + exp(-x))."""
    for k in range(x.size):
        x[k] = _HALF + _HALF * _tanh(_HALF * x[k])  # type: ignore[no-untyped-call]
