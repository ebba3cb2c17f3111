"""`FramedPanel`, a panel with names and time stamps, and how the rows of a frame become one.

`assemble` sorts the rows, finds the regular step, puts every value in its place and leaves NaN
where a time stamp is missing. It works on whole columns, without a loop over series.
"""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import EsrnnError, InputError, Offenders
from esrnn.frames.far_off import refuse_far_off
from esrnn.frames.frequency import make_grid
from esrnn.frames.integer_dates import refuse_integer_dates
from esrnn.frames.rows import Rows, stamps_of
from esrnn.frames.skipping import none_skipped
from esrnn.frames.slots import share_slots
from esrnn.frames.steps_found import infer_frequency
from esrnn.frames.steps_of_series import refuse_mixed, refuse_off_grid
from esrnn.frames.time_stamps import refuse_repeated, refuse_sparse
from esrnn.frames.times import ClockGrid, Frequency, Grid, TimeAxis
from esrnn.panel import Panel
from esrnn.panel.flat import indptr_of

__all__ = ["FramedPanel", "assemble", "find_steps", "first_observed", "time_order"]


@dataclass(frozen=True, eq=False)
class FramedPanel:
    """A panel with the names and time stamps of the frame it came from.

    Parameters
    ----------
    panel : Panel
        The values, one for each slot (`clock_grid`). A series begins with its first observed value
        and ends with its last row, observed or not: that row is the origin of a forecast.
    times : TimeAxis
        The last time stamp of every series, and the step.
    ids : pd.Index of length N
        Names of the series as in the frame, with the names of the id column or levels; a
        MultiIndex for hierarchical data, whose `panel.ids` are tuples.
    target_name : hashable
        Name of the target column.
    n_gaps : int
        Steps between two rows of a series for which there was no row; they are NaN in `panel`.
    single : bool
        Whether the input was one series with a plain time index.
    squeeze : bool
        Whether the input was a pd.Series.
    skipped : pd.DataFrame
        Which series of the input are not in the panel, and why (`esrnn.frames.skipping`).
    """

    panel: Panel
    times: TimeAxis
    ids: pd.Index
    target_name: Hashable
    n_gaps: int = 0
    single: bool = False
    squeeze: bool = False
    skipped: pd.DataFrame = field(default_factory=none_skipped)

    @property
    def id_names(self) -> tuple[Hashable, ...]:
        """Names of the id column or of the id levels."""
        return tuple(self.ids.names)

    @property
    def time_name(self) -> Hashable:
        """Name of the time column or level."""
        return self.times.last.name

    @property
    def n_series(self) -> int:
        """Number of series, N."""
        return self.panel.n_series

    def index(self, series: IntArray, steps: IntArray) -> pd.Index:
        """Return the index of some rows, of the kind that the frame came with.

        Parameters
        ----------
        series, steps : ndarray of shape (n,), int64
            Number of each row's series, and its step after the end of that; 0 is the last one.

        Returns
        -------
        pd.Index
            Time stamps where the input was a single series, else levels of ids before them.
        """
        stamps = self.times.stamps(series, steps)
        if self.single:
            return stamps
        ids = self.ids.take(series)
        levels = [ids.get_level_values(k) for k in range(ids.nlevels)]
        return pd.MultiIndex.from_arrays([*levels, stamps])

    def subset(self, series: IntArray) -> "FramedPanel":
        """Return the panel of some series, in the order of their numbers in `series`."""
        return replace(
            self,
            panel=self.panel.subset(series),
            times=self.times.subset(series),
            ids=self.ids.take(series),
        )

    @contextmanager
    def dating_errors(self) -> Iterator[None]:
        """Let errors about steps of the panel name time stamps, as errors about frames do."""
        try:
            yield
        except EsrnnError as error:
            if not error.offenders.counted:
                raise
            place = {name: k for k, name in enumerate(self.panel.ids)}
            series = np.array([place[name] for name in error.series])
            slots = np.array(error.steps) - self.panel.lengths[series] + 1
            stamps = self.times.stamps(series, self.times.steps(series, slots))
            offenders = replace(error.offenders, steps=stamps, counted=False)
            raise error.about(offenders) from None

    def starts(self) -> pd.Index:
        """Return the first time stamp of every series."""
        series = np.arange(self.n_series)
        return self.times.stamps(series, self.times.steps(series, 1 - self.panel.lengths))

    def past(self) -> tuple[IntArray, IntArray]:
        """Return the series and the step of every time stamp of the history, for `index`."""
        series = np.arange(self.n_series)
        lengths = 1 - self.times.steps(series, 1 - self.panel.lengths)
        series = np.repeat(series, lengths)
        return series, np.arange(series.size) - np.repeat(np.cumsum(lengths), lengths) + 1


def assemble(
    rows: Rows,
    values: FloatArray,
    *,
    target_name: Hashable,
    freq: str | Frequency | None = None,
    may_mix: bool = False,
    single: bool = False,
    squeeze: bool = False,
) -> FramedPanel:
    """Put rows in any order onto the regular steps of their series.

    Parameters
    ----------
    rows : Rows
        Series and time stamp of each row.
    values : ndarray of shape (n,), float64
        Value of each row, NaN where missing.
    target_name, single, squeeze
        As in `FramedPanel`.
    freq : int, str or pandas offset, optional
        The step; found from the time stamps if not given.
    may_mix : bool
        Whether a series may be regular in a longer step.

    Returns
    -------
    FramedPanel
        Series in the order of `rows.ids`.

    Raises
    ------
    InputError
        If a time stamp is there twice, off the regular steps or far off all others; if a series has
        another frequency than the rest, spans far more steps than it has rows, or has no observed
        value.
    """
    order = time_order(rows)
    if order is not None:
        rows, values = rows.take(order), values[order]
    stamps = stamps_of(rows)
    grid, ordinals, follows = find_steps(rows, freq, may_mix=may_mix)
    starts = np.flatnonzero(np.concatenate([[True], ~follows]))
    ends = np.append(starts[1:], stamps.size) - 1
    jumps = np.diff(ordinals) // grid.stride
    place, full_lengths = _places(stamps, ordinals, starts, ends, grid)
    refuse_sparse(rows.ids, full_lengths, ends - starts + 1, grid)
    flat, lengths = _scatter_and_trim(rows, values, place, full_lengths)
    kept = follows & (place >= (full_lengths - lengths)[rows.codes])[:-1]
    return FramedPanel(
        panel=Panel(flat, indptr_of(lengths), tuple(rows.ids.tolist())),
        times=TimeAxis(stamps.take(ends), grid),
        ids=rows.ids,
        target_name=target_name,
        n_gaps=int((jumps[kept] - 1).sum()),
        single=single,
        squeeze=squeeze,
    )


class _Steps(NamedTuple):
    """The steps that rows in time order lie on."""

    grid: Grid
    ordinals: IntArray  # of each row
    follows: BoolArray  # whether each row but the first is of the series of the one before it


def find_steps(
    rows: Rows, freq: str | Frequency | None = None, *, may_mix: bool = False, what: str = "y"
) -> _Steps:
    """Find the regular steps of rows, and refuse rows that do not lie on them.

    Parameters
    ----------
    rows : Rows
        In the order of `time_order`.
    freq, may_mix
        As for `assemble`.
    what : str
        The frame, for messages.

    Returns
    -------
    grid : Grid
    ordinals : ndarray of shape (n,), int64
    follows : ndarray of shape (n - 1,), bool

    Raises
    ------
    InputError
        As `assemble` for time stamps.
    """
    stamps = stamps_of(rows)
    follows = np.asarray(rows.codes[1:] == rows.codes[:-1])
    again = np.flatnonzero(follows & np.asarray(stamps[1:] == stamps[:-1])) + 1
    refuse_repeated(rows, again, what)
    refuse_integer_dates(rows, step=freq if isinstance(freq, int) else None)
    refuse_far_off(rows)
    grid = make_grid(stamps, infer_frequency(stamps, follows) if freq is None else freq)
    ordinals = grid.ordinals(stamps)
    refuse_off_grid(rows, follows, ordinals, grid)
    if not may_mix:
        refuse_mixed(rows, np.diff(ordinals) // grid.stride, follows, grid)
    return _Steps(grid, ordinals, follows)


def time_order(rows: Rows) -> IntArray | None:
    """Return the order of rows by series, then by time stamp; None if they are in it already."""
    stamps = stamps_of(rows)
    timed = isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex)
    key = cast("pd.DatetimeIndex", stamps).asi8 if timed else np.asarray(stamps)
    same, later = rows.codes[1:] == rows.codes[:-1], key[1:] >= key[:-1]
    if bool(np.all((rows.codes[1:] > rows.codes[:-1]) | (same & later))):
        return None
    return np.lexsort((key, rows.codes))


def _places(
    stamps: pd.Index, ordinals: IntArray, starts: IntArray, ends: IntArray, grid: Grid
) -> tuple[IntArray, IntArray]:
    """Return the place of each row in its series, counted in slots, and the slots of each series.

    Rows `starts[i]` to `ends[i]` are those of series i in time order.
    """
    slots, last = ordinals, ordinals[ends]
    if isinstance(grid, ClockGrid):
        slots, last = grid.slots(stamps), grid.last_slots(stamps.take(ends))
    first = np.minimum.reduceat(slots, starts)
    place = (slots - np.repeat(first, ends - starts + 1)) // grid.stride
    return place, (last - first) // grid.stride + 1


def _scatter_and_trim(
    rows: Rows, values: FloatArray, place: IntArray, lengths: IntArray
) -> tuple[FloatArray, IntArray]:
    """Put values at their places and cut the missing steps before the first value of a series.

    Returns
    -------
    flat : ndarray of shape (n_steps,), float64
        Values of all series one after another, NaN where missing.
    lengths : ndarray of shape (N,), int64
        Steps of each series.
    """
    starts = np.cumsum(lengths) - lengths
    flat = np.full(int(lengths.sum()), np.nan)
    at = starts[rows.codes] + place
    flat[at] = share_slots(at, values)
    first = first_observed(flat, np.append(starts, flat.size), rows.ids)
    if not first.any():
        return flat, lengths
    keep = np.arange(flat.size) >= np.repeat(starts + first, lengths)
    return flat[keep], lengths - first


def first_observed(flat: FloatArray, indptr: IntArray, ids: pd.Index) -> IntArray:
    """Return the step of the first observed value of each series, (N,); refuse those without."""
    starts, lengths = indptr[:-1], np.diff(indptr)
    if not np.isnan(flat[starts]).any():
        return np.zeros(starts.size, dtype=np.int64)
    observed = np.where(np.isnan(flat), flat.size, np.arange(flat.size))
    first = np.minimum.reduceat(observed, starts)
    empty = np.flatnonzero(first >= indptr[1:])
    if empty.size:
        raise InputError.of_series(
            "every series needs at least one observed value; number of steps, all missing",
            Offenders(ids.take(empty), values=lengths[empty]),
            "Leave these series out.",
        )
    step: IntArray = first - starts
    return step
