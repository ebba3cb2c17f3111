"""The training loop: one member, from a fitted panel to trained parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.errors import TrainingError
from esrnn.kernels.fit import SmoothingFit
from esrnn.model import HybridModel
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.smoothing import Batch, prepare
from esrnn.threads import single_threaded
from esrnn.training.batches import make_batches
from esrnn.training.early_stopping import EarlyStopping
from esrnn.training.gaps import additive_gauge, starting_gaps
from esrnn.training.held_back import HeldBack, hold_back, miss_ratios
from esrnn.training.member import Member, forecast_member
from esrnn.training.optimisers import SeriesAdam, learning_rate_factor
from esrnn.training.scores import loss_spec

__all__ = ["Member", "forecast_member", "train_member"]

EpochCallback = Callable[[int, float], None]


@contextmanager
def _seeded(seed: int, device: str) -> Iterator[None]:
    """Seed torch for a block and leave the caller's generators as they were."""
    with torch.random.fork_rng([] if device == "cpu" else [torch.device(device)]):
        torch.manual_seed(seed)
        yield


def train_member(
    panel: Panel,
    fit: SmoothingFit,
    config: ModelConfig,
    seed: int,
    device: str = "cpu",
    on_epoch: EpochCallback | None = None,
) -> Member:
    """Train one network together with every series' parameters.

    Parameters
    ----------
    panel : Panel
    fit : SmoothingFit
        Where the per-series parameters start.
    config : ModelConfig
    seed : int
        Equal seeds on one machine's CPU give equal bits.
    device : str
        Where the network trains, as torch names it.
    on_epoch : callable, optional
        Called with the number of epochs done and the epoch's mean loss.

    Returns
    -------
    Member

    Raises
    ------
    TrainingError
        If a loss or a gradient is not finite; names the epoch and the series.
    """
    with single_threaded(), _seeded(seed, device):
        return _Training(panel, fit, config, seed, device).run(on_epoch)


def choose_first_origin(lengths: IntArray, input_window: int) -> int:
    """Return the first origin: a full window, or less where a tenth of the series is short.

    Parameters
    ----------
    lengths : ndarray of shape (N,), int64
    input_window : int

    Returns
    -------
    int
        At most half of the lengths' first decile goes into the first window.

    Examples
    --------
    >>> (
    ...     choose_first_origin(np.array([700, 960]), 168),
    ...     choose_first_origin(np.array([10, 12]), 12),
    ... )
    (167, 4)
    """
    short = int(np.quantile(lengths, 0.1))
    return max(min(input_window, short // 2) - 1, 0)


class _Training:
    """The state of one member's training."""

    def __init__(
        self, panel: Panel, fit: SmoothingFit, config: ModelConfig, seed: int, device: str
    ) -> None:
        self.config = config
        self.fit = fit
        self.rng = np.random.default_rng(seed)
        self.ids = panel.ids
        self.device = device
        self.lag = config.smoothing.lag
        self.held = self._hold_back(panel)
        self.spec: LossSpec = loss_spec(self.held.train, config)
        self.early = EarlyStopping(self.held, self.lag, config.training.patience)
        data = prepare(self.held.train, config.smoothing.seasonality, self.lag)
        self.data = replace(data, additive=fit.additive)
        first_origin = choose_first_origin(panel.lengths, config.network.input_window)
        gauge = additive_gauge(fit)
        self.model = HybridModel(config, first_origin, gauge).to(torch.device(device))
        self.model.network.head.start_from(starting_gaps(fit, config.network).to(device))
        self.first = self.model.layout.first_starts(self.data.lengths)
        self.last = self.model.layout.last_starts(self.data.lengths)
        self.rows = torch.from_numpy(fit.rows.copy())
        self.network_adam = torch.optim.Adam(
            self.model.network.parameters(), lr=config.training.learning_rate, fused=True
        )
        self.series_adam = SeriesAdam(self.rows)

    def _hold_back(self, panel: Panel) -> HeldBack:
        """Hold back every series' last horizon to stop early, or some to calibrate intervals."""
        share = 1.0 if self.config.training.patience else self.config.training.calibration
        chosen = self.rng.random(panel.n_series) < share
        return hold_back(panel, self.config.network.horizon, max(2, self.lag + 1), chosen)

    def run(self, on_epoch: EpochCallback | None) -> Member:
        training = self.config.training
        trainable = np.flatnonzero(self.data.lengths > 1)  # one observation has no future
        lengths, forms = self.data.lengths[trainable], self.data.additive[trainable]
        losses: list[float] = []
        for epoch in range(training.n_epochs):
            self.model.train()
            batches = make_batches(lengths, forms, training.batch_size, self.rng)
            total = 0.0
            for k, batch in enumerate(batches):
                progress = (epoch + k / len(batches)) / training.n_epochs
                total += self._step(trainable[batch], progress, epoch + 1)
            losses.append(total / max(len(batches), 1))
            if on_epoch:
                on_epoch(epoch + 1, losses[-1])
            if self.early.active and self.early.stop(self._member(losses), self._forecast_held):
                break
        member = self.early.best or self._member(losses)
        return replace(
            member,
            losses=tuple(losses),
            held_back=tuple(self.early.scores),
            misses=miss_ratios(
                self.held.actual, self._forecast_held(member), self.fit.additive[self.held.which]
            ),
        )

    def _member(self, losses: list[float]) -> Member:
        state = self.model.network.state_dict()
        return Member(
            self.config,
            self.model.layout.first_origin,
            self.model.layout.gauge,
            {k: v.detach().cpu().numpy().copy() for k, v in state.items()},
            self.rows.numpy().copy(),
            tuple(losses),
        )

    def _forecast_held(self, member: Member) -> FloatArray:
        """Forecast the held-back horizons, (Q, K, H)."""
        return forecast_member(member, self.data, self.fit.unit, self.held.which, self.device)

    def _step(self, indices: IntArray, progress: float, epoch: int) -> float:
        training = self.config.training
        factor = learning_rate_factor(training.schedule, progress)
        batch = self.data.batch(indices, self.fit.unit)
        rows = self.rows[torch.from_numpy(indices)].requires_grad_()
        self.network_adam.zero_grad(set_to_none=True)
        starts = self._starts(indices)
        phase = int(self.rng.integers(training.origin_step))
        loss = self._backward(batch, rows, starts, phase)
        gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
        value, norm = float(loss.item()), self._clip()
        if not (math.isfinite(value) and math.isfinite(norm)
                and bool(np.isfinite(gradient.numpy()).all())):  # fmt: skip
            raise TrainingError.diverged(epoch, self._culprits(indices, starts, phase))
        for group in self.network_adam.param_groups:
            group["lr"] = training.learning_rate * factor
        self.network_adam.step()
        self.series_adam.step(
            indices, gradient * indices.size, training.series_learning_rate * factor
        )
        return value

    def _clip(self) -> float:
        """Shorten the network's gradient to the largest norm allowed; return the norm it had."""
        parameters = list(self.model.network.parameters())
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if norm > self.config.training.gradient_clip:
            torch.nn.utils.clip_grads_with_norm_(
                parameters, self.config.training.gradient_clip, norm
            )
        return float(norm.item())

    def _backward(self, batch: Batch, rows: Tensor, starts: IntArray, phase: int) -> Tensor:
        """Return a batch's loss, its gradients left in the parameters and in `rows`."""
        frame, targets = self.model.frame_and_targets(batch, rows, starts, phase)
        penalty = self.config.training.level_penalty
        loss = self.model.loss(frame, targets, self.spec, penalty)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    def _starts(self, indices: IntArray) -> IntArray:
        """Draw where each series' stretch of origins starts."""
        return self.rng.integers(self.first[indices], self.last[indices], endpoint=True)

    def _culprits(self, indices: IntArray, starts: IntArray, phase: int) -> list[object]:
        """Return the ids whose own loss or gradient is not finite; all if none is by itself."""
        bad = []
        for i, start in zip(indices, starts, strict=True):
            one = np.array([i])
            rows = self.rows[torch.from_numpy(one)].requires_grad_()
            batch = self.data.batch(one, self.fit.unit)
            loss = self._backward(batch, rows, np.array([start]), phase)
            gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
            if not (math.isfinite(loss.item()) and bool(np.isfinite(gradient.numpy()).all())):
                bad.append(self.ids[i])
        return bad or [self.ids[i] for i in indices]
