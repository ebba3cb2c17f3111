"""What a frame must look like before it becomes a panel, and the messages when it does not.

Nothing is converted silently that could mean two things: text is not taken for numbers, nor are
digits for dates. Every message names the first five offenders by series, time stamp and value.
"""

import difflib
import numbers
import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_complex_dtype,
    is_float_dtype,
    is_integer_dtype,
    is_numeric_dtype,
    is_object_dtype,
    is_string_dtype,
)

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError, describe_offenders

__all__ = [
    "Rows",
    "encode_ids",
    "parse_stamps",
    "parse_values",
    "require_columns",
    "require_frame",
]

_N_COLUMNS_SHOWN = 20
# What other tools call these columns.
_OTHER_NAMES = {
    "id_col": ("id", "item_id", "series_id", "ts_id", "series", "item", "sku", "store"),
    "time_col": ("date", "time", "timestamp", "datetime", "period", "step", "t"),
    "target_col": ("value", "target", "values", "sales", "demand", "quantity", "x"),
}


@dataclass(frozen=True, eq=False)
class Rows:
    """To which series and time stamp each row of the input belongs.

    Parameters
    ----------
    codes : ndarray of shape (n,), int64
        Number of the series of each row.
    ids : pd.Index of length N
        Name of each series; a MultiIndex for hierarchical data.
    stamps : pd.Index of length n, optional
        Time stamp of each row, once it is known; until then messages give the row's position.
    """

    codes: IntArray
    ids: pd.Index
    stamps: pd.Index | None = None

    def describe(self, rows: IntArray, values: Sequence[object] | None = None) -> str:
        """Count some rows and name the first five by series, time stamp and value."""
        first = rows[:N_LISTED]
        steps = (
            [f"in row {row}" for row in first]
            if self.stamps is None
            else self.stamps.take(first).tolist()
        )
        series = self.ids.take(self.codes[first]).tolist()
        return describe_offenders(series, steps, values, count=rows.size)

    def take(self, order: IntArray) -> "Rows":
        """Return the rows in another order."""
        stamps = None if self.stamps is None else self.stamps.take(order)
        return Rows(self.codes[order], self.ids, stamps)


def require_frame(frame: object, what: str, *, or_series: bool = False) -> None:
    """Refuse what is no DataFrame (or Series, where that is allowed) or has no rows."""
    if isinstance(frame, pd.Series) and not or_series:
        raise InputTypeError(
            f"{what} must be a pandas DataFrame; got a Series. A series with its time index goes to"
            " sktime_to_panel."
        )
    if not isinstance(frame, pd.DataFrame | pd.Series):
        raise InputTypeError(
            f"{what} must be a pandas DataFrame{' or Series' if or_series else ''}; got"
            f" {type(frame).__name__}. Other frames usually have a .to_pandas() method."
        )
    if len(frame) == 0:
        raise InputError(f"{what} has no rows. Pass at least one observation for each series.")


def require_columns(frame: pd.DataFrame, wanted: Mapping[str, str]) -> None:
    """Refuse a frame without the wanted columns, given as argument name -> column.

    Raises
    ------
    InputError
        If a column is missing or there twice, or one column is to be two things.
    """
    if len(set(wanted.values())) < len(wanted):
        raise InputError(f"{', '.join(wanted)} must be different columns; got {dict(wanted)}.")
    present = list(frame.columns)
    missing = {name: column for name, column in wanted.items() if column not in present}
    if missing:
        shown = ", ".join(repr(c) for c in present[:_N_COLUMNS_SHOWN])
        more = ", ..." if len(present) > _N_COLUMNS_SHOWN else ""
        free = [c for c in present if c not in wanted.values()]
        hints = "; ".join(_hint(frame, n, c, free) for n, c in missing.items())
        raise InputError(f"missing columns: {hints}. The frame has: {shown}{more}.")
    twice = [column for column in wanted.values() if present.count(column) > 1]
    if twice:
        raise InputError(
            f"columns must be unique; there more than once: {twice}. Rename or drop the others."
        )


def encode_ids(columns: Sequence[pd.Index]) -> Rows:
    """Give the series numbers in the order of their first rows.

    Parameters
    ----------
    columns : sequence of pd.Index of length n
        The id of each row; several for hierarchical data, outermost first.

    Returns
    -------
    Rows
        Without time stamps.

    Raises
    ------
    InputError
        If an id is missing.
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        try:
            codes, uniques = pd.factorize(column)
        except TypeError as error:
            raise InputTypeError(
                f"ids must be hashable: {error} in {column.name!r}. Use text, numbers or tuples."
            ) from None
        missing = np.flatnonzero(codes < 0)
        if missing.size:
            rows = ", ".join(str(row) for row in missing[:N_LISTED])
            more = ", ..." if missing.size > N_LISTED else ""
            raise InputError(
                f"every row needs an id; {column.name!r} is missing in {missing.size} rows"
                f" (positions {rows}{more}). Drop these rows or fill the ids in."
            )
        # Renumbered at every level: the product of many level sizes could overflow.
        key = np.asarray(pd.factorize(key * len(uniques) + codes)[0], dtype=np.int64)
    codes, first = _first_appearance(key)
    ids = [column.take(first) for column in columns]
    index = ids[0] if len(ids) == 1 else pd.MultiIndex.from_arrays(ids)
    return Rows(codes, index)


def parse_stamps(column: pd.Series, rows: Rows) -> pd.Index:
    """Turn a time column into integers, periods or time stamps.

    Parameters
    ----------
    column : pd.Series of length n
        Integers, periods, time stamps with or without time zone, dates, or text as in ISO 8601.
    rows : Rows
        The series of each row.

    Returns
    -------
    pd.Index of length n
        int64, PeriodIndex or DatetimeIndex.

    Raises
    ------
    InputError
        If a time stamp is missing or can't be read.
    InputTypeError
        If the dtype stands for no time.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    if is_object_dtype(column.dtype):
        column = column.infer_objects()
    missing = column.isna().to_numpy()
    if missing.any():
        raise InputError(
            f"every row needs a time stamp; {column.name!r} is missing:"
            f" {rows.describe(np.flatnonzero(missing))}. Drop these rows or fill the stamps in."
        )
    dtype = column.dtype
    if isinstance(dtype, pd.PeriodDtype):
        return pd.PeriodIndex(column)
    if _holds_time_stamps(dtype):
        return pd.DatetimeIndex(column)
    if is_integer_dtype(dtype):
        integers: pd.Index = pd.Index(column.to_numpy(dtype=np.int64))
        return integers
    if is_object_dtype(dtype) or is_string_dtype(dtype):
        return _parse_text(column, rows)
    to_integer = (
        f" If they are whole numbers, convert with .astype('int64'): got {column.iloc[0]!r} first."
        if is_float_dtype(dtype)
        else ""
    )
    raise InputTypeError(
        f"time stamps must be integers, periods, time stamps or ISO 8601 text; got dtype {dtype} in"
        f" {column.name!r}.{to_integer or ' Convert it with pd.to_datetime.'}"
    )


def parse_values(column: pd.Series, rows: Rows) -> FloatArray:
    """Turn the target column into float64, with NaN where a value is missing.

    Parameters
    ----------
    column : pd.Series of length n
        Real numbers of any numeric dtype, nullable and Arrow ones included.
    rows : Rows
        Series and time stamp of each row.

    Returns
    -------
    ndarray of shape (n,), float64
        The values.

    Raises
    ------
    InputTypeError
        If they aren't real numbers; text is not converted.
    InputError
        If a value is infinite.
    """
    if is_object_dtype(column.dtype):
        column = column.infer_objects()
    dtype = column.dtype
    if is_bool_dtype(dtype) or is_complex_dtype(dtype) or not is_numeric_dtype(dtype):
        wrong = np.flatnonzero(~_is_real(column))
        if wrong.size == 0:  # numbers in wrappers, or nothing at all
            wrong = np.arange(len(column))
        found = rows.describe(wrong, column.iloc[wrong[:N_LISTED]].tolist())
        raise InputTypeError(
            f"values must be real numbers; got dtype {dtype} in {column.name!r}: {found}."
            " Convert the column with pd.to_numeric (errors='coerce' makes what is no number a"
            " missing value), or .astype('float64')."
        )
    numpy_dtype = isinstance(dtype, np.dtype)
    values: FloatArray = (
        column.to_numpy(dtype=np.float64)
        if numpy_dtype
        else column.to_numpy(dtype=np.float64, na_value=np.nan)
    )
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        found = rows.describe(infinite, list(values[infinite[:N_LISTED]]))
        raise InputError(
            f"values must be finite; infinite in {column.name!r}: {found}. Replace them by NaN,"
            " which stands for a missing value, or correct them."
        )
    return values


def _hint(frame: pd.DataFrame, argument: str, column: str, free: Sequence[Hashable]) -> str:
    """Say for one missing column what to do."""
    if column in frame.index.names:
        return f"{column!r} is in the index, call df.reset_index() first"
    by_name = {str(c).lower(): c for c in free}
    close = difflib.get_close_matches(column.lower(), by_name, n=1)
    close += [name for name in _OTHER_NAMES[argument] if name in by_name]
    if close:
        return f"{column!r}, perhaps {by_name[close[0]]!r} (pass {argument}={by_name[close[0]]!r})"
    return f"{column!r} (pass {argument}= with the name of your column)"


def _first_appearance(key: IntArray) -> tuple[IntArray, IntArray]:
    """Give keys numbers in the order of first appearance; also return where that is."""
    codes, uniques = pd.factorize(key)
    first = np.full(len(uniques), len(key), dtype=np.int64)
    np.minimum.at(first, codes, np.arange(len(key)))
    return codes.astype(np.int64), first


def _holds_time_stamps(dtype: object) -> bool:
    if isinstance(dtype, pd.ArrowDtype):
        return dtype.kind == "M" or str(dtype).startswith("date")
    return isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M"


def _parse_text(column: pd.Series, rows: Rows) -> pd.DatetimeIndex:
    text = column.astype(str)
    digits = text.str.fullmatch(r"\s*[+-]?\d+\s*").to_numpy(dtype=np.bool_)
    if digits.any():
        shown = column.iloc[np.flatnonzero(digits)[:N_LISTED]].tolist()
        raise InputError(
            f"time stamps of digits alone can mean steps or dates; got in {column.name!r}:"
            f" {rows.describe(np.flatnonzero(digits), shown)}. Convert steps with .astype('int64'),"
            " dates with pd.to_datetime and its format=."
        )
    try:
        with warnings.catch_warnings():
            # pandas 2 only warns of what pandas 3 refuses: several time zones in one column.
            warnings.simplefilter("error", FutureWarning)
            times = pd.to_datetime(column, errors="coerce", format="ISO8601")
    except (FutureWarning, ValueError) as error:
        raise InputError(
            f"time stamps must share one time zone; got several in {column.name!r} ({error})."
            " Convert them with pd.to_datetime(..., utc=True)."
        ) from None
    unread = np.flatnonzero(times.isna().to_numpy())
    if unread.size:
        shown = column.iloc[unread[:N_LISTED]].tolist()
        raise InputError(
            f"time stamps must be ISO 8601 text such as '2024-01-31'; not read in {column.name!r}:"
            f" {rows.describe(unread, shown)}. Convert them with pd.to_datetime and its format=."
        )
    return pd.DatetimeIndex(times)


def _is_real(column: pd.Series) -> BoolArray:
    """Tell which entries are real numbers or missing; only called for the message."""
    real = [
        isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
        for value in column
    ]
    return np.array(real) | column.isna().to_numpy()
