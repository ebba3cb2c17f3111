"""Hyperbolic tangent, logistic function and exponential, as loops that the compiler vectorises.

In float32 the tangent is a quotient of polynomials, chosen for the least relative error where it is
not 1 to rounding, and the exponential a polynomial between two powers of two. They are off by at
most six units in the last place, about as torch's LSTM is. The library's own functions would be
called for one number at a time, at ten times the cost.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from esrnn.kernels.jit import jit

__all__ = ["exp_in_place", "sigmoid_in_place", "tanh_in_place", "tanh_of"]

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

# exp(x) = 2^n exp(r), |r| < log(2) / 2, and exp(r) = 1 + r + r^2 C(r).
_C0, _C1, _C2, _C3, _C4 = (
    np.float32(c)
    for c in (
        0.4999999348020191, 0.1666647331186843, 0.0416675912239535, 0.008373304399621077,
        0.0013886939209742108,
    )
)  # fmt: skip
_ONE = np.float32(1.0)
_PER_LOG2 = np.float32(1.4426950408889634)
_LOG2_HIGH, _LOG2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
# Added to a number, it leaves a whole number in the last bits.
_ROUNDING = np.float32(1.5 * 2**23)
_LOWEST, _LARGEST = np.float32(-87.0), np.float32(88.0)
_INFINITY = np.float32(np.inf)
_EXPONENT, _BITS_OF_ONE = np.int32(23), np.int32(127 << 23)


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


def _cast_bits(x, like):  # type: ignore[no-untyped-def]
    return x.view(type(like))


@intrinsic
def _cast(typingctx, x, like):  # type: ignore[no-untyped-def]
    """Return the number of another type that has the bits of x."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], context.get_value_type(signature.return_type))

    return like(x, like), generate


@overload(_cast_bits)
def _cast_bits_by_type(x, like):  # type: ignore[no-untyped-def]
    return lambda x, like: _cast(x, like)  # type: ignore[call-arg]


def _exp(x):  # type: ignore[no-untyped-def]
    return np.exp(x)


@overload(_exp)
def _exp_by_type(x):  # type: ignore[no-untyped-def]
    """Choose by the type of x; comparisons are such that NaN stays NaN."""
    if x == types.float32:

        def polynomial(x):  # type: ignore[no-untyped-def]
            inside = _LOWEST if x < _LOWEST else x
            inside = _LARGEST if inside > _LARGEST else inside
            shifted = inside * _PER_LOG2 + _ROUNDING
            n = shifted - _ROUNDING
            r = inside - n * _LOG2_HIGH
            r = r - n * _LOG2_LOW
            c = ((((_C4 * r + _C3) * r + _C2) * r + _C1) * r + _C0) * r * r + r + _ONE
            bits = _cast_bits(shifted, _EXPONENT)  # type: ignore[no-untyped-call]
            bits = np.int32((bits << _EXPONENT) + _BITS_OF_ONE)
            y = c * _cast_bits(bits, _ONE)  # type: ignore[no-untyped-call]
            return _INFINITY if x > _LARGEST else y

        return polynomial
    return lambda x: math.exp(x)


@jit
def exp_in_place(x):  # type: ignore[no-untyped-def]
    """Replace all numbers by their exponentials, those above 88 by infinity in float32."""
    for k in range(x.size):
        x[k] = _exp(x[k])  # type: ignore[no-untyped-call]


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
