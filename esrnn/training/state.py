"""What a training step changes: the network, the per-series parameters, their optimisers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Generator, Tensor

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import TrainingError
from esrnn.model import HybridModel
from esrnn.ops.layout import OriginRange, training_range
from esrnn.ops.lessons import lesson_targets
from esrnn.ops.windows import Targets, Windows
from esrnn.training.compiled_step import BatchGradients, CompiledStep
from esrnn.training.member import History, Member, Network
from esrnn.training.optimisers import SeriesAdam, learning_rate_factor, make_adam
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
        self._network_adam = make_adam(self.model.network.parameters())
        self._series_adam = SeriesAdam(self.rows)
        is_compiled = problem.job.lessons is None and CompiledStep.is_possible(
            model, problem.config, problem.loss, generator
        )
        self._compiled = CompiledStep(model, problem.loss) if is_compiled else None

    def step(self, indices: IntArray, progress: float, place: str) -> tuple[float, float]:
        """Train on a batch.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
            Series of one form.
        progress : float
            Share of the training that is done, in [0, 1], for the learning rates.
        place : str
            Epoch and step, to be named if the loss is not finite.

        Returns
        -------
        loss : float
        gradient_norm : float
            Of the network's gradient, before it was clipped.

        Raises
        ------
        TrainingError
            If the loss or a gradient is not finite; names the step, the member and the series.
        """
        training = self.problem.config.training
        factor = learning_rate_factor(training.schedule, progress, training.warm_up)
        self._network_adam.clear_gradients()
        starts = self._draw_starts(indices)
        phase = int(self.rng.integers(training.origin_step))
        loss, gradient, of_network, _ = self._backward(indices, starts, phase)
        norm = self._network_adam.clip(training.gradient_clip, of_network)
        if not (math.isfinite(loss) and math.isfinite(norm) and _is_finite(gradient)):
            found = f"the loss is not finite in {place} of {self.problem.job.name}"
            raise TrainingError.diverged(found, self.culprits(indices, starts, phase))
        self._network_adam.step(training.learning_rate * factor)
        moved = torch.from_numpy(gradient * indices.size)
        places = self._places(indices)
        self._series_adam.step(places, moved, training.series_learning_rate * factor)
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

    def _places(self, indices: IntArray) -> IntArray:
        """Return the places in `rows` of those series of a batch that have one."""
        return indices

    def _rows_of(self, indices: IntArray) -> Tensor:
        """Return a copy of these rows."""
        return self.rows[torch.from_numpy(self._places(indices))]

    def _origins(self, indices: IntArray, starts: IntArray, phase: int) -> OriginRange:
        """Return the origins of a batch."""
        lengths = self.problem.data.lengths[indices]
        return training_range(lengths, self.model.layout, starts, phase)

    def _backward(self, indices: IntArray, starts: IntArray, phase: int) -> BatchGradients:
        """Return the loss of a batch and its gradients."""
        origins = self._origins(indices, starts, phase)
        return self._gradients(indices, origins, self._rows_of(indices))

    def _gradients(self, indices: IntArray, origins: OriginRange, rows: Tensor) -> BatchGradients:
        """Return the loss of some series and the gradients of it."""
        data, window = self.problem.data, self.model.layout.training_window
        until = None
        if window is not None and data.covariates is None:  # nothing depends on what comes later
            until = origins.starts + window + self.model.layout.horizon
        batch = data.subset(indices, until)
        if self._compiled is not None:
            return self._compiled(batch, rows.numpy(), origins, self._generator)
        rows.requires_grad_()
        windows, targets = self.model.windows_and_targets(batch, rows, origins)
        spec, penalty = self.problem.loss, self.problem.config.training.level_penalty
        lessons = self._lessons(indices, origins, windows, targets)
        loss = self.model.loss(windows, targets, spec, penalty, self._generator, lessons)
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
        observed = (lessons[0] if lessons else targets).observed.cpu().numpy()
        return BatchGradients(float(loss.item()), gradient.numpy(), None, observed)

    def _lessons(
        self, indices: IntArray, origins: OriginRange, windows: Windows, targets: Targets
    ) -> list[Targets]:
        """Return the quantiles to learn; none where what happened is learnt."""
        found = self.problem.lessons_at(indices, origins.starts + windows.scored.cpu().numpy())
        if found is None:
            return []
        quantiles, known = map(torch.from_numpy, found)
        return lesson_targets(windows, targets, quantiles, known.to(self.model.device))

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
        ids = self.problem.job.panel.ids
        return self._bad(indices, starts, phase) or [ids[i] for i in indices]

    def _bad(self, indices: IntArray, starts: IntArray, phase: int) -> list[object]:
        """Return the ids of the series whose own loss or gradient is not finite."""
        ids, bad = self.problem.job.panel.ids, []
        for k, i in enumerate(indices):
            one = indices[k : k + 1]
            origins = self._origins(one, starts[k : k + 1], phase)
            loss, gradient, *_ = self._gradients(one, origins, self._rows_of(one))
            if not (math.isfinite(loss) and _is_finite(gradient)):
                bad.append(ids[i])
        return bad


def _is_finite(gradient: FloatArray) -> bool:
    """Return whether all numbers are finite."""
    return bool(np.isfinite(gradient).all())
