"""From sktime's forecasting horizons to steps after the end of each series."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from sktime.forecasting.base import ForecastingHorizon

from esrnn._typing import IntArray
from esrnn.errors import InputError, InputTypeError, describe_offenders
from esrnn.frames import FramedPanel, frequency_code
from esrnn.frames.times import OFF_GRID

__all__ = ["refuse_beyond", "steps_ahead"]


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
        1 is the first step after the end.

    Raises
    ------
    InputTypeError
        If the time stamps are of another kind than the data's.
    InputError
        If they are off the data's steps.
    """
    given = fh.to_pandas()
    if fh.is_relative and pd.api.types.is_integer_dtype(given.dtype):
        return np.broadcast_to(given.to_numpy(np.int64), (framed.n_series, len(given)))
    stamps, last, grid = fh.to_absolute_index(cutoff), framed.times.last, framed.times.grid
    joined = last.append(stamps.rename(last.name))
    if joined.dtype == object:
        raise InputTypeError(
            f"fh must be of the kind of the data's index, {last.dtype}; got {stamps.dtype}; convert"
            " it, or give the steps ahead as integers"
        )
    ordinals = grid.ordinals(joined)
    distance = ordinals[len(last) :] - ordinals[: len(last), None]
    off = np.flatnonzero((distance % grid.stride != 0).any(axis=1) | (ordinals == OFF_GRID).any())
    if off.size:
        raise InputError(
            f"fh must lie on the steps of the data, every {frequency_code(grid)!r} from the end of "
            f"each series; off them: {describe_offenders(framed.ids.take(off).tolist())}; give the "
            "steps ahead as integers"
        )
    return cast("IntArray", distance // grid.stride)


def refuse_beyond(steps: IntArray, horizon: int, framed: FramedPanel) -> None:
    """Refuse steps that the network was not trained for.

    Parameters
    ----------
    steps : ndarray of shape (N, H), int64
    horizon : int
        Steps that it was, or is to be, trained for.
    framed : FramedPanel
        The series, for the message.

    Raises
    ------
    InputError
        If there is such a step.
    """
    furthest = steps.max(axis=1)
    beyond = np.flatnonzero(furthest > horizon)
    if beyond.size:
        raise InputError(
            f"trained for {horizon} steps ahead, but fh asks for {furthest.max()} (steps after the "
            f"end of {describe_offenders(framed.ids.take(beyond).tolist())}); fit again with "
            f"horizon={furthest.max()}, or ask for fewer steps"
        )
