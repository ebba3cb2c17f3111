"""Regular time stamps: grids, and the last time stamp of each series of a panel.

A grid turns stamps into whole numbers ("ordinals") and steps ahead into stamps. There are four
kinds: integers, periods, clock time with steps of fixed length (seconds to weeks) and the calendar
(months, business days and all other offsets of pandas). All series of a panel share the length of a
step. Each keeps its own phase, so one weekly series may fall on Sundays and the next on Mondays.
`frequency` finds the length of a step.

Days, weeks and the calendar count in local wall time, so a daily series stays at midnight over
the change to summer time. Stamps of hours and shorter steps are regular in absolute time, but a
panel counts them by the local clock, in slots (`clock_grid`).
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol, TypeAlias, cast

import numpy as np
import pandas as pd
from pandas.tseries.offsets import BaseOffset

from esrnn._typing import IntArray
from esrnn.errors import InputError
from esrnn.frames.clock_grid import ClockGrid, day_time, from_wall, wall_time

__all__ = [
    "OFF_GRID",
    "CalendarGrid",
    "ClockGrid",
    "Frequency",
    "Grid",
    "IntegerGrid",
    "PeriodGrid",
    "TimeAxis",
    "as_steps",
    "wall_time",
]

Frequency: TypeAlias = int | BaseOffset

# Ordinal of a stamp that a calendar grid doesn't hold.
OFF_GRID = int(np.iinfo(np.int64).min)


class Grid(Protocol):
    """Regular time stamps.

    Attributes
    ----------
    freq : int or pandas offset
        The step as pandas writes it.
    stride : int
        Difference of the ordinals of neighbouring steps.
    """

    @property
    def freq(self) -> Frequency: ...  # noqa: D102

    @property
    def stride(self) -> int: ...  # noqa: D102

    def ordinals(self, stamps: pd.Index) -> IntArray:
        """Return the number of each stamp; only differences within one call mean anything."""
        ...

    def advance(self, stamps: pd.Index, steps: IntArray) -> pd.Index:
        """Return each stamp moved by its number of steps, which may be negative."""
        ...


@dataclass(frozen=True)
class IntegerGrid:
    """Integers `stride` apart."""

    stride: int

    @property
    def freq(self) -> Frequency:
        """The step, an int."""
        return self.stride

    def ordinals(self, stamps: pd.Index) -> IntArray:
        """Return the integers themselves."""
        return np.asarray(stamps, dtype=np.int64)

    def advance(self, stamps: pd.Index, steps: IntArray) -> pd.Index:
        """Return each stamp moved by its number of steps."""
        moved: pd.Index = pd.Index(self.ordinals(stamps) + steps * self.stride)
        return moved


@dataclass(frozen=True)
class PeriodGrid:
    """Periods; those of frequency "2M" are two months apart."""

    freq: BaseOffset

    @property
    def stride(self) -> int:
        """Ordinals of neighbouring periods differ by the multiple in the frequency."""
        return int(self.freq.n)

    def ordinals(self, stamps: pd.Index) -> IntArray:
        """Return pandas' own ordinals."""
        return pd.PeriodIndex(stamps).asi8

    def advance(self, stamps: pd.Index, steps: IntArray) -> pd.Index:
        """Return each period moved by its number of steps."""
        moved = self.ordinals(stamps) + steps * self.stride
        periods: pd.Index = pd.PeriodIndex.from_ordinals(  # type: ignore[attr-defined]
            moved, freq=self.freq
        )
        return periods


@dataclass(frozen=True)
class CalendarGrid:
    """Time stamps on every `stride`-th date of a calendar rule.

    Parameters
    ----------
    freq : pandas offset
        The step.
    unit_offset : pandas offset
        The rule of which it is a multiple: quarters are three months, so that series whose
        quarters begin in different months share one grid.
    stride : int
        The multiple.
    tz : tzinfo, optional
        Time zone of the stamps.
    """

    freq: BaseOffset
    unit_offset: BaseOffset
    stride: int
    tz: tzinfo | None = None

    def ordinals(self, stamps: pd.Index) -> IntArray:
        """Return positions in the list of all dates of the rule, or `OFF_GRID`."""
        wall = day_time(pd.DatetimeIndex(stamps))
        start = self.unit_offset.rollback(wall.min())
        dates = pd.date_range(start, wall.max(), freq=self.unit_offset, unit=wall.unit)
        found = dates.get_indexer(wall).astype(np.int64)
        return np.where(found < 0, OFF_GRID, found)

    def advance(self, stamps: pd.Index, steps: IntArray) -> pd.Index:
        """Return each stamp, which must be on the grid, moved by its number of steps."""
        wall = day_time(pd.DatetimeIndex(stamps))
        moves = steps * self.stride
        n_back, n_ahead = max(0, -int(moves.min())), max(0, int(moves.max()))
        rule = self.unit_offset
        first, last = wall.min(), wall.max()
        before = pd.date_range(end=first, periods=n_back + 1, freq=rule, unit=wall.unit)
        inside = pd.date_range(first, last, freq=rule, unit=wall.unit)
        after = pd.date_range(last, periods=n_ahead + 1, freq=rule, unit=wall.unit)
        dates = before[:-1].append(inside).append(after[1:])
        moved = cast("pd.DatetimeIndex", dates.take(inside.get_indexer(wall) + n_back + moves))
        return moved if self.tz is None else from_wall(moved, self.tz)


@dataclass(frozen=True, eq=False)
class TimeAxis:
    """The last time stamp of every series of a panel, and the step between stamps.

    Parameters
    ----------
    last : pd.Index of length N
        Last time stamp of each series, missing values included; integers, periods or time stamps.
        Its name is that of the time column or index level.
    grid : Grid
        The steps all series share.

    Examples
    --------
    >>> import pandas as pd
    >>> axis = TimeAxis(pd.Index([10, 99], name="ds"), IntegerGrid(1))
    >>> axis.future_index(2)
    Index([11, 12, 100, 101], dtype='int64', name='ds')
    """

    last: pd.Index
    grid: Grid

    @property
    def n_series(self) -> int:
        """Number of series, N."""
        return len(self.last)

    @property
    def freq(self) -> Frequency:
        """The step between time stamps: an int for integers, else a pandas offset."""
        return self.grid.freq

    @property
    def by_clock(self) -> bool:
        """Whether slots of the panel are other than steps (`clock_grid`)."""
        return isinstance(self.grid, ClockGrid) and self.grid.by_clock

    def future_index(self, steps: int | IntArray) -> pd.Index:
        """Return the time stamps of some steps after the end of every series.

        Parameters
        ----------
        steps : int, or ndarray of int of shape (H,) or (N, H)
            A horizon H stands for steps 1 to H. Step 1 is the first after the last time stamp
            of the series, 0 that stamp itself, -1 the one before it.

        Returns
        -------
        pd.Index of length N * H
            All steps of the first series, then all of the second, and so on.

        Raises
        ------
        InputError
            If `steps` has another shape.
        """
        matrix = as_steps(steps, self.n_series)
        series = np.repeat(np.arange(self.n_series), matrix.shape[1])
        return self.stamps(series, matrix.ravel())

    def stamps(self, series: IntArray, steps: IntArray) -> pd.Index:
        """Return the time stamps of single steps relative to the ends of their series.

        Parameters
        ----------
        series : ndarray of int of shape (n,)
            Number of the series.
        steps : ndarray of int of shape (n,)
            Steps after its last time stamp, as in `future_index`.

        Returns
        -------
        pd.Index of length n
            Time stamps.
        """
        if len(series) == 0:
            return self.last[:0]
        moved = self.grid.advance(self.last.take(series), np.asarray(steps, dtype=np.int64))
        return moved.rename(self.last.name)

    def slots(self, series: IntArray, steps: IntArray) -> IntArray:
        """Return the slots of single steps, both relative to the ends of their series.

        Parameters
        ----------
        series : ndarray of int of shape (n,)
            Number of the series.
        steps : ndarray of int of shape (n,)
            Steps after its last time stamp.

        Returns
        -------
        ndarray of shape (n,), int64
            0 is the last slot of the series in the panel. The steps themselves, other than across
            changes of the clock; at least 1 for steps after the end.
        """
        steps = np.asarray(steps, dtype=np.int64)
        grid = self.grid
        if not isinstance(grid, ClockGrid) or not grid.by_clock or steps.size == 0:
            return steps
        here = grid.slots(grid.advance(self.last.take(series), steps))
        slots = (here - grid.last_slots(self.last)[series]) // grid.stride
        return np.where(steps > 0, np.maximum(slots, 1), slots)

    def slot_matrix(self, steps: IntArray) -> IntArray:
        """Return the slots of steps of shape (N, K), as `slots`."""
        series = np.repeat(np.arange(self.n_series), steps.shape[1])
        return self.slots(series, steps.ravel()).reshape(steps.shape)

    def steps(self, series: IntArray, slots: IntArray) -> IntArray:
        """Return the first step in each slot, or after it where it is empty; undoes `slots`."""
        grid = self.grid
        if not isinstance(grid, ClockGrid) or not grid.by_clock or slots.size == 0:
            return slots
        ends = grid.last_slots(self.last)[series]
        return grid.steps_to(self.last.take(series), ends + slots * grid.stride)

    def subset(self, indices: IntArray) -> "TimeAxis":
        """Return the axis of some series, in the order of `indices`."""
        return TimeAxis(self.last.take(indices), self.grid)


def as_steps(steps: int | IntArray, n_series: int) -> IntArray:
    """Bring steps ahead, or a horizon, to the shape (N, H)."""
    given = np.asarray(steps)
    if given.dtype.kind not in "iu" or given.ndim > 2 or given.size == 0:
        raise InputError(
            "steps must be a horizon or an integer array of shape (H,) or (N, H); got"
            f" {given.dtype} of shape {given.shape}. Count steps from each series' last time stamp."
        )
    if given.ndim == 0:
        if given < 1:
            raise InputError(f"a horizon must be at least 1; got {int(given)}. Ask for more steps.")
        given = np.arange(1, int(given) + 1)
    if given.ndim == 2 and given.shape[0] != n_series:
        raise InputError(
            f"steps must have one row for each of the {n_series} series; got shape {given.shape}."
            " Give an array of shape (H,) for the same steps of all series."
        )
    return np.broadcast_to(given.astype(np.int64), (n_series, given.shape[-1]))
