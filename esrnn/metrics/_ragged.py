"""Flat values of many series of different lengths: checks, and each series' last observation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.metrics._inputs import as_floats, rows_with
from esrnn.panel.flat import series_of


def as_ragged(values: npt.ArrayLike, indptr: npt.ArrayLike | None) -> tuple[FloatArray, IntArray]:
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
            f"values must have shape (n_obs,), all series one after another, with indptr for "
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
        raise InputError.of_series(
            "values must be finite, or NaN where an observation is missing; infinite",
            rows_with(bad),
            "Correct them, or put NaN.",
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
        raise InputError.of_series(
            "every series must have an observation; empty or all NaN",
            rows_with(~found),
            "Leave them out.",
        )
    return last
