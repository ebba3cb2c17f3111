"""Input checks and masked means shared by the measures; no measure is defined here."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError, describe_offenders
from esrnn.panel.flat import series_of

_Ragged: TypeAlias = tuple[FloatArray, IntArray]


def list_rows(bad: BoolArray) -> str:
    """Say how many rows have something bad in them and list the first five by number."""
    rows = np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))
    found = describe_offenders(rows[:N_LISTED].tolist(), count=rows.size)
    return f"{found} (rows from 0, {len(bad)} in all)"


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
        raise InputError(
            "y must be finite, or NaN where an observation is missing; infinite: "
            f"{list_rows(bad)}. Correct them, or put NaN"
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
        raise InputError(
            f"{name} must be finite; NaN or infinite: {list_rows(bad)}. A forecast that fails "
            "must be replaced by another, such as naive's, or its series left out everywhere"
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
        raise InputError(
            f"scale must be finite and >= 0; it is not: {list_rows(bad)}. Take seasonal_scale of "
            "the series' history"
        )
    return np.where(scales == 0, np.nan, scales)


def mean_observed(terms: FloatArray, y: FloatArray) -> FloatArray:
    """Mean of the (N, H) terms over the steps where y was observed; NaN where none was."""
    observed = ~np.isnan(y)
    if observed.all():
        return np.asarray(terms.mean(axis=1))
    counts = observed.sum(axis=1)
    sums = np.where(observed, terms, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def mean_defined(measure: str, values: FloatArray) -> float:
    """Mean of the series' values, (N,); raise where one of them is undefined."""
    undefined = np.isnan(values)
    if undefined.any():
        raise InputError(
            f"{measure} is undefined: {list_rows(undefined)}: no observation in y, or a scale that "
            "is 0 or NaN (constant or too short history). Ask for per_series=True, which gives NaN "
            "there, or leave these series out of the comparison"
        )
    return float(values.mean())


def as_ragged(values: npt.ArrayLike, indptr: npt.ArrayLike | None) -> _Ragged:
    """Return flat values, (n_obs,), and the series' boundaries, (N + 1,), checked.

    Raises
    ------
    InputError
        If values are not one-dimensional or hold an infinite value, or if indptr does not start
        at 0, decreases, or does not end at n_obs.
    """
    flat = as_floats("values", values)
    if flat.ndim != 1:
        raise InputError(
            f"values must have shape (n_obs,), all series one after another, with indptr telling "
            f"where each begins; got shape {flat.shape}"
        )
    bounds = np.array([0, flat.size]) if indptr is None else np.asarray(indptr)
    if bounds.ndim != 1 or bounds.size == 0 or bounds.dtype.kind not in "iu":
        raise InputError(
            f"indptr must hold N + 1 integers; got shape {bounds.shape}, dtype {bounds.dtype}"
        )
    bounds = bounds.astype(np.int64)
    if bounds[0] != 0 or bounds[-1] != flat.size or (np.diff(bounds) < 0).any():
        raise InputError(
            f"indptr must rise from 0 to n_obs = {flat.size}; got {bounds[0]} ... {bounds[-1]}"
            + (", decreasing in between" if (np.diff(bounds) < 0).any() else "")
        )
    if np.isinf(flat).any():
        bad = np.zeros(len(bounds) - 1, dtype=np.bool_)
        bad[series_of(bounds)[np.isinf(flat)]] = True
        raise InputError(
            "values must be finite, or NaN where an observation is missing; infinite: "
            f"{list_rows(bad)}. Correct them, or put NaN"
        )
    return flat, bounds


def last_observed(values: FloatArray, indptr: IntArray) -> tuple[IntArray, BoolArray]:
    """Return the position of each series' last observation, and whether it has one."""
    positions = np.where(np.isnan(values), -1, np.arange(len(values)))
    latest = np.append(np.maximum.accumulate(positions), -1) if len(values) else np.array([-1])
    last = latest[indptr[1:] - 1]  # an empty first series reads the appended -1
    return last, last >= indptr[:-1]


def last_positions(values: FloatArray, indptr: IntArray) -> IntArray:
    """Return where each series was last observed; refuse series that never were."""
    last, found = last_observed(values, indptr)
    if not found.all():
        raise InputError(
            f"every series must have an observation; empty or all NaN: {list_rows(~found)}. Leave "
            "them out"
        )
    return last
