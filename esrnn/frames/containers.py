"""Frames as people have them, brought into the form that sktime takes, or refused with a remedy.

sktime checks the form of its containers before a forecaster sees them. What it refuses is told in a
long message that fits all forms it knows. So frames are looked at before: kinds of time that can
mean one thing only are converted, rows are sorted, and common mistakes are named.
"""

from collections.abc import Hashable
from typing import Any, cast

import numpy as np
import pandas as pd
from pandas.api.types import (
    infer_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_object_dtype,
)

from esrnn.errors import InputError, InputTypeError
from esrnn.frames.checks import only_column, parse_values, require_frame
from esrnn.frames.foreign import is_foreign_table
from esrnn.frames.long_tables import find_long_table, long_table_error, time_columns
from esrnn.frames.rows import Rows, encode_ids
from esrnn.frames.time_stamps import parse_stamps, whole_floats

__all__ = ["accept_container", "explain_levels", "explain_refusal"]


def accept_container(data: Any, what: str) -> Any:
    """Bring a frame into the form that sktime takes.

    Parameters
    ----------
    data : pd.Series or pd.DataFrame
        With time as its index, or as the last level of it. Anything else is returned as it is.
    what : {"y", "X"}
        For messages.

    Returns
    -------
    pd.Series or pd.DataFrame
        The frame itself where nothing had to be done.

    Raises
    ------
    InputTypeError, InputError
        If time is of a kind that can't be read or isn't the last level, or `data` is a long table
        whose index was not set.

    Notes
    -----
    Dates, time stamps of Arrow, ISO 8601 text and categories of these become a DatetimeIndex,
    objects that are periods a PeriodIndex, whole floats integers. The rows of each series are
    sorted by time. Numbers as objects, and decimals of Python and Arrow, become
    columns of numbers.

    Examples
    --------
    >>> y = pd.Series([2.0, 1.0], pd.Index([1991.0, 1990.0]))
    >>> accept_container(y, "y").index
    Index([1990, 1991], dtype='int64')
    """
    if not isinstance(data, pd.Series | pd.DataFrame) or _is_nested(data) or data.size == 0:
        return data
    if what == "y" and isinstance(data, pd.DataFrame):
        names: pd.Index = data.columns
        if isinstance(names, pd.DatetimeIndex | pd.PeriodIndex) and len(names) > 1:
            raise _time_in_columns(data.index, data.shape[1], what)
        table = find_long_table(data)
        if table is not None:
            raise long_table_error(data, table)
    frame = _with_numbers(data)
    lacks_time = frame.index.get_level_values(-1).hasnans
    if lacks_time or not _is_time(_time_of(frame.index)):
        _refuse_time_elsewhere(frame, what)
        frame = frame.set_axis(_with_time(frame.index, what), axis=0)
    if isinstance(frame, pd.DataFrame) and what == "y":
        _refuse_ids_in_a_column(frame)
    return frame if frame.index.is_monotonic_increasing else _in_time_order(frame)


def explain_refusal(data: object, what: str) -> InputError | InputTypeError | None:
    """Say why sktime does not take a container, where the cause is a common one.

    Parameters
    ----------
    data : object
    what : {"y", "X"}

    Returns
    -------
    InputError, InputTypeError or None
        To be raised; None if the cause is not known.
    """
    if isinstance(data, list | tuple | dict | set) and not _holds_frames(data):
        return InputTypeError(
            f"{what} must be a pandas Series or DataFrame with time as its index; got an object of"
            f" type {type(data).__name__}. Make it one: pd.Series(values, index=dates), or"
            " pd.concat({id: series, ...}) for several series."
        )
    if is_foreign_table(data):
        return InputTypeError(
            f"{what} must be a pandas Series or DataFrame with series and time in its index; got a"
            f" {type(data).__module__.split('.')[0]} {type(data).__name__}. Convert a long table"
            " with esrnn.from_long(df, id=..., time=..., target=...)."
        )
    if not isinstance(data, pd.Series | pd.DataFrame):
        known = data is None or isinstance(data, np.ndarray) or _holds_frames(data)
        return None if known else _no_frame(data, what)
    try:
        require_frame(data, what, or_series=True)
    except (InputError, InputTypeError) as error:
        return error
    if isinstance(data, pd.DataFrame) and not data.columns.is_unique:
        again = data.columns[data.columns.duplicated()].unique().tolist()
        return InputError(
            f"columns of {what} must have different names; got several of {again[:5]!r}. Rename or"
            " drop them."
        )
    if what == "y" and (isinstance(data, pd.Series) or data.shape[1] == 1):
        return _explain_values(data if isinstance(data, pd.Series) else only_column(data))
    if isinstance(data, pd.DataFrame) and what == "y":
        others = [name for name in data.columns if not is_numeric_dtype(data.dtypes[name])]
        if others:
            return InputTypeError(
                "y must have columns of numbers only, not of text or categorical ones; got others:"
                f" {others[:5]!r}. Take the column of values alone, such as y[['sales']]; ids and"
                " time belong into the index: set_index([id, time]). If values are text, convert"
                " them with pd.to_numeric."
            )
    return None


def _no_frame(data: object, what: str) -> InputTypeError:
    """Say that something is no frame at all."""
    return InputTypeError(
        f"{what} must be a pandas Series or DataFrame with time as its index; got an object of type"
        f" {type(data).__name__}. Read a file with pd.read_csv or pd.read_parquet, and bring it"
        " into the form with esrnn.from_long(df, id=..., time=..., target=...)."
    )


def explain_levels(y: object, X: object) -> InputError | None:
    """Say that y and X have indices of different depths, if that is so.

    Parameters
    ----------
    y, X : object

    Returns
    -------
    InputError or None
        To be raised.
    """
    kinds = (pd.Series, pd.DataFrame)
    if not isinstance(y, kinds) or not isinstance(X, kinds) or y.index.nlevels == X.index.nlevels:
        return None
    return InputError(
        f"X must have an index of {y.index.nlevels} levels, as y has; got {X.index.nlevels}. Index"
        " its rows by series and time as those of y."
    )


def _explain_values(column: pd.Series) -> InputTypeError | None:
    """Say which values of y are no numbers."""
    rows = _rows_of(column.index)
    rows = Rows(rows.codes, rows.ids, column.index.get_level_values(-1))
    try:
        parse_values(column, rows)
    except InputTypeError as error:
        reason = f"y must hold real numbers, no text or categorical data; got dtype {column.dtype}"
        return InputTypeError.of_series(reason, error.offenders, error.remedy)
    except InputError:
        return None
    return None


def _is_nested(data: pd.Series | pd.DataFrame) -> bool:
    """Return whether cells hold series, as in one of sktime's containers, whose index is of ids."""
    if isinstance(data, pd.Series) or data.size == 0 or not is_object_dtype(data.dtypes.iloc[0]):
        return False
    return isinstance(data.iloc[0, 0], pd.Series | pd.DataFrame | np.ndarray)


def _holds_frames(data: object) -> bool:
    """Return whether a container is a list of frames, which sktime knows."""
    return isinstance(data, list) and all(isinstance(one, pd.DataFrame) for one in data)


def _time_of(index: pd.Index) -> pd.Index:
    """Return the index of time; of a MultiIndex the different values of its last level."""
    return index.levels[-1] if isinstance(index, pd.MultiIndex) else index


def _is_time(index: pd.Index) -> bool:
    """Return whether sktime takes this kind of index as time."""
    return isinstance(index, pd.DatetimeIndex | pd.PeriodIndex) or (
        is_integer_dtype(index.dtype) and not index.hasnans
    )


def _with_numbers(data: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """Convert columns of objects that are numbers, and decimals of Arrow, which sktime refuses."""
    if isinstance(data, pd.Series):
        return _as_numbers(data)
    if not data.columns.is_unique:
        return data
    converted = {
        name: column
        for name, dtype in data.dtypes.items()
        if (column := _as_numbers(data[name])).dtype != dtype
    }
    if converted:
        data = data.copy(deep=False)
        for name, column in converted.items():
            data[name] = column
    return data


def _as_numbers(column: pd.Series) -> pd.Series:
    """Convert one column, if it holds numbers in one of these forms."""
    if is_object_dtype(column.dtype):
        inferred = column.infer_objects()
        if infer_dtype(inferred, skipna=True) == "decimal":
            return inferred.astype("float64")
        return inferred if is_numeric_dtype(inferred.dtype) else column
    if isinstance(column.dtype, pd.ArrowDtype) and "decimal" in str(column.dtype):
        return column.astype("Float64")
    return column


def _with_time(index: pd.Index, what: str) -> pd.Index:
    """Convert the time of an index."""
    rows, time = _rows_of(index), index.get_level_values(-1)
    name = f"the index of {what}" if time.name is None else time.name
    column = pd.Series(time, name=name, dtype=time.dtype)  # as it is; pandas 2 would guess
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    if is_object_dtype(column.dtype):
        column = column.infer_objects()
    if is_float_dtype(column.dtype) and not column.isna().any():
        column = whole_floats(column, rows, what)
    stamps = parse_stamps(column, rows).rename(time.name)
    if not isinstance(index, pd.MultiIndex):
        return stamps
    levels = [index.get_level_values(k) for k in range(index.nlevels - 1)]
    return pd.MultiIndex.from_arrays([*levels, stamps], names=index.names)


def _rows_of(index: pd.Index) -> Rows:
    """Return the series of each row of an index."""
    if isinstance(index, pd.MultiIndex) and index.nlevels > 1:
        try:
            return encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
        except InputError:  # rows without an id are told later, where they can be skipped
            codes, ids = pd.factorize(index.droplevel(-1), use_na_sentinel=False)
            return Rows(codes, pd.Index(ids))
    return Rows(np.zeros(len(index), dtype=np.int64), pd.RangeIndex(1))


def _refuse_time_elsewhere(frame: pd.Series | pd.DataFrame, what: str) -> None:
    """Refuse a frame whose time is in another level than the last one, or in a column."""
    index = frame.index
    if isinstance(index, pd.MultiIndex):
        kinds = (pd.DatetimeIndex, pd.PeriodIndex)
        first = [k for k in range(index.nlevels - 1) if isinstance(index.levels[k], kinds)]
        if first:
            name: Hashable = index.names[first[0]]
            level = repr(first[0] if name is None else name)
            raise InputError(
                f"time must be the last level of the index of {what}; got it as level {level}. Use"
                f" {what}.swaplevel({level}, -1).sort_index()."
            )
    elif isinstance(frame, pd.DataFrame) and (times := time_columns(frame)):
        raise InputError(
            f"{what} must have series and time in its index; got {index.dtype} there, and time in"
            f" column {times[0]!r}. Use {what}.set_index({times[0]!r}, append=True).sort_index(),"
            " and of y the column of values only."
        )
    _refuse_ids_alone(frame, what)


def _refuse_ids_alone(frame: pd.Series | pd.DataFrame, what: str) -> None:
    """Refuse a frame whose index has ids but no time: rows are series, or time was left out."""
    names = frame.index.get_level_values(-1)
    if not isinstance(frame, pd.DataFrame) or not _reads_as_no_time(names):
        return
    if names.is_unique and frame.shape[1] > 1:
        raise _time_in_columns(names, frame.shape[1], what)
    if names.is_unique:
        return
    raise InputError(
        f"{what} must have time as the last level of its index; got {_first(names)}, which is no"
        " time. Bring a long table into the form with esrnn.from_long(df, id=..., time=...,"
        " target=...)."
    )


def _time_in_columns(ids: pd.Index, n_columns: int, what: str) -> InputError:
    """Say that a frame has its series in rows and time in columns."""
    return InputError(
        f"{what} must have series and time in its index; its rows seem to be series"
        f" ({_first(ids)}) and its {n_columns} columns time stamps. Stack it:"
        f" {what}.rename_axis(columns='time').stack().to_frame('value'), with dates or whole"
        " numbers as names of the columns."
    )


def _first(names: pd.Index) -> str:
    """List the first three names."""
    return ", ".join(repr(name) for name in names[:3].tolist()) + ", ..." * (len(names) > 3)


def _reads_as_no_time(names: pd.Index) -> bool:
    """Return whether all labels are text and none begins like a date."""
    if not all(isinstance(name, str) for name in names[:100]):
        return False
    labels = [name.strip() for name in names[:100]]
    return not any(label[:2].isdigit() or label[1:2] in tuple(".-/") for label in labels)


def _refuse_ids_in_a_column(y: pd.DataFrame) -> None:
    """Refuse a table of several columns that has each time stamp several times."""
    if y.index.nlevels == 1 and y.shape[1] > 1 and not y.index.is_unique:
        first = y.columns[0]
        raise InputError(
            "the index of y has only time, and time stamps several times; the ids of its series"
            f" seem to be in a column. If that is {first!r}, use y.set_index({first!r},"
            " append=True).swaplevel().sort_index(), and of it the column of values only."
        )


def _in_time_order(frame: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    """Sort the rows of each series by time, if they are not; series stay in their order."""
    rows, time = _rows_of(frame.index), frame.index.get_level_values(-1)
    timed = isinstance(time, pd.DatetimeIndex | pd.PeriodIndex)
    key = cast("pd.DatetimeIndex", time).asi8 if timed else time.to_numpy(dtype=np.int64)
    order = np.argsort(rows.codes, kind="stable")
    same = rows.codes[order][1:] == rows.codes[order][:-1]
    if not (same & (key[order][1:] < key[order][:-1])).any():
        return frame
    return frame.iloc[np.lexsort((key, rows.codes))]
