"""The step between time stamps, found in the stamps.

It is the most common difference between neighbours, over all series at once, which is tried as
months, as business days and as a fixed length. The caller then checks that every stamp lies on the
grid, since it can name the series.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset
from pandas.tseries.offsets import (
    BaseOffset,
    BDay,
    BMonthBegin,
    BMonthEnd,
    DateOffset,
    Day,
    MonthBegin,
    MonthEnd,
    QuarterBegin,
    QuarterEnd,
    Week,
    YearBegin,
    YearEnd,
)

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError
from esrnn.frames.clock_grid import day_time
from esrnn.frames.frequency import (
    MONTHLY,
    NS_PER_DAY,
    NS_PER_UNIT,
    offset_nanoseconds,
    own_frequency,
    rule_and_multiple,
    same_day_months,
)
from esrnn.frames.times import Frequency, Grid

__all__ = ["infer_frequency", "step_like"]


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
        return own_frequency(stamps)
    if not isinstance(stamps, pd.DatetimeIndex):
        return _most_common(_jumps(np.asarray(stamps), follows)) if follows.any() else 1
    if not follows.any():
        raise InputError(
            "at least one series must have two time stamps, so that the step between them can be"
            " found; every series has one. Convert the time stamps to periods, which have a step"
            " (.to_period('M')), or give a single series an index with a freq."
        )
    wall = day_time(stamps)
    day = NS_PER_DAY // NS_PER_UNIT[stamps.unit]
    differences = _differences(wall, follows)
    step = _most_common(differences)
    if step % day:
        absolute = _most_common(_differences(stamps, follows))
        return _offset_of(absolute * NS_PER_UNIT[stamps.unit])
    shortest, any_longer = int(differences.min()), bool((differences > day).any())
    del differences  # one for each row: what comes next needs the memory
    if shortest >= 28 * day:
        monthly = _infer_months(wall, follows)
        if monthly is not None:
            return monthly
    return _infer_days(wall, step // day, any_longer)


def step_like(grid: Grid, stamps: pd.Index) -> Frequency | None:
    """Return the step of a grid for other time stamps, which may fall on another day.

    Parameters
    ----------
    grid : Grid
        The steps of one panel.
    stamps : pd.Index
        Time stamps of another one.

    Returns
    -------
    int, pandas offset or None
        A step of the same length; None for time stamps of another kind.

    Examples
    --------
    >>> from esrnn.frames import make_grid
    >>> grid = make_grid(pd.DatetimeIndex(["2024-01-01"]), "MS")
    >>> step_like(grid, pd.DatetimeIndex(["2024-05-31"]))
    <MonthEnd>
    """
    freq = grid.freq
    if isinstance(freq, int) or not isinstance(stamps, pd.DatetimeIndex):
        numbers = not isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex)
        return freq if isinstance(freq, int) and numbers else None
    wall = day_time(stamps)
    nanoseconds = offset_nanoseconds(freq)
    if nanoseconds is not None and nanoseconds % (7 * NS_PER_DAY) == 0:
        return _infer_days(wall, nanoseconds // NS_PER_DAY, any_longer=False)
    unit, n_months = rule_and_multiple(freq)
    months = same_day_months(freq) is not None or type(unit) in MONTHLY
    rule = _month_rule(wall) if months else None
    return freq if rule is None else _anchored(rule, n_months, np.asarray(wall.month))


def _differences(stamps: pd.DatetimeIndex, follows: BoolArray) -> NDArray[np.integer]:
    """Return the distances within series, in the unit of the stamps."""
    return _jumps(stamps.asi8, follows)


def _jumps(numbers: NDArray[np.integer], follows: BoolArray) -> NDArray[np.integer]:
    return np.diff(numbers)[follows]


def _offset_of(nanoseconds: int) -> BaseOffset:
    return to_offset(pd.Timedelta(nanoseconds, unit="ns"))


def _most_common(differences: NDArray[np.integer]) -> int:
    """Return the most common value; of several the smallest."""
    codes, found = pd.factorize(differences)
    counts = np.bincount(codes)
    return int(found[counts == counts.max()].min())


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
    codes, distinct = pd.factorize(wall)
    some = pd.DatetimeIndex(distinct)  # few, where series have the same ones
    month = np.asarray(some.month, dtype=np.int64)
    number = (np.asarray(some.year, dtype=np.int64) * 12 + month).astype(np.int32)[codes]
    del codes
    n_months = _most_common(_jumps(number, follows))
    rule = _month_rule(some)
    if n_months > 0 and rule is not None:
        return _anchored(rule, n_months, month)
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
