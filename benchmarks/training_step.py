"""Time of a training step over that of the bare recurrent stack, on one thread, by preset.

A step is what `esrnn.training.train_member` does with one batch, measured from the outside: the
CPU time of an epoch over its number of batches. After each epoch the bare stack, `nn.LSTM` layers
and the reshaping that makes them dilated, runs forward and backward as often, on inputs of the same
shape, with the gradient of its inputs, since per-series parameters lie behind them. Then the
products alone: six for each layer of the stack, of its shapes, over all steps at once. The three
take turns, and count the seconds of their own thread, so that other programs disturb them little.
All series have the same length, hence all batches one shape.

`training_step_parts` splits a step of the hourly preset up, as torch's autograd runs it: the way of
models that have no kernels for all of their parts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.report import Bar, Result, Say, describe, provenance, table
from benchmarks.timing import Timing, threads
from benchmarks.training_step_parts import PieceWork, time_pieces
from esrnn.config import ModelConfig, NetworkConfig, preset_config
from esrnn.datasets import load_m4
from esrnn.nn import DilatedNetwork
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from esrnn.training import Epoch, Job, train_member

__all__ = ["BareStack", "TrainingStepSettings", "equal_panel", "hourly_config", "run"]

# The largest ratio of step and bare stack; and M4's mean lengths, or the longest of Hourly.
RATIO_BARS = {
    "hourly": 1.0, "daily": 1.5, "weekly": 1.1, "monthly": 1.1, "quarterly": 1.1, "yearly": 1.1,
}  # fmt: skip
_LENGTHS = {"daily": 2371, "weekly": 1035, "monthly": 234, "quarterly": 100, "yearly": 37}


def hourly_config() -> ModelConfig:
    """Return the settings whose step is split up: those of the preset for M4 Hourly."""
    return preset_config("hourly", horizon=48)


@dataclass(frozen=True)
class TrainingStepSettings:
    """How much is timed, and of what.

    Attributes
    ----------
    config : ModelConfig, optional
        In place of the preset for M4 Hourly.
    others : tuple of str
        Presets that are timed besides.
    n_batches : int
        Batches in an epoch.
    repeats : int
        Epochs that count; one more runs before them.
    seed : int
    """

    config: ModelConfig | None = None
    others: tuple[str, ...] = tuple(_LENGTHS)
    n_batches: int = 8
    repeats: int = 12
    seed: int = 0


class BareStack:
    """The recurrent stack by itself, with inputs and adjoints of a batch's shape.

    Parameters
    ----------
    config : ModelConfig
    shape : tuple of int
        Of the inputs: (W, B, I).
    """

    def __init__(self, config: ModelConfig, shape: tuple[int, ...]) -> None:
        self.stack = DilatedNetwork(config.network).stack.train()
        self.inputs = 0.1 * torch.randn(shape)
        self.bar = torch.randn(*shape[:-1], config.network.hidden_size)

    def forward(self, input_gradient: bool) -> Tensor:
        """Run forward, layer by layer."""
        self.stack.zero_grad(set_to_none=True)
        inputs = self.inputs.detach().requires_grad_(input_gradient)
        out: Tensor = self.stack.by_layers(inputs)
        return out

    def forward_backward(self) -> None:
        """Run forward and backward."""
        torch.autograd.backward([self.forward(input_gradient=True)], [self.bar])


def make_products(network: NetworkConfig, shape: tuple[int, ...]) -> Callable[[], None]:
    """Return what multiplies as many numbers as the stack does, forward and backward.

    Parameters
    ----------
    network : NetworkConfig
    shape : tuple of int
        Of the inputs: (W, B, I).

    Returns
    -------
    callable
    """
    n_rows, width, units = shape[0] * shape[1], shape[2], network.hidden_size
    layers = []
    for _ in [d for block in network.dilations for d in block]:
        for n in (width, units):  # of inputs and of states
            layers.append((torch.randn(n_rows, n), torch.randn(4 * units, n)))
        width = units
    sums = torch.randn(n_rows, 4 * units)

    def multiply() -> None:
        for rows, weight in layers:
            torch.mm(rows, weight.T)
            torch.mm(sums, weight)
            torch.mm(sums.T, rows)

    return multiply


class _Rounds:
    """Called after each epoch: notes its time, then times what it is compared with."""

    def __init__(self, others: list[Callable[[], None]], n_batches: int) -> None:
        self.others, self.n_batches = others, n_batches
        self.laps: list[list[float]] = []
        self.clock = time.thread_time()

    def on_epoch(self, epoch: Epoch) -> None:
        """Note the epoch's time."""
        laps = [self._lap()]
        for other in self.others:
            for _ in range(self.n_batches):
                other()
            laps.append(self._lap())
        self.laps.append(laps)

    def _lap(self) -> float:
        """Return milliseconds per batch since the last lap."""
        now = time.thread_time()
        elapsed = 1e3 * (now - self.clock) / self.n_batches
        self.clock = time.thread_time()
        return elapsed

    def timings(self) -> list[Timing]:
        """Return all rounds but the first, which also set up, loaded and warmed up."""
        names = ("training step", "bare stack", "products alone")
        columns = zip(*self.laps[1:], strict=True)
        return [Timing(name, tuple(times)) for name, times in zip(names, columns, strict=True)]


def equal_panel(n_series: int, seed: int) -> Panel:
    """Draw series of one length, M4 Hourly's longest, from the bundled data.

    Parameters
    ----------
    n_series : int
    seed : int

    Returns
    -------
    Panel
        A series is drawn more than once only if there are too few.
    """
    train, _ = load_m4("hourly", layout="long")
    series = [y.to_numpy() for _, y in train.groupby("unique_id", sort=False)["y"]]
    lengths = np.array([y.size for y in series])
    longest = np.flatnonzero(lengths == lengths.max())
    rng = np.random.default_rng(seed)
    drawn = rng.choice(longest, n_series, replace=n_series > longest.size)
    return Panel.from_arrays([series[i] for i in drawn])


def _walks(n_series: int, length: int, seed: int) -> Panel:
    """Draw positive random walks of one length."""
    steps = np.random.default_rng(seed).normal(0.0, 0.05, (n_series, length))
    return Panel.from_arrays(list(100.0 * np.exp(np.cumsum(steps, axis=1))))


def run(settings: TrainingStepSettings, say: Say) -> Result:
    """Check the pieces of a step, then time steps, stacks and products, and the pieces.

    Parameters
    ----------
    settings : TrainingStepSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/training-step.json``.

    Raises
    ------
    GateError
        If the pieces don't add up to the training loss and its gradients.
    """
    config = settings.config or hourly_config()
    about = provenance(
        "training-step",
        {"repeats": settings.repeats, "seed": settings.seed, "threads": [1],
         "config": asdict(config)},
    )  # fmt: skip
    say(describe(about))
    n_series = settings.n_batches * config.training.batch_size
    panel = equal_panel(n_series, settings.seed)
    with threads(1), torch.random.fork_rng([]):
        torch.manual_seed(settings.seed)
        work = PieceWork(panel, fit_smoothing(panel, config.smoothing), config)
        work.check()
        say("the pieces of a step give the model's loss and gradients\n")
        say(_row("preset", "W x B x I", "step ms", "bare stack", "products", "step / bare stack"))
        records = [_time_step("hourly", config, panel, settings, say)]
        for preset in settings.others:
            own = preset_config(preset)
            walks = _walks(
                settings.n_batches * own.training.batch_size, _LENGTHS[preset], settings.seed
            )
            records.append(_time_step(preset, own, walks, settings, say))
        pieces = time_pieces(work, BareStack(config, work.input_shape()), settings.repeats)
    bars = [
        Bar(
            f"training step over bare stack, {record['preset']}",
            record["ratio"]["median"], RATIO_BARS[record["preset"]], at_least=False,
        )
        for record in records
    ]  # fmt: skip
    _say_pieces(pieces, say)
    say("\n" + "\n".join(bar.line() for bar in bars))
    return {
        **about,
        "presets": records,
        "pieces": [{"what": p.name, **p.summary()} for p in pieces],
        "bars": [bar.record() for bar in bars],
    }


def _time_step(
    preset: str, config: ModelConfig, panel: Panel, settings: TrainingStepSettings, say: Say
) -> dict[str, Any]:
    """Train on a panel, with the bare stack and products in between; return the figures."""
    training = replace(
        config.training, n_epochs=settings.repeats + 1, patience=None, calibration=0.0
    )
    config = replace(config, training=training)
    fit = fit_smoothing(panel, config.smoothing)
    shape = PieceWork(panel, fit, config).input_shape()
    others = [BareStack(config, shape).forward_backward, make_products(config.network, shape)]
    rounds = _Rounds(others, settings.n_batches)
    train_member(Job(panel, fit, config, settings.seed), callbacks=[rounds])
    timings = rounds.timings()
    step, stack, products = timings
    ratios = [a / b for a, b in zip(step.times_ms, stack.times_ms, strict=True)]
    ratio = {"median": float(np.median(ratios)), "min": min(ratios), "max": max(ratios)}
    spread = "{median:.2f} ({min:.2f}..{max:.2f})".format(**ratio)
    medians = [f"{t.median_ms:.2f}" for t in (step, stack, products)]
    say(_row(preset, " x ".join(map(str, shape)), *medians, spread))
    results = [{"what": t.name, **t.summary()} for t in timings]
    return {"preset": preset, "shape": list(shape), "results": results, "ratio": ratio}


def _row(preset: str, *cells: str) -> str:
    """Return a line of the table, printed as soon as its figures are there."""
    shape, step, stack, products, ratio = cells
    return f"{preset:<10}{shape:>14}{step:>10}{stack:>12}{products:>10}{ratio:>22}"


def _say_pieces(pieces: list[Timing], say: Say) -> None:
    total = sum(p.median_ms for p in pieces if not p.name.startswith("("))
    rows = [[p.name, f"{p.median_ms:.2f}", p.spread] for p in pieces]
    header = ["piece of a step by autograd, hourly", "median ms", "min..max"]
    say("\n" + table(header, [*rows, ["sum", f"{total:.2f}", ""]]))
