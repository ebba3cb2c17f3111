"""Where labels go, so that they don't cover each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Literal, TypeAlias

__all__ = ["Box", "Label", "place_labels", "spread_out"]

Anchor: TypeAlias = Literal["start", "middle", "end"]
_HEIGHT, _PER_LETTER = 12.0, 6.0  # of 11 px letters in the usual typefaces
_DIRECTIONS = (
    (1.0, 0.0), (-1.0, 0.0), (0.0, -1.0), (0.0, 1.0),
    (0.8, -0.8), (0.8, 0.8), (-0.8, -0.8), (-0.8, 0.8),
)  # fmt: skip
_DISTANCES = (7.0, 14.0, 22.0, 32.0, 44.0, 58.0, 74.0)
_NEAR = 10.0  # beyond it a line leads to the label
_ELSEWHERE = 80.0  # what it weighs that a label stands nearer to another point than to its own


@dataclass(frozen=True)
class Box:
    """A rectangle in a picture.

    Parameters
    ----------
    left, top, right, bottom : float
        Its edges.
    """

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Return the area that two boxes share.

        Examples
        --------
        >>> Box(0, 0, 2, 2).overlap(Box(1, 1, 5, 5))
        1
        """
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0

    def distance(self, x: float, y: float) -> float:
        """Return how far a point is from the box; 0 inside."""
        across = max(self.left - x, 0, x - self.right)
        return hypot(across, max(self.top - y, 0, y - self.bottom))

    def outside(self, frame: Box) -> float:
        """Return how far a box reaches out of a frame."""
        return (
            max(frame.left - self.left, 0)
            + max(self.right - frame.right, 0)
            + max(frame.top - self.top, 0)
            + max(self.bottom - frame.bottom, 0)
        )


@dataclass(frozen=True)
class Label:
    """A placed label.

    Parameters
    ----------
    x, y : float
        Place of the text: its middle in height, and the end that `anchor` names.
    anchor : {"start", "middle", "end"}
        As in SVG.
    box : Box
        What it covers.
    is_far : bool
        Whether a line should lead from the point to it.
    """

    x: float
    y: float
    anchor: Anchor
    box: Box
    is_far: bool


def place_labels(
    points: Sequence[tuple[float, float]], texts: Sequence[str], frame: Box, taken: Sequence[Box]
) -> list[Label]:
    """Place a label near each point, the first ones first.

    Parameters
    ----------
    points : sequence of (x, y)
        The points.
    texts : sequence of str
        Their labels.
    frame : Box
        Labels should stay in it.
    taken : sequence of Box
        What labels should not cover besides the points and each other.

    Returns
    -------
    list of Label
        In the order of the points. Where there is no free place the least bad one is taken.
    """
    dots = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    placed: list[Label] = []
    for i, ((x, y), text) in enumerate(zip(points, texts, strict=True)):
        obstacles = [*dots, *taken, *(label.box for label in placed)]
        others = [point for k, point in enumerate(points) if k != i]

        def badness(
            label: Label,
            own: tuple[float, float] = (x, y),
            obstacles: Sequence[Box] = obstacles,
            others: Sequence[tuple[float, float]] = others,
        ) -> float:
            return _cover(label, obstacles, frame) + _distance(label, own, others)

        placed.append(min(_candidates(x, y, _PER_LETTER * len(text)), key=badness))
    return placed


def spread_out(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels beside a chart apart, each as little as it takes, in their order.

    Parameters
    ----------
    heights : sequence of float
        Where they would be.
    gap : float
        Least distance of two.
    low, high : float
        Where the first and the last may be at most.

    Returns
    -------
    list of float
        In the order given.

    Examples
    --------
    >>> spread_out([10.0, 12.0, 50.0], gap=12.0, low=0.0, high=100.0)
    [5.0, 17.0, 50.0]
    """
    order = sorted(range(len(heights)), key=lambda i: (heights[i], i))
    groups: list[tuple[float, list[int]]] = []  # middle of a group, and who is in it
    for i in order:
        middle, members = heights[i], [i]
        while groups and groups[-1][0] + gap * (len(groups[-1][1]) + len(members)) / 2 > middle:
            members = [*groups.pop()[1], *members]
            middle = sum(heights[k] for k in members) / len(members)
            half = gap * (len(members) - 1) / 2
            middle = max(min(middle, high - half), low + half)
        groups.append((middle, members))
    places = [0.0] * len(heights)
    for middle, members in groups:
        for k, i in enumerate(members):
            places[i] = middle + gap * (k - (len(members) - 1) / 2)
    return places


def _candidates(x: float, y: float, width: float) -> Iterator[Label]:
    for distance in _DISTANCES:
        for dx, dy in _DIRECTIONS:
            at_x, at_y = x + dx * distance, y + dy * (distance + 3 * (dx == 0))
            anchor: Anchor = "middle" if dx == 0 else "start" if dx > 0 else "end"
            left = at_x - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = Box(left, at_y - _HEIGHT / 2, left + width, at_y + _HEIGHT / 2)
            yield Label(at_x, at_y, anchor, box, is_far=distance > _NEAR)


def _cover(label: Label, obstacles: Sequence[Box], frame: Box) -> float:
    """Weigh what a label covers, and whether it leaves the frame."""
    covered = sum(label.box.overlap(box) for box in obstacles)
    return 10 * covered + 1000 * label.box.outside(frame)


def _distance(
    label: Label, own: tuple[float, float], others: Sequence[tuple[float, float]]
) -> float:
    """Weigh how far a label is from its point, and whether it seems to be another one's."""
    to_own = label.box.distance(*own)
    nearer = any(label.box.distance(*other) < to_own for other in others)
    return abs(label.x - own[0]) + abs(label.y - own[1]) + (_ELSEWHERE if nearer else 0)
