"""What a training step of several members side by side changes, all of it on their device.

The formulas are those of `esrnn.training.state` and `esrnn.training.optimisers`, with a row for
each member in place of a module. A step reads what it trains on from the epoch's plan by a counter
on the device, and leaves its loss there: nothing in it waits for the device, so that it can be
captured as a graph (`esrnn.training.graphs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from esrnn.model import HybridModel
from esrnn.nn.stacked import StackedNetworks
from esrnn.ops.columns import ColumnOrigins
from esrnn.training.problem import TrainingProblem
from esrnn.training.stacked_data import ResidentData
from esrnn.training.stacked_loss import stacked_losses, stacked_spec
from esrnn.training.stacked_plan import EpochPlan

__all__ = ["Moments", "StackedState"]

_BETAS = (0.9, 0.999)
_EPS_NETWORK, _EPS_SERIES = 1e-8, 1e-6


@dataclass(frozen=True)
class Moments:
    """Adam's moments of the rows of a table, and how often each was moved.

    Attributes
    ----------
    mean, square : Tensor of shape (N, P)
    visits : Tensor of shape (N, 1), float64
    """

    mean: Tensor
    square: Tensor
    visits: Tensor

    @classmethod
    def of(cls, table: Tensor) -> Moments:
        """Return moments of 0 for a table."""
        visits = torch.zeros(table.shape[0], 1, dtype=torch.float64, device=table.device)
        return cls(torch.zeros_like(table), torch.zeros_like(table), visits)

    def step(self, gradient: Tensor, rows: Tensor | None, eps: float) -> Tensor:
        """Take a gradient in; return what the table moves by at a learning rate of 1.

        Parameters
        ----------
        gradient : Tensor of shape (B, P)
        rows : Tensor of shape (B,), int64, or None
            Which rows, each at most once; None for all.
        eps : float
            Added to the root of the second moment.

        Returns
        -------
        Tensor of shape (B, P)
        """
        parts = (self.mean, self.square, self.visits)
        mean, square, visits = parts if rows is None else (part[rows] for part in parts)
        b1, b2 = _BETAS
        visits = visits + 1.0
        mean = torch.lerp(mean, gradient, 1.0 - b1)
        square = torch.lerp(square, gradient * gradient, 1.0 - b2)
        for part, new in zip(parts, (mean, square, visits), strict=True):
            if rows is None:
                part.copy_(new)
            else:
                part[rows] = new
        first = (1.0 - torch.pow(b1, visits)).to(mean.dtype)
        second = (1.0 - torch.pow(b2, visits)).to(mean.dtype)
        return mean / first / ((square / second).sqrt() + eps)


class StackedState:
    """Several members of one kind in training.

    Parameters
    ----------
    problems : sequence of TrainingProblem
        One for each member, of one panel in the same forms, with equal settings.
    models : sequence of HybridModel
        Where their training starts.
    device : torch.device

    Attributes
    ----------
    weights : Tensor of shape (M, n_weights), float32
    rows : Tensor of shape (M * N + 1, P), float64
        Per-series parameters, member by member. The last row stands for what fills batches up.
    losses, norms : Tensor of shape (S, M)
        Of each step of the epoch: the loss, and the norm of the gradient before it was clipped.
    is_finite : Tensor of shape (S, M), bool
        False from the step on whose loss or gradient was not finite; such a member stays as it was
        before that step.
    """

    def __init__(
        self,
        problems: Sequence[TrainingProblem],
        models: Sequence[HybridModel],
        device: torch.device,
    ) -> None:
        config, layout = problems[0].config, models[0].layout
        self.layout, self.training = layout, config.training
        self.n_members, self.n_series = len(problems), problems[0].data.lengths.size
        self.networks = StackedNetworks(config.network)
        flat = self.networks.flat([model.network.state_dict() for model in models])
        self.weights = flat.to(device).requires_grad_()
        rows = [problem.job.fit.rows for problem in problems]
        spare = np.zeros((1, rows[0].shape[1]))
        self.rows = torch.from_numpy(np.concatenate([*rows, spare])).to(device)
        self.data = ResidentData.of(problems, layout, config.training.batch_size, device)
        self._spec = stacked_spec([problem.loss for problem in problems], device)
        self._of_network, self._of_rows = Moments.of(self.weights.detach()), Moments.of(self.rows)
        seeds = [problem.job.seed for problem in problems]
        self._seeds = torch.tensor(seeds, dtype=torch.int64, device=device)
        member = torch.arange(self.n_members, device=device)[:, None]
        self._row_of_member = self.n_series * member
        self._alive = torch.ones(self.n_members, dtype=torch.bool, device=device)
        self._made = torch.zeros(1, dtype=torch.int64, device=device)  # steps, of all epochs
        self._at = torch.zeros(1, dtype=torch.int64, device=device)  # the next step of the plan
        self._plan: tuple[Tensor, ...] = ()
        self.rates = self.losses = self.norms = self.is_finite = torch.empty(0)

    def begin(self, plan: EpochPlan) -> None:
        """Upload an epoch's plan into the places that its steps read, and start with the first."""
        shape, device = (plan.n_steps, self.n_members), self.weights.device
        parts = (plan.series, plan.is_own, plan.begins, plan.scored)
        if not self._plan:  # the same places in every epoch, since graphs remember them
            self._plan = tuple(torch.from_numpy(part).to(device) for part in parts)
            self.rates = torch.zeros(plan.n_steps, 2, dtype=torch.float64, device=device)
            self.losses, self.norms = (torch.zeros(shape, device=device) for _ in range(2))
            self.is_finite = torch.zeros(shape, dtype=torch.bool, device=device)
        else:
            for there, part in zip(self._plan, parts, strict=True):
                there.copy_(torch.from_numpy(part))
        self._at.zero_()

    def step(self, n_windows: int) -> None:
        """Train all members on their batches of the next step.

        Parameters
        ----------
        n_windows : int
            Of the step, from the plan.
        """
        at, training = self._at, self.training
        series, is_own, begins, scored = (part.index_select(0, at)[0] for part in self._plan)
        spare = self.rows.shape[0] - 1
        which = torch.where(is_own, series + self._row_of_member, spare).view(-1)
        # A column that fills a batch up has the series and the parameters of the first one.
        read = (series + self._row_of_member).view(-1)
        rows = self.rows[read].requires_grad_()
        losses = self._losses(rows, (series, is_own, begins, scored), n_windows)
        of_weights, of_rows = torch.autograd.grad(losses.sum(), [self.weights, rows])
        with torch.no_grad():
            norm = torch.linalg.vector_norm(of_weights, dim=1)
            of_rows = of_rows.view(*series.shape, -1)
            finite = of_rows.isfinite().all(dim=2).all(dim=1) & losses.isfinite() & norm.isfinite()
            self._alive &= finite
            for log, of_step in zip(
                (self.losses, self.norms, self.is_finite), (losses, norm, self._alive), strict=True
            ):
                log.index_copy_(0, at, of_step[None])
            rates = self.rates.index_select(0, at)[0]
            alive, largest = self._alive[:, None], training.gradient_clip
            clip = torch.where(norm > largest, largest / (norm + 1e-6), 1.0)[:, None]
            of_weights = torch.where(alive, of_weights * clip, 0.0)
            move = self._of_network.step(of_weights, None, _EPS_NETWORK)
            self.weights -= torch.where(alive, move, 0.0) * rates[0].float()
            n_own = is_own.sum(dim=1)[:, None, None]
            keeps = (alive & is_own)[..., None]
            of_rows = torch.where(keeps, of_rows * n_own, 0.0).flatten(0, 1)
            move = self._of_rows.step(of_rows, which, _EPS_SERIES)
            move = torch.where(keeps.flatten(0, 1), move, 0.0) * rates[1]
            self.rows[which] = rows.detach() - move
            at += 1
            self._made += 1

    def _losses(self, rows: Tensor, batch: tuple[Tensor, ...], n_windows: int) -> Tensor:
        """Return the loss of each member's batch."""
        series, is_own, begins, scored = batch
        step = self.layout.origin_step
        n_scored = -(-n_windows // step)
        origins = ColumnOrigins(begins, scored, n_windows, n_scored)
        windows = self.data.windows(rows, series, origins, self.layout)
        every = step * torch.arange(n_scored, device=begins.device)[:, None]
        places = ((scored - begins)[:, None] + every).clamp(max=n_windows - 1)
        outputs = self.networks(self.weights, windows.inputs, places, self._seeds, self._made)
        return stacked_losses(self._spec, windows, is_own, outputs)
