"""The series and the step, in a panel, of each row of another frame."""

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import N_LISTED, InputError
from esrnn.frames.framed import FramedPanel
from esrnn.frames.frequency import make_grid
from esrnn.frames.rows import Rows, encode_ids, stamps_of
from esrnn.frames.time_stamps import (
    match_kind,
    parse_stamps,
    refuse_off_grid_of_y,
    refuse_repeated,
)
from esrnn.frames.times import OFF_GRID, CalendarGrid, ClockGrid, wall_time

__all__ = [
    "align",
    "find_repeated",
    "list_names",
    "locate_steps",
    "number_series",
    "refuse_other_series",
    "slots_reached",
]


def align(X: pd.DataFrame, framed: FramedPanel) -> tuple[pd.DataFrame, Rows]:
    """Find the series and the step of every row of `X`; leave other series out.

    Parameters
    ----------
    X : pd.DataFrame
        With the kind of index that the panel came with. Rows may come in any order, lie before
        the first step of a series and after its last.
    framed : FramedPanel

    Returns
    -------
    frame : pd.DataFrame
        The rows of series of the panel, in the order given.
    rows : Rows
        The panel's number of each row's series, its time stamp, and its slot (`locate_steps`).

    Raises
    ------
    InputTypeError
        If the time stamps of `X` are of another kind than the panel's.
    InputError
        If the index has another number of levels, no series of the panel is in it, a row is
        there twice, or a time stamp is not on the steps of the panel.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6]))
    >>> align(pd.DataFrame({"promo": [0, 1, 1]}, index=[7, 6, 5]), framed)[1].steps
    array([ 1,  0, -1])
    """
    numbers, rows = number_series(X.index, framed, "X")
    own = np.flatnonzero(numbers >= 0)
    if not own.size:
        raise _other_series(rows, framed)
    if own.size < len(X):
        X, numbers, rows = X.iloc[own], numbers[own], rows.take(own)
    time = X.index.get_level_values(-1)
    stamps = parse_stamps(pd.Series(time, name=time.name), rows)
    rows = Rows(numbers, framed.ids, match_kind(stamps, framed.times.last, "X"))
    steps, slots, off = locate_steps(rows, framed)
    times = framed.times
    refuse_off_grid_of_y(rows, np.flatnonzero(off), times.grid, "X", times.last)
    refuse_repeated(rows, find_repeated(rows.codes, steps), "X")
    return X, Rows(numbers, framed.ids, rows.stamps, slots)


def refuse_other_series(X: pd.DataFrame, framed: FramedPanel) -> None:
    """Refuse further rows of X that are all of series that the panel does not have.

    Parameters
    ----------
    X : pd.DataFrame
    framed : FramedPanel

    Raises
    ------
    InputError
        As `align` for series and index levels.
    """
    for index in (X.index[:1], X.index):  # the first row tells it mostly
        numbers, rows = number_series(index, framed, "X")
        if (numbers >= 0).any() or not len(index):
            return
    raise _other_series(rows, framed)


def _other_series(rows: Rows, framed: FramedPanel) -> InputError:
    """Make the error about X that has no series of the panel."""
    return InputError(
        f"X must have rows of the series of y; y has {list_names(framed.ids)}, X has"
        f" {list_names(rows.ids) or 'no rows'}. Give X the ids of y."
    )


def number_series(index: pd.Index, framed: FramedPanel, what: str) -> tuple[IntArray, Rows]:
    """Find the panel's number of the series of each row of an index.

    Parameters
    ----------
    index : pd.Index of length n
    framed : FramedPanel
    what : str
        The frame of `index`, for messages.

    Returns
    -------
    numbers : ndarray of shape (n,), int64
        -1 for series that are not in the panel.
    rows : Rows
        The series as the index has them.

    Raises
    ------
    InputError
        If the index has another number of levels than the panel's, or an id is missing.
    """
    expected = 1 if framed.single else framed.ids.nlevels + 1
    if index.nlevels != expected or isinstance(index, pd.MultiIndex) != (expected > 1):
        raise InputError(
            f"{what} must have an index of {expected} level{'s' * (expected > 1)}, as y has in"
            f" training; got {index.nlevels}. Index its rows by series and time as those of y."
        )
    if framed.single:
        codes = np.zeros(len(index), dtype=np.int64)
        return codes, Rows(codes, framed.ids)
    rows = encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
    return framed.ids.get_indexer(rows.ids).astype(np.int64)[rows.codes], rows


def locate_steps(rows: Rows, framed: FramedPanel) -> tuple[IntArray, IntArray, BoolArray]:
    """Count the steps, and the slots of a panel, from the end of its series to each row.

    Parameters
    ----------
    rows : Rows
        With time stamps of the panel's kind.
    framed : FramedPanel

    Returns
    -------
    steps : ndarray of shape (n,), int64
        0 is the last step of the series, 1 the first one after it. Where a row is off the steps it
        is the step before it; `OFF_GRID` where the calendar does not have the time stamp.
    slots : ndarray of shape (n,), int64
        The steps, other than across changes of the clock (`clock_grid`).
    off : ndarray of shape (n,), bool
        Whether the row is off the steps of its series.
    """
    last, stamps = framed.times.last.rename(None), stamps_of(rows).rename(None)
    both = last.append(stamps)
    # The grid of all these stamps: their resolution may be finer than the panel's.
    grid = make_grid(both, framed.times.freq)
    if isinstance(grid, CalendarGrid):
        both = both.append(_earlier_on_grid(last, stamps, grid))
    # Only differences of ordinals of one call mean anything.
    ordinals = grid.ordinals(both)
    ends, here = ordinals[: len(last)], ordinals[len(last) : len(last) + len(stamps)]
    missing = here == OFF_GRID
    steps, rest = np.divmod(np.where(missing, 0, here) - ends[rows.codes], grid.stride)
    steps = slots = np.where(missing, OFF_GRID, steps)
    if isinstance(grid, ClockGrid) and grid.by_clock:
        slots = (grid.slots(stamps) - grid.last_slots(last)[rows.codes]) // grid.stride
    return steps, slots, missing | (rest != 0)


def slots_reached(rows: Rows, slots: IntArray, framed: FramedPanel) -> IntArray:
    """Return the last slot of a series that ends with each row.

    Parameters
    ----------
    rows : Rows
        With time stamps of the panel's kind.
    slots : ndarray of shape (n,), int64
        The slot of each row, counted from anywhere.
    framed : FramedPanel

    Returns
    -------
    ndarray of shape (n,), int64
        `slots`, other than within an hour after clocks were set back.
    """
    grid = framed.times.grid
    if not isinstance(grid, ClockGrid) or not framed.times.by_clock:
        return slots
    stamps = stamps_of(rows)
    return slots + (grid.last_slots(stamps) - grid.slots(stamps)) // grid.stride


def _earlier_on_grid(last: pd.Index, stamps: pd.Index, grid: CalendarGrid) -> pd.Index:
    """Return a time stamp on the steps of a panel that is before all others, if none is.

    A calendar counts its dates from the first stamp, which may itself be off the panel's steps.
    """
    end, first = pd.DatetimeIndex([last.min()]), pd.DatetimeIndex([stamps.min()])
    if first[0] >= end[0]:
        return end[:0]
    dates = pd.date_range(wall_time(first)[0], wall_time(end)[0], freq=grid.unit_offset)
    return grid.advance(end, np.array([-len(dates) - 1]))


def find_repeated(series: IntArray, steps: IntArray) -> IntArray:
    """Return the rows whose series has the same step in an earlier row."""
    least = int(steps.min())
    key = series * (int(steps.max()) - least + 1) + (steps - least)
    if bool((key[1:] > key[:-1]).all()):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(pd.Index(key).duplicated())


def list_names(ids: pd.Index) -> str:
    """List the first five names."""
    names = ", ".join(repr(name) for name in ids[:N_LISTED].tolist())
    return names + (", ..." if len(ids) > N_LISTED else "")
