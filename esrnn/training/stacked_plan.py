"""What each step of an epoch trains on, for several members side by side.

Every member draws its own batches, origins and phases from its own generator, in the order in which
it would draw them alone. Batches are filled up to one size, and windows to one of a few numbers, so
that all steps have one of a few shapes; what fills them up counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, IntArray
from esrnn.ops.layout import Layout
from esrnn.training.problem import TrainingProblem

__all__ = ["EpochPlan", "plan_epoch", "round_up"]

_STEPS_OF_2 = 4  # numbers of windows between a power of 2 and the next one


@dataclass(frozen=True)
class EpochPlan:
    """The steps of an epoch, S of them, for M members with batches of up to B series.

    Attributes
    ----------
    series : ndarray of shape (S, M, B), int64
        Which ones; the first of a batch fills it up.
    is_own : ndarray of shape (S, M, B), bool
        False for what fills a batch up.
    begins, scored : ndarray of shape (S, M, B), int64
        The first origin of each series, and its first scored one.
    n_windows : list of int
        Origins of each step, after rounding up.
    """

    series: IntArray
    is_own: BoolArray
    begins: IntArray
    scored: IntArray
    n_windows: list[int]

    @property
    def n_steps(self) -> int:
        """Steps of the epoch."""
        return len(self.n_windows)

    def drawn(self, step: int, member: int) -> tuple[IntArray, IntArray, int]:
        """Return a member's batch as it was drawn: series, first origins, phase."""
        own = self.is_own[step, member]
        begins = self.begins[step, member, own]
        phase = int(self.scored[step, member, 0] - self.begins[step, member, 0])
        return self.series[step, member, own], begins, phase


def plan_epoch(
    problems: Sequence[TrainingProblem],
    layout: Layout,
    rngs: Sequence[np.random.Generator],
    batch_size: int,
) -> EpochPlan:
    """Draw what all members train on in an epoch.

    Parameters
    ----------
    problems : sequence of TrainingProblem
        One for each member, of the same series in the same forms.
    layout : Layout
    rngs : sequence of numpy.random.Generator
        One for each member.
    batch_size : int
        B.

    Returns
    -------
    EpochPlan
    """
    drawn = [
        _draw(problem, layout, rng) for problem, rng in zip(problems, rngs, strict=True)
    ]  # fmt: skip
    shape = (len(drawn[0]), len(problems), batch_size)
    series, begins = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    phases = np.zeros((*shape[:2], 1), dtype=np.int64)
    sizes = np.zeros((*shape[:2], 1), dtype=np.int64)
    for m, steps in enumerate(drawn):
        for k, (batch, starts, phase) in enumerate(steps):
            n = sizes[k, m, 0] = batch.size
            series[k, m], begins[k, m] = batch[0], starts[0]
            series[k, m, :n], begins[k, m, :n] = batch, starts
            phases[k, m] = phase
    lengths = np.stack([problem.data.lengths for problem in problems])
    own_lengths = lengths[np.arange(len(problems))[None, :, None], series]
    n_windows = (own_lengths - begins).max(axis=2, keepdims=True)  # (S, M, 1)
    most = int((lengths - layout.first_starts(lengths)).max())
    if layout.training_window is not None:
        n_windows = np.minimum(n_windows, layout.training_window)
        most = min(most, layout.training_window)
    scored = begins + np.minimum(phases, n_windows - 1)
    longest = n_windows.max(axis=(1, 2)).tolist()
    is_own = np.arange(batch_size) < sizes
    return EpochPlan(series, is_own, begins, scored, [min(round_up(n), most) for n in longest])


def _draw(
    problem: TrainingProblem, layout: Layout, rng: np.random.Generator
) -> list[tuple[IntArray, IntArray, int]]:
    """Draw one member's steps: series, first origins, phase."""
    batches, lengths = problem.draw_batches(rng), problem.data.lengths
    first, last = layout.first_starts(lengths), layout.last_starts(lengths)
    return [
        (
            batch,
            rng.integers(first[batch], last[batch], endpoint=True),
            int(rng.integers(layout.origin_step)),
        )
        for batch in batches
    ]


def round_up(n: int) -> int:
    """Return the next of the numbers of windows that steps may have.

    Examples
    --------
    >>> [round_up(n) for n in (3, 5, 9, 36, 97)]
    [4, 5, 10, 40, 112]
    """
    unit = max((1 << max((n - 1).bit_length() - 1, 0)) // _STEPS_OF_2, 1)
    return max(-(-n // unit) * unit, _STEPS_OF_2)
