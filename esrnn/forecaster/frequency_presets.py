"""The preset and the seasonal periods that a step between time stamps suggests.

The step decides about the preset, not the period alone: only steps of exactly a month take the
settings that were tuned on monthly data. Seasons in the data themselves are found by
`esrnn.seasons`.
"""

from __future__ import annotations

from datetime import time

from pandas.tseries.offsets import (
    BaseOffset,
    BusinessHour,
    CustomBusinessDay,
    CustomBusinessHour,
    DateOffset,
)

from esrnn.config import usual_periods
from esrnn.frames import Frequency
from esrnn.frames.frequency import offset_nanoseconds

__all__ = ["describe_frequency", "preset_of_frequency"]

_Preset = tuple[str, tuple[int, ...]]

# pandas' codes of the rules that recur in the calendar, by half months between two stamps.
_HALF_MONTHS = {
    code: half_months
    for half_months, codes in {
        1: "SMS SME",
        2: "MS ME BMS BME CBMS CBME WOM LWOM",
        6: "QS QE BQS BQE REQ",
        12: "HYS HYE BHYS BHYE",
        24: "YS YE BYS BYE RE",
    }.items()
    for code in codes.split()
}
_PRESET_OF_HALF_MONTHS = {2: "monthly", 6: "quarterly", 24: "yearly"}
_HALF_MONTHS_PER_YEAR = 24
_SECOND = 10**9
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86_400 * _SECOND
_WEEKS_PER_YEAR = 52
_PRESET_OF_WEEKS = {1: "weekly", 13: "quarterly", 52: "yearly"}
# Longer seasons have more factors than series have days to estimate them from.
_LONGEST = 3600
_BUSINESS_DAYS = 5


def preset_of_frequency(freq: Frequency) -> _Preset | None:
    """Return the preset and the seasonal periods that a step between time stamps suggests.

    Parameters
    ----------
    freq : int or pandas offset
        The step, as `esrnn.frames.TimeAxis.freq` has it.

    Returns
    -------
    tuple of str and tuple of int, or None
        None for integers, and for steps of which no whole number makes a usual cycle, such as 7
        hours or 5 days. Different results mean steps of different lengths.

    Notes
    -----
    Steps shorter than a day: the periods are those of minute, hour, day and week that a whole
    number of steps makes, at most 3600 steps long, and of more than two the longest two. So 5
    minutes have the day and the week, (288, 2016), and not the hour, since most of what people and
    machines do follows those, and the hour's 12 factors are part of the day's 288. One minute has
    the hour and the day, since a week would have 10080 factors, more than data can tell from noise.

    Days have a period of 7, business days of 5. Weeks, business weeks and years have none: on a
    season of 52 weeks the network does better alone (``competitions/backtests/m4-presets.md``).
    Several weeks or months have as many as make a year, which is taken as 52 weeks.

    Examples
    --------
    >>> import pandas as pd
    >>> preset_of_frequency(pd.offsets.MonthEnd()), preset_of_frequency(pd.offsets.Hour())
    (('monthly', (12,)), ('hourly', (24, 168)))
    >>> preset_of_frequency(pd.offsets.BDay()), preset_of_frequency(1)
    (('daily', (5,)), None)
    >>> preset_of_frequency(pd.offsets.Minute(15)), preset_of_frequency(pd.offsets.Hour(7))
    (('generic', (96, 672)), None)
    """
    if isinstance(freq, int):
        return None
    if isinstance(freq, BusinessHour | CustomBusinessHour):
        return _by_business_hours(freq)
    nanoseconds = offset_nanoseconds(freq)
    if nanoseconds is not None:
        return _by_length(nanoseconds)
    half_months = _half_months(freq)
    if half_months is not None:
        return _by_half_months(half_months)
    code = _code(freq)
    return _by_business_days(freq, code) if code in ("B", "C") else None


def describe_frequency(freq: Frequency) -> str:
    """Name a step between time stamps for a message.

    Parameters
    ----------
    freq : int or pandas offset

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> describe_frequency(pd.offsets.MonthEnd()), describe_frequency(pd.offsets.Minute(15))
    ('monthly time stamps', "time stamps of frequency '15min'")
    >>> describe_frequency(pd.DateOffset(months=2)), describe_frequency(3)
    ("time stamps of frequency '2 months'", 'integer time stamps')
    """
    if isinstance(freq, int):
        return "integer time stamps"
    known = preset_of_frequency(freq)
    if known and known[0] != "generic" and _code(freq) not in ("B", "C"):
        return f"{known[0]} time stamps"
    half_months = _half_months(freq) if type(freq) is DateOffset else None
    alias = f"{half_months // 2} months" if half_months else freq.freqstr
    return f"time stamps of frequency {alias!r}"


def _code(freq: BaseOffset) -> str:
    try:
        return str(freq.rule_code).split("-")[0]
    except NotImplementedError:  # offsets without an alias
        return ""


def _half_months(freq: BaseOffset) -> int | None:
    """Return the half months of a step of the calendar, or None if it is of another kind."""
    if type(freq) is DateOffset:  # without a code; made of months where frames makes it
        if not freq.kwds or not set(freq.kwds) <= {"years", "months"}:
            return None
        months = 12 * freq.kwds.get("years", 0) + freq.kwds.get("months", 0)
        return int(freq.n * 2 * months)
    each = _HALF_MONTHS.get(_code(freq))
    return None if each is None else int(freq.n) * each


def _by_length(nanoseconds: int) -> _Preset | None:
    if nanoseconds <= 0:
        return None
    if nanoseconds % _DAY == 0:
        return _by_days(nanoseconds // _DAY)
    cycles = [cycle for cycle in (_MINUTE, _HOUR, _DAY) if cycle % nanoseconds == 0]
    if _DAY in cycles:
        cycles.append(7 * _DAY)
    steps = [cycle // nanoseconds for cycle in cycles]
    periods = tuple(n for n in steps if 2 <= n <= _LONGEST)[-2:]
    if not periods:
        return None
    return ("hourly" if periods == usual_periods("hourly") else "generic"), periods


def _by_days(days: int) -> _Preset | None:
    if days == 1:
        return "daily", usual_periods("daily")
    weeks, rest = divmod(days, 7)
    return None if rest else _by_weeks(weeks)


def _by_weeks(weeks: int) -> _Preset | None:
    if _WEEKS_PER_YEAR % weeks:
        return None
    if weeks in _PRESET_OF_WEEKS:
        return _PRESET_OF_WEEKS[weeks], usual_periods(_PRESET_OF_WEEKS[weeks])
    return "generic", (_WEEKS_PER_YEAR // weeks,)


def _by_half_months(half_months: int) -> _Preset | None:
    if half_months < 1 or _HALF_MONTHS_PER_YEAR % half_months:
        return None
    preset = _PRESET_OF_HALF_MONTHS.get(half_months)
    if preset:
        return preset, usual_periods(preset)
    return "generic", (_HALF_MONTHS_PER_YEAR // half_months,)


def _by_business_days(freq: BaseOffset, code: str) -> _Preset | None:
    per_week = _days_per_week(freq) if code == "C" else _BUSINESS_DAYS
    if freq.n == 1:
        return ("daily", (per_week,)) if per_week > 1 else ("weekly", usual_periods("weekly"))
    weeks, rest = divmod(int(freq.n), per_week)
    return None if rest or weeks < 1 else _by_weeks(weeks)


def _days_per_week(freq: BaseOffset) -> int:
    if isinstance(freq, CustomBusinessDay | CustomBusinessHour):
        return int(freq.calendar.weekmask.sum())  # type: ignore[union-attr]
    return _BUSINESS_DAYS


def _by_business_hours(freq: BusinessHour) -> _Preset | None:
    spans = zip(freq.start, freq.end, strict=True)  # type: ignore[attr-defined]
    # A span may end after midnight.
    minutes = sum((_minutes(end) - _minutes(start)) % (24 * 60) for start, end in spans)
    per_day, rest = divmod(minutes, 60 * int(freq.n))
    if rest or per_day < 2:
        return None
    return "generic", tuple(sorted({per_day, per_day * _days_per_week(freq)}))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
