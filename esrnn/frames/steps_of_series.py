"""One step for all series of a panel: refusing panels that mix steps, and irregular time stamps.

A panel has one step, that of most of its rows. A series of a longer step may lie on the steps of
the panel all the same: months among days, days among hours. Most of its values would count as
missing, which is hardly what was meant. So series that are regular in a step of their own are
found, other than by chance, and named.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.tseries.offsets import Day, Tick

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError, Offenders
from esrnn.frames.frequency import frequency_code, make_grid
from esrnn.frames.rows import Rows, stamps_of
from esrnn.frames.steps_found import infer_frequency
from esrnn.frames.time_stamps import differ_by_an_hour, remedy_for_days
from esrnn.frames.times import OFF_GRID, ClockGrid, Grid, PeriodGrid, wall_time

__all__ = ["refuse_mixed", "refuse_off_grid"]

# So many distances between rows tell whether a series has a step of its own.
_MIN_JUMPS = 4
# Distances of months, quarters, years and of days across a change of the clock differ by less.
_NEARLY_EQUAL = 1.2
# A common divisor of distances is no chance if chance has it with a probability of 2 to the minus:
_MIN_BITS = 20.0
_MIN_WEEKENDS, _MIN_WEEKDAYS = 3, 0.8
_SAME_LENGTH = {
    "M": ("MS", "ME", "BMS", "BME", "1 months"),
    "Q": ("QS", "QE", "BQS", "BQE", "3 months"),
    "Y": ("YS", "YE", "BYS", "BYE", "12 months"),
}
_N_NAMED = 3
_REMEDY = (
    "Bring the series to one frequency, for example with groupby(...).resample(...) or by"
    " converting time stamps to periods with .to_period(...)."
)
_HOUR = pd.Timedelta(hours=1)
_DAY = pd.Timedelta(days=1)


def refuse_mixed(rows: Rows, jumps: IntArray, follows: BoolArray, grid: Grid) -> None:
    """Refuse series that are regular in a longer step than the panel's.

    Parameters
    ----------
    rows : Rows
        In time order, series after series, all on the steps of the grid.
    jumps, follows : ndarray of shape (n - 1,)
        Steps between neighbouring rows, and whether both are of the same series.
    grid : Grid

    Raises
    ------
    InputError
        If there are such series.
    """
    own: dict[int, int | str] = {}
    bounds = _bounds(follows)
    for i in _suspects(rows, jumps, follows, grid):
        step = _own_step(stamps_of(rows)[bounds[i] : bounds[i + 1]])
        if step is not None and step != frequency_code(grid):
            own[i] = step
    own |= dict.fromkeys(_business_days(rows, bounds, grid).tolist(), "B")
    if len(own) == len(rows.ids):
        _refuse_different(rows.ids, own)
    if own:
        _refuse(rows.ids, own, frequency_code(grid))


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

    Raises
    ------
    InputError
        If there are such rows; it says whether series have different steps, and names two common
        causes.
    """
    off = np.flatnonzero(_is_off(ordinals, follows, grid))
    if not off.size:
        return
    stamps, bounds, step = stamps_of(rows), _bounds(follows), frequency_code(grid)
    if len(rows.ids) > 1:
        steps = [_own_step(stamps[bounds[i] : bounds[i + 1]]) for i in range(len(rows.ids))]
        own = {i: one for i, one in enumerate(steps) if one is not None}
        _refuse_different(rows.ids, own)
        others = off[~np.isin(rows.codes[off], list(own))]
        if own and others.size:  # the step was found among regular and irregular series
            off, step = others, next(iter(own.values()))
    reason = (
        f"time stamps must be regular, with one step for all series; the step is {step!r}, and"
        " these are off it"
    )
    wrong = np.unique(rows.codes[off])
    remedy = _cause([stamps[bounds[i] : bounds[i + 1]] for i in wrong])
    raise InputError.of_series(reason, rows.offenders(off), remedy or _REMEDY)


def _bounds(follows: BoolArray) -> IntArray:
    """Return where each series begins, and where the last one ends."""
    return np.flatnonzero(np.concatenate([[True], ~follows, [True]]))


def _is_off(ordinals: IntArray, follows: BoolArray, grid: Grid) -> BoolArray:
    """Return which rows are off the steps of their series."""
    off: BoolArray = ordinals == OFF_GRID
    if not off.any():
        jumps = np.diff(ordinals)
        off[1:] = follows & ((jumps < grid.stride) | (jumps % grid.stride != 0))
    return off


def _own_step(stamps: pd.Index) -> int | str | None:
    """Return the step of a series, or None if it is irregular or too short to tell."""
    if len(stamps) <= _MIN_JUMPS:
        return None
    follows = np.ones(len(stamps) - 1, dtype=np.bool_)
    if isinstance(stamps, pd.PeriodIndex):  # their own step says nothing
        stamps = stamps.to_timestamp()
    grid = make_grid(stamps, infer_frequency(stamps, follows))
    off = _is_off(grid.ordinals(stamps), follows, grid).any()
    return None if off else frequency_code(grid)


def _suspects(rows: Rows, jumps: IntArray, follows: BoolArray, grid: Grid) -> list[int]:
    """Return the series that may be regular in a longer step, by a quick look at all."""
    n_series = len(rows.ids)
    within, steps = rows.codes[1:][follows], jumps[follows]
    longest, shortest = np.ones(n_series, np.int64), np.full(n_series, np.iinfo(np.int64).max)
    np.maximum.at(longest, within, steps)
    np.minimum.at(shortest, within, steps)
    n_jumps = np.bincount(within, minlength=n_series)
    long = (n_jumps >= _MIN_JUMPS) & (shortest > 1)
    if not long.any():
        return []
    divisor = np.zeros(n_series, dtype=np.int64)
    some = long[within]
    np.gcd.at(divisor, within[some], steps[some])
    regular = longest <= _NEARLY_EQUAL * shortest
    regular |= n_jumps * np.log2(np.maximum(divisor, 1)) >= _MIN_BITS + np.log2(n_series)
    stamps = stamps_of(rows)
    if isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex):
        wall = wall_time(stamps) if isinstance(stamps, pd.DatetimeIndex) else stamps
        for field in ("day", "hour") if _sub_daily(grid) else ("day",):
            regular |= _constant(np.asarray(getattr(wall, field)), rows.codes, n_series)
    return np.flatnonzero(long & regular).tolist()


def _sub_daily(grid: Grid) -> bool:
    """Return whether steps are shorter than a day."""
    if isinstance(grid, ClockGrid):
        return not grid.wall
    if not isinstance(grid, PeriodGrid) or not isinstance(grid.freq, Tick):
        return False
    return bool(grid.freq.nanos < 864e11)


def _constant(values: IntArray, codes: IntArray, n_series: int) -> BoolArray:
    """Return which series have one value everywhere."""
    least, most = np.full(n_series, np.iinfo(np.int64).max), np.full(n_series, -1)
    np.minimum.at(least, codes, values)
    np.maximum.at(most, codes, values)
    constant: BoolArray = least == most
    return constant


def _business_days(rows: Rows, bounds: IntArray, grid: Grid) -> IntArray:
    """Return the series of business days in a panel that has other series with days of weekends."""
    none = np.empty(0, dtype=np.int64)
    stamps = stamps_of(rows)
    if grid.freq != Day(1) or not isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex):
        return none
    at_weekend = np.asarray(stamps.day_of_week) >= 5
    if not at_weekend.any():
        return none
    weekdays_only = ~np.logical_or.reduceat(at_weekend, bounds[:-1])
    starts, ends = stamps.take(bounds[:-1]), stamps.take(bounds[1:] - 1)
    days = [
        (s if isinstance(s, pd.DatetimeIndex) else s.to_timestamp()).tz_localize(None)
        for s in (starts, ends)
    ]
    first, last = (d.to_numpy().astype("M8[D]") for d in days)
    expected = np.busday_count(first, last + 1)
    weekends = (last - first).astype(np.int64) + 1 - expected
    full: BoolArray = np.diff(bounds) >= _MIN_WEEKDAYS * expected
    return np.flatnonzero(weekdays_only & full & (weekends >= 2 * _MIN_WEEKENDS))


def _refuse_different(ids: pd.Index, own: dict[int, int | str]) -> None:
    """Refuse series with another step than most series, if steps differ."""
    if not own:
        return
    most, _ = Counter(own.values()).most_common(1)[0]
    others = {i: step for i, step in own.items() if step != most}
    if others:
        _refuse(ids, others, most)


def _refuse(ids: pd.Index, own: dict[int, int | str], step: int | str) -> None:
    """Refuse series that have another step than the panel."""
    rest = ids[~np.isin(np.arange(len(ids)), list(own))][:_N_NAMED].tolist()
    named = f" (as that of series {', '.join(map(repr, rest))})" if rest else ""
    periods = {_period(code) for code in (*own.values(), step)}
    period = periods.pop() if len(periods) == 1 else None
    convert = (
        f' or convert their time stamps to periods with .to_period("{period}"),' if period else ""
    )
    raise InputError.of_series(
        f"all series must share one step; that of the panel is {step!r}{named}, and these series"
        " have another one",
        Offenders(ids.take(list(own)), values=list(own.values())),
        f"Forecast the series of each step on their own,{convert} or bring all to one step, for"
        " example with groupby(...).resample(...). If the steps between are missing values, add"
        " rows of NaN for them.",
    )


def _period(code: int | str) -> str | None:
    """Return the period of the same length as a step of the calendar."""
    for period, codes in _SAME_LENGTH.items():
        if str(code).split("-")[0] in codes:
            return period
    return None


def _cause(series: Sequence[pd.Index]) -> str | None:
    """Tell what to do in two common cases, from all time stamps of the irregular series."""
    if not all(isinstance(stamps, pd.DatetimeIndex) for stamps in series):
        return None
    walls = [wall_time(pd.DatetimeIndex(stamps)) for stamps in series]
    if all(_begin_at_two_times(wall) for wall in walls):
        return remedy_for_days(series[0])
    longer = [wall for wall in walls if len(wall) > 1]  # one stamp is no time apart
    for period, months, days in (("Y", 12, 365), ("Q", 3, 88), ("M", 1, 28)):
        if longer and all(_apart(wall, months, days) for wall in longer):
            return (
                "They are whole months apart, but on different days of the month. Convert the time"
                f' stamps to periods, which have no days: df["ds"].dt.to_period("{period}") for a'
                f' column, or .to_period("{period}") for an index.'
            )
    return None


def _begin_at_two_times(wall: pd.DatetimeIndex) -> bool:
    """Return whether stamps a day or more apart have two times of day, an hour from each other."""
    if (wall[1:] - wall[:-1] < _DAY - _HOUR).any():
        return False
    others = wall[wall - wall.normalize() != wall[0] - wall[0].normalize()]
    return len(others) > 0 and differ_by_an_hour(others, wall[:1])


def _apart(wall: pd.DatetimeIndex, months: int, days: int) -> bool:
    """Return whether stamps are whole multiples of some months apart, other than by day."""
    number = np.asarray(wall.year, dtype=np.int64) * 12 + np.asarray(wall.month)
    jumps = np.diff(number)
    far = (wall[1:] - wall[:-1] >= days * _DAY).all()
    return bool(far and (jumps > 0).all() and (jumps % months == 0).all())
