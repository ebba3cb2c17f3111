"""What a training step changes: the network, the per-series parameters, their optimisers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Generator, Tensor

from esrnn._typing import IntArray
from esrnn.errors import TrainingError
from esrnn.model import HybridModel
from esrnn.training.member import History, Member, Network
from esrnn.training.optimisers import NetworkAdam, SeriesAdam, learning_rate_factor
from esrnn.training.problem import TrainingProblem

__all__ = ["TrainingState"]


class TrainingState:
    """One member in training.

    Parameters
    ----------
    problem : TrainingProblem
    model : HybridModel
        Where training starts; it is moved to the generator's device and changed.
    rng : numpy.random.Generator
        Draws batches and the origins within each series.
    generator : Generator
        Draws what the network drops and hides in training.
    """

    def __init__(
        self,
        problem: TrainingProblem,
        model: HybridModel,
        rng: np.random.Generator,
        generator: Generator,
    ) -> None:
        self.problem = problem
        self.model = model.to(generator.device)
        self.rng = rng
        self._generator = generator
        self.rows = torch.from_numpy(problem.job.fit.rows.copy())
        self._first_starts = model.layout.first_starts(problem.data.lengths)
        self._last_starts = model.layout.last_starts(problem.data.lengths)
        self._network_adam = NetworkAdam(self.model.network.parameters())
        self._series_adam = SeriesAdam(self.rows)

    def step(self, indices: IntArray, progress: float, epoch: int) -> tuple[float, float]:
        """Train on a batch.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
            Series of one form.
        progress : float
            Share of the training that is done, in [0, 1], for the learning rates.
        epoch : int
            To be named if the loss is not finite.

        Returns
        -------
        loss : float
        gradient_norm : float
            Of the network's gradient, before it was clipped.

        Raises
        ------
        TrainingError
            If the loss or a gradient is not finite; names the epoch and the series.
        """
        training = self.problem.config.training
        factor = learning_rate_factor(training.schedule, progress, training.warm_up)
        self._network_adam.clear_gradients()
        starts = self._draw_starts(indices)
        phase = int(self.rng.integers(training.origin_step))
        loss, gradient = self._backward(indices, starts, phase)
        norm = self._clip_gradient()
        if not (math.isfinite(loss) and math.isfinite(norm) and _is_finite(gradient)):
            raise TrainingError.diverged(epoch, self.culprits(indices, starts, phase))
        self._network_adam.step(training.learning_rate * factor)
        self._series_adam.step(
            indices, gradient * indices.size, training.series_learning_rate * factor
        )
        return loss, norm

    def member(self, history: History) -> Member:
        """Return the member as it is now.

        Parameters
        ----------
        history : History
            Of its training so far.

        Returns
        -------
        Member
        """
        weights = {
            name: tensor.detach().cpu().numpy().copy()
            for name, tensor in self.model.network.state_dict().items()
        }
        layout, job = self.model.layout, self.problem.job
        network = Network(job.config, layout.first_origin, layout.additive_scale, weights)
        smoothing = replace(job.fit, rows=self.rows.numpy().copy())
        return Member(network, smoothing, history=history)

    def _draw_starts(self, indices: IntArray) -> IntArray:
        """Draw where each series' training window of origins starts."""
        first, last = self._first_starts[indices], self._last_starts[indices]
        return self.rng.integers(first, last, endpoint=True)

    def _backward(self, indices: IntArray, starts: IntArray, phase: int) -> tuple[float, Tensor]:
        """Return the loss of some series and the gradient of their rows.

        The network's gradient is left in its parameters.
        """
        batch = self.problem.data.subset(indices)
        rows = self.rows[torch.from_numpy(indices)].requires_grad_()
        windows, targets = self.model.windows_and_targets(batch, rows, starts, phase)
        penalty = self.problem.config.training.level_penalty
        loss = self.model.loss(windows, targets, self.problem.loss, penalty, self._generator)
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
        return float(loss.item()), gradient

    def _clip_gradient(self) -> float:
        """Shorten the network's gradient to the largest norm allowed; return the norm it had."""
        parameters = list(self.model.network.parameters())
        largest = self.problem.config.training.gradient_clip
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if norm > largest:
            torch.nn.utils.clip_grads_with_norm_(parameters, largest, norm)
        return float(norm.item())

    def culprits(self, indices: IntArray, starts: IntArray, phase: int) -> list[object]:
        """Return the ids whose own loss or gradient is not finite; all if none is by itself.

        Parameters
        ----------
        indices, starts : ndarray of shape (B,), int64
            Series of a batch, and where their training windows start.
        phase : int
            The first scored origin, counted from there.

        Returns
        -------
        list
        """
        ids, bad = self.problem.job.panel.ids, []
        for i, start in zip(indices, starts, strict=True):
            loss, gradient = self._backward(np.array([i]), np.array([start]), phase)
            if not (math.isfinite(loss) and _is_finite(gradient)):
                bad.append(ids[i])
        return bad or [ids[i] for i in indices]


def _is_finite(gradient: Tensor) -> bool:
    """Return whether all numbers are finite."""
    return bool(np.isfinite(gradient.numpy()).all())
