"""Columns of time stamps and of values as files have them: text, dates, decimals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype, is_numeric_dtype, is_object_dtype

from esrnn._typing import FloatArray
from esrnn.errors import InputError, InputTypeError
from esrnn.frames.checks import parse_values
from esrnn.frames.rows import Rows
from esrnn.frames.time_stamps import parse_stamps, whole_floats

__all__ = ["read_time", "read_values"]


def read_time(column: pd.Series, rows: Rows, time_format: str | None) -> tuple[pd.Index, list[str]]:
    """Read time stamps; say from what, if they were none.

    Parameters
    ----------
    column : pd.Series of length n
    rows : Rows
    time_format : str or None
        Of `esrnn.frames.from_long`.

    Returns
    -------
    stamps : pd.Index of length n
    notes : list of str

    Raises
    ------
    InputTypeError, InputError
        If a time stamp is missing or can't be read; names the rows.
    """
    given = _kind(column)
    stamps: pd.Index
    if column.isna().any():
        parse_stamps(column, rows)  # names the rows
    if time_format is not None:
        stamps = _read_format(column, rows, time_format)
    elif is_float_dtype(column.dtype):
        stamps = parse_stamps(whole_floats(column, rows, "df"), rows)
    elif given == "text" and column.astype(str).str.fullmatch(r"\d{4}-?Q[1-4]").all():
        stamps = pd.PeriodIndex(column.astype(str), freq="Q")
    else:
        remedy = "Pass time_format, such as '%d.%m.%Y' (which is 31.01.2024)."
        stamps = parse_stamps(column, rows, remedy)
    now = "periods" if isinstance(stamps, pd.PeriodIndex) else "integers"
    now = "dates" if isinstance(stamps, pd.DatetimeIndex) else now
    same = given in ("time stamps", "periods") or given == now
    notes = [] if same else [_read_as(column, given, now)]
    if now == "integers":
        count = "whole numbers count steps; time_format reads dates that are written so."
        notes.append(f"Column {column.name!r}: {count}")
    return stamps, notes


def _read_format(column: pd.Series, rows: Rows, time_format: str) -> pd.DatetimeIndex:
    """Read time stamps in a given format."""
    try:
        if is_float_dtype(column.dtype):
            column = whole_floats(column, rows, "df")
        times = pd.to_datetime(column.astype(str), format=time_format, errors="coerce")
    except (ValueError, TypeError) as error:
        if isinstance(error, InputTypeError):
            raise
        raise InputError(
            f"time_format must be a format of strftime, such as '%d.%m.%Y'; got {time_format!r}"
            f" ({error})."
        ) from None
    unread = np.flatnonzero(times.isna().to_numpy())
    if unread.size:
        raise InputError.of_series(
            f"time stamps must be in the format {time_format!r}; could not read in {column.name!r}",
            rows.offenders(unread, column.iloc[unread].tolist()),
            "Correct these rows, or pass another time_format.",
        )
    return pd.DatetimeIndex(times)


def read_values(column: pd.Series, rows: Rows) -> tuple[FloatArray, list[str]]:
    """Read numbers; say from what, if they were something else.

    Parameters
    ----------
    column : pd.Series of length n
    rows : Rows
        With time stamps.

    Returns
    -------
    values : ndarray of shape (n,), float64
        NaN where missing.
    notes : list of str

    Raises
    ------
    InputTypeError, InputError
        If there is something else than numbers; names the rows.
    """
    given = _kind(column)
    notes = [_read_as(column, given, "numbers")]
    if given == "decimals":
        converted = column.astype("object").map(
            lambda value: float(value) if isinstance(value, Decimal) else value
        )
        return parse_values(pd.Series(converted, name=column.name), rows), notes
    if given != "text":
        return parse_values(column, rows), []
    text = column.astype("object").where(column.notna().to_numpy(), None)
    blank = np.array([value is None or not str(value).strip() for value in text])
    numbers = pd.to_numeric(text.where(~blank, None), errors="coerce").astype("float64")
    unread = np.flatnonzero(numbers.isna().to_numpy() & ~blank)
    if unread.size:
        raise InputTypeError.of_series(
            f"values must be numbers; could not read in {column.name!r}",
            rows.offenders(unread, column.iloc[unread].tolist()),
            "Correct them, or leave them empty. A comma as decimal point is read by"
            " pd.read_csv(..., decimal=',').",
        )
    return parse_values(pd.Series(numbers, name=column.name), rows), notes


def _read_as(column: pd.Series, given: str, now: str) -> str:
    """Say what a column was read as."""
    return f"Column {column.name!r}: {given} {'was' if given == 'text' else 'were'} read as {now}."


def _kind(column: pd.Series) -> str:
    """Name what a column holds, for a note."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    if is_object_dtype(column.dtype):
        column = column.infer_objects()
    dtype = column.dtype
    if isinstance(dtype, pd.PeriodDtype):
        return "periods"
    if "decimal" in str(dtype):
        return "decimals"
    if str(dtype).startswith("date32") or str(dtype).startswith("date64"):
        return "Arrow's dates"
    if getattr(dtype, "kind", "") == "M":
        return "time stamps"
    if is_numeric_dtype(dtype):
        return "floats" if is_float_dtype(dtype) else "integers"
    first = next(iter(column.dropna()), None)
    if isinstance(first, Decimal):
        return "decimals"
    if isinstance(first, date):
        return "dates of Python"
    if first is None or isinstance(first, str) or not is_object_dtype(dtype):
        return "text"
    return f"{type(first).__name__} objects"
