"""The ES-RNN that won M4, as its author's program has it: settings, training, averaging.

A run draws a few networks, and for each of them the smoothing parameters of all series. An epoch
trains every network on its own series, one series after another, with all windows of the series at
once. With specialists, a series belongs to the networks that fitted it best in the epoch before;
with halves, to one network for good. Forecasts are means over a series' networks, over the last
epochs and over runs. ``docs/smyl2018.md`` says what is as in the program and what is not.

Facts come from Smyl (2020), doi:10.1016/j.ijforecast.2019.03.017, and from the program's files
``ES_RNN.cc`` and ``ES_RNN_E.cc`` in https://github.com/Mcompetitions/M4-methods, folder
118 - slaweks17. No code is taken from them.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.smyl2018_network import Float32Array, Network
from competitions.task.data import Array, TaskData
from esrnn.errors import InputError, Offenders
from esrnn.kernels.adam import adam_all, norm_of
from esrnn.ops.parameters import natural_parameters
from esrnn.ops.smoothing import smooth
from esrnn.panel import Panel
from esrnn.runtime import default_modes, single_threaded


@dataclass(frozen=True)
class Group:
    """Settings of the program for a group of M4; the names of its constants stand beside them."""

    periods: tuple[int, ...]  # SEASONALITY, SEASONALITY2; none where SEASONALITY_NUM is 0
    input_window: int  # INPUT_SIZE
    horizon: int  # OUTPUT_SIZE
    blocks: tuple[tuple[int, ...], ...]  # dilations
    cell: str  # USE_RESIDUAL_LSTM, USE_ATTENTIVE_LSTM
    size: int  # STATE_HSIZE
    training_level: float  # TRAINING_PERCENTILE / 100
    n_epochs: int  # NUM_OF_TRAIN_EPOCHS
    # INITIAL_LEARNING_RATE, LEARNING_RATES: each from an epoch on, counted from 0
    learning_rates: tuple[tuple[int, float], ...]
    longest: int  # MAX_SERIES_LENGTH; of a longer series the last values
    n_networks: int = 5  # NUM_OF_NETS, or NUM_OF_CHUNKS
    n_best: int = 4  # TOPN; 1 where each series belongs to a half
    level_penalty: float = 0.0  # LEVEL_VARIABILITY_PENALTY
    cell_penalty: float = 0.0  # C_STATE_PENALTY
    gradient_clip: float = 50.0  # GRADIENT_CLIPPING

    @property
    def has_halves(self) -> bool:
        """Whether a series belongs to one network for good."""
        return self.n_best == 1

    @property
    def shortest(self) -> int:
        """Length of the shortest series that the program takes, MIN_SERIES_LENGTH."""
        return self.input_window + self.horizon + 2

    def learning_rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        return [rate for since, rate in self.learning_rates if since <= epoch][-1]


GROUPS: dict[str, Group] = {
    # ES_RNN_E.cc, lines 182-215; its rate of 1e-5 from epoch 15 on is never reached.
    "yearly": Group(
        periods=(), input_window=4, horizon=6, blocks=((1, 6),), cell="attentive_lstm", size=30,
        training_level=0.50, n_epochs=12, learning_rates=((0, 1e-4),), longest=72,
    ),
    # ES_RNN.cc, lines 81-106
    "quarterly": Group(
        periods=(4,), input_window=4, horizon=8, blocks=((1, 2), (4, 8)), cell="lstm", size=40,
        training_level=0.45, n_epochs=15, learning_rates=((0, 1e-3), (10, 1e-4)), longest=174,
        n_networks=2, n_best=1, level_penalty=80.0, gradient_clip=20.0,
    ),
    # ES_RNN.cc, lines 111-138; its rate of 1e-4 from epoch 12 on is never reached.
    "monthly": Group(
        periods=(12,), input_window=12, horizon=18, blocks=((1, 3, 6, 12),), cell="residual_lstm",
        size=50, training_level=0.49, n_epochs=10, learning_rates=((0, 5e-4),), longest=272,
        n_networks=2, n_best=1, level_penalty=50.0, gradient_clip=20.0,
    ),
    # ES_RNN_E.cc, lines 109-142; without a seasonality the program sets its level penalty to 0.
    "weekly": Group(
        periods=(), input_window=10, horizon=13, blocks=((1, 52),), cell="attentive_lstm", size=40,
        training_level=0.47, n_epochs=23, learning_rates=((0, 1e-3), (11, 3e-4), (17, 1e-4)),
        longest=337, n_best=3,
    ),
    # ES_RNN_E.cc, lines 146-178
    "daily": Group(
        periods=(7,), input_window=7, horizon=14, blocks=((1, 3), (7, 14)), cell="lstm", size=40,
        training_level=0.49, n_epochs=13, learning_rates=((0, 3e-4), (9, 1e-4)), longest=114,
        level_penalty=100.0,
    ),
    # ES_RNN_E.cc, lines 74-105
    "hourly": Group(
        periods=(24, 168), input_window=24, horizon=48, blocks=((1, 4), (24, 168)), cell="lstm",
        size=40, training_level=0.49, n_epochs=27,
        learning_rates=((0, 1e-2), (7, 5e-3), (18, 1e-3), (22, 3e-4)), longest=8978,
        level_penalty=10.0, cell_penalty=1.0,
    ),
}  # fmt: skip
# The same in all groups
_AVERAGED = 5  # AVERAGING_LEVEL
_NOISE = 1e-3  # NOISE_STD
_B1, _B2, _EPS = np.float32(0.9), np.float32(0.999), np.float32(1e-6)  # of Adam
_LARGEST_START = 0.5  # of logits and logarithms of factors that are drawn

# Domains of M4-info.csv: in each group they are blocks of consecutive numbers, up to these.
_DOMAINS = ("Demographic", "Finance", "Industry", "Macro", "Micro", "Other")
_LAST_OF_DOMAIN: dict[str, dict[str, int]] = {
    "yearly": {
        "Macro": 3903, "Micro": 10441, "Demographic": 11529, "Industry": 15245, "Finance": 21764,
        "Other": 23000,
    },
    "quarterly": {
        "Macro": 5315, "Micro": 11335, "Demographic": 13193, "Industry": 17830, "Finance": 23135,
        "Other": 24000,
    },
    "monthly": {
        "Macro": 10016, "Micro": 20991, "Demographic": 26719, "Industry": 36736, "Finance": 47723,
        "Other": 48000,
    },
    "weekly": {
        "Other": 12, "Macro": 53, "Industry": 59, "Finance": 223, "Demographic": 247, "Micro": 359,
    },
    "daily": {
        "Macro": 127, "Micro": 1603, "Demographic": 1613, "Industry": 2035, "Finance": 3594,
        "Other": 4227,
    },
    "hourly": {"Other": 414},
}  # fmt: skip


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


def domains_of(group: str, ids: list[str]) -> Float32Array:
    """Return the domains of series of M4, by their ids, as six columns of 0 and 1.

    Examples
    --------
    >>> domains_of("weekly", ["W12", "W13"]).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]]
    """
    last = _LAST_OF_DOMAIN[group]
    numbers = np.array([int(one[1:]) for one in ids])
    block = np.searchsorted(list(last.values()), numbers)
    column = np.array([_DOMAINS.index(name) for name in last])[block]
    one_hot: Float32Array = np.eye(len(_DOMAINS), dtype=np.float32)[column]
    return one_hot


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
        sizes = (group.input_window + len(_DOMAINS), group.size, group.horizon)
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
