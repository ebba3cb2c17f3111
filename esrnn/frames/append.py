"""New rows merged into a panel and into its columns of X; only the new rows are parsed."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError, Offenders
from esrnn.frames.align import (
    find_repeated,
    locate_steps,
    number_series,
    refuse_other_series,
    slots_reached,
)
from esrnn.frames.checks import only_column, parse_values, require_frame
from esrnn.frames.far_off import refuse_far_off_panel
from esrnn.frames.framed import FramedPanel, assemble, first_observed
from esrnn.frames.frequency import make_grid
from esrnn.frames.integer_dates import refuse_integer_dates
from esrnn.frames.rows import Rows, stamps_of
from esrnn.frames.slots import write_slots
from esrnn.frames.time_stamps import (
    match_kind,
    parse_stamps,
    refuse_off_grid_of_y,
    refuse_repeated,
    refuse_sparse,
)
from esrnn.frames.times import IntegerGrid, TimeAxis
from esrnn.panel import Panel
from esrnn.panel.flat import flat_positions, indptr_of

__all__ = ["Appended", "append", "append_columns"]

_ID_KINDS = {"string": "text", "integer": "numbers", "floating": "numbers"}
_TYPES = {"text": "str", "numbers": "int"}


@dataclass(frozen=True, eq=False)
class Appended:
    """A panel with new rows, and what they changed beside values.

    Attributes
    ----------
    framed : FramedPanel
        The series that were there, in their order, then new ones in the order of their first rows.
    begin_anew : ndarray of int64
        Numbers of the series that are new, or begin at another step than before.
    """

    framed: FramedPanel
    begin_anew: IntArray


def append(framed: FramedPanel, y: pd.Series | pd.DataFrame, *, rewind: bool = False) -> Appended:
    """Merge new rows into a panel.

    A row after the end of its series makes the series longer; steps without a row between are
    missing values. A row of a step that was there before gives the step its new value, also a
    missing one. A row before the start makes the series begin earlier, and a series whose first
    value became missing begins with its first observed one. Other series are new ones.

    Parameters
    ----------
    framed : FramedPanel
        The panel. Its names and frequency stay.
    y : pd.Series or pd.DataFrame
        New rows of some or all of its series, and of new ones, in any order, as for
        `sktime_to_panel`.
    rewind : bool, default False
        Whether every series with new rows ends with the last of them, and loses later values that
        were there before: so a walk through the past forecasts from each step without values from
        after it.

    Returns
    -------
    Appended

    Raises
    ------
    InputTypeError
        If time stamps or ids are of another kind than the panel's, or values aren't numbers.
    InputError
        If a row is there twice, a time stamp is off the panel's steps or far off all others, a
        value is infinite, or a series has no observed value.

    Notes
    -----
    Cost: the new rows are parsed, the values of the panel are copied once.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6]))
    >>> append(framed, pd.Series([7.0, 4.0], index=[6, 8])).framed.panel.values
    array([ 1.,  7., nan,  4.])
    """
    require_frame(y, "y", or_series=True)
    column = y if isinstance(y, pd.Series) else only_column(y)
    numbers, named = number_series(y.index, framed, "y")
    time = y.index.get_level_values(-1)
    stamps = parse_stamps(pd.Series(time, name=time.name), named)
    rows = Rows(named.codes, named.ids, match_kind(stamps, framed.times.last, "y"))
    values = parse_values(column, rows)
    if isinstance(framed.times.grid, IntegerGrid):
        refuse_integer_dates(rows, framed.times.last, framed.times.grid.stride)
    refuse_far_off_panel(rows, framed.times, framed.panel.lengths)
    new = np.flatnonzero(numbers < 0)
    if not new.size:
        return _merge(framed, Rows(numbers, framed.ids, rows.stamps), values, rewind)
    _refuse_ids_of_another_kind(named.ids.take(np.unique(named.codes[new])), framed.ids)
    known = np.flatnonzero(numbers >= 0)
    merged = Appended(framed, new[:0])
    if known.size:
        own = Rows(numbers[known], framed.ids, stamps_of(rows).take(known))
        merged = _merge(framed, own, values[known], rewind)
    codes, which = pd.factorize(named.codes[new])
    others = Rows(codes.astype(np.int64), named.ids.take(which), stamps_of(rows).take(new))
    joining = assemble(
        others,
        values[new],
        target_name=framed.target_name,
        freq=framed.times.freq,
        may_mix=False,
    )
    return _join(merged, joining)


def _refuse_ids_of_another_kind(new: pd.Index, known: pd.Index) -> None:
    """Refuse new series named by numbers where text names the others, or the other way round.

    They are hardly new: 7 and "7" name the same series in two files.
    """
    for k in range(known.nlevels):
        here, there = (_kind_of_ids(ids.get_level_values(k)) for ids in (new, known))
        if here and there and here != there:
            raise InputTypeError.of_series(
                f"ids of y must be of the kind that they are in training, {there}; these are"
                f" {here}",
                Offenders(new),
                f"Convert them, for example with .astype({_TYPES[there]}).",
            )


def _kind_of_ids(ids: pd.Index) -> str:
    """Return whether ids are text or numbers; nothing for others and for several kinds."""
    return _ID_KINDS.get(infer_dtype(np.asarray(ids, dtype=object)), "")


def _merge(framed: FramedPanel, rows: Rows, values: FloatArray, rewind: bool) -> Appended:
    """Merge rows of series that are there."""
    n_series, lengths, codes = framed.n_series, framed.panel.lengths, rows.codes
    steps, slots, off = locate_steps(rows, framed)
    refuse_off_grid_of_y(rows, np.flatnonzero(off), framed.times.grid, "y", framed.times.last)
    refuse_repeated(rows, find_repeated(codes, steps), "y")
    place = slots + (lengths[codes] - 1)  # in its series: 0 for the first slot, less before it
    starts, ends = np.zeros(n_series, dtype=np.int64), lengths.copy()
    if rewind:
        ends[codes] = np.iinfo(np.int64).min
    np.minimum.at(starts, codes, place)
    np.maximum.at(ends, codes, slots_reached(rows, place, framed) + 1)
    kept = np.clip(ends, 0, lengths)  # values that stay, unless a new row is in their slot
    grown = ends - starts
    added = np.bincount(codes[(place < 0) | (place >= kept[codes])], minlength=n_series)
    refuse_sparse(framed.ids, grown, kept + added, framed.times.grid)
    indptr = indptr_of(grown)
    merged = np.full(int(indptr[-1]), np.nan)
    old = flat_positions(framed.panel.indptr[:-1], kept)
    merged[flat_positions(indptr[:-1] - starts, kept)] = framed.panel.values[old]
    at = (indptr[:-1] - starts)[codes] + place
    if framed.times.by_clock:
        write_slots(merged, at, values, steps > 0)
    else:
        merged[at] = values
    if np.isnan(merged[indptr[:-1]]).any():
        first = first_observed(merged, indptr, framed.ids)
        merged = merged[flat_positions(indptr[:-1] + first, grown - first)]
        starts, indptr = starts + first, indptr_of(grown - first)
    grown_panel = replace(
        framed,
        panel=Panel(merged, indptr, framed.panel.ids),
        times=_new_times(framed, rows, steps, rewind),
        n_gaps=framed.n_gaps + int(np.maximum(grown - kept - added, 0).sum()),
    )
    return Appended(grown_panel, np.flatnonzero(starts))


def _new_times(framed: FramedPanel, rows: Rows, steps: IntArray, rewind: bool) -> TimeAxis:
    """Return the time axis with the new ends."""
    times, codes = framed.times, rows.codes
    ends = np.zeros(framed.n_series, dtype=np.int64)
    if rewind:
        ends[codes] = np.iinfo(np.int64).min
    np.maximum.at(ends, codes, steps)
    at_end = np.flatnonzero((steps == ends[codes]) & (steps != 0))
    which = np.arange(framed.n_series)
    which[codes[at_end]] = framed.n_series + np.arange(at_end.size)
    last = times.last.append(stamps_of(rows).take(at_end)).take(which).rename(times.last.name)
    return TimeAxis(last, make_grid(last, times.freq))


def _join(merged: Appended, new: FramedPanel) -> Appended:
    """Put new series behind those of a panel."""
    framed = merged.framed
    last = framed.times.last.append(new.times.last).rename(framed.time_name)
    ids = framed.ids.append(new.ids).set_names(framed.ids.names)
    joined = replace(
        framed,
        panel=Panel.concat([framed.panel, new.panel]),
        times=TimeAxis(last, make_grid(last, framed.times.freq)),
        ids=ids,
        n_gaps=framed.n_gaps + new.n_gaps,
    )
    numbers = np.arange(framed.n_series, joined.n_series)
    return Appended(joined, np.concatenate([merged.begin_anew, numbers]))


def append_columns(
    columns: pd.DataFrame | None,
    more: pd.DataFrame | None,
    framed: FramedPanel | None = None,
    new: pd.Index | None = None,
) -> pd.DataFrame | None:
    """Append new rows of covariates.

    Parameters
    ----------
    columns, more : pd.DataFrame or None
        Covariates with an index as the series have it, in any order. A row that was there before
        takes its new values. `more` may leave out columns that never change within a series.
    framed : FramedPanel, optional
        The series, of which some must be in `more`.
    new : pd.Index, optional
        Names of new series, whose rows in `more` must have all columns.

    Returns
    -------
    pd.DataFrame or None

    Raises
    ------
    InputError
        If `more` has other columns, lacks one that changes or that a new series needs, or has no
        rows of the series.

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
    if framed is not None:
        refuse_other_series(more, framed)
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
        key = _series_key(more.index)
        if new is not None:
            _require_known(new.intersection(key).difference(static.index), static.columns)
        filled = static.reindex(key).set_axis(more.index, axis=0)
        more = pd.concat([more, filled], axis=1)
    both = _concat(columns, more[columns.columns])
    repeated = both.index.duplicated(keep="last")
    return both[~repeated] if repeated.any() else both


def _require_known(unknown: pd.Index, names: pd.Index) -> None:
    """Refuse new series whose static covariates are nowhere."""
    if len(unknown):
        raise InputError.of_series(
            "X must have all columns of training for new series; it lacks"
            f" {names.tolist()[:N_LISTED]} for",
            Offenders(unknown),
            "Pass X with these columns.",
        )


def _concat(columns: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Put rows behind others; categories of both stay categories."""
    different = [
        name
        for name, one, other in zip(columns, columns.dtypes, more.dtypes, strict=True)
        if isinstance(one, pd.CategoricalDtype) and one != other
    ]
    for name in different:
        values = [frame[name].astype("category").cat.categories for frame in (columns, more)]
        both = pd.CategoricalDtype(values[0].union(values[1], sort=False))
        columns, more = (frame.astype({name: both}) for frame in (columns, more))
    return pd.concat([columns, more])


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
