"""Checks of a frame's shape, columns and values before it becomes a panel.

Nothing is converted silently that could mean two things; text is not read as numbers. Messages
name the first five rows concerned by series, time stamp and value.
"""

import difflib
import numbers
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_bool_dtype,
    is_complex_dtype,
    is_numeric_dtype,
    is_object_dtype,
)

from esrnn._typing import BoolArray, FloatArray
from esrnn.errors import InputError, InputTypeError
from esrnn.frames.long_tables import VALUE_NAMES
from esrnn.frames.rows import Rows

__all__ = [
    "only_column",
    "parse_values",
    "require_columns",
    "require_frame",
]

_N_COLUMNS_SHOWN = 20
# What other tools call these columns.
_OTHER_NAMES = {
    "id_col": ("id", "item_id", "series_id", "ts_id", "series", "item", "sku", "store"),
    "time_col": ("date", "time", "timestamp", "datetime", "period", "step", "t"),
    "target_col": VALUE_NAMES[1:],
}
_OTHER_NAMES |= {name.removesuffix("_col"): others for name, others in _OTHER_NAMES.items()}


def require_frame(frame: object, what: str, *, or_series: bool = False) -> None:
    """Refuse anything but a DataFrame (or Series, where that is allowed) with rows."""
    if isinstance(frame, pd.Series) and not or_series:
        raise InputTypeError(
            f"{what} must be a pandas DataFrame; got a Series. For one series with its time index"
            " call sktime_to_panel."
        )
    if not isinstance(frame, pd.DataFrame | pd.Series):
        remedy = (
            "esrnn.from_long(df, id=..., time=..., target=...).y makes one of a table of pandas,"
            " polars or Arrow."
            if or_series
            else "Other frames usually have a .to_pandas() method."
        )
        raise InputTypeError(
            f"{what} must be a pandas DataFrame{' or Series' if or_series else ''}; got an object"
            f" of type {_type_of(frame)}. {remedy}"
        )
    if len(frame) == 0:
        raise InputError(f"{what} has no rows. Pass at least one observation for each series.")


def _type_of(value: object) -> str:
    """Name the type of an object, with its library."""
    kind, library = type(value), type(value).__module__.partition(".")[0]
    return kind.__name__ if library == "builtins" else f"{library}.{kind.__name__}"


def require_levels(X: pd.DataFrame, like: pd.Index) -> None:
    """Refuse an X whose index has not as many levels as that of y."""
    n = like.nlevels
    if X.index.nlevels != n:
        raise InputError(
            f"X must have an index of {n} level{'s' * (n > 1)}, as y has; got {X.index.nlevels}."
            " Index its rows by series and time as those of y."
        )


def require_columns(frame: pd.DataFrame, wanted: Mapping[str, str]) -> None:
    """Refuse a frame without these columns, or with one twice; `wanted` is argument -> column."""
    if len(set(wanted.values())) < len(wanted):
        raise InputError(
            f"{', '.join(wanted)} must be different columns; got {dict(wanted)}. Rename one."
        )
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
            f"columns must have different names; got several of {twice}. Rename or drop them."
        )


def only_column(y: pd.DataFrame) -> pd.Series:
    """Return the only column of a frame; refuse several."""
    if y.shape[1] != 1:
        raise InputError(
            f"y must have one column, the target; got {y.shape[1]}: {list(y.columns)[:20]}. Choose"
            " one, or turn columns into series with a MultiIndex."
        )
    return y.iloc[:, 0]


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
        if wrong.size == 0:  # numbers of a type that can't be converted, or only missing values
            wrong = np.arange(len(column))
        raise InputTypeError.of_series(
            f"values must be real numbers; got dtype {dtype} in {column.name!r}",
            rows.offenders(wrong, column.iloc[wrong].tolist()),
            "Convert the column with pd.to_numeric (errors='coerce' turns text into missing"
            " values), or .astype('float64').",
        )
    numpy_dtype = isinstance(dtype, np.dtype)
    values: FloatArray = (
        column.to_numpy(dtype=np.float64)
        if numpy_dtype
        else column.to_numpy(dtype=np.float64, na_value=np.nan)
    )
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        raise InputError.of_series(
            f"values must be finite; infinite in {column.name!r}",
            rows.offenders(infinite, values[infinite]),
            "Correct them, or replace them by NaN, which stands for a missing value.",
        )
    return values


def _hint(frame: pd.DataFrame, argument: str, column: str, free: Sequence[Hashable]) -> str:
    """Say for one missing column what to do."""
    if column in frame.index.names:
        return f"{column!r} is in the index, call df.reset_index() first"
    by_name = {str(c).lower(): c for c in free}
    close = difflib.get_close_matches(column.lower(), by_name, n=1)
    close += [name for name in _OTHER_NAMES.get(argument, ()) if name in by_name]
    several = argument.partition("[")[0] if "[" in argument else ""  # of a list of names
    if close:
        name = by_name[close[0]]
        call = f"name it so in {several}" if several else f"pass {argument}={name!r}"
        return f"{column!r}, perhaps {name!r} ({call})"
    call = f"correct {several}" if several else f"pass {argument}= with the name of your column"
    return f"{column!r} ({call})"


def _is_real(column: pd.Series) -> BoolArray:
    """Return which entries are real numbers or missing; only called to write the message."""
    real = [
        isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
        for value in column
    ]
    return np.array(real) | column.isna().to_numpy()
