"""Time of a training step over that of the bare recurrent stack, on one thread.

A step is what `esrnn.training.train_member` does with one batch, measured from the outside: the
time of an epoch over its number of batches. After each epoch the bare stack, `nn.LSTM` layers and
the reshaping that makes them dilated, runs forward and backward as often, on inputs of the same
shape, so that the two take turns. All series have the same length, hence all batches one shape.

The training step needs the gradient of the stack's inputs, since per-series parameters lie behind
them; the stack does without one in the second comparison. `training_step_parts` splits a step up;
the parts are put together here and may cost a little more or less than the step itself.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import Tensor

from benchmarks.report import Bar, Result, Say, describe, provenance, table
from benchmarks.timing import Timing, threads
from benchmarks.training_step_parts import PieceWork, time_pieces
from esrnn.config import ModelConfig, preset_config
from esrnn.datasets import load_m4
from esrnn.nn import DilatedNetwork
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from esrnn.training import Epoch, Job, train_member

__all__ = ["BareStack", "TrainingStepSettings", "equal_panel", "hourly_config", "run"]

RATIO_BAR = 1.5


def hourly_config() -> ModelConfig:
    """Return the settings that are timed: those of the preset for M4 Hourly."""
    return preset_config("hourly", horizon=48)


@dataclass(frozen=True)
class TrainingStepSettings:
    """How much is timed, and of what.

    Attributes
    ----------
    config : ModelConfig, optional
        By default `hourly_config`.
    n_batches : int
        Batches in an epoch.
    repeats : int
        Epochs that count; one more runs before them.
    seed : int
    """

    config: ModelConfig | None = None
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
        """Run forward."""
        self.stack.zero_grad(set_to_none=True)
        out: Tensor = self.stack.by_layers(self.inputs.detach().requires_grad_(input_gradient))
        return out

    def forward_backward(self, input_gradient: bool) -> None:
        """Run forward and backward."""
        torch.autograd.backward([self.forward(input_gradient)], [self.bar])


class _Rounds:
    """Called after each epoch: notes its time, then times the bare stack."""

    def __init__(self, bare: BareStack, n_batches: int) -> None:
        self.bare, self.n_batches = bare, n_batches
        self.step: list[float] = []
        self.stack: list[float] = []
        self.stack_only_weights: list[float] = []
        self.clock = time.perf_counter()

    def on_epoch(self, epoch: Epoch) -> None:
        """Note the epoch's time."""
        self.step.append(self._lap())
        for times, input_gradient in ((self.stack, True), (self.stack_only_weights, False)):
            for _ in range(self.n_batches):
                self.bare.forward_backward(input_gradient)
            times.append(self._lap())

    def _lap(self) -> float:
        """Return milliseconds per batch since the last lap."""
        now = time.perf_counter()
        elapsed = 1e3 * (now - self.clock) / self.n_batches
        self.clock = time.perf_counter()
        return elapsed

    def timings(self) -> tuple[Timing, Timing, Timing]:
        """Return all rounds but the first, which also set up, loaded and warmed up."""
        return (
            Timing("training step", tuple(self.step[1:])),
            Timing("bare stack", tuple(self.stack[1:])),
            Timing("bare stack, without gradient of its inputs",
                   tuple(self.stack_only_weights[1:])),
        )  # fmt: skip


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


def run(settings: TrainingStepSettings, say: Say) -> Result:
    """Check the pieces of a step, then time step, stack and pieces.

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
    training = replace(config.training, n_epochs=settings.repeats + 1, patience=None)
    config = replace(config, training=training)
    about = provenance(
        "training-step",
        {"repeats": settings.repeats, "seed": settings.seed, "threads": [1],
         "config": asdict(config)},
    )  # fmt: skip
    say(describe(about))
    panel = equal_panel(settings.n_batches * training.batch_size, settings.seed)
    with threads(1), torch.random.fork_rng([]):
        torch.manual_seed(settings.seed)
        fit = fit_smoothing(panel, config.smoothing)
        work = PieceWork(panel, fit, config)
        work.check()
        say("the pieces of a step give the model's loss and gradients")
        shape = work.input_shape()
        bare = BareStack(config, shape)
        rounds = _Rounds(bare, settings.n_batches)
        train_member(Job(panel, fit, config, settings.seed), callbacks=[rounds])
        pieces = time_pieces(work, bare, settings.repeats)
    results = _report(config, shape, rounds.timings(), pieces, say)
    return {**about, "shape": list(shape), **results}


def _report(
    config: ModelConfig,
    shape: tuple[int, ...],
    timings: tuple[Timing, Timing, Timing],
    pieces: list[Timing],
    say: Say,
) -> Result:
    step, stack, stack_only_weights = timings
    ratios = _ratios(step, stack)
    loose = _ratios(step, stack_only_weights)
    network = config.network
    say(
        f"\nM4 Hourly: windows W = {shape[0]}, series B = {shape[1]}, input I = {shape[2]}, "
        f"hidden {network.hidden_size}, dilations {network.dilations}; 1 thread"
    )
    rows = [[t.name, f"{t.median_ms:.2f}", t.spread] for t in timings]
    say(table(["per batch", "median ms", "min..max"], rows))
    say(f"\nstep / stack: {_spread(ratios)}; without gradient of its inputs: {_spread(loose)}")
    total = sum(p.median_ms for p in pieces if not p.name.startswith("("))
    rows = [[p.name, f"{p.median_ms:.2f}", p.spread] for p in pieces]
    say("\n" + table(["piece", "median ms", "min..max"], [*rows, ["sum", f"{total:.2f}", ""]]))
    bar = Bar(
        "training step over bare stack, one thread",
        float(np.median(ratios)), RATIO_BAR, at_least=False,
    )  # fmt: skip
    say("\n" + bar.line())
    return {
        "results": [{"what": t.name, **t.summary()} for t in timings],
        "ratio": {"median": float(np.median(ratios)), "min": min(ratios), "max": max(ratios)},
        "ratio_without_input_gradient": {
            "median": float(np.median(loose)), "min": min(loose), "max": max(loose),
        },
        "pieces": [{"what": p.name, **p.summary()} for p in pieces],
        "bars": [bar.record()],
    }  # fmt: skip


def _ratios(over: Timing, under: Timing) -> list[float]:
    """Return the ratios round by round: what disturbs a round disturbs both."""
    return [a / b for a, b in zip(over.times_ms, under.times_ms, strict=True)]


def _spread(values: list[float]) -> str:
    return f"{np.median(values):.3f} ({min(values):.3f}..{max(values):.3f})"
