"""The ES-RNN that won M4, trained and averaged as its author's program does it.

A run draws a few networks, and for each of them the smoothing parameters of all series. An epoch
trains every network on its own series, one series after another, with all windows of the series at
once. With specialists, a series belongs to the networks that fitted it best in the epoch before;
with halves, to one network for good. Forecasts are means over a series' networks, over the last
epochs and over runs. Settings are in `smyl2018_groups`; ``docs/smyl2018.md`` says what is as in the
program and what is not.

Facts come from Smyl (2020), doi:10.1016/j.ijforecast.2019.03.017, and from the program's files
``ES_RNN.cc`` and ``ES_RNN_E.cc`` in https://github.com/Mcompetitions/M4-methods, folder
118 - slaweks17. No code is taken from them.
"""

from __future__ import annotations

import math
import time
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.smyl2018_groups import DOMAINS, GROUPS, Group, domains_of
from competitions.methods.smyl2018_network import Float32Array, Network
from competitions.task.data import Array, TaskData
from esrnn.errors import InputError, Offenders
from esrnn.kernels.adam import adam_all, norm_of
from esrnn.ops.parameters import natural_parameters
from esrnn.ops.smoothing import smooth
from esrnn.panel import Panel
from esrnn.runtime import default_modes, single_threaded

# The same in all groups
_AVERAGED = 5  # AVERAGING_LEVEL
_NOISE = 1e-3  # NOISE_STD
_B1, _B2, _EPS = np.float32(0.9), np.float32(0.999), np.float32(1e-6)  # of Adam
_LARGEST_START = 0.5  # of logits and logarithms of factors that are drawn


def run_smyl2018(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Run the program as often as `--members` says, once by default, and average the forecasts."""
    task = data.task
    if task.competition != "m4" or task.group not in GROUPS:
        raise InputError(
            f"smyl2018 has settings for the groups of M4 alone; got the task {task.name!r}; the"
            " method 'esrnn' takes any data"
        )
    group = GROUPS[task.group]
    if task.horizon != group.horizon:
        raise InputError(
            f"smyl2018 forecasts {group.horizon} steps of the group {task.group}, as M4 does; the"
            f" task {task.name!r} has a horizon of {task.horizon}"
        )
    _require_series(data.panel, group)
    n_epochs = settings.n_epochs or group.n_epochs
    forecasts = []
    for run in range(settings.n_members or 1):
        saved = checkpoints.load(f"run-{run:03d}")
        if saved is None:
            before = time.process_time()
            training = Training(
                data.panel, domains_of(task.group, data.ids), group, (settings.seed, run)
            )
            saved = {"y_hat": training.run(n_epochs, report=not settings.quiet)}
            checkpoints.save(f"run-{run:03d}", saved, time.process_time() - before)
        forecasts.append(saved["y_hat"])
    return Result(data.forecast_frame(np.mean(forecasts, axis=0), {}))


def _require_series(panel: Panel, group: Group) -> None:
    panel.refuse(
        ~(panel.values > 0.0), "smyl2018 takes logarithms, so values must be > 0",
        "The method 'esrnn' takes any values.",
    )  # fmt: skip
    short = np.flatnonzero(panel.lengths < group.shortest)
    if short.size:
        ids, lengths = [panel.ids[i] for i in short], panel.lengths[short].tolist()
        raise InputError(
            f"smyl2018 leaves out series of fewer than {group.shortest} values, of which M4 has"
            f" none; lengths: {Offenders(ids, values=lengths)}. 'esrnn' takes shorter ones."
        )


class Series(NamedTuple):
    """A series as the program takes it."""

    y: Array  # of shape (n,)
    domain: Tensor  # of shape (6,)


class Pass(NamedTuple):
    """What came of a pass of a network over a series of n values, T windows of it."""

    level: Tensor  # logarithms, (n,)
    factors: list[Tensor]  # logarithms, (n + S,) for each season
    output: Tensor  # (T, H)
    cells: list[Tensor]  # (T, size) for each block
    loss: Tensor  # twice the mean pinball loss of the scored origins


class Adam:
    """Adam as DyNet has it, for an array of float32 with one axis, which is changed in place.

    All numbers move at every step, also those without a gradient. `epsilon` is added to the root of
    the squares before these are corrected for their start.
    """

    def __init__(self, numbers: Float32Array) -> None:
        self.numbers = numbers
        self.mean, self.square = np.zeros((2, numbers.size), np.float32)
        self.n_steps = 0

    def step(self, gradient: Float32Array, learning_rate: float, clip: float) -> None:
        """Move against a gradient, shortened to `clip`; one that is not finite moves nothing."""
        norm = float(norm_of(gradient))
        if not math.isfinite(norm):
            return
        if norm > clip:
            gradient = gradient * np.float32(clip / norm)
        self.n_steps += 1
        root = math.sqrt(1.0 - float(_B2) ** self.n_steps)
        size = np.float32(learning_rate * root / (1.0 - float(_B1) ** self.n_steps))
        adam_all(
            self.numbers, self.mean, self.square, gradient, size, np.float32(1.0), _B1, _B2, _EPS
        )


class Trained(NamedTuple):
    """What is trained together: a network, and a row of smoothing parameters for each series."""

    network: Network
    rows: Float32Array  # (N, 3 + S + S2), as `esrnn.kernels.parameters` lays them out
    adam: Adam  # of the network's weights
    rows_adam: Adam


class Training:
    """One run of the program: its networks, and which series belong to which of them."""

    def __init__(
        self, panel: Panel, domains: Float32Array, group: Group, seed: tuple[int, int]
    ) -> None:
        self.group = group
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(int(self.rng.integers(2**62)))
        self.series = [
            Series(panel.series(i)[-group.longest :].copy(), torch.from_numpy(domains[i]))
            for i in range(panel.n_series)
        ]
        self.trained = [self._draw() for _ in range(group.n_networks)]

    def _draw(self) -> Trained:
        group, n_series = self.group, len(self.series)
        sizes = (group.input_window + len(DOMAINS), group.size, group.horizon)
        network = Network(sizes, group.blocks, group.cell)
        network.draw(self.generator)
        weights = torch.nn.utils.parameters_to_vector(network.parameters()).detach().clone()
        torch.nn.utils.vector_to_parameters(weights, network.parameters())  # views of `weights`
        shape = (n_series, 3 + sum(group.periods))
        rows = self.rng.uniform(-_LARGEST_START, _LARGEST_START, shape).astype(np.float32)
        return Trained(network, rows, Adam(weights.numpy()), Adam(rows.reshape(-1)))

    def run(self, n_epochs: int, report: bool = False) -> Array:
        """Train and return forecasts, (N, H): means over the last epochs and a series' networks."""
        n_series = len(self.series)
        latest = np.zeros((_AVERAGED, self.group.n_networks, n_series, self.group.horizon))
        with single_threaded(), default_modes():
            owners = self._first_owners()
            lists = self._lists(owners)
            for epoch in range(n_epochs):
                used = owners
                rate = self.group.learning_rate(epoch)
                losses = [
                    self._train(own, i, rate)
                    for own, mine in zip(self.trained, lists, strict=True)
                    for i in self._order(mine)
                ]
                fit, latest[epoch % _AVERAGED] = self._forecast(owners)
                if not self.group.has_halves:
                    owners = np.argsort(fit, axis=0, kind="stable")[: self.group.n_best].T
                    lists = self._lists(owners)
                if report:
                    print(f"epoch {epoch + 1}/{n_epochs}: loss {np.mean(losses):.5f}", flush=True)
        mean = latest[: min(n_epochs, _AVERAGED)].mean(axis=0)
        return np.stack([mean[used[i], i].mean(axis=0) for i in range(n_series)])

    def _first_owners(self) -> np.ndarray:
        """Return the networks of each series at the start, (N, 1) for halves, else (N, 2)."""
        n_series, n_networks = len(self.series), self.group.n_networks
        if self.group.has_halves:
            return self.rng.permutation(np.arange(n_series) * n_networks // n_series)[:, None]
        return self.rng.integers(n_networks, size=(n_series, n_networks // 2))

    def _lists(self, owners: np.ndarray) -> list[np.ndarray]:
        """Return the series to train each network on; one that has none gets a random half."""
        n_series = len(self.series)
        lists = [np.nonzero(owners == m)[0] for m in range(self.group.n_networks)]
        return [
            mine if mine.size else self.rng.integers(n_series, size=n_series // 2) for mine in lists
        ]

    def _order(self, mine: np.ndarray) -> list[int]:
        """Shuffle the series of a network; in halves they keep their order."""
        order: list[int] = (mine if self.group.has_halves else self.rng.permutation(mine)).tolist()
        return order

    def _train(self, own: Trained, i: int, learning_rate: float) -> float:
        """Make one step on a series; return the loss."""
        row = torch.from_numpy(own.rows[i].copy()).requires_grad_()
        loss = self._penalised(self._pass(own.network, row, self.series[i], is_training=True))
        own.network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        weights = [
            p.grad.numpy().reshape(-1) for p in own.network.parameters() if p.grad is not None
        ]
        clip = self.group.gradient_clip
        own.adam.step(np.concatenate(weights), learning_rate, clip)
        gradient = np.zeros_like(own.rows)
        gradient[i] = row.grad
        own.rows_adam.step(gradient.reshape(-1), learning_rate, clip)
        return float(loss.item())

    def _forecast(self, owners: np.ndarray) -> tuple[Array, Array]:
        """Return the loss of every network on every series, (M, N), and forecasts, (M, N, H)."""
        n_networks, n_series = self.group.n_networks, len(self.series)
        fit = np.full((n_networks, n_series), np.inf)
        y_hat = np.zeros((n_networks, n_series, self.group.horizon))
        with torch.no_grad():
            for m, own in enumerate(self.trained):
                for i, series in enumerate(self.series):
                    if self.group.has_halves and owners[i, 0] != m:
                        continue
                    row = torch.from_numpy(own.rows[i])
                    done = self._pass(own.network, row, series, is_training=False)
                    fit[m, i], y_hat[m, i] = done.loss.item(), self._ahead(done).numpy()
        return fit, y_hat

    def _pass(self, network: Network, row: Tensor, series: Series, is_training: bool) -> Pass:
        """Run over a series, in training up to the last origin that has a horizon after it."""
        group, n = self.group, series.y.size
        n_in, n_out = group.input_window, group.horizon
        n_scored = n - n_in - n_out + 1
        level, factors = _smoothed(series.y, row, group.periods)
        log_y = torch.from_numpy(np.log(series.y))
        for factor in factors:
            log_y = log_y - factor[:n]
        at_origins = level[n_in - 1 :, None]
        windows = (log_y.unfold(0, n_in, 1) - at_origins).float()
        if is_training:
            windows = windows[:n_scored]
        if is_training or not group.has_halves:
            windows = windows + _NOISE * torch.randn(windows.shape, generator=self.generator)
        x = torch.cat([windows, series.domain.expand(windows.shape[0], -1)], dim=1)
        output, cells = network(x)
        # Factors of the steps ahead are those that were updated by the values to be forecast.
        labels = (log_y[n_in:].unfold(0, n_out, 1) - at_origins[:n_scored]).float()
        error = labels[1:] - output[1:n_scored]  # the first origin is not scored
        loss = (error.abs() + (2.0 * group.training_level - 1.0) * error).mean()
        return Pass(level, factors, output, cells, loss)

    def _penalised(self, done: Pass) -> Tensor:
        """Return the loss that is trained on."""
        group, level, loss = self.group, done.level, done.loss
        if group.level_penalty:
            bend = level[2:] - 2.0 * level[1:-1] + level[:-2]
            loss = loss + group.level_penalty * bend.square().mean().float()
        if group.cell_penalty:
            sizes = torch.stack([cell.square().mean() for cell in done.cells])
            loss = loss + group.cell_penalty * sizes.mean()
        return loss

    def _ahead(self, done: Pass) -> Tensor:
        """Return the forecast, (H,): a season that is shorter than H is repeated."""
        total = done.output[-1].double() + done.level[-1]
        for factor, period in zip(done.factors, self.group.periods, strict=True):
            n_times = -(-self.group.horizon // period)
            total = total + factor[-period:].repeat(n_times)[: self.group.horizon]
        return total.exp()


def _smoothed(y: Array, row: Tensor, periods: tuple[int, ...]) -> tuple[Tensor, list[Tensor]]:
    """Return the logarithms of the levels, (n,), and of the factors of each season, (n + S,)."""
    one = torch.ones(1, dtype=torch.float64)
    parameters = natural_parameters(row.double()[None], one, False, periods)
    level, *factors = smooth(*parameters, y, np.array([0, y.size]), np.zeros(1, np.bool_))
    return level.log(), [factor.log() for factor in factors[: len(periods)]]
