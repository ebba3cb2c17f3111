"""From sktime's forecasting horizons to steps after the end of each series."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from sktime.forecasting.base import ForecastingHorizon

from esrnn._checks import as_whole
from esrnn._typing import IntArray
from esrnn.errors import InputError, InputTypeError, Offenders
from esrnn.frames import FramedPanel, frequency_code
from esrnn.frames.times import OFF_GRID

__all__ = ["another_kind", "horizon_to_train", "steps_ahead"]


def steps_ahead(fh: ForecastingHorizon, framed: FramedPanel, cutoff: pd.Index) -> IntArray:
    """Count the steps of a horizon from the end of each series.

    Parameters
    ----------
    fh : ForecastingHorizon
        Relative to the end of each series, or absolute: the same time stamps for all.
    framed : FramedPanel
        The series.
    cutoff : pd.Index of length 1
        The latest end, by which sktime turns distances in time into time stamps.

    Returns
    -------
    ndarray of shape (N, H), int64
        1 is the first step after the end, 0 the last observation.

    Raises
    ------
    InputTypeError
        If the time stamps are of another kind than those of y.
    InputError
        If they are not on the steps of y.
    """
    given = fh.to_pandas()
    if fh.is_relative and pd.api.types.is_integer_dtype(given.dtype):
        return np.broadcast_to(given.to_numpy(np.int64), (framed.n_series, len(given)))
    stamps, last, grid = fh.to_absolute_index(cutoff), framed.times.last, framed.times.grid
    if getattr(stamps, "tz", None) is not None and getattr(last, "tz", None) is not None:
        stamps = cast("pd.DatetimeIndex", stamps).tz_convert(cast("pd.DatetimeIndex", last).tz)
    joined = last.append(stamps.rename(last.name))
    if joined.dtype == object:
        raise another_kind(stamps, last)
    ordinals = grid.ordinals(joined)
    distance = ordinals[len(last) :] - ordinals[: len(last), None]
    off = np.flatnonzero((distance % grid.stride != 0).any(axis=1) | (ordinals == OFF_GRID).any())
    if off.size:
        raise InputError.of_series(
            f"fh must lie on the steps of y, every {frequency_code(grid)!r} from the end of each"
            " series; series where it does not, and their ends",
            Offenders(framed.ids.take(off), values=last.take(off)),
            "Give the steps ahead as integers.",
        )
    return cast("IntArray", distance // grid.stride)


def another_kind(stamps: pd.Index, last: pd.Index) -> InputTypeError:
    """Make the error about a horizon whose time stamps are of another kind than those of y.

    Parameters
    ----------
    stamps, last : pd.Index
        Time stamps of the horizon, and of y.

    Returns
    -------
    InputTypeError
    """
    return InputTypeError(
        f"fh must have time stamps of the kind of y's index, {last.dtype}; got {stamps.dtype}."
        " Convert them, or give the steps ahead as integers."
    )


def horizon_to_train(
    own: int | None, fh: ForecastingHorizon | None, framed: FramedPanel, cutoff: pd.Index
) -> int | None:
    """Return the steps ahead to train for.

    Parameters
    ----------
    own : int or None
        The argument `horizon` of `ESRNN`.
    fh : ForecastingHorizon or None
        The horizon given to `fit` or `pretrain`.
    framed, cutoff
        As for `steps_ahead`.

    Returns
    -------
    int or None
        None if neither is given.

    Raises
    ------
    InputTypeError, InputError
        If `own` is not a whole number of at least 1.
    """
    if own is not None:
        return as_whole("horizon", own)
    return None if fh is None else max(int(steps_ahead(fh, framed, cutoff).max()), 1)
