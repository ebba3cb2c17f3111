"""The step between time stamps: read from an argument or found in the stamps.

It is found as the most common difference between neighbours, over all series at once, which is
tried as months, as business days and as a fixed length. The caller then checks that every stamp
lies on the grid, since it can name the series.
"""

import re
from typing import cast

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import (
    BaseOffset,
    BDay,
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

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError
from esrnn.frames.times import (
    CalendarGrid,
    ClockGrid,
    Frequency,
    Grid,
    IntegerGrid,
    PeriodGrid,
    wall_time,
)

__all__ = ["frequency_code", "infer_frequency", "make_grid", "offset_nanoseconds"]

_NS_PER_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_NS_PER_DAY = 86_400 * 10**9
# The calendar rules that are whole months: the monthly rule, and how many months one is.
_MONTHLY: dict[type[BaseOffset], tuple[BaseOffset, int]] = {
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
        rule, stride = _rule_and_multiple(offset)
        return CalendarGrid(freq=offset, unit_offset=rule, stride=stride, tz=stamps.tz)
    unit = stamps.unit if nanoseconds % _NS_PER_UNIT[stamps.unit] == 0 else "ns"
    return ClockGrid(
        freq=offset,
        stride=nanoseconds // _NS_PER_UNIT[unit],
        unit=unit,
        tz=stamps.tz,
        wall=isinstance(offset, Day | Week),
    )


def infer_frequency(stamps: pd.Index, follows: BoolArray) -> Frequency:
    """Find the step of a panel.

    Parameters
    ----------
    stamps : pd.Index of length n
        All stamps, series after series, each in time order without duplicates.
    follows : ndarray of shape (n - 1,), bool
        Whether stamp i + 1 is of the same series as stamp i.

    Returns
    -------
    int or pandas offset
        The step: for integers the most common difference, 1 if there is none.

    Raises
    ------
    InputError
        If no series has two time stamps.
    """
    if isinstance(stamps, pd.PeriodIndex):
        return _own_frequency(stamps)
    if not isinstance(stamps, pd.DatetimeIndex):
        return _most_common(_jumps(np.asarray(stamps), follows)) if follows.any() else 1
    if not follows.any():
        raise InputError(
            "at least one series must have two time stamps, so that the step between them can be"
            " found; every series has one. Convert the time stamps to periods, which have a step"
            " (.to_period('M')), or give a single series an index with a freq; long_to_panel and"
            " sktime_to_panel also take freq=."
        )
    wall = wall_time(stamps)
    day = _NS_PER_DAY // _NS_PER_UNIT[stamps.unit]
    differences = _differences(wall, follows)
    step = _most_common(differences)
    if step % day:
        absolute = _most_common(_differences(stamps, follows))
        return _offset_of(absolute * _NS_PER_UNIT[stamps.unit])
    if differences.min() >= 28 * day:
        monthly = _infer_months(wall, follows)
        if monthly is not None:
            return monthly
    return _infer_days(wall, step // day, bool((differences > day).any()))


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
    months = _same_day_months(freq)
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
        return int(offset.n) * 7 * _NS_PER_DAY
    if isinstance(offset, Day):
        return int(offset.n) * _NS_PER_DAY
    if isinstance(offset, Tick):
        return int(offset.nanos)
    if type(offset) is DateOffset and offset.kwds and set(offset.kwds) <= _FIXED_UNITS:
        return int(offset.n * pd.Timedelta(**offset.kwds).as_unit("ns").value)
    return None


def _own_frequency(stamps: pd.PeriodIndex) -> BaseOffset:
    return cast("pd.PeriodDtype", stamps.dtype).freq


def _differences(stamps: pd.DatetimeIndex, follows: BoolArray) -> IntArray:
    """Return the distances within series, in the unit of the stamps."""
    return _jumps(stamps.asi8, follows)


def _jumps(numbers: IntArray, follows: BoolArray) -> IntArray:
    return (numbers[1:] - numbers[:-1])[follows]


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
    own = _own_frequency(stamps)
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
    if _same_day_months(offset) is not None:
        return True
    try:
        return bool(to_offset(offset.freqstr) == offset)
    except (ValueError, NotImplementedError):
        return False


def _rule_and_multiple(offset: BaseOffset) -> tuple[BaseOffset, int]:
    months = _same_day_months(offset)
    if months is not None:
        return DateOffset(months=1), months
    if type(offset) in _MONTHLY:
        rule, n_months = _MONTHLY[type(offset)]
        return rule, n_months * int(offset.n)
    return offset.base, int(offset.n)


def _same_day_months(offset: BaseOffset) -> int | None:
    if type(offset) is DateOffset and set(offset.kwds) == {"months"}:
        return int(offset.kwds["months"]) * int(offset.n)
    return None


def _offset_of(nanoseconds: int) -> BaseOffset:
    return to_offset(pd.Timedelta(nanoseconds, unit="ns"))


def _most_common(differences: IntArray) -> int:
    """Return the most common value; of several the smallest."""
    found, counts = np.unique(differences, return_counts=True)
    return int(found[counts.argmax()])


def _infer_days(wall: pd.DatetimeIndex, n_days: int, any_longer: bool) -> BaseOffset:
    weekday = np.asarray(wall.weekday)
    if n_days == 1 and any_longer and (weekday < 5).all():
        return BDay()
    if n_days % 7 == 0:
        # The offset names a weekday only if all series fall on the same one.
        same = (weekday == weekday[0]).all()
        return Week(n_days // 7, weekday=int(weekday[0])) if same else Day(n_days)
    return Day(n_days)


def _infer_months(wall: pd.DatetimeIndex, follows: BoolArray) -> BaseOffset | None:
    """Return the rule of stamps at least four weeks apart, or None if it is not one of months."""
    number = np.asarray(wall.year, dtype=np.int64) * 12 + np.asarray(wall.month)
    n_months = _most_common(_jumps(number, follows))
    rule = _month_rule(wall)
    if n_months > 0 and rule is not None:
        return _anchored(rule, n_months, np.asarray(wall.month, dtype=np.int64))
    # pandas recognises rules such as the third Friday of the month in stamps without gaps.
    bounds = np.flatnonzero(np.concatenate([[True], ~follows, [True]]))
    longest = int(np.diff(bounds).argmax())
    series = wall[bounds[longest] : bounds[longest + 1]]
    alias = pd.infer_freq(series) if len(series) >= 3 else None
    return None if alias is None else to_offset(alias)


def _month_rule(wall: pd.DatetimeIndex) -> BaseOffset | None:
    day, weekday = np.asarray(wall.day), np.asarray(wall.weekday)
    to_end = np.asarray(wall.days_in_month) - day
    working = weekday < 5
    if (day == 1).all():
        return MonthBegin()
    if (to_end == 0).all():
        return MonthEnd()
    if (working & ((day == 1) | ((day <= 3) & (weekday == 0)))).all():
        return BMonthBegin()
    if (working & ((to_end == 0) | ((to_end <= 2) & (weekday == 4)))).all():
        return BMonthEnd()
    # Days after the 28th are not in every month.
    return DateOffset(months=1) if day[0] <= 28 and (day == day[0]).all() else None


def _anchored(rule: BaseOffset, n_months: int, month: IntArray) -> BaseOffset:
    """Name a number of months as pandas would: quarters and years where all series agree."""
    if isinstance(rule, MonthBegin | MonthEnd):
        begins = isinstance(rule, MonthBegin)
        if n_months % 12 == 0 and (month == month[0]).all():
            year = YearBegin if begins else YearEnd
            return year(n_months // 12, month=int(month[0]))
        if n_months % 3 == 0 and (month % 3 == month[0] % 3).all():
            quarter = QuarterBegin if begins else QuarterEnd
            first = (int(month[0]) - 1) % 3 + (1 if begins else 10)
            return quarter(n_months // 3, startingMonth=first)
    if type(rule) is DateOffset:
        return DateOffset(months=n_months)
    return rule * n_months
