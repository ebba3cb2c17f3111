"""Scales of the charts: from values to places, and round ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

__all__ = [
    "Scale",
    "duration_ticks",
    "nice_ticks",
    "number",
    "path_of",
    "tick_texts",
    "whole_ticks",
]

_DURATIONS = (
    (0.001, "1 ms"),
    (0.01, "10 ms"),
    (0.1, "0.1 s"),
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3600.0, "1 h"),
    (36000.0, "10 h"),
    (345600.0, "4 d"),
    (3456000.0, "40 d"),
)


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic axis.

    Parameters
    ----------
    low, high : float
        Ends of the axis in values, `low` below `high`.
    start, end : float
        Their places in the picture.
    log : bool
        Whether it is logarithmic.

    Examples
    --------
    >>> Scale(1.0, 100.0, 0.0, 50.0, log=True).place(10.0)
    25.0
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """Return the place of a value; one beyond the ends is at the end."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, at = log10(low), log10(high), log10(at)
        return self.start + (at - low) / (high - low) * (self.end - self.start)


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return at least `count` round numbers between two values, and not many more.

    Examples
    --------
    >>> nice_ticks(0.43, 1.21), nice_ticks(-4.9, 4.9, 3)
    ([0.6, 0.8, 1.0, 1.2], [-4.0, -2.0, 0.0, 2.0, 4.0])
    """
    if not high > low:
        return [low]
    size = 10.0 ** floor(log10(high - low))
    ticks: list[float] = []
    for factor in (5, 2, 1, 0.5, 0.25, 0.2, 0.1):
        step = size * factor
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        ticks = [round(k * step, 12) for k in range(first, last + 1)]
        if len(ticks) >= count:
            break
    return ticks


def tick_texts(ticks: Sequence[float]) -> list[str]:
    """Return ticks as text, all with as many digits as one of them needs.

    Examples
    --------
    >>> tick_texts([0.9, 0.95, 1.0]), tick_texts([0.0, 10.0])
    (['0.90', '0.95', '1.00'], ['0', '10'])
    """
    digits = max(len(f"{tick:.6f}".rstrip("0").partition(".")[2]) for tick in ticks)
    return [f"{tick:.{digits}f}" for tick in ticks]


def whole_ticks(last: int) -> list[int]:
    """Return some of the steps 1 to `last`, both included.

    Examples
    --------
    >>> whole_ticks(6), whole_ticks(18), whole_ticks(48)
    ([1, 2, 3, 4, 5, 6], [1, 3, 6, 9, 12, 15, 18], [1, 12, 24, 36, 48])
    """
    for step in (1, 2, 3, 4, 6, 12, 24, 48):
        if last / step <= 7:
            ticks = list(range(step, last + 1, step))
            if last - ticks[-1] >= step / 2:
                ticks.append(last)
            elif ticks[-1] != last:
                ticks[-1] = last
            return ticks if ticks[0] == 1 else [1, *ticks]
    return [1, last]


def duration_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return the durations between two, in seconds, that are worth a tick.

    Examples
    --------
    >>> [text for _, text in duration_ticks(0.05, 700.0)]
    ['0.1 s', '1 s', '10 s', '1 min', '10 min']
    """
    return [(seconds, text) for seconds, text in _DURATIONS if low <= seconds <= high]


def number(value: float) -> str:
    """Return a coordinate: a tenth of a unit is finer than any eye.

    Examples
    --------
    >>> number(12.345), number(-0.01), number(7.0)
    ('12.3', '0', '7')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """Return the path data of a line through points.

    Examples
    --------
    >>> path_of([(0.0, 1.0), (2.5, 3.0)])
    'M0 1L2.5 3'
    """
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
