"""Calendar features of time stamps: their position in the day, the week and the year.

A cycle becomes a sine and a cosine, so that December is next to January. Features are those of
local wall time. Of a period pandas' own field is taken, for a week that of its last day.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.tseries.offsets import BaseOffset

from esrnn._typing import Float32Array, FloatArray
from esrnn.errors import InputError
from esrnn.frames.framed import FramedPanel
from esrnn.frames.frequency import offset_nanoseconds
from esrnn.frames.times import Frequency, wall_time
from esrnn.panel.flat import indptr_of, series_of

__all__ = ["calendar_features", "calendar_names", "check_calendar", "usual_calendar"]

# pandas' field, its first value, and the values in a cycle; None where that varies.
_CYCLES: dict[str, tuple[str, int, int | None]] = {
    "minute": ("minute", 0, 60),
    "hour": ("hour", 0, 24),
    "day_of_week": ("day_of_week", 0, 7),
    "day_of_month": ("day", 1, None),
    "day_of_year": ("day_of_year", 1, None),
    "week_of_year": ("week", 1, 52),  # a 53rd week stands with the first
    "month": ("month", 1, 12),
    "quarter": ("quarter", 1, 4),
}
_OTHERS = ("days_in_month", "weekend")
# Mean and spread of the days in a month over four years.
_DAYS, _DAYS_SPREAD = 30.4375, 0.8
_DAYS_PER_CYCLE = {"minute": 1.0 / 24.0, "hour": 1.0, "day_of_week": 7.0, "day_of_month": _DAYS}
_YEAR = 365.25
# The least length of a step in days, and the features that vary from step to step.
_USUAL: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.0, ("minute", "hour", "day_of_week", "day_of_year")),
    (1.0 / 24.0, ("hour", "day_of_week", "day_of_year")),
    (1.0, ("day_of_week", "day_of_month", "day_of_year")),
    (7.0, ("day_of_year",)),
    (28.5, ("month", "days_in_month")),
    (32.0, ("month",)),
    (85.0, ("quarter",)),
    (95.0, ("month",)),
    (360.0, ()),
)


def usual_calendar(freq: Frequency, n_steps: int | None = None) -> tuple[str, ...]:
    """Choose the calendar features that vary within a year at a frequency.

    Parameters
    ----------
    freq : int or pandas offset
        The step, as `TimeAxis.freq` has it.
    n_steps : int, optional
        Steps of a typical series; cycles that it does not span twice are left out.

    Returns
    -------
    tuple of str
        For `CovariateEncoder.fit`; none for integers and for years.

    Examples
    --------
    >>> usual_calendar(pd.offsets.Hour()), usual_calendar(pd.offsets.MonthEnd())
    (('hour', 'day_of_week', 'day_of_year'), ('month', 'days_in_month'))
    >>> usual_calendar(pd.offsets.Hour(), n_steps=500), usual_calendar(1)
    (('hour', 'day_of_week'), ())
    """
    if isinstance(freq, int):
        return ()
    days = _step_in_days(freq)
    names = next(names for least, names in reversed(_USUAL) if days >= least)
    if n_steps is None:
        return names
    return tuple(n for n in names if n_steps * days >= 2.0 * _DAYS_PER_CYCLE.get(n, _YEAR))


def check_calendar(names: Sequence[str], freq: Frequency) -> None:
    """Refuse names of calendar features that do not exist, and all of them for integers.

    Parameters
    ----------
    names : sequence of str
    freq : int or pandas offset

    Raises
    ------
    InputError
        If a feature is unknown or there twice, or time stamps are integers.
    """
    allowed = (*_CYCLES, *_OTHERS)
    unknown = [name for name in names if name not in allowed]
    if isinstance(names, str) or unknown or len(set(names)) < len(names):
        raise InputError(
            f"calendar must be a sequence of different names out of {', '.join(allowed)}; got"
            f" {names!r}. Use these names only, or calendar=True."
        )
    if names and isinstance(freq, int):
        raise InputError(
            f"calendar features need dates or periods; got {tuple(names)} for an index of integers."
            " Give y a DatetimeIndex or PeriodIndex, or leave calendar out."
        )


def calendar_names(names: Sequence[str]) -> tuple[str, ...]:
    """Name the columns that `calendar_features` returns.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> calendar_names(["month", "weekend"])
    ('month_sin', 'month_cos', 'weekend')
    """
    pairs = ((f"{n}_sin", f"{n}_cos") if n in _CYCLES else (n,) for n in names)
    return tuple(name for pair in pairs for name in pair)


def calendar_features(framed: FramedPanel, names: Sequence[str], horizon: int) -> Float32Array:
    """Compute calendar features of every step of a panel and of the steps after its end.

    Parameters
    ----------
    framed : FramedPanel
    names : sequence of str
    horizon : int
        Steps H after the end of each series.

    Returns
    -------
    ndarray of shape (sum of T_i + H, n_columns), float32
    """
    steps = framed.panel.lengths + horizon
    indptr = indptr_of(steps)
    columns = len(calendar_names(names))
    if not columns:
        return np.empty((int(indptr[-1]), 0), dtype=np.float32)
    series = series_of(indptr)
    after_end = np.arange(indptr[-1]) - np.repeat(indptr[1:], steps) + horizon + 1
    stamps = framed.times.stamps(series, framed.times.steps(series, after_end))
    # Series share time stamps, so each different one is computed once.
    codes, different = pd.factorize(stamps)
    table = _features(pd.Index(different), names)
    return table[codes]


def _features(stamps: pd.Index, names: Sequence[str]) -> Float32Array:
    wall = stamps if isinstance(stamps, pd.PeriodIndex) else wall_time(pd.DatetimeIndex(stamps))
    columns: list[FloatArray] = []
    for name in names:
        if name == "weekend":
            columns.append((_field(wall, "day_of_week") >= 5.0).astype(np.float64))
        elif name == "days_in_month":
            columns.append((_field(wall, "days_in_month") - _DAYS) / _DAYS_SPREAD)
        else:
            angle = 2.0 * np.pi * _position(wall, name)
            columns += [np.sin(angle), np.cos(angle)]
    return np.column_stack(columns).astype(np.float32)


def _position(stamps: pd.DatetimeIndex | pd.PeriodIndex, name: str) -> FloatArray:
    """Return the position of the start of a step in its cycle, in [0, 1)."""
    field, first, length = _CYCLES[name]
    done = _field(stamps, field) - first
    if name == "day_of_month":
        return done / _field(stamps, "days_in_month")
    if length is None:
        return done / (365.0 + _field(stamps, "is_leap_year"))
    return done / length


def _field(stamps: pd.DatetimeIndex | pd.PeriodIndex, name: str) -> FloatArray:
    if name == "week" and isinstance(stamps, pd.DatetimeIndex):
        return stamps.isocalendar().week.to_numpy(dtype=np.float64)
    return np.asarray(getattr(stamps, name), dtype=np.float64)


def _step_in_days(freq: BaseOffset) -> float:
    """Return the mean length of a step in days."""
    nanoseconds = offset_nanoseconds(freq)
    if nanoseconds is not None:
        return nanoseconds / 86_400e9
    start = pd.Timestamp("2001-01-01").as_unit("s")
    return float((start + 13 * freq - (start + freq)) / pd.Timedelta("1D")) / 12.0
