"""The parts of forecasts: level, seasonalities, covariates, and the network's part."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray
from esrnn.errors import InputError, InputTypeError
from esrnn.plotting.series import RowsBySeries, choose_series, title_of
from esrnn.plotting.style import (
    BAND,
    COVARIATES,
    FAINT,
    FORECAST,
    INK,
    LEVEL,
    NETWORK,
    SEASONS,
    SMALL,
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

__all__ = ["plot_components"]

_NEEDED = ("y", "level", "network", "y_hat", "form")
_ORDER = ("history", "level", "forecast")
_COLUMNS = 3  # series side by side
_TALL, _FLAT = 1.9, 1.0  # inches
_LEAST = 12  # steps of history by default


# Column, title, colour, and steps per season (0 if it has none).
_Part: TypeAlias = tuple[str, str, str, int]
# Name; rows of the history and then of the steps ahead; number of rows of the history.
_Series: TypeAlias = tuple[str, pd.DataFrame, int]


def plot_components(
    components: pd.DataFrame,
    ids: Sequence[Hashable] | None = None,
    n_series: int = 3,
    history_length: int | None = None,
) -> Figure:
    """Draw the parts of forecasts, a column of axes for each series.

    From top to bottom: the series with its level and its forecast; each seasonality; the effect of
    covariates, if there are any; the network's part. In the multiplicative form these are factors,
    and the forecast is the product of level and parts; in the additive form they are summands.

    Parameters
    ----------
    components : pd.DataFrame
        What `ESRNN.components` returned: indexed as y, with the steps of the history and then
        those ahead, and the columns ``y``, ``level``, one ``seasonality_<period>`` for each
        seasonality, perhaps ``covariates``, ``network``, ``y_hat`` and ``form``.
    ids : sequence, optional
        The series to draw; tuples for hierarchical data. By default `n_series` of them at even
        distances.
    n_series : int, default 3
        Number of series if `ids` is not given.
    history_length : int, optional
        Steps of history; by default three times as many as there are ahead, and a season at
        least.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``figure.savefig("components.png")``.

    Raises
    ------
    InputTypeError
        If `components` is no data frame.
    InputError
        If columns are missing, or a series of `ids` is not in `components`.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> components = pd.DataFrame(
    ...     {
    ...         "y": [4.0, 6.0, 4.0, None],
    ...         "level": [5.0, 5.0, 5.0, 5.0],
    ...         "seasonality_2": [0.8, 1.2, 0.8, 1.2],
    ...         "network": [None, None, None, 1.1],
    ...         "y_hat": [None, None, None, 6.6],
    ...         "form": "multiplicative",
    ...     }
    ... )
    >>> figure = plot_components(components)
    >>> [ax.get_title(loc="left") for ax in figure.axes[1:]]
    ['seasonality, 2 steps (factor)', 'network (factor)']
    """
    parts = _require_components(components)
    table = RowsBySeries(components)
    names = table.ids.to_list()
    which = choose_series(names, ids, n_series, "components")
    drawn = [
        _series("" if table.single else title_of(names[i]), table.of(i), parts, history_length)
        for i in which
    ]
    return _draw(drawn, parts)


def _require_components(components: pd.DataFrame) -> list[_Part]:
    """Check the columns and return the parts to draw."""
    if not isinstance(components, pd.DataFrame):
        raise InputTypeError(
            "components must be a data frame as ESRNN.components() returns it; got "
            f"{type(components).__name__}"
        )
    missing = [name for name in _NEEDED if name not in components.columns]
    if missing:
        raise InputError(
            f"components must have the columns {_NEEDED}; without {missing}; pass what "
            "ESRNN.components() returns"
        )
    matches = (re.fullmatch(r"seasonality_(\d+)", str(name)) for name in components.columns)
    periods = [int(match.group(1)) for match in matches if match]
    parts: list[_Part] = [
        (f"seasonality_{m}", f"seasonality, {m} steps", SEASONS[k % len(SEASONS)], m)
        for k, m in enumerate(periods)
    ]
    if "covariates" in components.columns:
        parts.append(("covariates", "covariates", COVARIATES, 0))
    return [*parts, ("network", "network", NETWORK, 0)]


def _series(
    name: str, rows: pd.DataFrame, parts: Sequence[_Part], history_length: int | None
) -> _Series:
    """Return the rows of a series that are drawn."""
    ahead = rows["y_hat"].notna().to_numpy()
    n_ahead = int(ahead.sum())
    if not n_ahead:
        raise InputError(
            f"series {name!r} has no forecast in the column y_hat; pass what ESRNN.components() "
            "returns, or choose others with ids="
        )
    least = max(3 * n_ahead, *(period for *_, period in parts), _LEAST)
    n_past = min(history_length or least, len(rows) - n_ahead)
    shown = pd.concat([rows[~ahead].iloc[len(rows) - n_ahead - n_past :], rows[ahead]])
    return name, shown, n_past


def _draw(drawn: Sequence[_Series], parts: Sequence[_Part]) -> Figure:
    """Draw all series, some side by side."""
    n_columns = min(len(drawn), _COLUMNS)
    n_groups = -(-len(drawn) // n_columns)
    heights = [_TALL, *([_FLAT] * len(parts))]
    figure = new_figure(WIDTH, 0.6 + sum(heights) * n_groups)
    grid = figure.subplots(
        n_groups * len(heights), n_columns, squeeze=False, height_ratios=heights * n_groups
    )
    for k in range(n_groups * n_columns):
        first = (k // n_columns) * len(heights)
        cells = list(grid[first : first + len(heights), k % n_columns])
        if k < len(drawn):
            _draw_series(cells, drawn[k], parts, wide=n_columns < _COLUMNS)
        else:
            for ax in cells:
                ax.set_axis_off()
    add_legend(figure, legend_entries(grid[0], _ORDER))
    return figure


def _draw_series(
    cells: Sequence[Axes], series: _Series, parts: Sequence[_Part], *, wide: bool
) -> None:
    """Draw a series into a column of axes."""
    name, rows, n = series
    top, places = cells[0], places_of(rows.index)
    additive = bool(rows["form"].iloc[0] == "additive")
    kind = "summand" if additive else "factor"
    complete = _is_complete(places, n)
    for ax in cells:
        style_axes(ax, 5 if ax is top else 3)
        ax.axvspan(_between(places, n), places[-1], color=BAND, zorder=0, linewidth=0)
    title_axes(top, name)
    _draw_forecast(top, rows, n, complete=complete)
    for ax, (column, title, color, _) in zip(cells[1:], parts, strict=True):
        values = rows[column].to_numpy(np.float64)
        _draw_part(ax, places, values, 0.0 if additive else 1.0, color)
        if np.isfinite(values).sum() == 1 or not complete:  # steps ahead that stand alone
            ax.plot(places[n:], values[n:], "o", color=color, markersize=3)
        title_axes(ax, f"{title} ({kind})", color=color, size=SMALL + 0.5)
    for ax in cells:
        ax.margins(x=0.01)
        if ax is not top:
            ax.sharex(top)
        label_times(ax, places, wide=wide)
        if ax is not cells[-1]:
            ax.tick_params(labelbottom=False)
            ax.xaxis.get_offset_text().set_visible(False)


def _between(places: Places, n_past: int) -> Any:
    """Return the middle between the last step of the history and the first one ahead."""
    if n_past == 0:
        return places[0]
    return places[n_past - 1] + (places[n_past] - places[n_past - 1]) / 2


def _is_complete(places: Places, n_past: int) -> bool:
    """Return whether no step ahead is left out.

    Months are of unlike lengths; a step left out makes at least twice the usual distance.
    """
    jumps = np.diff(places).astype(np.float64)
    usual = jumps[: max(n_past - 1, 0)]
    return bool(not usual.size or (jumps[n_past - 1 :] <= 1.5 * usual.max()).all())


def _draw_forecast(ax: Axes, rows: pd.DataFrame, n: int, *, complete: bool) -> None:
    """Draw history, level and forecast; `complete` says that no step ahead is left out."""
    places = places_of(rows.index)
    y, level, y_hat = (rows[name].to_numpy(np.float64) for name in ("y", "level", "y_hat"))
    ax.plot(places[:n], y[:n], color=INK, linewidth=0.9, label="history")
    ax.plot(places, level, color=LEVEL, linewidth=1.1, label="level")
    first = n - 1 if n > 0 and complete and bool(np.isfinite(y[n - 1])) else n
    path = np.append(y[first:n], y_hat[n:])
    ax.plot(
        places[first:], path, color=FORECAST, linewidth=1.5 if complete else 0.6,
        marker="o" if path.size == 1 or not complete else None, markersize=3, label="forecast",
    )  # fmt: skip


def _draw_part(ax: Axes, places: Places, values: FloatArray, neutral: float, color: str) -> None:
    """Draw a part around the line at which it changes nothing."""
    seen = np.isfinite(values)
    if not seen.any():
        ax.set_axis_off()
        return
    ax.axhline(neutral, color=FAINT, linewidth=0.8, zorder=0.5)
    ax.fill_between(
        places, neutral, values, where=seen, color=tint(color, 0.15), linewidth=0, zorder=1
    )
    ax.plot(places, values, color=color, linewidth=1.1)
