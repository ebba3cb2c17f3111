"""The report's charts, drawn by matplotlib, as SVG in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from competitions.report.collect import Section
from competitions.report.numbers import duration
from competitions.report.pictures import Picture
from competitions.report.rows import MethodRow
from competitions.runs.compare import draw_ranks
from competitions.scoring.paired import Comparison
from esrnn.plotting.style import FAINT, INK, SMALL, SOFT, new_figure, style_axes
from esrnn.plotting.svg import COLORS, inline_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, LSTM, RIVAL, OTHER = "#0a58a6", "#8a5a00", "#2c7045", "#6d737a"
GRID, RULE, PAPER = "#ecece7", "#dcdcd6", "#fdfdfb"
CHART_COLORS = {
    **COLORS,
    OURS: "ours",
    LSTM: "lstm",
    RIVAL: "rival",
    OTHER: "other",
    GRID: "faint",
    RULE: "rule",
    PAPER: "paper",
}
_SIZE, _SMALL = (4.2, 2.9), (3.0, 1.7)  # inches
_GAP = 0.075  # between the middles of two labels, of the height of the axes
_N_LABELLED = 6
_TOP_OWA = 1.25  # methods that are worse are drawn at the upper edge
_DURATIONS = (0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0, 345600.0, 3456000.0)
_LABELS = ("1 ms", "10 ms", "0.1 s", "1 s", "10 s", "1 min", "10 min", "1 h", "10 h", "4 d", "40 d")


def cost_chart(section: Section) -> str:
    """Draw OWA against CPU time, the best methods named at the right; one must have an OWA."""
    rows = [row for row in section.rows if row.mean("owa") is not None]
    owas = np.array([row.mean("owa") for row in rows], dtype=np.float64)
    seconds = np.array([max(row.cpu_s.mean, 0.005) for row in rows])
    top = max(min(float(owas.max()), _TOP_OWA), 1.0)
    room = 0.07 * max(top - float(owas.min()), 0.1)
    shown = np.minimum(owas, top + room)
    figure, ax = _axes("OWA")
    ax.set_xscale("log")
    low, high = seconds.min(), max(seconds.max(), 0.05)
    ax.set_xlim(low / 2, max(high, 30 * low) * 2)
    ax.set_ylim(owas.min() - room, top + room)
    _label_durations(ax)
    ax.set_xlabel("CPU time, logarithmic", fontsize=SMALL, color=SOFT)
    ax.axhline(1.0, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)))
    front = _frontier(seconds, np.where(owas > shown, np.inf, owas))
    ax.plot(seconds[front], shown[front], color=FAINT, linewidth=1.2, drawstyle="steps-post")
    names, titles = _names(section), {}
    for k in np.argsort(-owas, kind="stable"):  # the best on top
        mark = "^" if owas[k] > shown[k] else "o"
        (dot,) = ax.plot(
            seconds[k], shown[k], mark, color=_color(rows[k], None), markersize=5.5,
            markeredgecolor=PAPER, markeredgewidth=0.7, clip_on=False, gid=f"dot-{k}", zorder=3,
        )  # fmt: skip
        name = names[rows[k].key]
        titles[str(dot.get_gid())] = f"{name}: OWA {owas[k]:.4f}, {duration(rows[k].cpu_s.mean)}"
    best = sorted(range(len(rows)), key=lambda k: (not rows[k].is_ours, owas[k]))[:_N_LABELLED]
    _label_right(
        ax,
        [(seconds[k], shown[k]) for k in best],
        [names[rows[k].key] for k in best],
        [_color(rows[k], None) for k in best],
    )
    about = f"{section.label}: OWA against CPU time of {len(rows)} methods"
    return _svg(figure, f"{section.name}-cost", about, titles)


def step_chart(section: Section) -> str:
    """Draw sMAPE by step ahead of a handful of methods on a task, named at the ends of lines."""
    best = next((row for row in section.rows if row.is_statistical), None)
    rows = [
        row
        for row in section.rows
        if row.is_ours or row.method in ("lstm", "naive2") or row is best
    ] or list(section.rows[:1])
    names = _names(section)
    figure, ax = _axes("sMAPE")
    lines = [np.asarray(row.smape_by_step) for row in rows]
    steps = np.arange(1, lines[0].size + 1)
    low, high = min(map(np.min, lines)), max(map(np.max, lines))
    low = 0.0 if low < 0.4 * high else low - 0.08 * (high - low)
    ax.set_ylim(low, high + 0.03 * abs(high) if high > low else low + 1.0)
    ax.set_xlim(1, max(steps.size, 2))
    ax.set_xticks(_step_ticks(steps.size))
    ax.set_xlabel("steps ahead", fontsize=SMALL, color=SOFT)
    for row, line in reversed(list(zip(rows, lines, strict=True))):
        ax.plot(
            steps, line, color=_color(row, best), linewidth=2.0 if row.is_ours else 1.2,
            linestyle=(0, (3, 2)) if row.method == "naive2" else "-", clip_on=False,
            label=names[row.key],
        )  # fmt: skip
    _label_right(
        ax,
        [(steps[-1], line[-1]) for line in lines],
        [names[row.key] for row in rows],
        [_color(row, best) for row in rows],
    )
    about = f"{section.label}: sMAPE by step ahead of {', '.join(names[row.key] for row in rows)}"
    return _svg(figure, f"{section.name}-steps", about)


def picture_chart(picture: Picture, level: int, name: str) -> str:
    """Draw the end of a series, what followed, its forecast and the interval of a level in percent.

    The name of the chart must be unique on the page.
    """
    figure = new_figure(*_SMALL)
    ax = figure.subplots()
    _style(ax, 3)
    n, n_ahead = len(picture.history), len(picture.actual)
    ahead, last = np.arange(n_ahead + 1), picture.history[-1:]
    if picture.bounds is not None:
        lower, upper = (np.concatenate([last, bound]) for bound in picture.bounds)
        ax.fill_between(ahead, lower, upper, color=OURS, alpha=0.16, linewidth=0)
    ax.axvline(0.0, color=RULE, linewidth=0.8)
    ax.plot(np.arange(1 - n, 1), picture.history, color=OTHER, linewidth=0.9)
    ax.plot(ahead, np.concatenate([last, picture.actual]), color=INK, linewidth=1.1)
    ax.plot(ahead, np.concatenate([last, picture.y_hat]), color=OURS, linewidth=1.4)
    ax.set_xlim(1 - n, n_ahead)
    ax.set_xticks([1 - n, 0, n_ahead], [f"−{n - 1}", "0", f"+{n_ahead}"])
    about = (
        f"Series {picture.series}: last {n} observations, the {n_ahead} that followed, forecast"
        + (f" and {level}% interval" if picture.bounds is not None else "")
    )
    return _svg(figure, name, about)


def rank_chart(section: Section, ranks: Comparison) -> str:
    """Draw mean ranks with their critical difference."""
    about = f"{section.label}: mean ranks of {len(ranks.names)} methods by MASE"
    return inline_svg(draw_ranks(ranks), f"{section.name}-ranks", about)


def spread_out(heights: Sequence[float]) -> list[float]:
    """Move labels apart as little as needed, in their order and inside the axes (0 to 1).

    Examples
    --------
    >>> [round(height, 4) for height in spread_out([0.5, 0.1, 0.5])]
    [0.4625, 0.1, 0.5375]
    """
    order = np.argsort(heights, kind="stable")
    offsets = _GAP * np.arange(len(heights))
    free = isotonic_regression(np.asarray(heights)[order] - offsets).x
    moved = np.empty(len(heights))
    moved[order] = np.clip(free, 0.0, max(1.0 - float(offsets[-1]), 0.0)) + offsets
    return [float(height) for height in moved]


def _axes(title: str) -> tuple[Figure, Axes]:
    """Return a figure and axes of a chart, the measure's name above them."""
    figure = new_figure(*_SIZE)
    ax = figure.subplots()
    _style(ax, 5)
    ax.set_title(title, loc="left", fontsize=SMALL, color=SOFT)
    return figure, ax


def _style(ax: Axes, n_ticks: int) -> None:
    """Draw pale lines across instead of a frame."""
    style_axes(ax, n_ticks)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelcolor=SOFT)
    ax.grid(axis="y", color=GRID, linewidth=0.7)
    ax.set_axisbelow(True)


def _label_durations(ax: Axes) -> None:
    """Mark the durations inside the limits, as far as there is room for them."""
    low, high = np.log10(ax.get_xlim())
    places: list[float] = []
    for seconds in _DURATIONS:
        place = np.log10(seconds)
        if low <= place <= high and (not places or place - places[-1] >= 0.14 * (high - low)):
            places.append(float(place))
    labels = dict(zip(np.log10(_DURATIONS), _LABELS, strict=True))
    ax.set_xticks([10.0**place for place in places], [labels[place] for place in places])
    ax.minorticks_off()


def _step_ticks(last: int) -> list[int]:
    """Return some of the steps from 1 to the last one, both included."""
    step = next((s for s in (1, 2, 3, 4, 6, 12, 24) if last <= 7 * s), 48)
    ticks = [k for k in range(step, last, step) if k > 1 and last - k >= step / 2]
    return [1, *ticks, last]


def _frontier(
    seconds: np.ndarray[tuple[int], np.dtype[np.float64]],
    owas: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> list[int]:
    """Return the methods that no other beats in both cost and accuracy, cheapest first."""
    front: list[int] = []
    for k in np.lexsort((owas, seconds)):
        if owas[k] < (owas[front[-1]] if front else np.inf):
            front.append(int(k))
    return front


def _label_right(
    ax: Axes, points: Sequence[tuple[float, float]], texts: Sequence[str], colors: Sequence[str]
) -> None:
    """Write a name for each point in a column right of the axes, joined to it by a thin line."""
    low, high = ax.get_ylim()
    heights = spread_out([(y - low) / (high - low) for _, y in points])
    for point, height, text, color in zip(points, heights, texts, colors, strict=True):
        ax.annotate(
            text,
            point,
            xytext=(1.05, height),
            textcoords="axes fraction",
            va="center",
            fontsize=SMALL,
            fontweight="bold" if color == OURS else "normal",
            color=INK if color == OTHER else color,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkA": 1},
        )


def _names(section: Section) -> dict[tuple[str, str], str]:
    """Name the rows in charts: engine and settings only where they tell two of them apart."""
    methods = [row.method for row in section.rows]
    names = {}
    for row in section.rows:
        more = ("" if row.is_usual else row.engine, row.settings)
        told = more if methods.count(row.method) > 1 else ()
        names[row.key] = ", ".join(filter(None, (row.short, *told)))
    return names


def _color(row: MethodRow, best: MethodRow | None) -> str:
    """Return a method's colour; `best` is the best statistical method, if it is to stand out."""
    if row.is_ours:
        return OURS
    if row.method == "lstm":
        return LSTM
    return RIVAL if best is not None and row is best else OTHER


def _svg(figure: Figure, name: str, about: str, titles: dict[str, str] | None = None) -> str:
    """Return a chart as an element of the page."""
    return inline_svg(figure, name, about, colors=CHART_COLORS, titles=titles)
