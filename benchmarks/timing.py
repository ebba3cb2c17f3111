"""Clocks: contenders that take turns, laps within one piece of work, thread counts."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import torch

from esrnn.kernels.threads import at_most, count_threads

__all__ = ["Contender", "Stopwatch", "Timing", "take_turns", "thread_counts", "threads"]


@dataclass(frozen=True)
class Contender:
    """Something to be timed.

    Attributes
    ----------
    name : str
    run : callable
        What is timed.
    prepare : callable, optional
        Called before each run, off the clock.
    max_repeats : int, optional
        Fewer repeats than the others', for something slow.
    """

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] | None = None
    max_repeats: int | None = None


@dataclass(frozen=True)
class Timing:
    """Repeats of one contender.

    Attributes
    ----------
    name : str
    times_ms : tuple of float
        One for each repeat.
    """

    name: str
    times_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """The middle repeat."""
        return median(self.times_ms)

    @property
    def spread(self) -> str:
        """Smallest and largest repeat, for a table."""
        return f"{min(self.times_ms):.3f}..{max(self.times_ms):.3f}"

    def summary(self) -> dict[str, float | int]:
        """Return what goes into a file."""
        return {
            "median_ms": self.median_ms,
            "min_ms": min(self.times_ms),
            "max_ms": max(self.times_ms),
            "repeats": len(self.times_ms),
        }


def take_turns(contenders: Sequence[Contender], repeats: int) -> dict[str, Timing]:
    """Time contenders in turn, A B C A B C, so that a disturbance meets all of them alike.

    Parameters
    ----------
    contenders : sequence of Contender
        Names are different. Each runs once beforehand, untimed.
    repeats : int

    Returns
    -------
    dict of str to Timing

    Examples
    --------
    >>> timings = take_turns([Contender("sum", lambda: sum(range(10)))], repeats=3)
    >>> len(timings["sum"].times_ms)
    3
    """
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(-1, repeats):
        for contender in contenders:
            if contender.max_repeats is not None and turn >= contender.max_repeats:
                continue
            if contender.prepare is not None:
                contender.prepare()
            start = time.perf_counter()
            contender.run()
            elapsed = time.perf_counter() - start
            if turn >= 0:
                times[contender.name].append(1e3 * elapsed)
    return {name: Timing(name, tuple(t)) for name, t in times.items()}


class Stopwatch:
    """Laps of one piece of work, by name, over many rounds.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> watch.start()
    >>> watch.lap("first")
    >>> watch.lap("second")
    >>> [timing.name for timing in watch.timings()]
    ['first', 'second']
    """

    def __init__(self) -> None:
        self._laps: dict[str, list[float]] = defaultdict(list)
        self._clock = 0.0

    def start(self) -> None:
        """Start a round."""
        self._clock = time.perf_counter()

    def lap(self, name: str) -> None:
        """End a lap and start the next one."""
        now = time.perf_counter()
        self._laps[name].append(1e3 * (now - self._clock))
        self._clock = time.perf_counter()

    def timings(self) -> list[Timing]:
        """Return the laps in the order in which they first ended."""
        return [Timing(name, tuple(laps)) for name, laps in self._laps.items()]


def thread_counts() -> list[int]:
    """Return one thread, two where there are two, and all that kernels may use."""
    most = count_threads()
    return sorted({1, min(2, most), most})


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Run a block with this many threads in kernels and in torch."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with at_most(count):
            yield
    finally:
        torch.set_num_threads(before)
