"""What `regularise` writes into rows that it adds: values, or the last value carried forward."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_number, is_numeric_dtype, is_scalar

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError, InputTypeError

__all__ = ["FORWARD", "Fill", "Fills", "as_fills", "filled", "notes_on_missing", "said_of_fill"]

Fill = float | Mapping[Hashable, object] | None
Fills = Mapping[Hashable, object]

# The one text that a column of numbers can be filled with.
FORWARD = "ffill"


def as_fills(fill: Fill, column: pd.Series, X: pd.DataFrame | None) -> dict[Hashable, object]:
    """Return what added rows hold in each column that is filled.

    Parameters
    ----------
    fill : number, mapping of column name to value, or None
        A number is for y.
    column : pd.Series
        y.
    X : pd.DataFrame or None

    Returns
    -------
    dict of hashable to object

    Raises
    ------
    InputTypeError
        If `fill` is something else, or a value is a list, say.
    InputError
        If there is no such column, or text is to be written into a column of numbers.

    Examples
    --------
    >>> as_fills(0, pd.Series([1.0], name="sales"), None)
    {'sales': 0}
    """
    if fill is None:
        return {}
    if not isinstance(fill, Mapping):
        if not is_number(fill):
            raise InputTypeError(
                "fill must be a number, or a mapping of column name to value; got"
                f" {fill!r}. Use 0 where a missing row means that nothing was sold."
            )
        return {column.name: fill}
    dtypes = {**({} if X is None else X.dtypes.to_dict()), column.name: column.dtype}
    if unknown := [name for name in fill if name not in dtypes]:
        known = [column.name, *(name for name in dtypes if name != column.name)]
        raise InputError(f"fill must name columns of y and X, which are {known}; got {unknown}")
    for name, value in fill.items():
        _require_fitting(name, dtypes[name], value)
    return dict(fill)


def filled(taken: pd.DataFrame, added: BoolArray, codes: IntArray, fills: Fills) -> pd.DataFrame:
    """Write what is asked for into the rows that were added.

    Parameters
    ----------
    taken : pd.DataFrame of n rows
        Sorted by series and time; rows that were added hold anything.
    added : ndarray of shape (n,), bool
    codes : ndarray of shape (n,), int64
        Number of each row's series.
    fills : mapping of column name to value
        Of `as_fills`. Added rows of other columns become missing.

    Returns
    -------
    pd.DataFrame
    """
    columns = {}
    for name, column in taken.items():
        if fills.get(name) == FORWARD:
            columns[name] = _carried_forward(column, added, codes)
        elif not added.any():
            columns[name] = column
        elif name in fills:
            columns[name] = _with_value(column, added, fills[name])
        else:
            columns[name] = column.mask(added, _nothing(column))
    return pd.DataFrame(columns, index=taken.index)


def said_of_fill(target: Hashable, fills: Fills) -> str:
    """Say what the rows that were added hold in y."""
    if target not in fills:
        return "missing values"
    held = "the value before" if fills[target] == FORWARD else repr(fills[target])
    return f"{held} in {target!r}"


def notes_on_missing(
    X: pd.DataFrame | None, numbers: Sequence[Hashable], fills: Fills
) -> list[str]:
    """Say which columns of numbers of X have missing values left.

    Parameters
    ----------
    X : pd.DataFrame or None
        With the rows that were added.
    numbers : sequence of hashable
        Names of the columns of numbers and truth values; a missing category is a value too.
    fills : mapping of column name to value

    Returns
    -------
    list of str
    """
    if X is None:
        return []
    notes = []
    for name in numbers:
        if n := int(X[name].isna().sum()):
            remedy = f" (fill={{{name!r}: {FORWARD!r}}} carries the value before forward)"
            notes.append(
                f"Column {name!r} of X: {n:,} value{'s are' if n > 1 else ' is'} missing"
                f"{'' if name in fills else remedy}."
            )
    return notes


def _require_fitting(name: Hashable, dtype: Any, value: object) -> None:
    """Refuse values that are none, and text in a column of numbers."""
    if not is_scalar(value):
        raise InputTypeError(
            f"fill must hold one value for column {name!r}; got {value!r}. Give a value, or"
            f" {FORWARD!r}, which carries the value before forward."
        )
    if isinstance(value, str) and value != FORWARD and is_numeric_dtype(dtype):
        raise InputError(
            f"fill of column {name!r} must be a number, or {FORWARD!r}, which carries the"
            f" value before forward; got {value!r}"
        )


def _carried_forward(column: pd.Series, added: BoolArray, codes: IntArray) -> pd.Series:
    """Give missing and added rows the last value before them in their series, if there is one."""
    known = ~(added | column.isna().to_numpy())
    place = np.maximum.accumulate(np.where(known, np.arange(len(column)), -1))
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    first = np.repeat(starts, np.diff(np.append(starts, len(column))))
    whole = column.take(np.maximum(place, 0)).set_axis(column.index)
    without = place < first
    return whole.mask(without, _nothing(column)) if without.any() else whole


def _nothing(column: pd.Series) -> object:
    """Return what stands for a missing value in a column."""
    return np.nan if is_numeric_dtype(column.dtype) and not is_bool_dtype(column.dtype) else None


def _with_value(column: pd.Series, added: BoolArray, value: object) -> pd.Series:
    """Put a value into the rows that are added; its dtype may be another one than the column's."""
    if isinstance(column.dtype, pd.CategoricalDtype) and value not in column.cat.categories:
        column = column.cat.add_categories([value])
    return column.mask(added, value)
