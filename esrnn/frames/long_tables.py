"""Long tables, of which ids and time are columns still: found, and told how to index them."""

from collections.abc import Hashable, Sequence
from itertools import permutations

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from esrnn._typing import IntArray
from esrnn.errors import N_LISTED, InputError

__all__ = [
    "ID_NAMES",
    "TIME_NAMES",
    "VALUE_NAMES",
    "find_long_table",
    "long_table_error",
    "time_columns",
]

ID_NAMES = ("unique_id", "id", "item_id", "series_id", "ts_id", "series", "item", "sku", "store",
        "shop", "product", "key")  # fmt: skip
TIME_NAMES = ("ds", "date", "time", "timestamp", "datetime", "period", "step", "t", "day", "week",
          "month", "quarter", "year", "hour")  # fmt: skip
VALUE_NAMES = ("y", "value", "target", "values", "sales", "demand", "quantity", "x")
# A table with fewer rows, or ids that begin once only, could be numbers by chance.
_MIN_ROWS = 4
_MAX_COLUMNS = 12


def find_long_table(data: pd.DataFrame) -> tuple[Hashable | None, Hashable] | None:
    """Find the columns of ids and of time in a long table whose index was not set.

    Parameters
    ----------
    data : pd.DataFrame

    Returns
    -------
    tuple of (hashable, hashable) or None
        The names of the columns, the first one None if only one of time is there. None for a frame
        with an index of time or series: its columns are series of their own.

    Examples
    --------
    >>> table = pd.DataFrame({"s": [1, 1, 1, 2, 2], "k": [0, 1, 2, 0, 1], "sold": 5.0})
    >>> find_long_table(table)
    ('s', 'k')
    """
    if data.shape[1] < 2 or not data.columns.is_unique or not _only_numbers_rows(data.index):
        return None
    by_name = _by_name(data)
    if by_name is not None and (_is_default(data.index) or not is_numeric_dtype(data[by_name[1]])):
        return by_name  # also where rows were filtered or shuffled
    if not _is_default(data.index):
        return None
    whole = {name: numbers for name in data.columns[:_MAX_COLUMNS]
             if (numbers := _whole_numbers(data[name])) is not None}  # fmt: skip
    for (one, ids), (other, steps) in permutations(whole.items(), 2):
        if len(data) >= _MIN_ROWS and _counts_anew(ids, steps):
            return one, other
    return None


def long_table_error(data: pd.DataFrame, columns: tuple[Hashable | None, Hashable]) -> InputError:
    """Make the error that says how to bring a long table into the form.

    Parameters
    ----------
    data : pd.DataFrame
    columns : tuple of (hashable, hashable)
        Of `find_long_table`.

    Returns
    -------
    InputError
    """
    ids, time = columns
    rest = [name for name in data.columns if name not in columns]
    numbers = [name for name in rest if is_numeric_dtype(data[name].dtype)]
    if ids is None and len(numbers) > 1:
        return InputError(
            f"y must have series and time in its index; got time in column {time!r}. If each other"
            f" column is a series, use esrnn.from_long(y.melt({time!r}, var_name='id',"
            f" value_name='y'), id='id', time={time!r}, target='y').y."
        )
    return InputError(
        "y must have series and time in its index; it looks like a long table with"
        + ("" if ids is None else f" ids in column {ids!r} and")
        + f" time in column {time!r}, whose columns would be forecast as series of their own."
        + _call_of_from_long(ids, time, numbers or rest or ["value"])
    )


def _call_of_from_long(ids: Hashable | None, time: Hashable, values: Sequence[Hashable]) -> str:
    """Write the call that reads a long table; its target may be one of several columns."""
    usual = {str(name).lower(): name for name in reversed(values)}
    named = [usual[name] for name in VALUE_NAMES if name in usual]
    call = f" Use esrnn.from_long(y, id={ids!r}, time={time!r}, target="
    if named or len(values) == 1:
        return f"{call}{[*named, *values][0]!r}).y."
    names = ", ".join(repr(name) for name in values[:N_LISTED]) + ", ..." * (len(values) > N_LISTED)
    return f"{call}...).y, with the column to forecast as target: one of {names}."


def _only_numbers_rows(index: pd.Index) -> bool:
    """Return whether an index is one of integers without a name, in any order."""
    return index.nlevels == 1 and index.dtype.kind in "iu" and index.name is None


def _is_default(index: pd.Index) -> bool:
    """Return whether an index only numbers the rows."""
    return index.nlevels == 1 and index.dtype.kind in "iu" and index.equals(
        pd.RangeIndex(len(index))
    )  # fmt: skip


def _by_name(data: pd.DataFrame) -> tuple[Hashable | None, Hashable] | None:
    """Find the columns by the names that are usual, or by what only ids and time can hold."""
    names, times = {str(name).lower(): name for name in data.columns}, time_columns(data)
    ids = [names[name] for name in ID_NAMES if name in names]
    ids += [n for n in data.columns if not is_numeric_dtype(data[n].dtype) and n not in times]
    if not times:
        return None
    if ids:
        return ids[0], times[0]
    return None if is_numeric_dtype(data[times[0]].dtype) else (None, times[0])


def time_columns(data: pd.DataFrame) -> list[Hashable]:
    """Return the columns that hold time by their type, then those that are called so."""
    names = {str(name).lower(): name for name in data.columns}
    dtypes = data.dtypes
    typed = [
        name
        for name, dtype in dtypes.items()
        if getattr(dtype, "kind", "") == "M" or isinstance(dtype, pd.PeriodDtype)
    ]
    called = [names[name] for name in TIME_NAMES if name in names]
    return [*typed, *(name for name in called if name not in typed)]


def _whole_numbers(column: pd.Series) -> IntArray | None:
    """Return a column as whole numbers, or None if it holds others."""
    if not is_numeric_dtype(column.dtype) or is_bool_dtype(column.dtype) or column.isna().any():
        return None
    values = column.to_numpy(dtype=np.float64)
    if (values % 1.0 != 0.0).any() or (np.abs(values) >= 2.0**53).any():
        return None
    return values.astype(np.int64)


def _counts_anew(ids: IntArray, steps: IntArray) -> bool:
    """Return whether steps count up within each id, in one stride, and begin anew with the next."""
    changes = ids[1:] != ids[:-1]
    n_blocks = int(changes.sum()) + 1
    if n_blocks < 2 or n_blocks != np.unique(ids).size or changes.all():
        return False
    jumps = np.diff(steps)
    inside = jumps[~changes]
    return bool((inside == inside[0]).all() and inside[0] > 0 and (jumps[changes] <= 0).any())
