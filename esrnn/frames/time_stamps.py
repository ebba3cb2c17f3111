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

from esrnn._typing import IntArray
from esrnn.errors import InputError, InputTypeError, Offenders
from esrnn.frames.frequency import frequency_code
from esrnn.frames.rows import Rows, stamps_of
from esrnn.frames.times import Grid, wall_time

__all__ = [
    "differ_by_an_hour",
    "match_kind",
    "parse_stamps",
    "refuse_off_grid_of_y",
    "refuse_repeated",
    "refuse_sparse",
    "remedy_for_days",
    "whole_floats",
]

# With more steps per row than this, and so many more steps in a series or in all of them, a
# mistyped year is more likely than gaps: 50,000 steps are 136 years of days, or 5 of hours.
_MAX_STEPS_PER_ROW = 100
_MAX_EXTRA_STEPS_OF_A_SERIES = 50_000
_MAX_EXTRA_STEPS = 1_000_000
_HOUR, _DAY = 3_600, 86_400  # seconds
_TO_FORMAT = "Convert them with pd.to_datetime and its format=."


def parse_stamps(column: pd.Series, rows: Rows, remedy: str = _TO_FORMAT) -> pd.Index:
    """Turn a time column into integers, periods or time stamps.

    Parameters
    ----------
    column : pd.Series of length n
        Integers, periods, time stamps with or without time zone, dates, or text as in ISO 8601.
    rows : Rows
        The series of each row.
    remedy : str
        What to do about text that can't be read.

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
        return _parse_text(column, rows, remedy)
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


def _parse_text(column: pd.Series, rows: Rows, remedy: str) -> pd.DatetimeIndex:
    """Read ISO 8601 text; refuse digits alone, several time zones and anything else."""
    text = column.astype(str)
    digits = text.str.fullmatch(r"\s*[+-]?\d+\s*").to_numpy(dtype=np.bool_)
    if digits.any():
        raise InputError.of_series(
            f"time stamps of digits alone can mean steps or dates; got in {column.name!r}",
            rows.offenders(np.flatnonzero(digits), column[digits].tolist()),
            f"Convert steps with .astype('int64'). {remedy}".replace("them", "dates"),
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
            remedy,
        )
    return pd.DatetimeIndex(times)


def whole_floats(column: pd.Series, rows: Rows, what: str) -> pd.Series:
    """Convert whole floats, such as years, to integers; refuse others.

    Parameters
    ----------
    column : pd.Series of length n
        Floats without missing values.
    rows : Rows
    what : str
        The frame, for messages.

    Returns
    -------
    pd.Series of length n, int64

    Raises
    ------
    InputTypeError
        If there are fractions.
    """
    values = column.to_numpy(dtype=np.float64)
    broken = np.flatnonzero((values % 1.0 != 0.0) | (np.abs(values) >= 2.0**53))
    if broken.size:
        raise InputTypeError.of_series(
            f"time stamps of {what} that are floats must be whole numbers; these are not",
            rows.offenders(broken, values[broken]),
            "Convert parts of a year to periods, such as"
            ' pd.PeriodIndex.from_fields(year=..., quarter=..., freq="Q"), or number the steps.',
        )
    return column.astype("int64")


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


def refuse_off_grid_of_y(
    rows: Rows, off: IntArray, grid: Grid, what: str, last: pd.Index | None = None
) -> None:
    """Refuse the rows at these positions, which do not lie on the steps of their series.

    `last` are the last time stamps of the series, by which a change of the clock is recognised.
    """
    if off.size:
        ends = None if last is None else last.take(rows.codes[off])
        clock = ends is not None and differ_by_an_hour(stamps_of(rows).take(off), ends)
        remedy = f"Bring {what} to the frequency of y, or drop these rows."
        raise InputError.of_series(
            f"the rows of {what} must lie on the steps of y, whose step is"
            f" {frequency_code(grid)!r}; these are off it",
            rows.offenders(off),
            remedy_for_days(stamps_of(rows)) if clock else remedy,
        )


def differ_by_an_hour(stamps: pd.Index, others: pd.Index) -> bool:
    """Return whether all times of day differ from others by one hour, or all by half an hour.

    Parameters
    ----------
    stamps, others : pd.Index
        Of length n both, or `others` of length 1.
    """
    if not isinstance(stamps, pd.DatetimeIndex) or not isinstance(others, pd.DatetimeIndex):
        return False
    ours, theirs = (wall_time(times).as_unit("s").asi8 for times in (stamps, others))
    apart = (ours - theirs) % _DAY
    kinds = np.unique(np.minimum(apart, _DAY - apart))
    return kinds.size == 1 and int(kinds[0]) in (_HOUR, _HOUR // 2)


def remedy_for_days(stamps: pd.Index) -> str:
    """Say what to do about days that begin at two times of day."""
    zone = pd.DatetimeIndex(stamps).tz
    convert = '.tz_localize("UTC").tz_convert' if zone is None else ".tz_convert"
    return (
        "The time of day is the same but for a change of the clock, as when days that begin at"
        " midnight in a time zone with summer time are stored in UTC. Convert the time stamps"
        f' to that time zone, for example with {convert}("Europe/Berlin").'
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
