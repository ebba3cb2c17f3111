"""Pictures of forecasts. Needs matplotlib, which ``pip install 'esrnn[plots]'`` brings.

A figure is returned and nothing is shown or written; pyplot and its open figures are left alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError, describe_offenders
from esrnn.frames import FramedPanel, sktime_to_panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from esrnn.components import Components, SeriesComponents

__all__ = ["plot_forecasts"]

_INK, _FAINT = "#333333", "#c9c9c9"
_FORECAST, _LEVEL = "#1a6faf", "#d97d0d"
_SEASONS = ("#14866d", "#8250a8")
_WIDTH, _ROW_HEIGHT, _HEAD = 10.5, 1.75, 0.45  # inches
_SMALL = 8

_Corner: TypeAlias = Literal["outside upper left", "outside upper right"]


@dataclass(frozen=True)
class _Row:
    """What is drawn of one series.

    Attributes
    ----------
    name : str
    past, ahead, later : pd.Index
        Time stamps of history, forecasts and actual values.
    y, y_hat, actual : ndarray, float64
    intervals : dict of float to tuple of ndarray
        Lower and upper bounds for each coverage.
    components : SeriesComponents, optional
    """

    name: str
    past: pd.Index
    y: FloatArray
    ahead: pd.Index
    y_hat: FloatArray
    later: pd.Index
    actual: FloatArray
    intervals: dict[float, tuple[FloatArray, FloatArray]]
    components: SeriesComponents | None


def plot_forecasts(
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
    follows the end.

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
        Steps of history; by default three times those of the forecasts, and a season at least.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``figure.savefig("forecasts.png")``.

    Raises
    ------
    InputError
        If a series of `ids` is not in `history`, or one to be drawn has no forecasts.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> y = pd.Series([3.0, 5.0, 4.0, 6.0, 5.0])
    >>> figure = plot_forecasts(y, pd.Series([7.0, 6.0], index=[5, 6]))
    >>> len(figure.axes)
    1
    """
    figure_class = _figure_class()
    framed = sktime_to_panel(history)
    if components is not None and components.indptr.size != framed.n_series + 1:
        raise InputError(
            f"components must be of the series in history, {framed.n_series}; got "
            f"{components.indptr.size - 1}; compute them for the same panel"
        )
    which = _choose(framed, ids, n_series)
    tables = [_Table(frame, framed) for frame in (forecasts, intervals, actuals)]
    rows = [_row(framed, i, tables, components, history_length) for i in which]
    return _draw(figure_class, rows)


def _figure_class() -> type[Figure]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib; install it with pip install 'esrnn[plots]'"
        ) from error
    return Figure


def _choose(framed: FramedPanel, ids: Sequence[Hashable] | None, n_series: int) -> list[int]:
    """Return the numbers of the series to draw."""
    if ids is None:
        n = max(1, min(n_series, framed.n_series))
        return [int(i) for i in np.linspace(0, framed.n_series - 1, n).round()]
    number = {name: i for i, name in enumerate(framed.panel.ids)}
    unknown = [name for name in ids if name not in number]
    if unknown:
        raise InputError(
            f"ids must be series of history; others: {describe_offenders(unknown)}; see "
            "history.index for those that are there"
        )
    return [number[name] for name in ids]


class _Table:
    """A frame whose rows are looked up by the number of the series."""

    def __init__(self, frame: pd.Series | pd.DataFrame | None, framed: FramedPanel) -> None:
        self.frame = pd.DataFrame() if frame is None else pd.DataFrame(frame)
        index = self.frame.index
        self.number: IntArray = np.zeros(len(index), dtype=np.int64)
        if isinstance(index, pd.MultiIndex):
            self.number = framed.ids.get_indexer(index.droplevel(-1)).astype(np.int64)
            self.frame = self.frame.set_axis(index.get_level_values(-1), axis=0)

    def of(self, i: int) -> pd.DataFrame:
        rows: pd.DataFrame = self.frame.loc[self.number == i]
        return rows


def _row(
    framed: FramedPanel,
    i: int,
    tables: Sequence[_Table],
    components: Components | None,
    history_length: int | None,
) -> _Row:
    forecast, interval, actual = (table.of(i) for table in tables)
    name = _title(framed.target_name if framed.single else framed.panel.ids[i])
    if not len(forecast):
        raise InputError(f"series {name!r} has no rows in forecasts; choose others with ids=")
    y, own = framed.panel.series(i), None
    least = 3 * len(forecast)
    if components is not None:
        own = components.series(i)
        least = max(least, *components.periods) if components.periods else least
    length = min(history_length or least, y.size)
    steps = np.arange(1 - length, 1)
    return _Row(
        name,
        framed.times.stamps(np.full(length, i), steps),
        y[-length:],
        forecast.index,
        forecast.iloc[:, 0].to_numpy(np.float64),
        actual.index,
        actual.iloc[:, 0].to_numpy(np.float64) if len(actual) else np.empty(0),
        _bounds(interval),
        own,
    )


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


def _title(name: Hashable) -> str:
    if isinstance(name, tuple):
        return " / ".join(map(str, name))
    return "" if name is None else str(name)


def _draw(figure_class: type[Figure], rows: Sequence[_Row]) -> Figure:
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    seasonal = any(row.components and row.components.next_season for row in rows)
    figure = figure_class(
        figsize=(_WIDTH, _HEAD + _ROW_HEIGHT * len(rows)),
        dpi=110,
        layout=ConstrainedLayoutEngine(h_pad=0.05, hspace=0.06, wspace=0.03),
    )
    axes = figure.subplots(
        len(rows), 2 if seasonal else 1, squeeze=False, width_ratios=[3, 1] if seasonal else [1]
    )
    for row, cells in zip(rows, axes, strict=True):
        _draw_series(cells[0], row)
        if seasonal:
            _draw_seasons(cells[1], row)
    if seasonal:
        axes[-1][1].set_xlabel("steps ahead", fontsize=_SMALL, color=_INK)
    _add_legend(figure, axes[0])
    return figure


def _draw_series(ax: Axes, row: _Row) -> None:
    past, ahead, later = (_places(index) for index in (row.past, row.ahead, row.later))
    _style(ax)
    ax.set_title(row.name, loc="left", fontsize=_SMALL + 1, color=_INK, pad=3)
    ax.axvline(past[-1], color=_FAINT, linewidth=0.8, zorder=0)
    # The fan opens at the last observation.
    known = bool(np.isfinite(row.y[-1]))
    start, first = (past[-1:], row.y[-1:]) if known else (past[:0], row.y[:0])
    fan = np.concatenate([start, ahead])
    for k, (coverage, bounds) in enumerate(sorted(row.intervals.items(), reverse=True)):
        lower, upper = (np.concatenate([first, bound]) for bound in bounds)
        ax.fill_between(
            fan,
            lower,
            upper,
            color=_FORECAST,
            alpha=0.2 + 0.1 * k,  # narrower ones lie on top
            linewidth=0,
            label=f"{100 * coverage:g}% interval",
        )
    ax.plot(past, row.y, color=_INK, linewidth=0.9, label="history")
    if row.components is not None:
        level = row.components.level[-past.size :]
        ax.plot(past, level, color=_LEVEL, linewidth=1.0, label="level")
    if later.size:
        path = np.concatenate([start, later]), np.concatenate([first, row.actual])
        ax.plot(*path, color=_INK, linewidth=0.9, linestyle=(0, (3, 1.2)), label="actual")
    ax.plot(
        fan, np.concatenate([first, row.y_hat]), color=_FORECAST, linewidth=1.5, label="forecast"
    )
    ax.margins(x=0.01)


def _draw_seasons(ax: Axes, row: _Row) -> None:
    parts = row.components.next_season if row.components else ()
    if row.components is None or not parts:
        ax.set_axis_off()
        return
    _style(ax)
    longest = max(part.size for part in parts)
    ax.axhline(0.0 if row.components.additive else 1.0, color=_FAINT, linewidth=0.8, zorder=0)
    for part, color in zip(parts, _SEASONS, strict=False):
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


def _style(ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(_FAINT)
    ax.tick_params(colors=_INK, labelsize=_SMALL, length=2.5, color=_FAINT)
    ax.yaxis.set_major_locator(MaxNLocator(4))


def _places(index: pd.Index) -> npt.NDArray[Any]:
    """Return time stamps as numbers, or as time stamps that matplotlib knows."""
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.DatetimeIndex):
        index = index.tz_localize(None)
    return index.to_numpy()


def _add_legend(figure: Figure, first_row: Iterable[Axes]) -> None:
    places: tuple[_Corner, _Corner] = ("outside upper left", "outside upper right")
    for ax, place in zip(first_row, places, strict=False):
        handles, labels = ax.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda k: _rank(labels[k]))
        figure.legend(
            [handles[k] for k in order],
            [labels[k] for k in order],
            loc=place,
            ncols=len(labels),
            frameon=False,
            fontsize=_SMALL + 0.5,
            labelcolor=_INK,
            handlelength=1.6,
            columnspacing=1.6,
        )


def _rank(label: str) -> int:
    """Place a label in the legend in the order of reading, not of drawing."""
    order = ("history", "actual", "forecast", "interval", "level")
    return next((k for k, word in enumerate(order) if word in label), len(order))
