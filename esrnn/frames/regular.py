"""Frames with a row for every step: `regularise` for the past, `future_frame` for the future."""

from __future__ import annotations

from typing import Literal, cast, get_args

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from esrnn._checks import as_whole
from esrnn._typing import IntArray
from esrnn.errors import InputError
from esrnn.frames.checks import only_column, require_frame, require_levels
from esrnn.frames.containers import accept_container
from esrnn.frames.fills import (
    FORWARD,
    Fill,
    Fills,
    as_fills,
    filled,
    notes_on_missing,
    said_of_fill,
)
from esrnn.frames.framed import find_steps, time_order
from esrnn.frames.frequency import frequency_code
from esrnn.frames.rows import Rows, encode_ids, stamps_of
from esrnn.frames.series_data import SeriesData
from esrnn.frames.time_stamps import match_kind, parse_stamps
from esrnn.frames.times import Frequency, Grid, TimeAxis

__all__ = ["End", "future_frame", "regularise"]

End = Literal["each", "common"]


def regularise(
    y: pd.Series | pd.DataFrame,
    X: pd.DataFrame | None = None,
    *,
    end: End = "each",
    fill: Fill = None,
    freq: str | Frequency | None = None,
) -> SeriesData:
    """Add the rows that are missing, so that every series has a row for every step.

    `ESRNN` needs no such rows: a step without a row counts as a missing value. This is for data in
    which a missing row means something else, such as no sales; for series that should all be
    forecast from one day on; and for other tools that want regular frames.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame with one column
        Indexed by series and time, or by time alone.
    X : pd.DataFrame, optional
        Covariates with such an index. All their rows are kept, also those after the end of y. In
        rows that are added a column that is constant within every series has its value.
    end : {"each", "common"}
        ``"each"`` ends every series with its own last row, ``"common"`` with the latest of all
        series (or its last step before, if it has another weekday, say).
    fill : number or mapping of column name to value, optional
        What rows that are added hold: a number for y, or ``{"sales": 0, "price": "ffill"}`` for y
        and columns of X. By default they are missing. Missing values that have a row stay missing,
        other than with ``"ffill"``: it gives every row without a value the last one before it in
        its series, which suits prices.
    freq : int, str or pandas offset, optional
        The step; found from the time stamps if not given.

    Returns
    -------
    SeriesData
        y and X with series in the order of their first rows, sorted by time; notes on what was
        added.

    Raises
    ------
    InputTypeError
        If y is no frame of one column, or time stamps of X are of another kind than those of y.
    InputError
        If time stamps are not regular or occur twice in a series, `end` or `fill` is unknown, or
        `fill` has text for a column of numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_tuples([("a", 1), ("a", 3), ("b", 3), ("b", 4)])
    >>> data = regularise(pd.DataFrame({"sold": [5, 6, 7, 8]}, index), end="common", fill=0)
    >>> data.y["sold"].to_dict()
    {('a', 1): 5, ('a', 2): 0, ('a', 3): 6, ('a', 4): 0, ('b', 3): 7, ('b', 4): 8}
    >>> print(data)
    The step is 1; all 2 series end at 4.
    2 rows were added to 1 of 2 series, with 0 in 'sold'.
    """
    if end not in get_args(End):
        raise InputError(f"end must be one of {list(get_args(End))}; got {end!r}")
    y, X = accept_container(y, "y"), accept_container(X, "X")
    require_frame(y, "y", or_series=True)
    column = y if isinstance(y, pd.Series) else only_column(y)
    fills = as_fills(fill, column, X)
    rows = _rows_in_order(y.index, "y")
    grid, index, added = _regular_index(rows, y.index, end, freq)
    whole = _reindexed(column.to_frame(), index, fills)
    columns = None if X is None else _with_columns(X, index, fills, rows, grid)
    notes = _notes(rows, grid, index, added, end, said_of_fill(column.name, fills))
    numbers = [] if X is None else [n for n, dtype in X.dtypes.items() if is_numeric_dtype(dtype)]
    return SeriesData(whole, columns, (*notes, *notes_on_missing(columns, numbers, fills)))


def future_frame(
    y: pd.Series | pd.DataFrame,
    horizon: int,
    X: pd.DataFrame | None = None,
    *,
    freq: str | Frequency | None = None,
) -> pd.DataFrame:
    """Make the rows of X that a forecast needs: the steps after the end of every series.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame with one column
        The series that are forecast, indexed by series and time, or by time alone.
    horizon : int
        Steps after the end of each series.
    X : pd.DataFrame, optional
        The covariates so far. What they have for these steps is taken; columns that are constant
        within every series are filled in; all else is missing and yours to fill in.
    freq : int, str or pandas offset, optional
        The step; found from the time stamps if not given.

    Returns
    -------
    pd.DataFrame
        One row for each series and step, with the index levels of y and the columns of X.

    Raises
    ------
    InputTypeError, InputError
        As `regularise`, or if `horizon` is no whole number of at least 1.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.MultiIndex.from_product(
    ...     [["a"], pd.period_range("2024-01", periods=3, freq="M")]
    ... )
    >>> y = pd.DataFrame({"sold": [5.0, 6.0, 7.0]}, index)
    >>> X = pd.DataFrame({"kind": "food", "promo": [0, 1, 0]}, index)
    >>> future = future_frame(y, 2, X)
    >>> future["promo"] = [1, 0]
    >>> future.loc["a"].to_dict("list")
    {'kind': ['food', 'food'], 'promo': [1, 0]}
    """
    n_steps = as_whole("horizon", horizon)
    y, X = accept_container(y, "y"), accept_container(X, "X")
    require_frame(y, "y", or_series=True)
    rows = _rows_in_order(y.index, "y")
    grid, _, _ = find_steps(rows, freq, may_mix=freq is not None)
    axis = TimeAxis(stamps_of(rows).take(_ends(rows)), grid)
    series = np.repeat(np.arange(len(rows.ids)), n_steps)
    stamps = axis.stamps(series, np.tile(np.arange(1, n_steps + 1), len(rows.ids)))
    index = _index_of(series, stamps, rows, y.index)
    if X is None:
        return pd.DataFrame(index=index)
    return _with_columns(X, index, {}, rows, grid).reindex(index)


def _rows_in_order(index: pd.Index, what: str) -> Rows:
    """Return series and time stamps of a frame's rows, in the order of series and time."""
    if isinstance(index, pd.MultiIndex):
        rows = encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
    else:
        rows = Rows(np.zeros(len(index), dtype=np.int64), pd.RangeIndex(1))
    time = index.get_level_values(-1)
    stamps = parse_stamps(pd.Series(time, name=time.name), rows).rename(time.name)
    rows = Rows(rows.codes, rows.ids, stamps)
    order = time_order(rows)
    return rows if order is None else rows.take(order)


def _ends(rows: Rows) -> IntArray:
    """Return the last row of each series."""
    return np.flatnonzero(np.append(rows.codes[1:] != rows.codes[:-1], True))


def _regular_index(
    rows: Rows, index: pd.Index, end: End, freq: str | Frequency | None
) -> tuple[Grid, pd.Index, IntArray]:
    """Return the step, the index of all steps, and how many rows each series gets."""
    grid, ordinals, _ = find_steps(rows, freq, may_mix=freq is not None)
    ends = _ends(rows)
    starts = np.append(0, ends[:-1] + 1)
    last = ordinals[ends]
    further = (last.max() - last) // grid.stride if end == "common" else np.zeros_like(last)
    lengths = (last - ordinals[starts]) // grid.stride + 1 + further
    series = np.repeat(np.arange(lengths.size), lengths)
    steps = np.arange(series.size) - np.repeat(np.cumsum(lengths) - 1 - further, lengths)
    stamps = TimeAxis(stamps_of(rows).take(ends), grid).stamps(series, steps)
    return grid, _index_of(series, stamps, rows, index), lengths - (ends - starts + 1)


def _index_of(series: IntArray, stamps: pd.Index, rows: Rows, like: pd.Index) -> pd.Index:
    """Return an index of series and time, as another one is made."""
    if not isinstance(like, pd.MultiIndex):
        return stamps.rename(like.name)
    ids = rows.ids.take(series)
    levels = [ids.get_level_values(k) for k in range(ids.nlevels)]
    return pd.MultiIndex.from_arrays([*levels, stamps], names=like.names)


def _reindexed(frame: pd.DataFrame, index: pd.Index, fills: Fills) -> pd.DataFrame:
    """Return a frame with the rows of an index; those that are added hold what `fills` says."""
    place = index.get_indexer(frame.index)
    source = np.full(len(index), -1)
    source[place] = np.arange(len(frame))
    added = source < 0
    taken = frame.take(np.maximum(source, 0)).set_axis(index, axis=0)
    if not added.any() and FORWARD not in fills.values():
        return taken
    single = not isinstance(index, pd.MultiIndex)
    codes = np.zeros(len(index), dtype=np.int64) if single else pd.factorize(_ids(index))[0]
    return filled(taken, added, codes, fills)


def _with_columns(
    X: pd.DataFrame, index: pd.Index, fills: Fills, rows: Rows, grid: Grid
) -> pd.DataFrame:
    """Return X with the rows of an index and its own."""
    require_levels(X, index)
    X = X.set_axis(_index_like(X.index, index, stamps_of(rows)), axis=0)
    again = X.index.duplicated()
    if again.any():
        raise InputError(
            "X must have one row for each series and time stamp; there again:"
            f" {X.index[again][0]!r} and {int(again.sum()) - 1} more. Drop the repeated rows."
        )
    both = index.append(X.index[~X.index.isin(index)])
    whole = _reindexed(X, both.take(_sorted_like(both, rows)), fills)
    return _with_constants(whole, X, fills)


def _index_like(own: pd.Index, index: pd.Index, stamps: pd.Index) -> pd.Index:
    """Return the index of X with the names and the kind of time stamps of y's."""
    time = match_kind(own.get_level_values(-1), stamps, "X")
    if not isinstance(own, pd.MultiIndex):
        return time.rename(index.name)
    levels = [own.get_level_values(k) for k in range(own.nlevels - 1)]
    return pd.MultiIndex.from_arrays([*levels, time], names=index.names)


def _sorted_like(index: pd.Index, rows: Rows) -> IntArray:
    """Return the order of an index by series, in that of y, and time."""
    if not isinstance(index, pd.MultiIndex):
        return np.asarray(index.argsort())
    ids = _ids(index)
    codes = rows.ids.get_indexer(ids).astype(np.int64)
    others = pd.factorize(ids)[0]
    codes = np.where(codes < 0, len(rows.ids) + others, codes)
    order = time_order(Rows(codes, ids, index.get_level_values(-1)))
    return np.arange(len(index)) if order is None else order


def _with_constants(whole: pd.DataFrame, X: pd.DataFrame, fills: Fills) -> pd.DataFrame:
    """Fill the rows that were added to columns that are constant within every series."""
    if not isinstance(X.index, pd.MultiIndex) or len(whole) == len(X):
        return whole
    codes = pd.factorize(_ids(X.index))[0]
    first = np.unique(codes, return_index=True)[1]
    place = _ids(X.index)[first].get_indexer(_ids(whole.index))
    added = ~np.asarray(whole.index.isin(X.index)) & (place >= 0)
    for name in X.columns:
        values = pd.factorize(X[name])[0]
        if name in fills or (values != values[first][codes]).any():
            continue
        known = X[name].iloc[first[np.maximum(place, 0)]].set_axis(whole.index)
        whole[name] = whole[name].where(~added, known).astype(X[name].dtype, errors="ignore")
    return whole


def _ids(index: pd.Index) -> pd.Index:
    """Return the id of each row of an index."""
    return cast("pd.MultiIndex", index).droplevel(-1)


def _notes(
    rows: Rows,
    grid: Grid,
    index: pd.Index,
    added: IntArray,
    end: End,
    held: str,
) -> tuple[str, ...]:
    """Say what was done."""
    n = len(rows.ids)
    stamps, step = index.get_level_values(-1), frequency_code(grid)
    series = f"all {n} series end" if end == "common" else f"each of {n} series ends"
    where = (
        f"at {str(stamps.max()).removesuffix(' 00:00:00')}" if end == "common" else "where it did"
    )
    notes = [f"The step is {step!r}; {series} {where}."]
    if added.any():
        notes.append(
            f"{int(added.sum()):,} rows were added to {int((added > 0).sum())} of {n} series, with"
            f" {held}."
        )
    return tuple(notes)
