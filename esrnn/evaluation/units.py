"""Forecasts beside what came: one row for each series and origin, one column for each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.evaluation.forecast_tables import ForecastTable
from esrnn.frames import FramedPanel
from esrnn.frames.align import locate_steps, number_series
from esrnn.frames.rows import Rows
from esrnn.frames.time_stamps import match_kind, parse_stamps, refuse_off_grid_of_y
from esrnn.metrics import naive, naive2, seasonal_naive, seasonal_scale

__all__ = ["FORECAST", "NAIVE", "NAIVE2", "SEASONAL_NAIVE", "Units", "join_units", "make_units"]

FORECAST, NAIVE, SEASONAL_NAIVE, NAIVE2 = "forecast", "naive", "seasonal naive", "naive2"


@dataclass(frozen=True, eq=False)
class Units:
    """Forecasts of U pairs of series and origin, for up to H time stamps each.

    Attributes
    ----------
    ids : pd.Index of length U
        The series of each.
    windows : ndarray of shape (U,), int64
        Number of the origin of each.
    steps : ndarray of shape (U, H), int64
        Steps after the end of the history; 0 where there is no forecast.
    actual : ndarray of shape (U, H), float64
        NaN where nothing was observed, or there is no forecast.
    points : dict of str to ndarray of shape (U, H), float64
        Point forecasts: the one that is scored, and naive ones.
    levels : tuple of float, length Q
    quantiles : ndarray of shape (Q, U, H), float64
        Of the forecast that is scored.
    scale, root_scale : ndarray of shape (U,), float64
        Mean absolute and root mean squared seasonal difference of the history.
    """

    ids: pd.Index
    windows: IntArray
    steps: IntArray
    actual: FloatArray
    points: dict[str, FloatArray]
    levels: tuple[float, ...]
    quantiles: FloatArray
    scale: FloatArray
    root_scale: FloatArray

    def each_step(self) -> Units:
        """Return units of a single step each, those with an observation."""
        n_steps = self.steps.shape[1]
        seen = np.flatnonzero(~np.isnan(self.actual.ravel()))
        unit = seen // n_steps
        return Units(
            self.ids.take(unit),
            self.windows[unit],
            self.steps.reshape(-1, 1)[seen],
            self.actual.reshape(-1, 1)[seen],
            {name: values.reshape(-1, 1)[seen] for name, values in self.points.items()},
            self.levels,
            self.quantiles.reshape(len(self.levels), -1, 1)[:, seen],
            self.scale[unit],
            self.root_scale[unit],
        )


def make_units(
    table: ForecastTable, actual: pd.Series, history: FramedPanel, period: int, window: int = 0
) -> Units:
    """Put forecasts beside what came at the same series and time stamps.

    Parameters
    ----------
    table : ForecastTable
        Forecasts of steps after the end of each series' history.
    actual : pd.Series
        Observations, indexed by series and time. Rows without a forecast are not read.
    history : FramedPanel
        What was known; holds all series of the forecasts.
    period : int
        Seasonal period of the naive forecasts and of the scales.
    window : int
        Number of the origin.

    Returns
    -------
    Units
        Those with forecasts, in the order of the history.
    """
    codes, steps, slots = _locate(table.index, history, "forecast")
    order = np.lexsort((steps, codes))
    codes, steps, slots = codes[order], steps[order], slots[order]
    series, first, counts = np.unique(codes, return_index=True, return_counts=True)
    row = np.repeat(np.arange(series.size), counts)
    column = np.arange(codes.size) - np.repeat(first, counts)
    shape = (series.size, int(counts.max()))

    def spread(values: FloatArray) -> FloatArray:
        matrix = np.zeros((*values.shape[:-1], *shape))
        matrix[..., row, column] = values[..., order]
        return matrix

    ahead, known = np.zeros(shape, dtype=np.int64), np.full(shape, np.nan)
    ahead[row, column] = steps
    known[row, column] = _actual_at(codes, steps, actual, history)
    place = np.zeros(shape, dtype=np.int64)
    place[row, column] = slots - 1
    panel = history.panel.subset(series)
    furthest = int(slots.max())
    naives = {
        NAIVE: naive(panel.values, furthest, indptr=panel.indptr),
        SEASONAL_NAIVE: seasonal_naive(panel.values, furthest, period, indptr=panel.indptr),
        NAIVE2: naive2(panel.values, furthest, period, indptr=panel.indptr),
    }
    points = {FORECAST: spread(table.point)}
    points |= {name: np.take_along_axis(values, place, 1) for name, values in naives.items()}
    return Units(
        history.ids.take(series),
        np.full(series.size, window),
        ahead,
        known,
        points,
        table.levels,
        spread(table.quantiles),
        seasonal_scale(panel.values, period, indptr=panel.indptr),
        seasonal_scale(panel.values, period, indptr=panel.indptr, squared=True),
    )


def join_units(parts: Sequence[Units]) -> Units:
    """Join units of several origins.

    Parameters
    ----------
    parts : sequence of Units
        With the same quantile levels.

    Returns
    -------
    Units
    """
    width = max(part.steps.shape[1] for part in parts)
    parts = [_widened(part, width) for part in parts]
    first = parts[0]
    return Units(
        first.ids.append([part.ids for part in parts[1:]]),
        np.concatenate([part.windows for part in parts]),
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.actual for part in parts]),
        {name: np.concatenate([part.points[name] for part in parts]) for name in first.points},
        first.levels,
        np.concatenate([part.quantiles for part in parts], axis=1),
        np.concatenate([part.scale for part in parts]),
        np.concatenate([part.root_scale for part in parts]),
    )


def _widened(units: Units, width: int) -> Units:
    """Return units with more columns, in which nothing was forecast."""
    more = width - units.steps.shape[1]
    if not more:
        return units
    last = ((0, 0), (0, more))
    return replace(
        units,
        steps=np.pad(units.steps, last),
        actual=np.pad(units.actual, last, constant_values=np.nan),
        points={name: np.pad(values, last) for name, values in units.points.items()},
        quantiles=np.pad(units.quantiles, ((0, 0), *last)),
    )


def _locate(
    index: pd.Index, history: FramedPanel, what: str
) -> tuple[IntArray, IntArray, IntArray]:
    """Return the series, the step and the slot of each row of an index; refuse those off the steps.

    Rows of series that the history does not have get the series -1.
    """
    codes, rows = number_series(index, history, what)
    own = np.flatnonzero(codes >= 0)
    time = index.get_level_values(-1)
    stamps = parse_stamps(pd.Series(time, name=time.name), rows)
    stamps = match_kind(stamps, history.times.last, what)
    at = Rows(codes[own], history.ids, stamps.take(own))
    steps, slots = np.zeros((2, codes.size), dtype=np.int64)
    if own.size:
        steps[own], slots[own], off = locate_steps(at, history)
        refuse_off_grid_of_y(at, np.flatnonzero(off), history.times.grid, what, history.times.last)
    return codes, steps, slots


def _actual_at(
    codes: IntArray, steps: IntArray, actual: pd.Series, history: FramedPanel
) -> FloatArray:
    """Return the observations of some series and steps; NaN where there is none."""
    own, at, _ = _locate(actual.index, history, "actual")
    rows = np.flatnonzero((own >= 0) & (at > 0))
    have = pd.MultiIndex.from_arrays([own[rows], at[rows]])
    place = have.get_indexer(pd.MultiIndex.from_arrays([codes, steps]))
    values = actual.to_numpy(dtype=np.float64, na_value=np.nan)[rows]
    found = np.full(codes.size, np.nan)
    found[place >= 0] = values[place[place >= 0]]
    return found
