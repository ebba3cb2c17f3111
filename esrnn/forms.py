"""Log or identity: the scale on which a series is modelled.

A multiplicative series is modelled in logarithms, an additive one as it is. So the seasonal part
of a multiplicative series is a factor and that of an additive one a summand, and a distance
between two values is a ratio or a difference. The flag `additive` says which of the two a series
is; it is an array of bool that broadcasts against the values.
"""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray

__all__ = ["apply_part", "from_form", "point_between", "remove_part", "to_form"]


def to_form(values: FloatArray, additive: BoolArray) -> FloatArray:
    """Return logarithms of multiplicative series, and the values of additive ones.

    Parameters
    ----------
    values : ndarray of any shape, float64
        Greater than 0 where multiplicative.
    additive : ndarray of bool
        Broadcasts against `values`.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> to_form(np.array([[1.0, np.e], [1.0, -2.0]]), np.array([[False], [True]]))
    array([[ 0.,  1.],
           [ 1., -2.]])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(additive, values, np.log(values))


def from_form(values: FloatArray, additive: BoolArray) -> FloatArray:
    """Undo `to_form`.

    Parameters
    ----------
    values : ndarray of any shape, float64
    additive : ndarray of bool
        Broadcasts against `values`.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> from_form(np.array([0.0, -2.0]), np.array([False, True]))
    array([ 1., -2.])
    """
    with np.errstate(over="ignore"):  # of additive series, where the result is not used
        return np.where(additive, values, np.exp(values))


def point_between(
    start: FloatArray, end: FloatArray, share: FloatArray | float, additive: BoolArray
) -> FloatArray:
    """Return the point at `share` of the way from one value to another.

    The way is a straight line, in logarithms for multiplicative series.

    Parameters
    ----------
    start, end : ndarray of any shape, float64
        Greater than 0 where multiplicative.
    share : float or ndarray of float64
        0 is the start, 1 the end; less than 0 and more than 1 go further.
    additive : ndarray of bool
        All arrays broadcast against each other.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> point_between(np.array([1.0, 1.0]), np.array([4.0, 4.0]), 0.5, np.array([False, True]))
    array([2. , 2.5])
    """
    shape = np.broadcast_shapes(start.shape, end.shape, additive.shape)
    ratio = np.divide(end, start, out=np.ones(shape), where=~additive)
    return np.where(additive, start + share * (end - start), start * ratio**share)


def apply_part(values: FloatArray, part: FloatArray, additive: BoolArray) -> FloatArray:
    """Put a part, such as a seasonality or an effect, on values: as a factor or a summand.

    Parameters
    ----------
    values, part : ndarray of any shape, float64
    additive : ndarray of bool
        All arrays broadcast against each other.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> apply_part(np.array([10.0, 10.0]), np.array([0.5, 0.5]), np.array([False, True]))
    array([ 5. , 10.5])
    """
    return np.where(additive, values + part, values * part)


def remove_part(values: FloatArray, part: FloatArray, additive: BoolArray) -> FloatArray:
    """Undo `apply_part`.

    Parameters
    ----------
    values, part : ndarray of any shape, float64
    additive : ndarray of bool
        All arrays broadcast against each other.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> remove_part(np.array([5.0, 10.5]), np.array([0.5, 0.5]), np.array([False, True]))
    array([10., 10.])
    """
    with np.errstate(invalid="ignore", divide="ignore"):  # a summand may be 0
        return np.where(additive, values - part, values / part)
