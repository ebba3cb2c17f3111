"""Speed and size of every cell: forward and backward through the stack of a preset, on one thread.

Cells take turns, so that a disturbance meets all of them alike, and what is counted is CPU time.
Inputs are noise of the shape of a batch; what a step costs does not depend on the values. Before
its figures, each cell has to show that no output depends on a later input.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from statistics import median

import torch
from torch import Tensor

from benchmarks.kernel_checks import GateError
from benchmarks.report import Result, Say, provenance, table
from benchmarks.timing import threads
from esrnn.config import CELL_OPTIONS, preset_config
from esrnn.nn import DilatedNetwork

__all__ = ["CellsSettings", "run"]

_ORIGINS = 96  # of a preset that has no training window


@dataclass(frozen=True)
class CellsSettings:
    """How much is timed, and of what.

    Attributes
    ----------
    presets : tuple of str
        Whose layers, batches and training windows are taken.
    n_steps : int
        Steps, forward and backward, in a turn.
    repeats : int
        Turns of each cell; one more runs before them.
    seed : int
    """

    presets: tuple[str, ...] = ("hourly", "monthly")
    n_steps: int = 5
    repeats: int = 7
    seed: int = 0


def run(settings: CellsSettings, say: Say) -> Result:
    """Check each cell, then time all of them.

    Parameters
    ----------
    settings : CellsSettings
    say : callable
        Takes a line to print.

    Returns
    -------
    dict
        Steps per CPU second and numbers of weights.

    Raises
    ------
    GateError
        If an output of a cell depends on a later input.
    """
    about = provenance("cells", {**asdict(settings), "threads": [1]})
    results = []
    with threads(1):
        for preset in settings.presets:
            work = {cell: _Work(preset, cell, settings.seed) for cell in CELL_OPTIONS}
            for own in work.values():
                own.require_causal()
            shape = tuple(work["lstm"].inputs.shape)
            seconds = _take_turns(work, settings)
            rows = []
            for cell, own in work.items():
                weights = sum(parameter.numel() for parameter in own.stack.parameters())
                rate = 1.0 / median(seconds[cell])
                rows.append([cell, f"{weights:,}", f"{rate:.0f}"])
                results.append(
                    {"preset": preset, "cell": cell, "weights": weights, "steps_per_cpu_s": rate}
                )
            say(f"layers of the preset {preset!r}, inputs (origins, series, window) {shape}")
            say(table(["cell", "weights", "steps/CPU s"], rows))
            say("")
    return {**about, "results": results}


class _Work:
    """The stack of a preset with another cell, and inputs of the shape of its batches."""

    def __init__(self, preset: str, cell: str, seed: int) -> None:
        config, self.cell = preset_config(preset, dropout=0.0, cell=cell), cell
        self.generator = torch.Generator().manual_seed(seed)
        network = DilatedNetwork(config.network)
        network.draw(self.generator)
        self.stack = network.stack
        n_origins = config.training.training_window or _ORIGINS
        shape = (n_origins, config.training.batch_size, config.network.input_window)
        self.inputs = 0.1 * torch.randn(shape, generator=self.generator)

    def require_causal(self) -> None:
        """Raise if an output depends on a later input."""
        later, half = self.inputs.clone(), self.inputs.shape[0] // 2
        later[half:] += 1.0
        with torch.no_grad():
            before, after = (self.stack(inputs)[:half] for inputs in (self.inputs, later))
        if not torch.equal(before, after):
            raise GateError(f"an output of {self.cell!r} depends on a later input")

    def step(self) -> None:
        """Run forward, as in training, and backward."""
        self.stack.zero_grad(set_to_none=True)
        out: Tensor = self.stack(self.inputs.detach().requires_grad_(), self.generator)
        torch.autograd.backward([out.sum()])


def _take_turns(work: dict[str, _Work], settings: CellsSettings) -> dict[str, list[float]]:
    """Return CPU seconds of a step, for each turn but the first."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for turn in range(settings.repeats + 1):
        for cell, own in work.items():
            start = time.process_time()
            for _ in range(settings.n_steps):
                own.step()
            if turn:
                seconds[cell].append((time.process_time() - start) / settings.n_steps)
    return seconds
