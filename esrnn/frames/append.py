"""New rows appended to a panel and to its columns of X; only the new rows are parsed."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import N_LISTED, InputError, Offenders
from esrnn.frames.align import latest_rows, locate_steps, number_series, slots_reached
from esrnn.frames.checks import only_column, parse_values, require_frame
from esrnn.frames.framed import FramedPanel
from esrnn.frames.frequency import make_grid
from esrnn.frames.rows import Rows, stamps_of
from esrnn.frames.slots import write_slots
from esrnn.frames.time_stamps import (
    match_kind,
    parse_stamps,
    refuse_off_grid_of_y,
    refuse_sparse,
)
from esrnn.frames.times import OFF_GRID, TimeAxis
from esrnn.panel import Panel
from esrnn.panel.flat import flat_positions, indptr_of

__all__ = ["append", "append_columns"]


def append(framed: FramedPanel, y: pd.Series | pd.DataFrame) -> FramedPanel:
    """Append new rows to the series of a panel.

    Every series with new rows ends with the last of them: later values that were there before are
    dropped, so that a walk through the past forecasts from each step without values from after it.
    A time stamp that was there before takes its new value. The first row of a series stays as it
    is, and rows before it are left out, since seasons are counted from there.

    Parameters
    ----------
    framed : FramedPanel
        The panel. Its order of series, names and frequency stay.
    y : pd.Series or pd.DataFrame
        New rows of some or all of its series, in any order, as for `sktime_to_panel`. Of rows with
        the same series and time stamp the last one counts.

    Returns
    -------
    FramedPanel
        The same series in the same order.

    Raises
    ------
    InputTypeError
        If the time stamps are of another kind than the panel's, or values aren't numbers.
    InputError
        If `y` has a series that isn't in the panel, all rows of a series lie before its start, a
        time stamp is off the panel's steps or far away, or a value is infinite.

    Notes
    -----
    Cost: the new rows are parsed, the values of the panel are copied once.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6]))
    >>> append(framed, pd.Series([4.0], index=[8])).panel.values
    array([ 1.,  2., nan,  4.])
    """
    require_frame(y, "y", or_series=True)
    column = y if isinstance(y, pd.Series) else only_column(y)
    rows, place, off = _placed(y.index, framed)
    n_series, lengths = framed.n_series, framed.panel.lengths
    ends = np.full(n_series, -1, dtype=np.int64)
    np.maximum.at(ends, rows.codes, slots_reached(rows, place, framed))
    with_rows = np.zeros(n_series, dtype=np.bool_)
    with_rows[rows.codes] = True
    _refuse_before_start(framed.ids.take(np.flatnonzero(with_rows & (ends < 0))))
    kept = np.flatnonzero((place > 0) | ((place == 0) & off))
    if kept.size < len(column):
        column, rows, place, off = column.iloc[kept], rows.take(kept), place[kept], off[kept]
    times = framed.times
    refuse_off_grid_of_y(rows, np.flatnonzero(off), times.grid, "y", times.last)

    grown = np.where(with_rows, ends + 1, lengths)
    remaining = np.minimum(lengths, grown)
    n_new = _n_distinct(rows.codes, place, lengths)
    refuse_sparse(framed.ids, grown, remaining + n_new, framed.times.grid)
    indptr = indptr_of(grown)
    values = np.full(int(indptr[-1]), np.nan)
    old = flat_positions(framed.panel.indptr[:-1], remaining)
    values[flat_positions(indptr[:-1], remaining)] = framed.panel.values[old]
    at, new = indptr[rows.codes] + place, parse_values(column, rows)
    if framed.times.by_clock:
        later = np.asarray(stamps_of(rows) > framed.times.last.take(rows.codes))
        write_slots(values, at, new, later)
    else:
        values[at] = new  # the last of several stays
    return replace(
        framed,
        panel=Panel(values, indptr, framed.panel.ids),
        times=_new_times(framed, rows, grown),
        n_gaps=framed.n_gaps + int((grown - remaining - n_new).sum()),
    )


def _placed(index: pd.Index, framed: FramedPanel) -> tuple[Rows, IntArray, BoolArray]:
    """Return the rows, the place of each in its series (0 for the first step), and which are off.

    Rows before the first step have negative places.
    """
    numbers, _ = number_series(index, framed, "y")
    unknown = np.flatnonzero(numbers < 0)
    if unknown.size:
        ids = cast("pd.MultiIndex", index.take(unknown)).droplevel(-1).unique()
        raise InputError.of_series(
            "new rows must belong to series that were there in fit; got others",
            Offenders(ids),
            "Fit again with all series.",
        )
    time = index.get_level_values(-1)
    rows = Rows(numbers, framed.ids)
    stamps = parse_stamps(pd.Series(time, name=time.name), rows)
    rows = Rows(numbers, framed.ids, match_kind(stamps, framed.times.last, "y"))
    steps, off = locate_steps(rows, framed)
    last_place = framed.panel.lengths[numbers] - 1
    missing = np.flatnonzero(steps == OFF_GRID)
    if missing.size:  # dates that the calendar does not have are only compared with the start
        starts = framed.times.stamps(numbers[missing], -last_place[missing])
        before = np.asarray(cast("pd.DatetimeIndex", stamps_of(rows)).take(missing) < starts)
        steps[missing] = np.where(before, -1, 0) - last_place[missing]
    return rows, steps + last_place, off


def _n_distinct(series: IntArray, place: IntArray, lengths: IntArray) -> IntArray:
    """Count the different new steps of every series after its old end, (N,)."""
    after = place >= lengths[series]
    series, place = series[after], place[after]
    order = np.lexsort((place, series))
    series, place = series[order], place[order]
    first = np.ones(series.size, dtype=np.bool_)
    first[1:] = (series[1:] != series[:-1]) | (place[1:] != place[:-1])
    return np.bincount(series[first], minlength=lengths.size)


def _new_times(framed: FramedPanel, rows: Rows, grown: IntArray) -> TimeAxis:
    """Return the time axis with the new ends."""
    times, n_series = framed.times, framed.n_series
    at_end = latest_rows(rows)
    # A series whose only new row is at its start has been cut to that.
    cut = np.flatnonzero((grown == 1) & (framed.panel.lengths > 1))
    cut_stamps = times.stamps(cut, 1 - framed.panel.lengths[cut])
    stamps = times.last.append([cut_stamps, stamps_of(rows).take(at_end)])
    which = np.arange(n_series)
    which[cut] = n_series + np.arange(cut.size)
    which[rows.codes[at_end]] = n_series + cut.size + np.arange(at_end.size)
    last = stamps.take(which).rename(times.last.name)
    return TimeAxis(last, make_grid(last, times.freq))


def _refuse_before_start(ids: pd.Index) -> None:
    """Refuse series of which all new rows lie before the first step."""
    if len(ids):
        raise InputError.of_series(
            "new rows must not all lie before the start of their series; series where they do",
            Offenders(ids),
            "Fit again to go back in time.",
        )


def append_columns(columns: pd.DataFrame | None, more: pd.DataFrame | None) -> pd.DataFrame | None:
    """Append new rows of covariates.

    Parameters
    ----------
    columns, more : pd.DataFrame or None
        Covariates with an index as the series have it, in any order. A row that was there before
        takes its new values. `more` may leave out columns that never change within a series.

    Returns
    -------
    pd.DataFrame or None

    Raises
    ------
    InputError
        If `more` has other columns, or lacks one that changes.

    Examples
    --------
    >>> old = pd.DataFrame({"promo": [0, 1], "kind": ["a", "a"]}, index=[5, 6])
    >>> append_columns(old, pd.DataFrame({"promo": [1]}, [7]))
       promo kind
    5      0    a
    6      1    a
    7      1    a
    """
    if columns is None or more is None:
        return more if columns is None else columns
    other = [name for name in more.columns if name not in columns.columns]
    lacking = [name for name in columns.columns if name not in more.columns]
    static = _static_values(columns, lacking)
    changing = [name for name in lacking if static is None or name not in static.columns]
    if other or changing:
        raise InputError(
            f"X must have the columns that it had in training, {list(columns.columns)[:20]}; got"
            f" {list(more.columns)[:20]}; missing: {changing[:N_LISTED]}; not in training:"
            f" {other[:N_LISTED]}. Pass X with these columns and no others."
        )
    if static is not None:
        filled = static.reindex(_series_key(more.index)).set_axis(more.index, axis=0)
        more = pd.concat([more, filled], axis=1)
    both = pd.concat([columns, more[columns.columns]])
    repeated = both.index.duplicated(keep="last")
    return both[~repeated] if repeated.any() else both


def _static_values(columns: pd.DataFrame, names: Sequence[Hashable]) -> pd.DataFrame | None:
    """Return the values, series by series, of those columns that never change."""
    if not names:
        return None
    key = _series_key(columns.index)
    series, _ = pd.factorize(key)
    first = np.flatnonzero(~pd.Index(series).duplicated())
    same_as = first[series]
    static = []
    for name in names:
        codes, _ = pd.factorize(columns[name])
        if bool((codes == codes[same_as]).all()):
            static.append(name)
    return columns[static].take(first).set_axis(key.take(first), axis=0)


def _series_key(index: pd.Index) -> pd.Index:
    """Return the index without its time."""
    if isinstance(index, pd.MultiIndex):
        return index.droplevel(-1)
    return pd.Index(np.zeros(len(index), dtype=np.int64))
