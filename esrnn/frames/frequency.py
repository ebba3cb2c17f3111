"""The step between time stamps: read from an argument, made a grid, written as text.

`steps_found` finds it in time stamps.
"""

import re
from typing import cast

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import (
    BaseOffset,
    BMonthBegin,
    BMonthEnd,
    BQuarterBegin,
    BQuarterEnd,
    BusinessHour,
    BYearBegin,
    BYearEnd,
    CustomBusinessHour,
    DateOffset,
    Day,
    MonthBegin,
    MonthEnd,
    QuarterBegin,
    QuarterEnd,
    Tick,
    Week,
    YearBegin,
    YearEnd,
)

from esrnn.errors import InputError
from esrnn.frames.times import (
    CalendarGrid,
    ClockGrid,
    Frequency,
    Grid,
    IntegerGrid,
    PeriodGrid,
)

__all__ = [
    "MONTHLY",
    "NS_PER_DAY",
    "NS_PER_UNIT",
    "frequency_code",
    "make_grid",
    "offset_nanoseconds",
    "own_frequency",
    "rule_and_multiple",
    "same_day_months",
]

NS_PER_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
NS_PER_DAY = 86_400 * 10**9
# The calendar rules that are whole months: the monthly rule, and how many months one is.
MONTHLY: dict[type[BaseOffset], tuple[BaseOffset, int]] = {
    MonthBegin: (MonthBegin(), 1),
    MonthEnd: (MonthEnd(), 1),
    BMonthBegin: (BMonthBegin(), 1),
    BMonthEnd: (BMonthEnd(), 1),
    QuarterBegin: (MonthBegin(), 3),
    QuarterEnd: (MonthEnd(), 3),
    BQuarterBegin: (BMonthBegin(), 3),
    BQuarterEnd: (BMonthEnd(), 3),
    YearBegin: (MonthBegin(), 12),
    YearEnd: (MonthEnd(), 12),
    BYearBegin: (BMonthBegin(), 12),
    BYearEnd: (BMonthEnd(), 12),
}
# Keywords of a DateOffset whose length does not vary.
_FIXED_UNITS = {
    "weeks", "days", "hours", "minutes", "seconds", "microseconds", "milliseconds", "nanoseconds",
}  # fmt: skip
_SAME_DAY = re.compile(r"(\d+) months?")


def make_grid(stamps: pd.Index, freq: str | Frequency) -> Grid:
    """Build the grid for time stamps of one kind and a given step.

    Parameters
    ----------
    stamps : pd.Index
        Any stamps of the panel: integers, periods or time stamps; gives kind, time zone and
        resolution.
    freq : int, str or pandas offset
        An int for integers; for periods their own frequency; for time stamps an alias of
        pandas, or ``"3 months"`` for the same day of every third month.

    Returns
    -------
    Grid
        The grid.

    Raises
    ------
    InputError
        If the step can't be read or doesn't go with this kind of stamp.

    Examples
    --------
    >>> import pandas as pd
    >>> grid = make_grid(pd.DatetimeIndex(["2024-01-31"]), "ME")
    >>> str(grid.advance(pd.DatetimeIndex(["2024-01-31"]), np.array([1]))[0])
    '2024-02-29 00:00:00'
    """
    if isinstance(stamps, pd.PeriodIndex):
        return _period_grid(stamps, freq)
    if not isinstance(stamps, pd.DatetimeIndex):
        return _integer_grid(freq)
    offset = _read_offset(freq)
    nanoseconds = offset_nanoseconds(offset)
    if nanoseconds is None:
        rule, stride = rule_and_multiple(offset)
        return CalendarGrid(freq=offset, unit_offset=rule, stride=stride, tz=stamps.tz)
    unit = stamps.unit if nanoseconds % NS_PER_UNIT[stamps.unit] == 0 else "ns"
    return ClockGrid(
        freq=offset,
        stride=nanoseconds // NS_PER_UNIT[unit],
        unit=unit,
        tz=stamps.tz,
        wall=isinstance(offset, Day | Week),
    )


def frequency_code(grid: Grid) -> int | str:
    """Write the step of a grid so that `make_grid` reads it back, for messages and files.

    Parameters
    ----------
    grid : Grid
        The grid.

    Returns
    -------
    int or str
        The int itself, or pandas' alias, or such as ``"3 months"``.

    Examples
    --------
    >>> import pandas as pd
    >>> frequency_code(make_grid(pd.DatetimeIndex(["2024-01-15"]), "3 months"))
    '3 months'
    >>> frequency_code(make_grid(pd.PeriodIndex(["2024-01"], freq="M"), "M"))
    'M'
    """
    freq = grid.freq
    if isinstance(freq, int):
        return freq
    if isinstance(grid, PeriodGrid):
        return _period_alias(freq)
    months = same_day_months(freq)
    return str(freq.freqstr) if months is None else f"{months} months"


def offset_nanoseconds(offset: BaseOffset) -> int | None:
    """Return the length of an offset of pandas.

    Parameters
    ----------
    offset : pandas offset

    Returns
    -------
    int or None
        Nanoseconds; None where the length varies, as of months and business days. Days and weeks
        have the length that they have without changes to summer time.

    Examples
    --------
    >>> import pandas as pd
    >>> offset_nanoseconds(pd.offsets.Minute(15)), offset_nanoseconds(pd.offsets.MonthEnd())
    (900000000000, None)
    """
    if isinstance(offset, Week):
        return int(offset.n) * 7 * NS_PER_DAY
    if isinstance(offset, Day):
        return int(offset.n) * NS_PER_DAY
    if isinstance(offset, Tick):
        return int(offset.nanos)
    if type(offset) is DateOffset and offset.kwds and set(offset.kwds) <= _FIXED_UNITS:
        return int(offset.n * pd.Timedelta(**offset.kwds).as_unit("ns").value)
    return None


def own_frequency(stamps: pd.PeriodIndex) -> BaseOffset:
    """Return the frequency of periods."""
    return cast("pd.PeriodDtype", stamps.dtype).freq


def _period_alias(freq: BaseOffset) -> str:
    # Periods and time stamps have different aliases for months: "M" and "ME".
    dtype = str(pd.PeriodDtype(freq))  # type: ignore[arg-type]
    return dtype.removeprefix("period[").removesuffix("]")


def _integer_grid(freq: str | Frequency) -> IntegerGrid:
    if isinstance(freq, bool) or not isinstance(freq, int | np.integer) or freq < 1:
        raise InputError(
            f"with integer time stamps freq must be an int of at least 1; got {freq!r}. Leave it"
            " out, or convert the time column with pd.to_datetime."
        )
    return IntegerGrid(int(freq))


def _period_grid(stamps: pd.PeriodIndex, freq: str | Frequency) -> PeriodGrid:
    own = own_frequency(stamps)
    try:
        given = None if isinstance(freq, int) else pd.PeriodDtype(freq).freq  # type: ignore[arg-type]
        same = given == own
    except ValueError:
        same = False
    if not same:
        raise InputError(
            f"the time stamps are periods of frequency {_period_alias(own)!r}; got freq={freq!r}."
            " Leave freq out, or convert the periods with .asfreq."
        )
    return PeriodGrid(own)


def _read_offset(freq: str | Frequency) -> BaseOffset:
    if isinstance(freq, str) and (months := _SAME_DAY.fullmatch(freq)):
        return DateOffset(months=int(months[1]))
    offset = None
    if not isinstance(freq, int):
        try:
            offset = to_offset(freq)
        except ValueError:
            offset = None
    if type(offset) is DateOffset and set(offset.kwds) == {"years"}:
        offset = DateOffset(months=12 * int(offset.kwds["years"]) * int(offset.n))
    if offset is None or offset.n < 1:
        raise InputError(
            f"the step between time stamps must be a positive offset of pandas; got {freq!r}. Use"
            " for example 'D', 'h', 'MS' or 'W-SUN', or an int with integer time stamps."
        )
    if isinstance(offset, BusinessHour | CustomBusinessHour) or not _has_alias(offset):
        # pandas gives the last hour of a day two names. A model on disk holds the alias only.
        raise InputError(
            "the step between time stamps must be an offset with an alias of pandas, other than"
            f" business hours; got {freq!r}. Convert the index to the nearest one, such as 'B' or"
            " 'h' (steps without a row then count as missing values), or use integers 1, 2, 3, ..."
            " as time stamps."
        )
    return offset


def _has_alias(offset: BaseOffset) -> bool:
    """Return whether the offset can be written as text and read back."""
    if same_day_months(offset) is not None:
        return True
    try:
        return bool(to_offset(offset.freqstr) == offset)
    except (ValueError, NotImplementedError):
        return False


def rule_and_multiple(offset: BaseOffset) -> tuple[BaseOffset, int]:
    """Return the rule of the calendar that an offset is a multiple of, and the multiple."""
    months = same_day_months(offset)
    if months is not None:
        return DateOffset(months=1), months
    if type(offset) in MONTHLY:
        rule, n_months = MONTHLY[type(offset)]
        return rule, n_months * int(offset.n)
    return offset.base, int(offset.n)


def same_day_months(offset: BaseOffset) -> int | None:
    """Return the months of a step to the same day of a month, or None if it is another one."""
    if type(offset) is DateOffset and set(offset.kwds) == {"months"}:
        return int(offset.kwds["months"]) * int(offset.n)
    return None
