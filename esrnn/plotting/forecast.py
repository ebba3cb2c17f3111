"""Series with their forecasts and intervals, a row for each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray
from esrnn.errors import InputError, InputTypeError
from esrnn.frames import FramedPanel, sktime_to_panel
from esrnn.plotting.style import (
    FAINT,
    FORECAST,
    INK,
    LEVEL,
    SEASONS,
    SMALL,
    SOFT,
    WIDTH,
    Places,
    add_legend,
    label_times,
    legend_entries,
    new_figure,
    places_of,
    style_axes,
    tint,
    title_axes,
)
from esrnn.plotting.tables import Table, choose_series, title_of, unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from esrnn.components import Components, SeriesComponents

__all__ = ["plot_forecast"]

_ORDER = ("history", "actual", "forecast", "interval", "level", "season")
_LEAST = 12  # steps of history, where nobody says
_FEW = 20  # steps that are drawn as points with room around them


@dataclass(frozen=True)
class _Ahead:
    """Values after the history.

    Attributes
    ----------
    index : pd.Index
        Time stamps.
    value : ndarray, float64
    follows : bool
        Whether the first step is the one after the last observation.
    whole : bool
        Whether no step is left out between the first and the last.
    """

    index: pd.Index
    value: FloatArray
    follows: bool
    whole: bool


@dataclass(frozen=True)
class _Row:
    """What is drawn of one series.

    Attributes
    ----------
    name : str
    past : pd.Index
        Time stamps of the history.
    y : ndarray, float64
    forecast, actual : _Ahead
    intervals : dict of float to tuple of ndarray
        Lower and upper bounds for each coverage.
    components : SeriesComponents, optional
    """

    name: str
    past: pd.Index
    y: FloatArray
    forecast: _Ahead
    actual: _Ahead
    intervals: dict[float, tuple[FloatArray, FloatArray]]
    components: SeriesComponents | None


def plot_forecast(
    history: pd.Series | pd.DataFrame,
    forecasts: pd.Series | pd.DataFrame,
    intervals: pd.DataFrame | None = None,
    actuals: pd.Series | pd.DataFrame | None = None,
    components: Components | None = None,
    ids: Sequence[Hashable] | None = None,
    n_series: int = 5,
    history_length: int | None = None,
) -> Figure:
    """Draw a handful of series with their forecasts, a row for each.

    On the left the last part of the history, the forecast with its interval, what came after, and
    the level; on the right, where there is a seasonality, the seasonal factors of the season that
    follows the end. Forecasts with steps left out are points, with their intervals as bars.

    Parameters
    ----------
    history : pd.Series or pd.DataFrame
        The series that were given to `fit`.
    forecasts : pd.Series or pd.DataFrame
        What `predict` returned.
    intervals : pd.DataFrame, optional
        What `predict_interval` returned, for one coverage or several.
    actuals : pd.Series or pd.DataFrame, optional
        What came after, in the format of `history`.
    components : Components, optional
        What `esrnn.components.smoothed_components` returned for these series.
    ids : sequence, optional
        The series to draw; tuples for hierarchical data. By default `n_series` of them at even
        distances.
    n_series : int, default 5
        Number of series where `ids` doesn't say.
    history_length : int, optional
        Steps of history; by default three times as many as the forecasts reach ahead, and a season
        at least.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``figure.savefig("forecast.png")``.

    Raises
    ------
    InputTypeError
        If `components` is a data frame.
    InputError
        If a series of `ids` is not in `history`, one to be drawn has no forecasts, or intervals
        are of other steps.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> y = pd.Series([3.0, 5.0, 4.0, 6.0, 5.0])
    >>> figure = plot_forecast(y, pd.Series([7.0, 6.0], index=[5, 6]))
    >>> len(figure.axes)
    1
    """
    framed = sktime_to_panel(history)
    if isinstance(components, pd.DataFrame):
        raise InputTypeError(
            "components must be what esrnn.components.smoothed_components returns; got a "
            "DataFrame; draw what ESRNN.components() returns with plot_components"
        )
    if components is not None and components.indptr.size != framed.n_series + 1:
        raise InputError(
            f"components must be of the series in history, {framed.n_series}; got "
            f"{components.indptr.size - 1}; compute them for the same panel"
        )
    which = choose_series(framed.panel.ids, ids, n_series, "history")
    tables = [Table(frame, framed.ids) for frame in (forecasts, intervals, actuals)]
    rows = [_row(framed, i, tables, components, history_length) for i in which]
    return _draw(rows, "" if framed.single else unit_of(framed.target_name))


def _row(
    framed: FramedPanel,
    i: int,
    tables: Sequence[Table],
    components: Components | None,
    history_length: int | None,
) -> _Row:
    forecast, interval, actual = (table.of(i) for table in tables)
    name = title_of(framed.target_name if framed.single else framed.panel.ids[i])
    if not len(forecast):
        raise InputError(f"series {name!r} has no rows in forecasts; choose others with ids=")
    if len(interval) and not interval.index.equals(forecast.index):
        raise InputError(
            f"intervals must be of the steps of forecasts; they differ in series {name!r}; give "
            "predict_interval the same fh"
        )
    ahead, reach = _ahead(framed, i, forecast)
    y, own = framed.panel.series(i), None
    least = max(3 * reach, _LEAST)
    if components is not None:
        own = components.series(i)
        least = max(least, *components.periods) if components.periods else least
    length = min(history_length or least, y.size)
    steps = np.arange(1 - length, 1)
    return _Row(
        name,
        framed.times.stamps(np.full(length, i), steps),
        y[-length:],
        ahead,
        _ahead(framed, i, actual)[0],
        _bounds(interval),
        own,
    )


def _ahead(framed: FramedPanel, i: int, rows: pd.DataFrame) -> tuple[_Ahead, int]:
    """Read values after the history, and tell how many steps ahead the last one is."""
    if not len(rows):
        return _Ahead(rows.index, np.empty(0), True, True), 0
    value = rows.iloc[:, 0].to_numpy(np.float64)
    last, grid = framed.times.last[i : i + 1], framed.times.grid
    if _kind(last) != _kind(rows.index):  # drawn, but not counted in steps of the history
        return _Ahead(rows.index, value, True, True), len(rows)
    jumps = np.diff(grid.ordinals(last.append(rows.index))) // grid.stride
    whole = bool((jumps[1:] == 1).all())
    return _Ahead(rows.index, value, bool(jumps[0] == 1), whole), max(int(jumps.sum()), 1)


def _kind(index: pd.Index) -> str:
    """Name the kind of time stamps, where they are of one."""
    if isinstance(index, pd.DatetimeIndex):
        return f"time stamps, time zone {index.tz}"
    return "periods" if isinstance(index, pd.PeriodIndex) else "numbers"


def _bounds(interval: pd.DataFrame) -> dict[float, tuple[FloatArray, FloatArray]]:
    """Read lower and upper bounds off the columns (variable, coverage, side)."""
    if not len(interval):
        return {}
    if interval.columns.nlevels != 3:
        raise InputError(
            "intervals must be as predict_interval returns them, with the columns (variable, "
            f"coverage, side); got columns of {interval.columns.nlevels} levels"
        )
    columns = cast("list[tuple[Hashable, float, str]]", interval.columns.to_list())
    sides = {
        (float(coverage), side): interval[variable, coverage, side].to_numpy(np.float64)
        for variable, coverage, side in columns
    }
    return {c: (sides[c, "lower"], sides[c, "upper"]) for c, side in sides if side == "lower"}


def _draw(rows: Sequence[_Row], unit: str) -> Figure:
    seasonal = any(row.components and row.components.next_season for row in rows)
    height = {1: 2.7, 2: 2.1}.get(len(rows), 1.75)  # inches
    figure = new_figure(WIDTH, 0.45 + height * len(rows))
    axes = figure.subplots(
        len(rows), 2 if seasonal else 1, squeeze=False, width_ratios=[3, 1] if seasonal else [1]
    )
    for row, cells in zip(rows, axes, strict=True):
        _draw_series(cells[0], row)
        if seasonal:
            _draw_seasons(cells[1], row)
    if unit:
        figure.supylabel(unit, fontsize=SMALL + 0.5, color=SOFT)
    entries = legend_entries(axes[:, 0], _ORDER)
    crowded = seasonal and len(entries) > 5
    add_legend(figure, entries, columns=4 if crowded else 8)
    if seasonal:
        axes[-1][1].set_xlabel("steps ahead", fontsize=SMALL, color=SOFT)
        add_legend(figure, legend_entries(axes[:, 1], _ORDER), "outside upper right")
    return figure


def _draw_series(ax: Axes, row: _Row) -> None:
    past = places_of(row.past)
    style_axes(ax)
    title_axes(ax, row.name)
    ax.axvline(past[-1], color=FAINT, linewidth=0.8, zorder=0)
    _draw_intervals(ax, row, past)
    ax.plot(past, row.y, color=INK, linewidth=0.9, label="history")
    alone = _alone(row.y)
    if alone.any():  # a line shows nothing of an observation between two missing ones
        ax.plot(past[alone], row.y[alone], ".", color=INK, markersize=3)
    if row.components is not None:
        level = row.components.level[-past.size :]
        ax.plot(past, level, color=LEVEL, linewidth=1.0, label="level")
    if row.actual.value.size:
        dashes = (0, (3, 1.2))
        path = _from_history(row, row.actual, past, row.actual.value)
        ax.plot(*path, color=INK, linewidth=0.9, linestyle=dashes, label="actual")
    _draw_forecast(ax, row, past)
    ax.margins(x=0.01)
    label_times(ax, past)


def _draw_forecast(ax: Axes, row: _Row, past: Places) -> None:
    ahead = row.forecast
    path = _from_history(row, ahead, past, ahead.value)
    if ahead.whole:
        marker = "o" if path[0].size == 1 else None
        ax.plot(*path, color=FORECAST, linewidth=1.5, marker=marker, markersize=3, label="forecast")
    else:
        ax.plot(*path, color=tint(FORECAST, 0.5), linewidth=0.8, zorder=1.9)
        ax.plot(
            places_of(ahead.index), ahead.value, color=FORECAST, linestyle="none",
            marker="o", markersize=4 if ahead.value.size <= _FEW else 2, label="forecast",
        )  # fmt: skip


def _draw_intervals(ax: Axes, row: _Row, past: Places) -> None:
    ahead, n = row.forecast, len(row.intervals)
    for k, (coverage, bounds) in enumerate(sorted(row.intervals.items(), reverse=True)):
        # Narrower ones lie on top, and darker.
        color, label = (
            tint(FORECAST, 0.2 + 0.25 * k / max(n - 1, 1)),
            f"{100 * coverage:g}% interval",
        )
        if ahead.whole and ahead.value.size > 1 - ahead.follows:
            places, lower = _from_history(row, ahead, past, bounds[0])
            upper = _from_history(row, ahead, past, bounds[1])[1]
            ax.fill_between(places, lower, upper, color=color, linewidth=0, label=label, zorder=1)
        else:
            width = (6.0 if ahead.value.size <= _FEW else 2.0) + 1.5 * (n - 1 - k)
            ax.vlines(
                places_of(ahead.index), *bounds, color=color, linewidth=width, label=label, zorder=1
            )


def _from_history(
    row: _Row, ahead: _Ahead, past: Places, value: FloatArray
) -> tuple[Places, FloatArray]:
    """Begin at the last observation, where it is known and the next step follows it."""
    places = places_of(ahead.index)
    if not (ahead.follows and np.isfinite(row.y[-1])):
        return places, value
    return np.concatenate([past[-1:], places]), np.concatenate([row.y[-1:], value])


def _alone(y: FloatArray) -> BoolArray:
    """Mark observations without an observed neighbour."""
    seen = np.concatenate([[False], np.isfinite(y), [False]])
    alone: BoolArray = seen[1:-1] & ~seen[:-2] & ~seen[2:]
    return alone


def _draw_seasons(ax: Axes, row: _Row) -> None:
    parts = row.components.next_season if row.components else ()
    if row.components is None or not parts:
        ax.set_axis_off()
        return
    style_axes(ax)
    longest = max(part.size for part in parts)
    ax.axhline(0.0 if row.components.additive else 1.0, color=FAINT, linewidth=0.8, zorder=0)
    for part, color in zip(parts, SEASONS, strict=False):
        ax.plot(
            np.arange(1, longest + 1),
            np.resize(part, longest),
            color=color,
            linewidth=1.1,
            label=f"seasonality, {part.size} steps",
        )
    ax.margins(x=0.01)
    ax.set_xticks(_season_ticks([part.size for part in parts]))


def _season_ticks(periods: Sequence[int]) -> list[int]:
    """Mark the steps at the ends of the shorter seasons, or a few of the only one."""
    longest, step = max(periods), min(periods)
    if longest == step:
        step = max(1, longest // 4)
    while longest // step > 8:
        step *= 2
    return list(range(step, longest + 1, step))
