"""Checks of what the measures take: observations, forecasts, scales."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from esrnn._typing import BoolArray, FloatArray
from esrnn.errors import InputError, InputTypeError, Offenders


def rows_with(bad: BoolArray) -> Offenders:
    """Name the rows that have something bad in them by their numbers."""
    rows = np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))
    return Offenders(rows, note=f"rows from 0, {len(bad)} in all")


def as_floats(name: str, array: npt.ArrayLike) -> FloatArray:
    """Return `array` as float64; refuse what is not an array of real numbers.

    Raises
    ------
    InputTypeError
        If it is a data frame or has a multi-level index (rows would be taken for series), or its
        entries are not real numbers.
    """
    if hasattr(array, "columns") or getattr(getattr(array, "index", None), "nlevels", 1) > 1:
        raise InputTypeError(
            f"{name} is a data frame or has a multi-level index; measures take arrays of shape "
            "(H,) or (N, H). For a column y of n_series equally long forecasts pass "
            "frame['y'].to_numpy().reshape(n_series, horizon), rows in the same order everywhere"
        )
    try:
        plain = np.asarray(array)
        if plain.dtype.kind not in "biufO":
            raise TypeError(f"dtype {plain.dtype}")
        floats: FloatArray = np.ascontiguousarray(plain, dtype=np.float64).reshape(plain.shape)
    except (TypeError, ValueError) as error:
        raise InputTypeError(
            f"{name} must be an array of real numbers with rows of one length; got {error}"
        ) from error
    return floats


def as_rows(name: str, array: npt.ArrayLike) -> FloatArray:
    """Return `array` of shape (H,) or (N, H) as (N, H), N = 1 for one series."""
    floats = as_floats(name, array)
    if floats.ndim not in (1, 2) or floats.size == 0:
        raise InputError(
            f"{name} must have shape (H,) or (N, H) with N, H >= 1; got shape {floats.shape}"
        )
    return np.atleast_2d(floats)


def check_observed(y: FloatArray) -> None:
    """Refuse infinite observations; NaN stands for a missing one."""
    bad = np.isinf(y)
    if bad.any():
        raise InputError.of_series(
            "y must be finite, or NaN where an observation is missing; infinite",
            rows_with(bad),
            "Correct them, or put NaN.",
        )


def as_forecast(name: str, forecast: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
    """Return a forecast as (N, H) after holding it against the observations' shape."""
    rows = as_rows(name, forecast)
    if np.shape(forecast) != np.shape(y):
        raise InputError(
            f"{name} and y must have the same shape, (H,) or (N, H); got {np.shape(forecast)} "
            f"and {np.shape(y)}"
        )
    check_finite(name, rows)
    return rows


def check_finite(name: str, forecast: FloatArray) -> None:
    """Refuse a forecast, (N, ...), that is NaN or infinite anywhere."""
    bad = ~np.isfinite(forecast)
    if bad.any():
        raise InputError.of_series(
            f"{name} must be finite; NaN or infinite",
            rows_with(bad),
            "A forecast that fails must be replaced by another, such as naive's, or its series left"
            " out everywhere.",
        )


def as_scale(scale: npt.ArrayLike, n_series: int) -> FloatArray:
    """Return the series' scales, (N,), with NaN where a scale of zero leaves MASE undefined."""
    scales = as_floats("scale", scale)
    if scales.ndim > 1 or scales.size != n_series:
        raise InputError(
            f"scale must hold one number per series, {n_series} here; got shape {scales.shape}"
        )
    scales = scales.reshape(n_series)
    bad = (scales < 0) | np.isinf(scales)
    if bad.any():
        raise InputError.of_series(
            "scale must be finite and >= 0; it is not",
            rows_with(bad),
            "Take seasonal_scale of the series' history.",
        )
    return np.where(scales == 0, np.nan, scales)
