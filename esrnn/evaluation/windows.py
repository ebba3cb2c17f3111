"""Series cut at a date: what was known on it, and what came in the steps after it.

All series are cut at one date. So nothing that is learnt comes from days that another series is
tested on.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.frames.framed import find_steps, time_order
from esrnn.frames.rows import Rows, encode_ids, stamps_of
from esrnn.frames.time_stamps import parse_stamps
from esrnn.frames.times import Frequency, Grid, TimeAxis

__all__ = ["Window", "cut_windows"]


@dataclass(frozen=True, eq=False)
class Window:
    """One origin of a backtest.

    Attributes
    ----------
    number : int
    cutoff : pd.Index of length 1
        The last time stamp that is known.
    limit : pd.Index of length 1
        The last one that is forecast.
    history : pd.Series
        All series up to their last step that is not after the cutoff, with a row for every step;
        series that have ended before end with their own last row. Those without a value are not in
        it.
    tested : ndarray of int
        Numbers of the series, in the order of `history`, that are forecast: those with a value
        before and after the cutoff.
    future : pd.Series
        Rows of the steps that are forecast.
    left_out : list
        Series with values after the cutoff and none before.
    freq : int or pandas offset
        The step.
    """

    number: int
    cutoff: pd.Index
    limit: pd.Index
    history: pd.Series
    tested: IntArray
    future: pd.Series
    left_out: list[Hashable]
    freq: Frequency


class _Placed(NamedTuple):
    """Rows of all series in the order of series and time, and their steps."""

    rows: Rows
    values: FloatArray
    grid: Grid
    ordinals: IntArray  # of the rows, then of the cutoffs
    names: list[Hashable]  # of the levels of the index


def cut_windows(y: pd.Series, horizon: int, n_windows: int, step: int) -> list[Window]:
    """Cut series at several dates, the last one a horizon before the end of all data.

    Parameters
    ----------
    y : pd.Series
        Indexed by series and time, or by time alone.
    horizon, n_windows, step : int
        Steps that are forecast from each date, dates, and steps between them.

    Returns
    -------
    list of Window
        The earliest first.

    Raises
    ------
    InputTypeError, InputError
        If time stamps are not regular, or no series has values before and after a cutoff.
    """
    placed, cutoffs = _place(y, horizon + step * np.arange(n_windows)[::-1])
    limits = placed.grid.advance(cutoffs, np.full(n_windows, horizon))
    return [
        _cut(placed, k, cutoffs[k : k + 1], limits[k : k + 1], horizon, y.name)
        for k in range(n_windows)
    ]


def _place(y: pd.Series, before: IntArray) -> tuple[_Placed, pd.Index]:
    """Find the steps of all rows, and the cutoffs: some steps before the latest row."""
    index = y.index
    if isinstance(index, pd.MultiIndex):
        rows = encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
    else:
        rows = Rows(np.zeros(len(index), dtype=np.int64), pd.RangeIndex(1))
    time = index.get_level_values(-1)
    stamps = parse_stamps(pd.Series(time, name=time.name), rows).rename(time.name)
    rows, values = Rows(rows.codes, rows.ids, stamps), y.to_numpy(np.float64, na_value=np.nan)
    order = time_order(rows)
    if order is not None:
        rows, values = rows.take(order), values[order]
    grid = find_steps(rows).grid
    stamps = stamps_of(rows)
    latest = stamps.take(np.full(before.size, int(np.argmax(stamps == stamps.max()))))
    cutoffs = grid.advance(latest, -before).rename(stamps.name)
    ordinals = grid.ordinals(stamps.append(cutoffs))
    return _Placed(rows, values, grid, ordinals, list(index.names)), cutoffs


def _cut(
    placed: _Placed,
    number: int,
    cutoff: pd.Index,
    limit: pd.Index,
    horizon: int,
    name: Hashable,
) -> Window:
    """Cut all series at one date."""
    rows, n = placed.rows, len(placed.rows.ids)
    ordinals, stride = placed.ordinals[: rows.codes.size], placed.grid.stride
    at = placed.ordinals[rows.codes.size + number]
    first = np.zeros(n, dtype=np.int64)
    starts = np.flatnonzero(np.append(True, rows.codes[1:] != rows.codes[:-1]))
    first[rows.codes[starts]] = ordinals[starts]
    last = at - (at - first) % stride  # the last step of each series that is not after the date
    steps = (ordinals - last[rows.codes]) // stride
    observed = ~np.isnan(placed.values)
    before = _any_of(rows.codes[(steps <= 0) & observed], n)
    after = _any_of(rows.codes[(steps > 0) & (steps <= horizon) & observed], n)
    if not (before & after).any():
        raise InputError(
            f"every window needs a series with values before and after its cutoff; at"
            f" {_shown(cutoff)} there is none. Ask for fewer windows, or a shorter step or horizon."
        )
    history = _history(placed, steps, before, before & after, name)
    future = np.flatnonzero((steps > 0) & (steps <= horizon) & (before & after)[rows.codes])
    return Window(
        number,
        cutoff,
        limit,
        history,
        np.flatnonzero((before & after)[before]),
        pd.Series(placed.values[future], _index(rows.take(future), placed.names), name=name),
        rows.ids[after & ~before].tolist(),
        placed.grid.freq,
    )


def _history(
    placed: _Placed, steps: IntArray, known: BoolArray, tested: BoolArray, name: Hashable
) -> pd.Series:
    """Return the known series with a row for every step, those that are tested up to the date."""
    rows = placed.rows
    past = np.flatnonzero((steps <= 0) & known[rows.codes])
    codes, steps = rows.codes[past], steps[past]
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    ends = np.append(starts[1:], codes.size) - 1
    final = np.where(tested[codes[ends]], 0, steps[ends])
    lengths = final - steps[starts] + 1
    offsets = np.cumsum(lengths) - lengths
    series = np.repeat(np.arange(lengths.size), lengths)
    at = np.repeat(offsets, ends - starts + 1) + steps - np.repeat(
        steps[starts], ends - starts + 1
    )  # fmt: skip
    values = np.full(int(lengths.sum()), np.nan)
    values[at] = placed.values[past]
    axis = TimeAxis(stamps_of(rows).take(past[starts]), placed.grid)
    stamps = axis.stamps(series, np.arange(series.size) - np.repeat(offsets, lengths))
    whole = Rows(codes[starts][series], rows.ids, stamps)
    return pd.Series(values, _index(whole, placed.names), name=name)


def _index(rows: Rows, names: list[Hashable]) -> pd.Index:
    """Return the index of rows: of series and time, or of time alone."""
    stamps = stamps_of(rows)
    if len(names) == 1:
        return stamps.rename(names[0])
    ids = rows.ids.take(rows.codes)
    levels = [ids.get_level_values(k) for k in range(ids.nlevels)]
    return pd.MultiIndex.from_arrays([*levels, stamps], names=names)


def _any_of(codes: IntArray, n: int) -> BoolArray:
    """Return which of n numbers are among some."""
    return np.bincount(codes, minlength=n) > 0


def _shown(stamp: pd.Index) -> str:
    """Write a time stamp without a midnight."""
    return str(stamp[0]).removesuffix(" 00:00:00")
