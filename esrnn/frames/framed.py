"""`FramedPanel`, a panel that knows its names and time stamps, and how rows become one.

`assemble` sorts the rows, finds the regular step, puts every value in its place and leaves NaN
where a time stamp is missing. It works on whole columns; there is no loop over series.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import N_LISTED, InputError, describe_offenders
from esrnn.frames.checks import Rows
from esrnn.frames.frequency import frequency_code, infer_frequency, make_grid
from esrnn.frames.times import OFF_GRID, Frequency, Grid, TimeAxis
from esrnn.panel import Panel

__all__ = ["FramedPanel", "assemble"]

# Beyond so many steps per row, and so many more for a series and for all, it is a mistyped year
# rather than gaps: 50,000 steps are 136 years of days, or 5 of hours.
_MAX_STEPS_PER_ROW = 100
_MAX_EXTRA_STEPS_OF_A_SERIES = 50_000
_MAX_EXTRA_STEPS = 1_000_000
# So many equal distances between rows make a frequency of their own.
_MIN_EQUAL_JUMPS = 4


@dataclass(frozen=True, eq=False)
class FramedPanel:
    """A panel with the names and time stamps of the frame it came from.

    Parameters
    ----------
    panel : Panel
        The values. A series begins with its first observed value and ends with its last row,
        observed or not: that row is the origin of a forecast.
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
    """

    panel: Panel
    times: TimeAxis
    ids: pd.Index
    target_name: Hashable
    n_gaps: int = 0
    single: bool = False
    squeeze: bool = False

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

    def past(self) -> tuple[IntArray, IntArray]:
        """Return the series and the step of every observation, for `index`."""
        indptr, lengths = self.panel.indptr, self.panel.lengths
        series = np.repeat(np.arange(self.n_series), lengths)
        return series, np.arange(series.size) - np.repeat(indptr[1:], lengths) + 1


def assemble(
    rows: Rows,
    values: FloatArray,
    *,
    target_name: Hashable,
    freq: str | Frequency | None = None,
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

    Returns
    -------
    FramedPanel
        Series in the order of `rows.ids`.

    Raises
    ------
    InputError
        If a time stamp is there twice or off the regular steps, a series has another frequency
        than the rest, spans far more steps than it has rows, or has no observed value.
    """
    rows, values = _in_time_order(rows, values)
    stamps = _stamps(rows)
    follows = np.asarray(rows.codes[1:] == rows.codes[:-1])
    _refuse_duplicates(rows, follows)
    grid = make_grid(stamps, infer_frequency(stamps, follows) if freq is None else freq)
    ordinals = grid.ordinals(stamps)
    _refuse_off_grid(rows, follows, ordinals, grid)
    starts = np.flatnonzero(np.concatenate([[True], ~follows]))
    ends = np.append(starts[1:], stamps.size) - 1
    lengths = (ordinals[ends] - ordinals[starts]) // grid.stride + 1
    if freq is None:
        _refuse_mixed(rows, lengths, np.diff(ordinals) // grid.stride, follows, grid)
    _refuse_sparse(rows, lengths, ends - starts + 1, grid)

    place = (ordinals - ordinals[starts][rows.codes]) // grid.stride
    flat, is_row, lengths = _scatter_and_trim(rows, values, place, lengths)
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return FramedPanel(
        panel=Panel(flat, indptr, tuple(rows.ids.tolist())),
        times=TimeAxis(stamps.take(ends), grid),
        ids=rows.ids,
        target_name=target_name,
        n_gaps=int(is_row.size - is_row.sum()),
        single=single,
        squeeze=squeeze,
    )


def _stamps(rows: Rows) -> pd.Index:
    if rows.stamps is None:
        raise TypeError("rows have no time stamps yet")
    return rows.stamps


def _in_time_order(rows: Rows, values: FloatArray) -> tuple[Rows, FloatArray]:
    """Sort by series, then by time stamp; rows in order already are left alone."""
    stamps = _stamps(rows)
    timed = isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex)
    key = cast("pd.DatetimeIndex", stamps).asi8 if timed else np.asarray(stamps)
    same, later = rows.codes[1:] == rows.codes[:-1], key[1:] >= key[:-1]
    if bool(np.all((rows.codes[1:] > rows.codes[:-1]) | (same & later))):
        return rows, values
    order = np.lexsort((key, rows.codes))
    return rows.take(order), values[order]


def _scatter_and_trim(
    rows: Rows, values: FloatArray, place: IntArray, lengths: IntArray
) -> tuple[FloatArray, BoolArray, IntArray]:
    """Lay values at their places and cut leading missing steps, which say nothing.

    Returns
    -------
    flat : ndarray of shape (n_steps,), float64
        Values of all series one after another, NaN where missing.
    is_row : ndarray of shape (n_steps,), bool
        Whether there was a row for the step.
    lengths : ndarray of shape (N,), int64
        Steps of each series.
    """
    starts = np.cumsum(lengths) - lengths
    flat = np.full(int(lengths.sum()), np.nan)
    is_row = np.zeros(flat.size, dtype=np.bool_)
    at = starts[rows.codes] + place
    flat[at] = values
    is_row[at] = True
    observed = np.where(np.isnan(flat), flat.size, np.arange(flat.size))
    first = np.minimum.reduceat(observed, starts)
    empty = np.flatnonzero(first == flat.size)
    if empty.size:
        offenders = describe_offenders(
            rows.ids.take(empty[:N_LISTED]).tolist(),
            values=list(lengths[empty[:N_LISTED]]),
            count=empty.size,
        )
        raise InputError(
            "every series needs at least one observed value; series without one, and their steps:"
            f" {offenders}. Leave these series out."
        )
    keep = np.arange(flat.size) >= np.repeat(first, lengths)
    return flat[keep], is_row[keep], lengths - (first - starts)


def _refuse_duplicates(rows: Rows, follows: BoolArray) -> None:
    stamps = _stamps(rows)
    again = np.flatnonzero(follows & np.asarray(stamps[1:] == stamps[:-1])) + 1
    if again.size:
        raise InputError(
            f"a series must have each time stamp once; there again: {rows.describe(again)}."
            " Drop the repeated rows, or combine them with groupby(...).sum() or .mean(); if ids"
            " are made of several columns, pass one that tells all series apart."
        )


def _refuse_off_grid(rows: Rows, follows: BoolArray, ordinals: IntArray, grid: Grid) -> None:
    off = np.flatnonzero(ordinals == OFF_GRID)
    if off.size == 0:
        jumps = np.diff(ordinals)
        off = np.flatnonzero(follows & ((jumps < grid.stride) | (jumps % grid.stride != 0))) + 1
    if off.size:
        code = frequency_code(grid)
        raise InputError(
            f"time stamps must be regular, with one step for all series; the step is {code!r}, and"
            f" off it are: {rows.describe(off)}. Bring the series to one frequency, for example"
            " with groupby(...).resample(...), or tell the step with freq=."
        )


def _refuse_mixed(
    rows: Rows, lengths: IntArray, jumps: IntArray, follows: BoolArray, grid: Grid
) -> None:
    """Refuse series that are regular in a longer step than the panel's.

    Such a series would be served as mostly missing, which is hardly what was meant. A few equal
    distances are no proof: rows of a sparse series fall so by chance.
    """
    n_series = lengths.size
    longest, shortest = np.ones(n_series, np.int64), np.full(n_series, np.iinfo(np.int64).max)
    within = rows.codes[1:][follows]
    np.maximum.at(longest, within, jumps[follows])
    np.minimum.at(shortest, within, jumps[follows])
    n_jumps = np.bincount(within, minlength=n_series)
    mixed = np.flatnonzero((n_jumps >= _MIN_EQUAL_JUMPS) & (shortest == longest) & (longest > 1))
    if mixed.size:
        code = frequency_code(grid)
        shown = mixed[:N_LISTED]
        offenders = describe_offenders(
            rows.ids.take(shown).tolist(),
            values=list(longest[shown]),
            count=mixed.size,
        )
        raise InputError(
            f"all series must share one frequency; the panel's step is {code!r}, but some series"
            f" have a row only every so many steps: {offenders}. Convert each frequency on its own,"
            f" or pass freq={code!r} if the steps between are missing values."
        )


def _refuse_sparse(rows: Rows, lengths: IntArray, n_rows: IntArray, grid: Grid) -> None:
    extra = lengths - _MAX_STEPS_PER_ROW * n_rows
    allowed = 0 if extra.sum() > _MAX_EXTRA_STEPS else _MAX_EXTRA_STEPS_OF_A_SERIES
    worst = np.argsort(-extra, kind="stable")
    worst = worst[extra[worst] > allowed]
    if worst.size == 0:
        return
    offenders = describe_offenders(
        rows.ids.take(worst[:N_LISTED]).tolist(),
        values=[(lengths[i], n_rows[i]) for i in worst[:N_LISTED]],
        count=worst.size,
    )
    raise InputError(
        f"with the step {frequency_code(grid)!r} some series span far more steps than they"
        f" have rows; (steps, rows): {offenders}. Look for a mistyped time stamp, or tell a longer"
        " step with freq=."
    )
