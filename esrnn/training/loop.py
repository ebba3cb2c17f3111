"""The training loop: one member, from a fitted panel to trained parameters."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.errors import TrainingError
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.model import HybridModel
from esrnn.ops.losses import LossSpec
from esrnn.panel import Covariates, Panel
from esrnn.quantiles.calibration import conformity_scores, quantile_spacing
from esrnn.quantiles.error_scale import relative_error_scale, typical_errors
from esrnn.smoothing import PreparedPanel
from esrnn.threads import single_threaded
from esrnn.training.batches import make_batches
from esrnn.training.callbacks import Callback, Epoch, tell
from esrnn.training.early_stopping import EarlyStopping
from esrnn.training.held_back import Origin, hold_back, relative_score
from esrnn.training.initial import choose_additive_scale, starting_spacing
from esrnn.training.member import History, Holdout, Member, Network
from esrnn.training.optimisers import SeriesAdam, learning_rate_factor
from esrnn.training.predict import member_quantiles
from esrnn.training.scores import loss_spec

__all__ = ["Job", "train_member"]


@dataclass(frozen=True)
class Job:
    """What a member is trained from.

    Attributes
    ----------
    panel : Panel
    fit : SmoothingFit
        Where the per-series parameters start.
    config : ModelConfig
    seed : int
        Equal seeds on one machine's CPU give equal bits.
    number, n_members : int
        The member's place in its ensemble, for those who watch.
    covariates : Covariates, optional
        Of the panel's series.
    start : Member, optional
        A trained member whose network is trained further; by default a new one is drawn.
    held : ndarray of shape (N,), bool, optional
        Series to hold back for calibration; by default drawn.
    """

    panel: Panel
    fit: SmoothingFit
    config: ModelConfig
    seed: int
    number: int = 0
    n_members: int = 1
    covariates: Covariates | None = None
    start: Member | None = None
    held: BoolArray | None = None


@contextmanager
def _seeded(seed: int, device: str) -> Iterator[None]:
    """Seed torch for a block and leave the caller's generators as they were."""
    with torch.random.fork_rng([] if device == "cpu" else [torch.device(device)]):
        torch.manual_seed(seed)
        yield


def train_member(
    job: Job,
    device: str = "cpu",
    callbacks: Sequence[Callback] = (),
    seconds: float | None = None,
) -> Member:
    """Train one network together with every series' parameters.

    Parameters
    ----------
    job : Job
    device : str
        Where the network trains, as torch names it.
    callbacks : sequence of Callback
        Told of every epoch.
    seconds : float, optional
        Wall time after which training ends, with learning rates that fall as if it had been meant
        to; at least one step is made. Which step is the last depends on the machine, so that runs
        do not repeat bit by bit.

    Returns
    -------
    Member

    Raises
    ------
    TrainingError
        If a loss or a gradient is not finite; names the epoch and the series.
    """
    with single_threaded(), _seeded(job.seed, device):
        return _Training(job, device, seconds).run(callbacks)


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

    def __init__(self, job: Job, device: str, seconds: float | None) -> None:
        self.began = time.monotonic()
        self.seconds = seconds
        self.job = job
        self.config = config = job.config
        self.fit = fit = job.fit
        self.rng = np.random.default_rng(job.seed)
        self.ids = job.panel.ids
        self.device = device
        self.lag = config.smoothing.lag
        train, self.origins = self._hold_back()
        self.spec: LossSpec = loss_spec(train, config)
        covariates = None if job.covariates is None else job.covariates.cut(train.lengths)
        self.data = PreparedPanel.of(train, fit, self.lag, covariates)
        self.held_data = [self._prepared(origin) for origin in self.origins]
        self.model = self._model().to(torch.device(device))
        self.first = self.model.layout.first_starts(self.data.lengths)
        self.last = self.model.layout.last_starts(self.data.lengths)
        self.rows = torch.from_numpy(fit.rows.copy())
        self.network_adam = torch.optim.Adam(
            self.model.network.parameters(), lr=config.training.learning_rate, fused=True
        )
        self.series_adam = SeriesAdam(self.rows)
        self.losses: list[float] = []
        self.gradient_norms: list[float] = []
        self.scores: list[float] = []

    def _hold_back(self) -> tuple[Panel, list[Origin]]:
        """Hold back every series' last horizon to stop early, or some to calibrate intervals."""
        training, panel, chosen = self.config.training, self.job.panel, self.job.held
        share = 1.0 if training.patience else training.calibration
        if chosen is None or training.patience:
            chosen = self.rng.random(panel.n_series) < share
        n_origins = 1 if training.patience else training.calibration_origins
        horizon, least = self.config.network.horizon, max(2, self.lag + 1)
        return hold_back(panel, horizon, least, chosen, n_origins)

    def _model(self) -> HybridModel:
        """Draw a network, or take the one to train further."""
        if self.job.start is not None:
            return replace(self.job.start.network, config=self.config).model()
        window = self.config.network.input_window
        first_origin = choose_first_origin(self.job.panel.lengths, window)
        model = HybridModel(self.config, first_origin, choose_additive_scale(self.fit))
        model.network.head.start_from(starting_spacing(self.fit, self.config.network))
        return model

    def run(self, callbacks: Sequence[Callback]) -> Member:
        training = self.config.training
        early = EarlyStopping(training.patience or 0)
        watched = training.patience is not None and bool(self.origins)
        callbacks = [early, *callbacks] if watched else callbacks
        for number in range(1, training.n_epochs + 1):
            self._run_epoch(number)
            if watched:
                self.scores.append(self._score())
            stop = tell(callbacks, self._epoch(number))  # all are told, whoever wants to stop
            if stop or self._time_is_over():
                break
        member = early.best or self._member()
        return replace(member, holdout=self._holdout(member), history=self._history())

    def _run_epoch(self, number: int) -> None:
        training = self.config.training
        trainable = np.flatnonzero(self.data.lengths > 1)  # one observation has no future
        lengths, forms = self.data.lengths[trainable], self.data.additive[trainable]
        self.model.train()
        batches = make_batches(lengths, forms, training.batch_size, self.rng)
        done: list[tuple[float, float]] = []
        for k, batch in enumerate(batches):
            progress = (number - 1 + k / len(batches)) / training.n_epochs
            done.append(self._step(trainable[batch], self._progress(progress), number))
            if self._time_is_over():
                break
        loss, norm = np.mean(done, axis=0) if done else (0.0, 0.0)
        self.losses.append(float(loss))
        self.gradient_norms.append(float(norm))

    def _progress(self, by_epochs: float) -> float:
        """Return the share of the training that is done, by epochs or by time."""
        if self.seconds is None:
            return by_epochs
        return min(max(by_epochs, (time.monotonic() - self.began) / self.seconds), 1.0)

    def _time_is_over(self) -> bool:
        return self.seconds is not None and time.monotonic() - self.began >= self.seconds

    def _epoch(self, number: int) -> Epoch:
        return Epoch(
            member=self.job.number,
            n_members=self.job.n_members,
            number=number,
            n_epochs=self.config.training.n_epochs,
            loss=self.losses[-1],
            gradient_norm=self.gradient_norms[-1],
            val_owa=self.scores[-1] if self.scores else math.nan,
            seconds=time.monotonic() - self.began,
            snapshot=self._member,
        )

    def _member(self) -> Member:
        state = self.model.network.state_dict()
        weights = {k: v.detach().cpu().numpy().copy() for k, v in state.items()}
        layout = self.model.layout
        network = Network(self.config, layout.first_origin, layout.gauge, weights)
        smoothing = replace(self.fit, rows=self.rows.numpy().copy())
        return Member(network, smoothing, history=self._history())

    def _history(self) -> History:
        return History(tuple(self.losses), tuple(self.gradient_norms), tuple(self.scores))

    def _holdout(self, member: Member) -> Holdout:
        """Return what intervals are calibrated by; what was known before where nothing is new."""
        start, n_quantiles = self.job.start, len(self.config.network.quantile_levels)
        if start is not None and not self.origins:
            return replace(start.holdout, series=np.empty(0, dtype=np.int64))
        relative = relative_error_scale(self.fit, typical_errors(self.fit))
        unit = self.fit.unit * self.model.layout.gauge
        none = np.empty((n_quantiles, 0))
        scores, spacing, error_scale = [none], [none], [np.empty(0)]
        for origin, data in zip(self.origins, self.held_data, strict=True):
            forms, quantiles = data.additive, self._forecast(member, origin, data)
            scores.append(conformity_scores(origin.actual, quantiles, forms))
            spacing.append(quantile_spacing(quantiles, forms, unit[origin.which]))
            error_scale.append(np.repeat(relative[origin.which], origin.actual.shape[1]))
        series = self.origins[0].which if self.origins else np.empty(0, dtype=np.int64)
        return Holdout(series, np.hstack(scores), np.hstack(spacing), np.hstack(error_scale))

    def _score(self) -> float:
        """Return the OWA of forecasts of the held-back horizons; NaN where it is not defined."""
        origin = self.origins[0]
        quantiles = self._forecast(self._member(), origin, self.held_data[0])
        return relative_score(origin, quantiles[quantiles.shape[0] // 2], self.lag)

    def _prepared(self, origin: Origin) -> PreparedPanel:
        """Prepare the series of an origin as they were up to there."""
        covariates, history = self.job.covariates, origin.history
        if covariates is not None:
            covariates = covariates.subset(origin.which).cut(history.lengths)
        return PreparedPanel.of(history, self.fit.subset(origin.which), self.lag, covariates)

    def _forecast(self, member: Member, origin: Origin, data: PreparedPanel) -> FloatArray:
        """Forecast what was held back from an origin on, (Q, K, H)."""
        some = replace(member, smoothing=member.smoothing.subset(origin.which))
        return member_quantiles(some, data, device=self.device)

    def _step(self, indices: IntArray, progress: float, epoch: int) -> tuple[float, float]:
        """Train on a batch; return its loss and the norm of the network's gradient."""
        training = self.config.training
        factor = learning_rate_factor(training.schedule, progress)
        batch = self.data.subset(indices)
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
        return value, norm

    def _clip(self) -> float:
        """Shorten the network's gradient to the largest norm allowed; return the norm it had."""
        parameters = list(self.model.network.parameters())
        norm = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if norm > self.config.training.gradient_clip:
            torch.nn.utils.clip_grads_with_norm_(
                parameters, self.config.training.gradient_clip, norm
            )
        return float(norm.item())

    def _backward(self, batch: PreparedPanel, rows: Tensor, starts: IntArray, phase: int) -> Tensor:
        """Return a batch's loss, its gradients left in the parameters and in `rows`."""
        windows, targets = self.model.windows_and_targets(batch, rows, starts, phase)
        penalty = self.config.training.level_penalty
        loss = self.model.loss(windows, targets, self.spec, penalty)
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
            batch = self.data.subset(one)
            loss = self._backward(batch, rows, np.array([start]), phase)
            gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
            if not (math.isfinite(loss.item()) and bool(np.isfinite(gradient.numpy()).all())):
                bad.append(self.ids[i])
        return bad or [self.ids[i] for i in indices]
