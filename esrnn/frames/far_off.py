"""Refusing time stamps that lie far off all others of a panel: mistyped years, default dates.

A row dated 2205 among rows of 2024, or 1900 for a date that nobody filled in, would become tens of
thousands of missing steps. A stamp is far off if no series has a row for at least five years
before or after it (for integers, a thousand steps), for at least sixty steps, and for at least
half the time that all other rows span.
"""

from typing import cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import InputError
from esrnn.frames.rows import Rows, stamps_of
from esrnn.frames.times import TimeAxis

__all__ = ["refuse_far_off", "refuse_far_off_panel"]

_MIN_YEARS = 5
_MIN_STEPS = 60
_MIN_INTEGER_STEPS = 1_000
# With more of the distinct stamps than this on either side, a gap is a gap.
_LARGEST_SHARE = 0.1


def refuse_far_off(rows: Rows) -> None:
    """Refuse the few rows of a new panel that lie far off all others.

    Parameters
    ----------
    rows : Rows
        In any order.

    Raises
    ------
    InputError
        If there are such rows.

    Examples
    --------
    >>> days = pd.date_range("2024-01-01", periods=9).append(pd.DatetimeIndex(["1900-01-01"]))
    >>> try:
    ...     refuse_far_off(Rows(np.zeros(10, dtype=np.int64), pd.Index(["a"]), days))
    ... except InputError as error:
    ...     print(str(error)[:59])
    time stamps must not lie far off all others, which are from
    """
    stamps = stamps_of(rows)
    if not _may_be_far(stamps.min(), stamps.max()):
        return
    some = stamps.unique()  # few, where series have the same ones
    distinct, at = np.unique(_keys(some), return_index=True)
    some = some.take(at)
    years = _years(some)
    unit = int(np.diff(distinct).min())
    first, last = 0, distinct.size - 1
    while last > first:
        gaps = np.diff(distinct[first : last + 1])
        k = int(gaps.argmax())
        after = first + k + 1
        rest = int(distinct[last] - distinct[first] - gaps[k])
        far = _is_far(stamps, gaps[[k]], np.diff(years[[after - 1, after]]), unit, rest)
        n_before, n_after = k + 1, gaps.size - k
        if not far[0] or min(n_before, n_after) > max(1, _LARGEST_SHARE * gaps.size):
            break
        first, last = (after, last) if n_before <= n_after else (first, after - 1)
    if last - first + 1 < distinct.size:
        keys = _keys(stamps)
        outside = (keys < distinct[first]) | (keys > distinct[last])
        _refuse(rows, outside, some[first], some[last])


def refuse_far_off_panel(rows: Rows, times: TimeAxis, lengths: IntArray) -> None:
    """Refuse new rows that lie far off all rows of a panel.

    Parameters
    ----------
    rows : Rows
        Of series of the panel or of others, with time stamps of the panel's kind.
    times : TimeAxis
        Of the panel.
    lengths : ndarray of shape (N,), int64
        Steps of its series.

    Raises
    ------
    InputError
        If there are such rows.
    """
    stamps, ends = stamps_of(rows).rename(None), times.last.rename(None)
    if not (_may_be_far(ends.max(), stamps.max()) or _may_be_far(stamps.min(), ends.min())):
        return
    series = np.arange(lengths.size)
    starts = times.stamps(series, times.steps(series, 1 - lengths))
    known = pd.Index([starts.min(), ends.max()], dtype=ends.dtype)
    step = times.grid.advance(known[1:], np.array([1]))
    keys, years = (f(stamps.append([known, step])) for f in (_keys, _years))
    n = len(stamps)
    unit, rest = int(keys[n + 2] - keys[n + 1]), int(keys[n + 1] - keys[n])
    outside = np.zeros(n, dtype=np.bool_)
    for sign, edge in ((1, n + 1), (-1, n)):  # onwards from the panel's end, back from its start
        beyond = np.flatnonzero(sign * keys[:n] > sign * keys[edge])
        order = np.append(edge, beyond[np.argsort(sign * keys[beyond], kind="stable")])
        gaps, apart = sign * np.diff(keys[order]), sign * np.diff(years[order])
        far = np.flatnonzero(_is_far(stamps, gaps, apart, unit, rest))
        outside[order[far[0] + 1 :] if far.size else order[:0]] = True
    _refuse(rows, outside, known[0], known[1])


def _is_far(stamps: pd.Index, gaps: IntArray, years: IntArray, unit: int, rest: int) -> BoolArray:
    """Return which gaps, of so many units and years, set apart what is behind them."""
    if isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex):
        long = (gaps >= _MIN_STEPS * unit) & (years >= _MIN_YEARS)
    else:
        long = gaps >= _MIN_INTEGER_STEPS * unit
    far: BoolArray = long & (2 * gaps >= rest)
    return far


def _may_be_far(earlier: object, later: object) -> bool:
    """Return whether two stamps are apart enough for a gap that counts; a quick first look."""
    if isinstance(earlier, pd.Timestamp | pd.Period):
        return bool(cast("pd.Timestamp", later).year - earlier.year >= _MIN_YEARS)
    return bool(cast("int", later) - cast("int", earlier) >= _MIN_INTEGER_STEPS)


def _keys(stamps: pd.Index) -> IntArray:
    """Return numbers in the order of the stamps, evenly spread in time."""
    if isinstance(stamps, pd.DatetimeIndex):
        return stamps.as_unit("s").asi8  # centuries apart, nanoseconds do not fit into int64
    if isinstance(stamps, pd.PeriodIndex):
        return stamps.asi8
    return np.asarray(stamps, dtype=np.int64)


def _years(stamps: pd.Index) -> IntArray:
    """Return the year of each stamp; zeros for integers."""
    if isinstance(stamps, pd.DatetimeIndex | pd.PeriodIndex):
        return np.asarray(stamps.year, dtype=np.int64)
    return np.zeros(len(stamps), dtype=np.int64)


def _refuse(rows: Rows, outside: BoolArray, begin: object, end: object) -> None:
    """Refuse the rows outside, naming them and the time of all others."""
    if outside.any():
        times = " to ".join(str(one).removesuffix(" 00:00:00") for one in (begin, end))
        raise InputError.of_series(
            f"time stamps must not lie far off all others, which are from {times}; these do",
            rows.offenders(np.flatnonzero(outside)),
            "Correct them, or leave these rows out.",
        )
