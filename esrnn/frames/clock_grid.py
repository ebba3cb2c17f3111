"""Time stamps a fixed length of time apart, and the clock by which a panel counts them.

Stamps less than a day apart are regular in absolute time, but habits follow the local clock. So a
panel counts such steps by the clock, in *slots*: where clocks are set forward a slot stays empty,
and where they are set back two stamps share one. All other grids have a slot for each step.
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
import pandas as pd
from pandas.tseries.offsets import BaseOffset

from esrnn._typing import IntArray
from esrnn.errors import InputError

__all__ = ["ClockGrid", "day_time", "from_wall", "wall_time"]

# The offset of a zone at this time is what others are compared with.
_REFERENCE = pd.Timestamp("2001-01-01", tz="UTC")
# No clock was ever set back further, other than by the date line.
_FURTHEST = pd.Timedelta(hours=3)


@dataclass(frozen=True)
class ClockGrid:
    """Time stamps a fixed length of time apart.

    Parameters
    ----------
    freq : pandas offset
        The step.
    stride : int
        Its length in units of `unit`.
    unit : {"s", "ms", "us", "ns"}
        Resolution of the arithmetic and of the stamps that come out.
    tz : tzinfo, optional
        Time zone of the stamps.
    wall : bool
        Whether stamps are regular in wall time, as those of days and weeks are.
    """

    freq: BaseOffset
    stride: int
    unit: str
    tz: tzinfo | None = None
    wall: bool = False

    @property
    def by_clock(self) -> bool:
        """Whether slots are other than steps: where stamps are regular in absolute time only."""
        return self.tz is not None and not self.wall

    def ordinals(self, stamps: pd.Index) -> IntArray:
        """Return time since 1970 in units of `unit`."""
        times = pd.DatetimeIndex(stamps)
        return self._numbers(day_time(times) if self.wall else _absolute_time(times))

    def advance(self, stamps: pd.Index, steps: IntArray) -> pd.Index:
        """Return each stamp moved by its number of steps."""
        start = self.ordinals(stamps)
        moved = start + steps * self.stride
        if ((moved < start) != (steps < 0)).any():  # int64 wraps around without a word
            raise InputError(
                f"time stamps must fit into datetime64[{self.unit}]; got some that are"
                f" {np.abs(steps).max()} steps of {self.freq.freqstr!r} away and do not. Convert"
                " the time column to a coarser unit, such as .dt.as_unit('s')."
            )
        naive = self._naive(moved)
        if self.tz is None:
            return naive
        return from_wall(naive, self.tz) if self.wall else _from_absolute(naive, self.tz)

    def slots(self, stamps: pd.Index) -> IntArray:
        """Return the slot of each stamp as an ordinal, a multiple of `stride` after another one.

        A change of the clock that is no whole number of steps is rounded to whole ones. A change of
        half a step counts by the clock: 1:30 is in the slot of 1:00.
        """
        if not self.by_clock:
            return self.ordinals(stamps)
        times = pd.DatetimeIndex(stamps)
        wall = self._numbers(wall_time(times))
        rest = (wall - self.ordinals(times) - self._reference()) % self.stride
        rest = np.where(2 * rest > self.stride, rest - self.stride, rest)
        rest[2 * rest == self.stride] = 0
        slots: IntArray = (wall - rest) // self.stride * self.stride
        return slots

    def last_slots(self, stamps: pd.Index) -> IntArray:
        """Return the last slot that stamps up to each one have.

        It is that of the stamp itself, other than within an hour after clocks were set back.
        """
        slots = self.slots(stamps)
        if not self.by_clock:
            return slots
        times = pd.DatetimeIndex(stamps)
        offset = self._numbers(wall_time(times)) - self.ordinals(times)
        earlier = times - _FURTHEST
        before = self._numbers(wall_time(earlier)) - self.ordinals(earlier)
        set_back = np.flatnonzero(before > offset)
        if set_back.size:
            back = -np.arange(self._units(_FURTHEST) // self.stride + 1)
            codes, different = pd.factorize(times[set_back])
            grown = [
                self.slots(self.advance(different[[k]].repeat(back.size), back)).max()
                for k in range(len(different))
            ]
            slots[set_back] = np.array(grown)[codes]
        return slots

    def steps_to(self, stamps: pd.Index, slots: IntArray) -> IntArray:
        """Return the steps from each stamp to the first one in a slot, or after an empty one.

        Parameters
        ----------
        stamps : pd.Index of length n
        slots : ndarray of shape (n,), int64
            Ordinals of slots.

        Returns
        -------
        ndarray of shape (n,), int64
        """
        start = self.ordinals(stamps)
        if self.tz is None or self.wall:
            steps: IntArray = (slots - start) // self.stride
            return steps
        near = self._numbers(_absolute_time(from_wall(self._naive(slots), self.tz)))
        near = (near - start) // self.stride
        found = near + 1
        for step in (near + 2, near + 1, near, near - 1):
            reached = self.slots(self.advance(stamps, step)) >= slots
            found = np.where(reached, step, found)
        return found

    def _numbers(self, naive: pd.DatetimeIndex) -> IntArray:
        return naive.as_unit(self.unit).asi8  # type: ignore[arg-type]

    def _naive(self, numbers: IntArray) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(numbers.view(f"M8[{self.unit}]"))

    def _reference(self) -> int:
        local = _REFERENCE.tz_convert(self.tz).tz_localize(None)
        return self._units(local - _REFERENCE.tz_localize(None))

    def _units(self, length: pd.Timedelta) -> int:
        return int(length.as_unit(self.unit).value)  # type: ignore[arg-type]


def wall_time(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the local time, without its time zone."""
    return times if times.tz is None else times.tz_localize(None)


def day_time(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Return the local time of days that begin at midnight, also where clocks leave midnight out.

    Such a day begins at 1:00, in Chile for example. It counts as midnight if all other stamps are
    at midnight.
    """
    wall = wall_time(times)
    if times.tz is None:
        return wall
    midnight = wall.normalize()
    late = np.flatnonzero(wall != midnight)
    if not late.size or not (from_wall(midnight[late], times.tz) == times[late]).all():
        return wall
    return midnight


def from_wall(naive: pd.DatetimeIndex, tz: tzinfo) -> pd.DatetimeIndex:
    """Return the time stamps of local times.

    An hour that occurs twice is taken as summer time; one that never occurs is moved forward.
    """
    summer = np.ones(len(naive), dtype=np.bool_)
    return naive.tz_localize(tz, ambiguous=summer, nonexistent="shift_forward")


def _absolute_time(times: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return times if times.tz is None else times.tz_convert("UTC").tz_localize(None)


def _from_absolute(naive: pd.DatetimeIndex, tz: tzinfo) -> pd.DatetimeIndex:
    return naive.tz_localize("UTC").tz_convert(tz)
