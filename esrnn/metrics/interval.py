"""Measures of prediction intervals: MSIS, coverage and M4's coverage difference."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from esrnn._typing import FloatArray
from esrnn.errors import InputError
from esrnn.metrics._inputs import (
    as_forecast,
    as_rows,
    as_scale,
    check_observed,
    rows_with,
)
from esrnn.metrics._means import mean_defined, mean_observed

__all__ = ["acd", "coverage", "msis"]


@overload
def msis(
    y: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    scale: npt.ArrayLike,
    nominal: float = 0.95,
    per_series: Literal[False] = False,
) -> float: ...
@overload
def msis(
    y: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    scale: npt.ArrayLike,
    nominal: float = 0.95,
    per_series: Literal[True],
) -> FloatArray: ...
def msis(
    y: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    scale: npt.ArrayLike,
    nominal: float = 0.95,
    per_series: bool = False,
) -> float | FloatArray:
    r"""Mean scaled interval score: width of the intervals and a penalty for what they miss.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    lower, upper : arrays of the same shape
        Bounds of the central prediction interval.
    scale : float or array of shape (N,)
        `seasonal_scale` of the series' history, the denominator of MASE.
    nominal : float in (0, 1)
        The share of observations that the intervals are meant to hold.
    per_series : bool
        Return one value for each series instead of their mean.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        NaN in the array where the scale is 0 or NaN, as in `mase`.

    Raises
    ------
    InputError
        If shapes differ, a bound is NaN or infinite, a lower bound is above the upper one,
        `nominal` is outside (0, 1), a scale is negative or infinite, or the mean is asked for and
        is undefined for a series.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    With :math:`a = 1 - \mathrm{nominal}`, the mean over h of
    :math:`(u - l) + \frac{2}{a}(l - y)^+ + \frac{2}{a}(y - u)^+`, divided by the scale.

    References
    ----------
    Gneiting, T., Raftery, A. E. (2007). Strictly proper scoring rules, prediction, and
    estimation. JASA 102(477), 359-378. doi:10.1198/016214506000001437

    Examples
    --------
    >>> from esrnn.metrics import msis
    >>> msis([10.0, 10.0], [8.0, 11.0], [12.0, 12.0], scale=2.0)
    11.25
    """
    observed, low, high = _bounds(y, lower, upper)
    scales = as_scale(scale, len(observed))
    penalty = 2.0 / (1.0 - _as_nominal(nominal))
    misses = np.maximum(low - observed, 0.0) + np.maximum(observed - high, 0.0)
    values = mean_observed(high - low + penalty * misses, observed) / scales
    return values if per_series else mean_defined("MSIS", values)


@overload
def coverage(
    y: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    per_series: Literal[False] = False,
) -> float: ...
@overload
def coverage(
    y: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike, *, per_series: Literal[True]
) -> FloatArray: ...
def coverage(
    y: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike, *, per_series: bool = False
) -> float | FloatArray:
    r"""Share of the observations that lie within the intervals, bounds included.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    lower, upper : arrays of the same shape
        Bounds of the prediction interval.
    per_series : bool
        Return one value for each series instead of their mean.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        From 0 to 1; NaN in the array for a series without observations.

    Raises
    ------
    InputError
        If shapes differ, a bound is NaN or infinite, a lower bound is above the upper one, or the
        mean is asked for and a series has no observations.
    InputTypeError
        If an argument is a data frame or not numbers.

    Examples
    --------
    >>> from esrnn.metrics import coverage
    >>> coverage([1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 3.5, 0.0], [2.0, 2.0, 4.0, 9.0])
    0.75
    """
    observed, low, high = _bounds(y, lower, upper)
    inside = ((low <= observed) & (observed <= high)).astype(np.float64)
    values = mean_observed(inside, observed)
    return values if per_series else mean_defined("Coverage", values)


def acd(
    y: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike, *, nominal: float = 0.95
) -> float:
    r"""Absolute difference between the intervals' coverage and the nominal one, as in M4.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    lower, upper : arrays of the same shape
        Bounds of the prediction interval.
    nominal : float in (0, 1)
        The share of observations that the intervals are meant to hold.

    Returns
    -------
    float
        The difference is taken after the mean over all series: series that are covered too often
        make up for others, so there is no value per series.

    Raises
    ------
    InputError
        As in `coverage`, and if `nominal` is outside (0, 1).
    InputTypeError
        If an argument is a data frame or not numbers.

    Examples
    --------
    >>> from esrnn.metrics import acd
    >>> acd([1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 3.5, 0.0], [2.0, 2.0, 4.0, 9.0])
    0.2
    """
    return abs(coverage(y, lower, upper) - _as_nominal(nominal))


def _bounds(
    y: npt.ArrayLike, lower: npt.ArrayLike, upper: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return observations and bounds, (N, H), checked against one another."""
    observed = as_rows("y", y)
    check_observed(observed)
    low, high = as_forecast("lower", lower, y), as_forecast("upper", upper, y)
    crossed = low > high
    if crossed.any():
        raise InputError.of_series(
            "lower must not exceed upper; it does",
            rows_with(crossed),
            "Sort the two bounds, or see whether they were passed in the wrong order.",
        )
    return observed, low, high


def _as_nominal(nominal: float) -> float:
    """Check the nominal coverage."""
    if not 0.0 < nominal < 1.0:
        raise InputError(f"nominal must lie in (0, 1), 0.95 for 95% intervals; got {nominal!r}")
    return float(nominal)
