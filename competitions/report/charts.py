"""The report's charts, as SVG that takes its colours from the page's style sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from competitions.report.axes import (
    Scale,
    duration_ticks,
    nice_ticks,
    number,
    path_of,
    tick_texts,
    whole_ticks,
)
from competitions.report.labels import Box, place_labels, spread_out
from competitions.report.markup import Attributes, Markup, element, join
from competitions.report.numbers import compact, duration
from competitions.report.pictures import Picture

__all__ = ["Dot", "Line", "cost_chart", "picture_chart", "step_chart"]

_WIDTH, _HEIGHT = 420.0, 300.0
_TOP, _BOTTOM = 22.0, 38.0  # room above and below the axes
_TOP_OWA = 1.25  # methods that are worse are drawn at the edge, with their number


@dataclass(frozen=True)
class Dot:
    """A method in the picture of accuracy against cost.

    Parameters
    ----------
    label : str
        Its name.
    cpu_s, owa : float
        Where it is.
    kind : str
        Class of its look.
    """

    label: str
    cpu_s: float
    owa: float
    kind: str


@dataclass(frozen=True)
class Line:
    """A method in the picture of errors by step.

    Parameters
    ----------
    label : str
        Its name.
    values : sequence of float
        One for each step.
    kind : str
        Class of its look.
    """

    label: str
    values: Sequence[float]
    kind: str


def cost_chart(dots: Sequence[Dot], about: str) -> Markup:
    """Draw OWA against CPU seconds, the latter on a logarithmic axis.

    Parameters
    ----------
    dots : sequence of Dot
        At least one; those first in it are labelled first.
    about : str
        What the picture shows, for readers that don't see it.
    """
    x = _cost_scale([dot.cpu_s for dot in dots])
    low, high = min(dot.owa for dot in dots), max(dot.owa for dot in dots)
    top = max(min(high, _TOP_OWA), 1.0)
    room = 0.07 * max(top - low, 0.1)
    y = Scale(low - room, top + room, _HEIGHT - _BOTTOM, _TOP)
    frame = Box(x.start, y.end, _WIDTH - 2, y.start)
    parts = [*_owa_axis(y, frame), *_cost_axis(x, frame), _frontier(dots, x, y)]
    places = [(x.place(dot.cpu_s), y.place(dot.owa)) for dot in dots]
    beyond = [dot.owa > y.high for dot in dots]
    texts = [
        f"{dot.label} {dot.owa:.2f}" if out else dot.label
        for dot, out in zip(dots, beyond, strict=True)
    ]
    labels = place_labels(places, texts, frame, [])
    for dot, text, (px, py), label, out in zip(dots, texts, places, labels, beyond, strict=True):
        if label.is_far:
            end = label.x, label.y
            parts.append(element("path", {"class": "leader", "d": path_of([(px, py), end])}))
        tip = element("title", None, f"{dot.label}: OWA {dot.owa:.4f}, {duration(dot.cpu_s)}")
        parts.append(element("g", {"class": f"dot {dot.kind}"}, tip, _mark(px, py, out)))
        parts.append(_text(label.x, label.y, text, f"name {dot.kind}", label.anchor))
    return _svg(_WIDTH, _HEIGHT, about, parts)


def step_chart(lines: Sequence[Line], about: str) -> Markup:
    """Draw sMAPE by step ahead, each line labelled at its end.

    Parameters
    ----------
    lines : sequence of Line
        At least one, all of the same number of steps.
    about : str
        What the picture shows, for readers that don't see it.
    """
    n_steps = len(lines[0].values)
    margin = 18 + 6 * max(len(line.label) for line in lines)
    values = [value for line in lines for value in line.values]
    low, high = min(values), max(values)
    low = 0.0 if low < 0.4 * high else low - 0.08 * (high - low)
    x = Scale(1, max(n_steps, 2), 40, _WIDTH - margin)
    y = Scale(low, high * 1.03 if high > low else low + 1, _HEIGHT - _BOTTOM, _TOP)
    parts = [
        part
        for tick, text in _labelled(nice_ticks(y.low, y.high))
        for part in _grid_line(y.place(tick), x.start, x.end, text)
    ]
    for step in whole_ticks(n_steps):
        parts.append(_text(x.place(step), y.start + 14, str(step), "tick", "middle"))
    middle = (x.start + x.end) / 2
    parts.append(_text(middle, _HEIGHT - 9, "steps ahead", "axis", "middle"))
    parts.append(_text(2, 8, "sMAPE", "axis", "start"))
    ends = [y.place(line.values[-1]) for line in lines]
    heights = spread_out(ends, 13, y.end + 4, y.start)
    for line, height, end in reversed(list(zip(lines, heights, ends, strict=True))):
        points = [(x.place(k), y.place(v)) for k, v in enumerate(line.values, start=1)]
        tip = element("title", None, f"{line.label}: {line.values[0]:.3f} to {line.values[-1]:.3f}")
        shape = element("path", {"class": f"line {line.kind}", "d": path_of(points)}, tip)
        leader = [(x.end + 2, end), (x.end + 9, height)]
        parts.append(shape)
        parts.append(element("path", {"class": "leader", "d": path_of(leader)}))
        parts.append(_text(x.end + 12, height, line.label, f"name {line.kind}", "start"))
    return _svg(_WIDTH, _HEIGHT, about, parts)


def picture_chart(picture: Picture, level: int) -> Markup:
    """Draw one series: the end of its history, what came, the forecast and its interval.

    Parameters
    ----------
    picture : Picture
        The series.
    level : int
        Of the interval, in percent.
    """
    width, height = 300.0, 170.0
    n, n_ahead = len(picture.history), len(picture.actual)
    shown = [picture.history, picture.actual, picture.y_hat, *(picture.bounds or ())]
    values = np.concatenate(shown)
    low, high = float(values.min()), float(values.max())
    room = 0.05 * (high - low) or 1.0
    x = Scale(1 - n, n_ahead, 40, width - 4)
    y = Scale(low - room, high + room, height - 22, 6)
    parts = [
        part
        for tick in nice_ticks(low, high, 3)
        for part in _grid_line(y.place(tick), x.start, x.end, compact(tick))
    ]
    origin = x.place(0)
    parts.append(element("path", {"class": "origin", "d": f"M{number(origin)} 6V{height - 22:g}"}))
    for step in (1 - n, 0, n_ahead):
        text = f"+{step}" if step > 0 else compact(step)
        anchor = "start" if step < 0 else "end" if step > 0 else "middle"
        parts.append(_text(x.place(step), height - 9, text, "tick", anchor))

    def line(first: int, of: Sequence[float]) -> list[tuple[float, float]]:
        return [(x.place(first + k), y.place(float(value))) for k, value in enumerate(of)]

    history, last = list(picture.history), picture.history[-1]
    if picture.bounds is not None:
        lower, upper = picture.bounds
        around = [*line(0, [last, *upper]), *reversed(line(1, list(lower)))]
        parts.append(element("path", {"class": "interval", "d": path_of(around) + "Z"}))
    for kind, points in (
        ("history", line(1 - n, history)),
        ("actual", line(0, [last, *picture.actual])),
        ("forecast", line(0, [last, *picture.y_hat])),
    ):
        parts.append(element("path", {"class": kind, "d": path_of(points)}))
    about = (
        f"Series {picture.series}: last {n} observations, the {n_ahead} that followed, forecast"
        + (f" and {level}% interval" if picture.bounds is not None else "")
    )
    return _svg(width, height, about, parts)


def _cost_scale(seconds: Sequence[float]) -> Scale:
    low, high = max(min(seconds), 0.005), max(*seconds, 0.05)
    return Scale(low / 2, max(high, 30 * low) * 2, 40, _WIDTH - 8, log=True)


def _owa_axis(y: Scale, frame: Box) -> list[Markup]:
    parts = [
        part
        for tick, text in _labelled(nice_ticks(y.low, y.high))
        for part in _grid_line(y.place(tick), frame.left, frame.right, text)
    ]
    one = number(y.place(1.0))
    across = f"M{number(frame.left)} {one}H{number(frame.right)}"
    parts.append(element("path", {"class": "one", "d": across}))
    parts.append(_text(2, 8, "OWA", "axis", "start"))
    return parts


def _labelled(ticks: Sequence[float]) -> Iterator[tuple[float, str]]:
    return zip(ticks, tick_texts(ticks), strict=True)


def _cost_axis(x: Scale, frame: Box) -> list[Markup]:
    parts, last = [], float("-inf")
    for seconds, text in duration_ticks(x.low, x.high):
        place = x.place(seconds)
        mark = f"M{number(place)} {number(frame.bottom)}v4"
        parts.append(element("path", {"class": "mark", "d": mark}))
        if place - last >= 44:
            parts.append(_text(place, frame.bottom + 14, text, "tick", "middle"))
            last = place
    middle = (frame.left + frame.right) / 2
    parts.append(_text(middle, _HEIGHT - 9, "CPU time, logarithmic", "axis", "middle"))
    return parts


def _frontier(dots: Sequence[Dot], x: Scale, y: Scale) -> Markup:
    """Join the methods that no other beats in both accuracy and cost."""
    points: list[tuple[float, float]] = []
    best = float("inf")
    for dot in sorted(dots, key=lambda dot: (dot.cpu_s, dot.owa)):
        if dot.owa < best and dot.owa <= y.high:
            best = dot.owa
            here = x.place(dot.cpu_s), y.place(dot.owa)
            if points:
                points.append((here[0], points[-1][1]))
            points.append(here)
    return element("path", {"class": "frontier", "d": path_of(points)}) if points else Markup()


def _mark(x: float, y: float, beyond: bool) -> Markup:
    if beyond:
        return element("path", {"d": path_of([(x - 4, y + 4), (x, y - 3), (x + 4, y + 4)]) + "Z"})
    return element("circle", {"cx": number(x), "cy": number(y), "r": 4})


def _grid_line(y: float, start: float, end: float, text: str) -> list[Markup]:
    across = f"M{number(start)} {number(y)}H{number(end)}"
    grid = element("path", {"class": "grid", "d": across})
    return [grid, _text(start - 5, y, text, "tick", "end")]


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> Markup:
    places: Attributes = {
        "class": kind,
        "x": number(x),
        "y": number(y + 4),
        "text-anchor": None if anchor == "start" else anchor,
    }
    return element("text", places, text)


def _svg(width: float, height: float, about: str, parts: Sequence[Markup]) -> Markup:
    attributes: Attributes = {
        "viewBox": f"0 0 {width:g} {height:g}",
        "role": "img",
        "aria-label": about,
    }
    return element("svg", attributes, join(parts))
