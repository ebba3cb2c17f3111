"""The training loop: one member, from a fitted panel to trained parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numba
import numpy as np
import torch
from torch import Tensor

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.errors import TrainingError
from esrnn.kernels.fit import SmoothingFit
from esrnn.metrics import naive2, seasonal_scale
from esrnn.model import HybridModel
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.smoothing import Prepared, prepare, seasonal_lag
from esrnn.training.batches import make_batches
from esrnn.training.optimisers import SeriesAdam, learning_rate_factor
from esrnn.training.scores import hold_back, loss_spec, relative_score

__all__ = ["Member", "forecast_member", "train_member"]

EpochCallback = Callable[[int, float], None]
_FORECAST_BATCH = 256


@dataclass(frozen=True)
class Member:
    """A trained network and its per-series parameters.

    Attributes
    ----------
    config : ModelConfig
    first_origin : int
    weights : dict of str to ndarray
        The network's state.
    rows : ndarray of shape (N, 3 + S + S2), float64
        Per-series parameters (`esrnn.kernels.fit`).
    losses : tuple of float
        Mean training loss of each epoch.
    held_back : tuple of float
        OWA on the held-back horizon after each epoch; empty without early stopping.
    """

    config: ModelConfig
    first_origin: int
    weights: dict[str, FloatArray]
    rows: FloatArray
    losses: tuple[float, ...]
    held_back: tuple[float, ...] = ()

    def model(self) -> HybridModel:
        """Build the model with these weights, on the CPU, in evaluation mode."""
        model = HybridModel(self.config, self.first_origin)
        model.network.load_state_dict({k: torch.from_numpy(v) for k, v in self.weights.items()})
        return model.eval()


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Keep torch and Numba to one thread each, and restore what the caller had."""
    torch_threads, numba_threads = torch.get_num_threads(), numba.get_num_threads()
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        numba.set_num_threads(numba_threads)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed torch for a block and leave the caller's generators as they were."""
    with torch.random.fork_rng(list(range(torch.cuda.device_count()))):
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
        Equal seeds on one machine give equal bits.
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
    with _single_threaded(), _seeded(seed):
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
        At most half of the tenth shortest percent's history goes into the first window.

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
        self.spec: LossSpec = loss_spec(panel, config)
        self.lag = seasonal_lag(config.smoothing)
        self.early = _EarlyStopping(panel, config, self.lag) if config.training.patience else None
        seen = self.early.shorten(panel) if self.early else panel
        self.data = prepare(seen, config.smoothing.seasonality, self.lag)
        first_origin = choose_first_origin(panel.lengths, config.network.input_window)
        self.model = HybridModel(config, first_origin).to(torch.device(device))
        self.rows = torch.from_numpy(fit.rows.copy())
        self.network_adam = torch.optim.Adam(
            self.model.network.parameters(), lr=config.training.learning_rate
        )
        self.series_adam = SeriesAdam(self.rows)

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
            if self.early and self.early.stop(self.member(losses), self.data, self.fit):
                break
        if self.early and self.early.best:
            return self.early.finish(losses)
        return self.member(losses)

    def member(self, losses: list[float]) -> Member:
        state = self.model.network.state_dict()
        return Member(
            self.config,
            self.model.layout.first_origin,
            {k: v.detach().cpu().numpy().copy() for k, v in state.items()},
            self.rows.numpy().copy(),
            tuple(losses),
        )

    def _step(self, indices: IntArray, progress: float, epoch: int) -> float:
        training = self.config.training
        factor = learning_rate_factor(training.schedule, progress)
        batch = self.data.batch(indices, self.fit.unit)
        rows = self.rows[torch.from_numpy(indices)].requires_grad_()
        self.network_adam.zero_grad(set_to_none=True)
        loss = self.model.loss(batch, rows, self.spec, training.level_penalty)
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
        norm = torch.nn.utils.clip_grad_norm_(
            self.model.network.parameters(), training.gradient_clip
        )
        value = loss.item()
        if not (math.isfinite(value) and math.isfinite(norm.item())
                and bool(torch.isfinite(gradient).all())):  # fmt: skip
            raise TrainingError.diverged(epoch, self._culprits(indices))
        for group in self.network_adam.param_groups:
            group["lr"] = training.learning_rate * factor
        self.network_adam.step()
        self.series_adam.step(
            indices, gradient * indices.size, training.series_learning_rate * factor
        )
        return value

    def _culprits(self, indices: IntArray) -> list[object]:
        """Return the ids whose own loss or gradient is not finite; all if none is by itself."""
        bad = []
        for i in indices:
            one = np.array([i])
            rows = self.rows[torch.from_numpy(one)].requires_grad_()
            batch = self.data.batch(one, self.fit.unit)
            loss = self.model.loss(batch, rows, self.spec, self.config.training.level_penalty)
            loss.backward()  # type: ignore[no-untyped-call]
            gradient = rows.grad if rows.grad is not None else torch.zeros_like(rows)
            if not (math.isfinite(loss.item()) and bool(torch.isfinite(gradient).all())):
                bad.append(self.ids[i])
        return bad or [self.ids[i] for i in indices]


class _EarlyStopping:
    """Forecasts of the held-back last horizon, scored after every epoch."""

    def __init__(self, panel: Panel, config: ModelConfig, lag: int) -> None:
        self.horizon = config.network.horizon
        self.patience = config.training.patience or 0
        self.min_train = max(2, lag + 1)
        train, actual = hold_back(panel, self.horizon, self.min_train)
        self.which = np.flatnonzero(panel.lengths >= self.horizon + self.min_train)
        self.best: Member | None = None
        self.best_epoch = 0
        self.scores: list[float] = []
        if train.n_series:
            self.actual = actual.values.reshape(-1, self.horizon)
            self.benchmark = naive2(train.values, self.horizon, lag, indptr=train.indptr)
            self.scale = seasonal_scale(train.values, lag, indptr=train.indptr)

    def shorten(self, panel: Panel) -> Panel:
        """Return what may be trained on; series too short to be held back stay whole."""
        parts = [panel.series(i) for i in range(panel.n_series)]
        for i in self.which:
            parts[i] = parts[i][: -self.horizon]
        return Panel.from_arrays(parts, panel.ids)

    def stop(self, member: Member, data: Prepared, fit: SmoothingFit) -> bool:
        """Score a member; keep it if it is the best so far; tell whether patience is over."""
        if not self.which.size:
            return False
        quantiles = forecast_member(member, data, fit.unit, self.which)
        middle = quantiles[quantiles.shape[0] // 2]
        score = relative_score(self.actual, middle, self.benchmark, self.scale)
        self.scores.append(score)
        if self.best is None or score < min(self.scores[:-1]):
            self.best, self.best_epoch = member, len(self.scores)
        return len(self.scores) - self.best_epoch >= self.patience

    def finish(self, losses: list[float]) -> Member:
        """Return the best member with the whole record of losses and scores."""
        best = self.best
        if best is None:
            raise RuntimeError("no epoch was scored")
        return Member(best.config, best.first_origin, best.weights, best.rows,
                      tuple(losses), tuple(self.scores))  # fmt: skip


def forecast_member(
    member: Member,
    data: Prepared,
    unit: FloatArray,
    which: IntArray | None = None,
    device: str = "cpu",
) -> FloatArray:
    """Forecast series from their last observation.

    Parameters
    ----------
    member : Member
    data : Prepared
        Of the panel that the member's rows belong to, perhaps with other observations.
    unit : ndarray of shape (N,), float64
    which : ndarray of int64, optional
        Series to forecast; by default all.
    device : str

    Returns
    -------
    ndarray of shape (Q, len(which), H), float64
        In units of y.
    """
    which = np.arange(data.lengths.size) if which is None else which
    model = member.model().to(torch.device(device))
    rows = torch.from_numpy(member.rows)
    shape = (len(member.config.network.quantile_levels), which.size, member.config.network.horizon)
    forecasts = np.full(shape, np.nan)
    for form in (False, True):
        places = np.flatnonzero(data.additive[which] == form)
        places = places[np.argsort(data.lengths[which[places]], kind="stable")]
        for begin in range(0, places.size, _FORECAST_BATCH):
            part = places[begin : begin + _FORECAST_BATCH]
            series: IntArray = which[part]
            batch = data.batch(series, unit)
            with _single_threaded():
                forecasts[:, part] = model.forecast(batch, _take(rows, series))
    return forecasts


def _take(rows: Tensor, indices: IntArray) -> Tensor:
    return rows[torch.from_numpy(indices)]
