"""One member in training by several processes, each with a part of the series.

All processes draw the same batches. Of each batch a process computes the series that are its own,
over the origins and with the random draws that they have in the whole batch. The loss is a mean
over series, so the loss and the network's gradient of the whole batch are means of the processes',
weighted by their numbers of series. All then make the same step with the network, and each with the
smoothing parameters of its own series.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from esrnn._typing import IntArray
from esrnn.errors import InputError
from esrnn.model import HybridModel
from esrnn.nn.draws import SeriesGenerator
from esrnn.training.compiled_step import BatchGradients
from esrnn.training.member import History, Member
from esrnn.training.optimisers import SeriesAdam
from esrnn.training.problem import TrainingProblem
from esrnn.training.state import TrainingState

__all__ = ["SharedState"]


class SharedState(TrainingState):
    """One member in training by several processes, those of `problem.ranks`.

    `rows` has the series of this process alone.

    Parameters
    ----------
    problem, model, rng
        As for `TrainingState`, the same in all processes.
    generator : SeriesGenerator
        On the CPU, and the same, too.

    Raises
    ------
    InputError
        If the network can't be trained in parts.
    LostProcessError
        As `esrnn.training.ranks.Ranks.sum`; by `step` and `member` as well.
    """

    def __init__(
        self,
        problem: TrainingProblem,
        model: HybridModel,
        rng: np.random.Generator,
        generator: SeriesGenerator,
    ) -> None:
        self._ranks, self._draws = problem.ranks, generator
        if problem.config.network.cell == "batch_norm_lstm":
            raise InputError(
                "several processes can't train the cell 'batch_norm_lstm' together: it normalises"
                " by all series of a batch. Choose another cell, or train in one process."
            )
        # Other kinds of processors round other digits of what is drawn and fitted.
        super().__init__(problem, self._ranks.first(model), rng, generator)
        self.rows = self.rows[self._ranks.rank :: self._ranks.size].clone()
        self._series_adam = SeriesAdam(self.rows)

    def member(self, history: History) -> Member:
        """Return the member as it is now; all processes must ask for it.

        Parameters
        ----------
        history : History
            Of its training so far.

        Returns
        -------
        Member
            With the parameters of all series.
        """
        rows = np.zeros_like(self.problem.job.fit.rows)
        rows[self._ranks.rank :: self._ranks.size] = self.rows.numpy()
        member = super().member(history)
        return replace(member, smoothing=replace(member.smoothing, rows=self._ranks.sum(rows)))

    def culprits(self, indices: IntArray, starts: IntArray, phase: int) -> list[object]:
        """Return what `TrainingState.culprits` does, once all processes have looked at theirs."""
        own = self._ranks.own(indices)
        self._draws.draw_for(np.zeros(1, dtype=np.int64), 1)
        ids = self.problem.job.panel.ids
        bad = self._ranks.joined(self._bad(indices[own], starts[own], phase))
        return bad or [ids[i] for i in indices]

    def _places(self, indices: IntArray) -> IntArray:
        return indices[self._ranks.own(indices)] // self._ranks.size

    def _backward(self, indices: IntArray, starts: IntArray, phase: int) -> BatchGradients:
        """Return the loss and the network's gradient of the batch, and those of rows here."""
        own, rows = self._ranks.own(indices), self._rows_of(indices)
        n_own = own.size
        if not n_own:  # another's series counts for nothing, but the random draws go on
            own = np.zeros(1, dtype=np.int64)
            rows = torch.from_numpy(self.problem.job.fit.rows[indices[own]])
        self._draws.draw_for(own, indices.size)
        origins = self._origins(indices, starts, phase).some(own)
        return self._joined(self._gradients(indices[own], origins, rows), n_own)

    def _joined(self, part: BatchGradients, n_own: int) -> BatchGradients:
        """Return the loss and gradients of a batch from those of its parts, here of `n_own`."""
        network = part.network or [
            np.zeros(p.shape, np.float32) if p.grad is None else p.grad.numpy()
            for p in self.model.network.parameters()
        ]
        n_counted = np.count_nonzero(part.observed.any(axis=(0, 2))) if n_own else 0
        flat = np.concatenate([g.reshape(-1) for g in network])
        sent = np.zeros(flat.size + 2, dtype=np.float32)
        with np.errstate(all="ignore"):  # what is not finite is for the caller to notice
            if n_own:
                sent[0], sent[1], sent[2:] = n_counted, n_counted * part.loss, n_counted * flat
                if not np.isfinite(part.rows).all():
                    sent[1] = math.nan
            got = self._ranks.sum(sent)
            n_all = max(float(got[0]), 1.0)
            rows = part.rows[:n_own] * (n_counted / n_all)
            means = got[1:] / np.float32(n_all)
        sizes = np.cumsum([g.size for g in network])[:-1]
        return BatchGradients(float(means[0]), rows, np.split(means[1:], sizes), part.observed)
