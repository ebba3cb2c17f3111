"""What forecasts are put together from: level, seasonalities, covariates, the network's part."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray
from esrnn.errors import InputError, InputTypeError
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
from esrnn.plotting.tables import Table, choose_series, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_components"]

_NEEDED = ("y", "level", "network", "y_hat", "form")
_ORDER = ("history", "level", "forecast")
_COLUMNS = 3  # series side by side
_TALL, _FLAT = 1.9, 1.0  # inches
_LEAST = 12  # steps of history, where nobody says


@dataclass(frozen=True)
class _Part:
    """A column that is drawn around the line at which it changes nothing.

    Attributes
    ----------
    column, title, color : str
    period : int
        Steps per season; 0 if it has none.
    """

    column: str
    title: str
    color: str
    period: int = 0


@dataclass(frozen=True)
class _Series:
    """What is drawn of one series.

    Attributes
    ----------
    name : str
    places : ndarray of shape (n_past + H,)
        Time, of the history and of the steps ahead.
    n_past : int
        Steps of history.
    whole : bool
        Whether the steps ahead are all those up to the last.
    values : dict of str to ndarray of shape (n_past + H,), float64
        By column.
    additive : bool
    """

    name: str
    places: Places
    n_past: int
    whole: bool
    values: dict[str, FloatArray]
    additive: bool


def plot_components(
    components: pd.DataFrame,
    ids: Sequence[Hashable] | None = None,
    n_series: int = 3,
    history_length: int | None = None,
) -> Figure:
    """Draw what forecasts are put together from, a column of axes for each series.

    From top to bottom: the series with its level and its forecast; each seasonality; the effect of
    covariates, if there are any; what the network puts on top. Where the form is multiplicative
    these are factors, and the forecast is the product of level and parts; else they are summands.

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
        Number of series where `ids` doesn't say.
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
    table = Table(components)
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
    parts = [
        _Part(f"seasonality_{m}", f"seasonality, {m} steps", SEASONS[k % len(SEASONS)], m)
        for k, m in enumerate(periods)
    ]
    if "covariates" in components.columns:
        parts.append(_Part("covariates", "covariates", COVARIATES))
    return [*parts, _Part("network", "network", NETWORK)]


def _series(
    name: str, rows: pd.DataFrame, parts: Sequence[_Part], history_length: int | None
) -> _Series:
    ahead = rows["y_hat"].notna().to_numpy()
    n_ahead = int(ahead.sum())
    if not n_ahead:
        raise InputError(
            f"series {name!r} has no forecast in the column y_hat; pass what ESRNN.components() "
            "returns, or choose others with ids="
        )
    least = max(3 * n_ahead, *(part.period for part in parts), _LEAST)
    n_past = min(history_length or least, len(rows) - n_ahead)
    rows = pd.concat([rows[~ahead].iloc[len(rows) - n_ahead - n_past :], rows[ahead]])
    columns = ("y", "level", *(part.column for part in parts), "y_hat")
    values = {column: rows[column].to_numpy(np.float64) for column in columns}
    additive = bool(rows["form"].iloc[0] == "additive")
    places = places_of(rows.index)
    return _Series(name, places, n_past, _is_whole(places, n_past), values, additive)


def _draw(drawn: Sequence[_Series], parts: Sequence[_Part]) -> Figure:
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
    whole, n = cells[0], series.n_past
    kind = "summand" if series.additive else "factor"
    for ax in cells:
        style_axes(ax, 5 if ax is whole else 3)
        first = _between(series.places, n)
        ax.axvspan(first, series.places[-1], color=BAND, zorder=0, linewidth=0)
    title_axes(whole, series.name)
    _draw_whole(whole, series)
    for ax, part in zip(cells[1:], parts, strict=True):
        _draw_part(ax, series, part.column, part.color)
        title_axes(ax, f"{part.title} ({kind})", color=part.color, size=SMALL + 0.5)
    for ax in cells:
        ax.margins(x=0.01)
        if ax is not whole:
            ax.sharex(whole)
        label_times(ax, series.places, wide=wide)
        if ax is not cells[-1]:
            ax.tick_params(labelbottom=False)
            ax.xaxis.get_offset_text().set_visible(False)


def _between(places: Places, n_past: int) -> Any:
    """Return the middle between the last step of the history and the first one ahead."""
    if n_past == 0:
        return places[0]
    return places[n_past - 1] + (places[n_past] - places[n_past - 1]) / 2


def _is_whole(places: Places, n_past: int) -> bool:
    """Tell whether no step ahead is left out.

    Months are of unlike lengths; a step left out makes at least twice the usual distance.
    """
    jumps = np.diff(places).astype(np.float64)
    usual = jumps[: max(n_past - 1, 0)]
    return bool(not usual.size or (jumps[n_past - 1 :] <= 1.5 * usual.max()).all())


def _draw_whole(ax: Axes, series: _Series) -> None:
    n, places, values = series.n_past, series.places, series.values
    ax.plot(places[:n], values["y"][:n], color=INK, linewidth=0.9, label="history")
    ax.plot(places, values["level"], color=LEVEL, linewidth=1.1, label="level")
    known = n > 0 and series.whole and bool(np.isfinite(values["y"][n - 1]))
    first = n - 1 if known else n
    path = np.append(values["y"][first:n], values["y_hat"][n:])
    marked = path.size == 1 or not series.whole
    ax.plot(
        places[first:], path, color=FORECAST, linewidth=1.5 if series.whole else 0.6,
        marker="o" if marked else None, markersize=3, label="forecast",
    )  # fmt: skip


def _draw_part(ax: Axes, series: _Series, column: str, color: str) -> None:
    """Draw a part around the line at which it changes nothing."""
    neutral, values = (0.0 if series.additive else 1.0), series.values[column]
    seen = np.isfinite(values)
    if not seen.any():
        ax.set_axis_off()
        return
    ax.axhline(neutral, color=FAINT, linewidth=0.8, zorder=0.5)
    ax.fill_between(
        series.places, neutral, values, where=seen, color=tint(color, 0.15), linewidth=0, zorder=1
    )
    ax.plot(series.places, values, color=color, linewidth=1.1)
    if seen.sum() == 1 or not series.whole:  # what is ahead stands alone
        n = series.n_past
        ax.plot(
            series.places[n:], values[n:], color=color, linestyle="none", marker="o", markersize=3
        )
