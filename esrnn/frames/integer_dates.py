"""Refusing dates that are written as integers, such as 20240131 or 202401.

Read as steps, they jump at the end of each month or year: dozens of steps would be missing there,
and forecasts would be dated 20240132.
"""

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError
from esrnn.frames.rows import Rows, stamps_of

__all__ = ["refuse_integer_dates"]

_YEARS = (1900, 2100)
# Form, what follows the year, how many of these a year has, and how to convert such an index.
_PARTS = (
    ("YYYYMM", 100, 12, 'pd.to_datetime(time.astype(str), format="%Y%m")'),
    ("YYYYWW", 100, 53, 'pd.to_datetime(time.astype(str) + "1", format="%G%V%u")'),
    (
        "YYYYQ",
        10,
        4,
        'pd.PeriodIndex((time // 10).astype(str) + "Q" + (time % 10).astype(str), freq="Q")',
    ),
)
_DAYS = 'pd.to_datetime(time.astype(str), format="%Y%m%d")'


def refuse_integer_dates(rows: Rows, last: pd.Index | None = None, step: int | None = None) -> None:
    """Refuse integers that are all dates, and jump where a month or a year ends.

    Parameters
    ----------
    rows : Rows
        In any order, with time stamps of any kind.
    last : pd.Index, optional
        Time stamps that are in a panel already.
    step : int, optional
        The step of this panel; without it, any jumps that differ count.

    Raises
    ------
    InputError
        If the time stamps are such integers.

    Examples
    --------
    >>> months = pd.Index([202310, 202311, 202312, 202401])
    >>> try:
    ...     refuse_integer_dates(Rows(np.zeros(4, dtype=np.int64), pd.Index(["a"]), months))
    ... except InputError as error:
    ...     print(str(error)[:70])
    time stamps must not be dates written as integers; these look like 'YY
    """
    stamps = stamps_of(rows)
    if isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex):
        return
    numbers = np.asarray(stamps if last is None else stamps.append(last), dtype=np.int64)
    if numbers.min() < _YEARS[0] * 10 or numbers.max() > (_YEARS[1] + 1) * 10_000:
        return
    distinct = np.unique(numbers)
    jumps = np.diff(distinct)
    if not jumps.size or (jumps == (jumps[0] if step is None else step)).all():
        return
    if _are_days(distinct):
        _refuse(rows, "YYYYMMDD", _DAYS)
    for form, base, most, remedy in _PARTS:
        year, part = np.divmod(distinct, base)
        if _are_years(year) and (part >= 1).all() and (part <= most).all() and year[0] < year[-1]:
            _refuse(rows, form, remedy)


def _are_years(year: IntArray) -> bool:
    """Return whether all numbers are years of our time."""
    return bool(year.min() >= _YEARS[0] and year.max() <= _YEARS[1])


def _are_days(distinct: IntArray) -> bool:
    """Return whether all numbers are days of the calendar, of several months."""
    month, day = np.divmod(distinct, 100)
    valid: BoolArray = (month % 100 >= 1) & (month % 100 <= 12) & (day >= 1) & (day <= 31)
    if not _are_years(month // 100) or not valid.all() or month[0] == month[-1]:
        return False
    dates = pd.to_datetime(pd.Series(distinct).astype(str), format="%Y%m%d", errors="coerce")
    return bool(dates.notna().all())


def _refuse(rows: Rows, form: str, remedy: str) -> None:
    """Refuse all rows, which have dates of this form."""
    raise InputError.of_series(
        f"time stamps must not be dates written as integers; these look like {form!r}, and would"
        " jump at the end of each month or year",
        rows.offenders(np.arange(len(rows.codes))),
        f"Convert them: {remedy}.",
    )
