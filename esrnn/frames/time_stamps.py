"""Reading time stamps, and refusing those that cannot be used.

Text is read as ISO 8601 only, and digits alone are refused, since they could be steps or dates.
Every message names the first five rows concerned by series and time stamp.
"""

import warnings

import numpy as np
import pandas as pd
from pandas.api.types import (
    is_float_dtype,
    is_integer_dtype,
    is_object_dtype,
    is_string_dtype,
)

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError, InputTypeError, Offenders
from esrnn.frames.frequency import frequency_code
from esrnn.frames.rows import Rows
from esrnn.frames.times import OFF_GRID, Grid

__all__ = [
    "match_kind",
    "parse_stamps",
    "refuse_mixed",
    "refuse_off_grid",
    "refuse_off_grid_of_y",
    "refuse_repeated",
    "refuse_sparse",
]

# With more steps per row than this, and so many more steps in a series or in all of them, a
# mistyped year is more likely than gaps: 50,000 steps are 136 years of days, or 5 of hours.
_MAX_STEPS_PER_ROW = 100
_MAX_EXTRA_STEPS_OF_A_SERIES = 50_000
_MAX_EXTRA_STEPS = 1_000_000
# So many equal distances between rows mean that a series has a frequency of its own.
_MIN_EQUAL_JUMPS = 4


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
        If the dtype is none of these.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.dtype.categories.dtype)
    if is_object_dtype(column.dtype):
        column = column.infer_objects()
    missing = column.isna().to_numpy()
    if missing.any():
        raise InputError.of_series(
            f"every row needs a time stamp; it is missing in {column.name!r}",
            rows.offenders(np.flatnonzero(missing)),
            "Drop these rows or fill in the stamps.",
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
        f" If they are whole numbers, convert with .astype('int64'); the first is"
        f" {column.iloc[0]!r}."
        if is_float_dtype(dtype)
        else ""
    )
    raise InputTypeError(
        f"time stamps must be integers, periods, time stamps or ISO 8601 text; got dtype {dtype} in"
        f" {column.name!r}.{to_integer or ' Convert it with pd.to_datetime.'}"
    )


def _holds_time_stamps(dtype: object) -> bool:
    """Return whether a dtype of pandas or Arrow is one of dates or time stamps."""
    if isinstance(dtype, pd.ArrowDtype):
        return dtype.kind == "M" or str(dtype).startswith("date")
    return isinstance(dtype, pd.DatetimeTZDtype) or getattr(dtype, "kind", "") == "M"


def _parse_text(column: pd.Series, rows: Rows) -> pd.DatetimeIndex:
    """Read ISO 8601 text; refuse digits alone, several time zones and anything else."""
    text = column.astype(str)
    digits = text.str.fullmatch(r"\s*[+-]?\d+\s*").to_numpy(dtype=np.bool_)
    if digits.any():
        raise InputError.of_series(
            f"time stamps of digits alone can mean steps or dates; got in {column.name!r}",
            rows.offenders(np.flatnonzero(digits), column[digits].tolist()),
            "Convert steps with .astype('int64'), dates with pd.to_datetime and its format=.",
        )
    try:
        with warnings.catch_warnings():
            # pandas 2 only warns where pandas 3 refuses: several time zones in one column.
            warnings.simplefilter("error", FutureWarning)
            times = pd.to_datetime(column, errors="coerce", format="ISO8601")
    except (FutureWarning, ValueError) as error:
        raise InputError(
            f"time stamps must share one time zone; got several in {column.name!r} ({error})."
            " Convert them with pd.to_datetime(..., utc=True)."
        ) from None
    unread = np.flatnonzero(times.isna().to_numpy())
    if unread.size:
        raise InputError.of_series(
            f"time stamps must be ISO 8601 text such as '2024-01-31'; could not read in"
            f" {column.name!r}",
            rows.offenders(unread, column.iloc[unread].tolist()),
            "Convert them with pd.to_datetime and its format=.",
        )
    return pd.DatetimeIndex(times)


def match_kind(stamps: pd.Index, last: pd.Index, what: str) -> pd.Index:
    """Refuse time stamps of another kind than a panel's; convert them to its time zone.

    Parameters
    ----------
    stamps : pd.Index
    last : pd.Index
        Time stamps of the panel.
    what : str
        The frame of `stamps`, for the message.

    Returns
    -------
    pd.Index

    Raises
    ------
    InputTypeError
        If one has time stamps and the other integers or periods, only one has a time zone, or
        periods are of another frequency.
    """
    if isinstance(stamps, pd.DatetimeIndex) and isinstance(last, pd.DatetimeIndex):
        if (stamps.tz is None) == (last.tz is None):
            return stamps if last.tz is None else stamps.tz_convert(last.tz)
    elif isinstance(stamps, pd.PeriodIndex) or isinstance(last, pd.PeriodIndex):
        if stamps.dtype == last.dtype:
            return stamps
    elif not isinstance(stamps, pd.DatetimeIndex) and not isinstance(last, pd.DatetimeIndex):
        return stamps
    raise InputTypeError(
        f"the time stamps of {what} must be of the kind that y has in training, {last.dtype}; got"
        f" {stamps.dtype}. Convert the index of {what}."
    )


def refuse_repeated(rows: Rows, again: IntArray, what: str) -> None:
    """Refuse the rows at these positions, whose series has the same time stamp before."""
    if again.size:
        raise InputError.of_series(
            f"{what} must have one row for each series and time stamp; there again",
            rows.offenders(again),
            "Drop the repeated rows, or combine them with groupby(...).sum() or .mean(); if ids are"
            " made of several columns, pass one that tells all series apart.",
        )


def refuse_off_grid(rows: Rows, follows: BoolArray, ordinals: IntArray, grid: Grid) -> None:
    """Refuse rows of a new panel that do not lie a whole number of steps after the one before.

    Parameters
    ----------
    rows : Rows
        In time order, series after series.
    follows : ndarray of shape (n - 1,), bool
        Whether row i + 1 is of the same series as row i.
    ordinals : ndarray of shape (n,), int64
    grid : Grid
    """
    off = np.flatnonzero(ordinals == OFF_GRID)
    if off.size == 0:
        jumps = np.diff(ordinals)
        off = np.flatnonzero(follows & ((jumps < grid.stride) | (jumps % grid.stride != 0))) + 1
    if off.size:
        raise InputError.of_series(
            "time stamps must be regular, with one step for all series; the step is"
            f" {frequency_code(grid)!r}, and these are off it",
            rows.offenders(off),
            "Bring the series to one frequency, for example with groupby(...).resample(...) or by"
            " converting time stamps to periods with .to_period(...); long_to_panel also takes"
            " freq=.",
        )


def refuse_off_grid_of_y(rows: Rows, off: IntArray, grid: Grid, what: str) -> None:
    """Refuse the rows at these positions, which do not lie on the steps of their series."""
    if off.size:
        raise InputError.of_series(
            f"the rows of {what} must lie on the steps of y, whose step is"
            f" {frequency_code(grid)!r}; these are off it",
            rows.offenders(off),
            f"Bring {what} to the frequency of y, or drop these rows.",
        )


def refuse_mixed(rows: Rows, jumps: IntArray, follows: BoolArray, grid: Grid) -> None:
    """Refuse series that are regular in a longer step than the panel's.

    Most of their values would count as missing, which is hardly what was meant. Some equal
    distances are not enough to refuse: rows of a sparse series are equally far apart by chance.

    Parameters
    ----------
    rows : Rows
        In time order, series after series.
    jumps, follows : ndarray of shape (n - 1,)
        Steps between neighbouring rows, and whether both are of the same series.
    grid : Grid
    """
    n_series = len(rows.ids)
    longest, shortest = np.ones(n_series, np.int64), np.full(n_series, np.iinfo(np.int64).max)
    within = rows.codes[1:][follows]
    np.maximum.at(longest, within, jumps[follows])
    np.minimum.at(shortest, within, jumps[follows])
    n_jumps = np.bincount(within, minlength=n_series)
    mixed = np.flatnonzero((n_jumps >= _MIN_EQUAL_JUMPS) & (shortest == longest) & (longest > 1))
    if mixed.size:
        raise InputError.of_series(
            f"all series must share one frequency; the panel's step is {frequency_code(grid)!r},"
            " but some series have a row only every so many steps",
            Offenders(rows.ids.take(mixed), values=longest[mixed]),
            "Bring them to one frequency, for example with groupby(...).resample(...), or forecast"
            " each frequency on its own; if the steps between are missing values, add rows of NaN"
            f" for them, or pass freq={frequency_code(grid)!r} to long_to_panel.",
        )


def refuse_sparse(ids: pd.Index, lengths: IntArray, n_rows: IntArray, grid: Grid) -> None:
    """Refuse series that span far more steps than they have rows.

    Parameters
    ----------
    ids : pd.Index of length N
    lengths, n_rows : ndarray of shape (N,), int64
        Steps and rows of each series.
    grid : Grid
    """
    extra = lengths - _MAX_STEPS_PER_ROW * n_rows
    allowed = 0 if extra.sum() > _MAX_EXTRA_STEPS else _MAX_EXTRA_STEPS_OF_A_SERIES
    if int(extra.max()) <= allowed:
        return
    worst = np.argsort(-extra, kind="stable")
    worst = worst[extra[worst] > allowed]
    both = list(zip(lengths[worst].tolist(), n_rows[worst].tolist(), strict=True))
    raise InputError.of_series(
        f"with the step {frequency_code(grid)!r} some series span far more steps than they have"
        " rows; (steps, rows)",
        Offenders(ids.take(worst), values=both),
        "Look for a mistyped time stamp, or bring the series to a longer step, for example with"
        " groupby(...).resample(...).",
    )
