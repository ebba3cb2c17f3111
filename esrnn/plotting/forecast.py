"""Series with their forecasts and intervals, a row for each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray
from esrnn.errors import InputError, InputTypeError
from esrnn.frames import FramedPanel, sktime_to_panel
from esrnn.plotting.series import RowsBySeries, choose_series, title_of, unit_of
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from esrnn.components import Components

__all__ = ["plot_forecast"]

_ORDER = ("history", "actual", "forecast", "interval", "level", "season")
_LEAST = 12  # steps of history by default
_FEW = 20  # steps that are drawn as points with room around them
_Point: TypeAlias = tuple[Any, float]  # time and value of the last observation


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

    On the left are the last part of the history, the forecast with its interval, what came after,
    and the level. On the right, if there is a seasonality, are the seasonal factors of the season
    after the end. Forecasts with steps left out are drawn as points, their intervals as bars.

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
        Number of series if `ids` is not given.
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
    tables = [RowsBySeries(frame, framed.ids) for frame in (forecasts, intervals, actuals)]
    own = [components.series(i) if components is not None else None for i in which]
    season = max(components.periods, default=0) if components is not None else 0
    seasonal = components is not None and len(components.periods) > 0
    height = {1: 2.7, 2: 2.1}.get(len(which), 1.75)  # inches
    figure = new_figure(WIDTH, 0.45 + height * len(which))
    axes = figure.subplots(
        len(which), 2 if seasonal else 1, squeeze=False, width_ratios=[3, 1] if seasonal else [1]
    )
    for i, part, cells in zip(which, own, axes, strict=True):
        rows = [table.of(i) for table in tables]
        _draw_series(cells[0], framed, i, rows, part, (history_length, season))
        if seasonal:
            _draw_seasons(cells[1], part)
    unit = "" if framed.single else unit_of(framed.target_name)
    if unit:
        figure.supylabel(unit, fontsize=SMALL + 0.5, color=SOFT)
    entries = legend_entries(axes[:, 0], _ORDER)
    add_legend(figure, entries, columns=4 if seasonal and len(entries) > 5 else 8)
    if seasonal:
        axes[-1][1].set_xlabel("steps ahead", fontsize=SMALL, color=SOFT)
        add_legend(figure, legend_entries(axes[:, 1], _ORDER), "outside upper right")
    return figure


def _draw_series(
    ax: Axes,
    framed: FramedPanel,
    i: int,
    rows: Sequence[pd.DataFrame],
    components: Components | None,
    history: tuple[int | None, int],
) -> None:
    """Draw a series.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    framed : FramedPanel
    i : int
        Its number.
    rows : sequence of pd.DataFrame
        Its forecasts, intervals and actual values.
    components : Components, optional
    history : (int or None, int)
        How many steps of history were asked for, and the least number otherwise.
    """
    forecast, interval, actual = rows
    name = title_of(framed.target_name if framed.single else framed.panel.ids[i])
    if not len(forecast):
        raise InputError(f"series {name!r} has no rows in forecasts; choose others with ids=")
    if len(interval) and not interval.index.equals(forecast.index):
        raise InputError(
            f"intervals must be of the steps of forecasts; they differ in series {name!r}; give "
            "predict_interval the same fh"
        )
    places, follows, complete, reach = _steps_ahead(framed, i, forecast)
    y = framed.panel.series(i)
    length = min(history[0] or max(3 * reach, _LEAST, history[1]), y.size)
    series = np.full(length, i)
    steps = framed.times.steps(series, np.arange(1 - length, 1))
    past = places_of(framed.times.stamps(series, steps))
    y = y[-length:]
    style_axes(ax)
    title_axes(ax, name)
    ax.axvline(past[-1], color=FAINT, linewidth=0.8, zorder=0)
    start = (past[-1], y[-1] if follows else np.nan)
    _draw_intervals(ax, _bounds(interval), places, start, complete)
    ax.plot(past, y, color=INK, linewidth=0.9, label="history")
    alone = _alone(y)
    if alone.any():  # a line does not show an observation between two missing ones
        ax.plot(past[alone], y[alone], ".", color=INK, markersize=3)
    if components is not None:
        ax.plot(past, components.level[-length:], color=LEVEL, linewidth=1.0, label="level")
    if len(actual):
        later, follows, _, _ = _steps_ahead(framed, i, actual)
        path = _from_history((past[-1], y[-1] if follows else np.nan), later, _column(actual))
        ax.plot(*path, color=INK, linewidth=0.9, linestyle=(0, (3, 1.2)), label="actual")
    _draw_forecast(ax, places, _column(forecast), start, complete)
    ax.margins(x=0.01)
    label_times(ax, past)


def _steps_ahead(framed: FramedPanel, i: int, rows: pd.DataFrame) -> tuple[Places, bool, bool, int]:
    """Return where rows after the history are, and how they follow it.

    Whether the first one is the step after the last observation, whether none is left out between
    the first and the last, and how many steps ahead the last one is.
    """
    places = places_of(rows.index)
    last, grid = framed.times.last[i : i + 1], framed.times.grid
    if _kind(last) != _kind(rows.index):  # drawn, but not counted in steps of the history
        return places, True, True, len(rows)
    jumps = np.diff(grid.ordinals(last.append(rows.index))) // grid.stride
    return places, bool(jumps[0] == 1), bool((jumps[1:] == 1).all()), max(int(jumps.sum()), 1)


def _column(rows: pd.DataFrame) -> FloatArray:
    """Return the only column of a frame."""
    return rows.iloc[:, 0].to_numpy(np.float64)


def _kind(index: pd.Index) -> str:
    """Name the kind of time stamps."""
    if isinstance(index, pd.DatetimeIndex):
        return f"time stamps, time zone {index.tz}"
    return "periods" if isinstance(index, pd.PeriodIndex) else "numbers"


def _bounds(interval: pd.DataFrame) -> dict[float, tuple[FloatArray, FloatArray]]:
    """Return lower and upper bounds by coverage, of columns (variable, coverage, side)."""
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


def _draw_forecast(
    ax: Axes, places: Places, value: FloatArray, start: _Point, complete: bool
) -> None:
    """Draw a line, or points if steps are left out."""
    path = _from_history(start, places, value)
    if complete:
        marker = "o" if path[0].size == 1 else None
        ax.plot(*path, color=FORECAST, linewidth=1.5, marker=marker, markersize=3, label="forecast")
    else:
        ax.plot(*path, color=tint(FORECAST, 0.5), linewidth=0.8, zorder=1.9)
        ax.plot(
            places, value, color=FORECAST, linestyle="none",
            marker="o", markersize=4 if value.size <= _FEW else 2, label="forecast",
        )  # fmt: skip


def _draw_intervals(
    ax: Axes,
    intervals: dict[float, tuple[FloatArray, FloatArray]],
    places: Places,
    start: _Point,
    complete: bool,
) -> None:
    """Draw bands, or bars if steps are left out; narrower intervals lie on top, and are darker."""
    n, n_steps = len(intervals), len(places)
    for k, (coverage, bounds) in enumerate(sorted(intervals.items(), reverse=True)):
        color = tint(FORECAST, 0.2 + 0.25 * k / max(n - 1, 1))
        label = f"{100 * coverage:g}% interval"
        if complete and n_steps > 1 - bool(np.isfinite(start[1])):
            band, lower = _from_history(start, places, bounds[0])
            upper = _from_history(start, places, bounds[1])[1]
            ax.fill_between(band, lower, upper, color=color, linewidth=0, label=label, zorder=1)
        else:
            width = (6.0 if n_steps <= _FEW else 2.0) + 1.5 * (n - 1 - k)
            ax.vlines(places, *bounds, color=color, linewidth=width, label=label, zorder=1)


def _from_history(start: _Point, places: Places, value: FloatArray) -> tuple[Places, FloatArray]:
    """Begin at the last observation, if there is one and the next step follows it."""
    place, y = start
    if not np.isfinite(y):
        return places, value
    return np.append([place], places), np.append([y], value)


def _alone(y: FloatArray) -> BoolArray:
    """Mark observations without an observed neighbour."""
    seen = np.concatenate([[False], np.isfinite(y), [False]])
    alone: BoolArray = seen[1:-1] & ~seen[:-2] & ~seen[2:]
    return alone


def _draw_seasons(ax: Axes, components: Components | None) -> None:
    """Draw the season that follows the end of a series."""
    parts = [part[0] for part in components.next_season] if components else []
    if components is None or not parts:
        ax.set_axis_off()
        return
    style_axes(ax)
    longest = max(part.size for part in parts)
    ax.axhline(0.0 if components.additive[0] else 1.0, color=FAINT, linewidth=0.8, zorder=0)
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
