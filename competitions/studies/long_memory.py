"""What cells remember over 50 to 10,000 steps, at equal CPU time.

``adding L``
    The sum of two marked numbers among L uniform ones (Hochreiter and Schmidhuber 1997). The score
    is the mean squared error in units of the variance: 1 without memory, 0 if solved.
``copy L``
    Ten symbols of eight, to be told again after L blanks. The score is the share of wrong symbols:
    0.875 without memory.
``hourly``
    The next hour of series of M4 Hourly, which look like a week ago; the network is given one hour
    at a time, and no window. The score is the mean absolute error relative to that of the value of
    a week ago, over the last week of the training part (backtest) and over the test part.
``gradient``
    Before training: how large the gradient of the last output by the input of so many steps before
    is, relative to that by the last input; and training steps per second of long sequences.

Networks have one layer of 32 units. All train for the same CPU seconds with Adam, at a rate that
falls from 0.01 to 0.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from competitions.studies.lines import Job, Line
from esrnn.config.cells import make_cell_options
from esrnn.datasets import load_m4
from esrnn.nn.stack import DilatedStack
from esrnn.runtime import single_threaded

__all__ = ["CELLS", "LOG", "Memory", "hourly_scores", "memory_jobs"]

Array = npt.NDArray[np.float64]
Batch = tuple[Tensor, Tensor]  # (T, B, n_inputs) and what is asked for
Draw = Callable[[torch.Generator, int], Batch]

LOG = Path(__file__).with_name("long_memory.jsonl")
_WIDTH, _RATE, _BATCH, _N_SCORED = 32, 0.01, 32, 256
_N_SYMBOLS, _N_TOLD = 8, 10
_WEEK, _TEST = 168, 48
_SEGMENT = 3 * _WEEK
_LAGS = (1, 10, 100, 1_000, 9_999)
_SECONDS = 10.0


@dataclass(frozen=True)
class Memory:
    """A cell and how it is set up for memories of a task's length."""

    cell: str
    dilations: tuple[int, ...] = (1,)
    forget_bias: bool = False  # of a gate that forgets after about so many steps as the task has
    sized: bool = False  # whether the cell is told the length

    def stack(self, n_inputs: int, length: int, generator: torch.Generator) -> DilatedStack:
        """Return layers with new weights."""
        told = {"theta": float(length)} if self.sized else {}
        options = make_cell_options(self.cell, told.items())
        stack = DilatedStack(n_inputs, _WIDTH, (self.dilations,), self.cell, 0.0, options)
        stack.draw(generator)
        if self.forget_bias:
            (bias,) = (p for name, p in stack.named_parameters() if name.endswith("bias_ih_l0"))
            until = torch.rand(_WIDTH, generator=generator) * (length - 1) + 1
            with torch.no_grad():
                bias[:_WIDTH] = -until.log()
                bias[_WIDTH : 2 * _WIDTH] = until.log()
        return stack


CELLS: Mapping[str, Memory] = MappingProxyType(
    {
        "lstm": Memory("lstm"),
        "lstm, forget bias": Memory("lstm", forget_bias=True),
        "lstm, dilated": Memory("lstm", (1, 4, 16, 64)),
        "gru": Memory("gru"),
        "indrnn": Memory("indrnn"),
        "lmu": Memory("lmu", sized=True),
        "minlstm": Memory("minlstm"),
        "nbrc": Memory("nbrc"),
        "linear_attention": Memory("linear_attention"),
    }
)


class _Network(nn.Module):
    """A stack and a linear map of its states."""

    def __init__(self, memory: Memory, sizes: tuple[int, int], length: int, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.stack = memory.stack(sizes[0], length, generator)
        self.out = nn.Linear(_WIDTH, sizes[1])
        for parameter in self.out.parameters():
            bound = 1.0 / math.sqrt(_WIDTH)
            nn.init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(self, x: Tensor, n_last: int, generator: torch.Generator | None = None) -> Tensor:
        """Return what the network says at the last steps, (n_last, B, n_outputs)."""
        wanted = range(x.shape[0] - n_last, x.shape[0])
        said: Tensor = self.out(self.stack(x, generator, wanted))
        return said


def memory_jobs(data_dir: Path | None) -> Iterator[Job]:
    """Give the jobs, those that matter most first."""
    for name in CELLS:
        yield Job(f"gradient, {name}", partial(_gradients, name))
    yield Job("hourly, references", partial(_references, data_dir))
    for task in ("adding 100", "hourly", "copy 50", "adding 400", "copy 200", "adding 1600"):
        for name in CELLS:
            run = (
                partial(_hourly, name, data_dir) if task == "hourly" else partial(_toy, name, task)
            )
            yield Job(f"{task}, {name}", run)


def _toy(name: str, task: str) -> list[Line]:
    """Train on a made-up task and score it."""
    kind, length = task.split()[0], int(task.split()[1])
    is_copy = kind == "copy"
    draw: Draw = partial(_copy if is_copy else _adding, length)
    sizes = (_N_SYMBOLS + 2, _N_SYMBOLS) if is_copy else (2, 1)
    network = _Network(CELLS[name], sizes, length, seed=0)
    n_last = _N_TOLD if is_copy else 1

    def loss_of(batch: Batch, generator: torch.Generator | None) -> Tensor:
        said = network(batch[0], n_last, generator)
        if is_copy:
            return nn.functional.cross_entropy(said.flatten(0, 1), batch[1].flatten())
        return nn.functional.mse_loss(said[0, :, 0], batch[1])

    n_steps = _train(network, draw, loss_of)
    with torch.no_grad():
        x, asked = draw(torch.Generator().manual_seed(10_000), _N_SCORED)
        said = network(x, n_last)
        wrong = (
            (said.argmax(dim=2) != asked).double().mean()
            if is_copy
            else ((said[0, :, 0] - asked).square().mean() / (1.0 / 6.0))
        )
    return [
        {"task": task, "cell": name, "part": "test", "score": round(float(wrong), 4),
         "n_steps": n_steps, "cpu_s": _SECONDS}
    ]  # fmt: skip


def _train(
    network: _Network, draw: Draw, loss_of: Callable[[Batch, torch.Generator | None], Tensor]
) -> int:
    """Train for so many CPU seconds as all; return the number of steps."""
    generator = torch.Generator().manual_seed(1)
    parameters = list(network.parameters())
    optimiser = torch.optim.Adam(parameters, lr=_RATE)
    n_steps = 0
    with single_threaded():
        start = time.process_time()
        while (spent := (time.process_time() - start) / _SECONDS) < 1.0:
            for group in optimiser.param_groups:
                group["lr"] = _RATE * (1.0 - spent)
            loss = loss_of(draw(generator, _BATCH), generator)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            n_steps += 1
    return n_steps


def _adding(length: int, generator: torch.Generator, n: int) -> Batch:
    """Draw numbers and two marks, one in each half; their sum is asked for."""
    numbers = torch.rand(length, n, generator=generator)
    halves = [torch.randint(0, length // 2, (n,), generator=generator) for _ in range(2)]
    marks = torch.zeros(length, n)
    for k, place in enumerate(halves):
        marks[place + k * (length // 2), torch.arange(n)] = 1.0
    return torch.stack([numbers, marks], dim=2), (numbers * marks).sum(dim=0)


def _copy(length: int, generator: torch.Generator, n: int) -> Batch:
    """Draw symbols, blanks, a mark, and room to tell the symbols again."""
    symbols = torch.randint(0, _N_SYMBOLS, (_N_TOLD, n), generator=generator)
    blank, mark = _N_SYMBOLS, _N_SYMBOLS + 1
    codes = torch.full((2 * _N_TOLD + length, n), blank)
    codes[:_N_TOLD] = symbols
    codes[-_N_TOLD] = mark
    return nn.functional.one_hot(codes, _N_SYMBOLS + 2).float(), symbols


def _gradients(name: str) -> list[Line]:
    """Measure gradients of new networks by lag, and training steps per second."""
    lines: list[Line] = []
    for length in (100, 1_000, 10_000):
        network = _Network(CELLS[name], (1, 1), length, seed=0)
        x = torch.randn(length, 8, 1, generator=torch.Generator().manual_seed(2))
        with single_threaded():
            network(x, 1).sum().backward()  # what is compiled or planned once is so now
            start, n_done = time.process_time(), 0
            while time.process_time() - start < 1.0:
                network(x, 1).sum().backward()
                n_done += 1
            rate = n_done / (time.process_time() - start)
            x.requires_grad_(True)
            network.out(network.stack.by_layers(x)[-1:]).sum().backward()
        norms = _found(x.grad).norm(dim=(1, 2)).flip(0)
        lags = {str(lag): float(norms[lag] / norms[0]) for lag in _LAGS if lag < length}
        lines.append(
            {"task": "gradient", "cell": name, "length": length, "steps_per_s": round(rate, 3),
             "gradient": {lag: float(f"{value:.3g}") for lag, value in lags.items()}}
        )  # fmt: skip
    return lines


def _found(gradient: Tensor | None) -> Tensor:
    if gradient is None:
        raise TypeError("a backward pass leaves a gradient in the inputs")
    return gradient


@cache
def load_hours(data_dir: Path | None) -> list[Array]:
    """Return series of equal length side by side, (T, N) with the test part, longest last.

    They have a mean of 0 and a spread of 1 in what is learnt from, all but the last week of the
    training part.
    """
    train, test = load_m4("hourly", data_dir)
    blocks: dict[int, list[Array]] = {}
    after = dict(iter(test.groupby(level=0)["y"]))
    for name, own in train.groupby(level=0, sort=False)["y"]:
        past = own.to_numpy()[:-_WEEK]
        whole = np.concatenate([own.to_numpy(), after[name].to_numpy()])
        blocks.setdefault(whole.size, []).append((whole - past.mean()) / (past.std() or 1.0))
    return [np.stack(blocks[length], axis=1) for length in sorted(blocks)]


def _hours(blocks: Sequence[Array], generator: torch.Generator, n: int) -> Batch:
    """Draw segments of what is learnt from; the next value is asked for, from a week on."""
    which = torch.randint(0, sum(block.shape[1] for block in blocks), (n,), generator=generator)
    rows = []
    for k in which.tolist():
        block, k = (blocks[0], k) if k < blocks[0].shape[1] else (blocks[1], k - blocks[0].shape[1])
        last = block.shape[0] - _TEST - _WEEK - _SEGMENT - 1
        begin = int(torch.randint(0, last + 1, (1,), generator=generator))
        rows.append(block[begin : begin + _SEGMENT + 1, k])
    drawn = torch.from_numpy(np.stack(rows, axis=1)).float()
    return drawn[:-1, :, None], drawn[_WEEK + 1 :]


def _hourly(name: str, data_dir: Path | None) -> list[Line]:
    """Train on hours, and forecast hour by hour."""
    blocks = load_hours(data_dir)
    network = _Network(CELLS[name], (1, 1), _WEEK, seed=0)

    def loss_of(batch: Batch, generator: torch.Generator | None) -> Tensor:
        said = network(batch[0], _SEGMENT - _WEEK, generator)
        return nn.functional.l1_loss(said[:, :, 0], batch[1])

    n_steps = _train(network, partial(_hours, blocks), loss_of)

    def forecast(block: Array, n_last: int) -> Array:
        with torch.no_grad(), single_threaded():
            said = network(torch.from_numpy(block[:-1, :, None]).float(), n_last)
        return np.asarray(said[:, :, 0].double().numpy())

    scores = hourly_scores(blocks, forecast)
    return [
        {"task": "hourly", "cell": name, "part": part, "score": round(score, 4),
         "n_steps": n_steps, "cpu_s": _SECONDS}
        for part, score in scores.items()
    ]  # fmt: skip


def _references(data_dir: Path | None) -> list[Line]:
    """Score what needs no memory, and linear regressions on the hours of a day and of a week."""
    blocks = load_hours(data_dir)

    def ridge(n_lags: int, block: Array, n_last: int) -> Array:
        return _lags(block[-n_last - n_lags : -1], n_lags) @ weights[n_lags]

    weights = {}
    for n_lags in (24, _WEEK):
        gram, right = np.eye(n_lags), np.zeros(n_lags)
        for block in blocks:
            for k in range(block.shape[1]):
                own = block[: -_TEST - _WEEK, k : k + 1]
                X, y = _lags(own[:-1], n_lags)[:, 0], own[n_lags:, 0]
                gram, right = gram + X.T @ X, right + X.T @ y
        weights[n_lags] = np.linalg.solve(gram, right)
    forecasts: dict[str, Callable[[Array, int], Array]] = {
        "the last hour": lambda block, n_last: block[-n_last - 1 : -1],
        "regression on 24 hours": partial(ridge, 24),
        "regression on 168 hours": partial(ridge, _WEEK),
    }
    return [
        {"task": "hourly", "cell": name, "part": part, "score": round(score, 4)}
        for name, forecast in forecasts.items()
        for part, score in hourly_scores(blocks, forecast).items()
    ]


def _lags(block: Array, n_lags: int) -> Array:
    """Return (T, N) as windows, (T - n_lags + 1, N, n_lags)."""
    return np.lib.stride_tricks.sliding_window_view(block, n_lags, axis=0)


def hourly_scores(
    blocks: Sequence[Array], forecast: Callable[[Array, int], Array]
) -> dict[str, float]:
    """Score forecasts of each hour from all before it, over a week and over the test part.

    `forecast` takes series and a number, and returns forecasts of so many last values, each from
    those before it. Absolute errors are summed over all series and divided by those of the value of
    a week ago.
    """
    scores = {}
    for part, n_last, n_after in (("backtest", _WEEK, _TEST), ("test", _TEST, 0)):
        errors = naive = 0.0
        for block in blocks:
            own = block[: block.shape[0] - n_after]
            errors += float(np.abs(forecast(own, n_last) - own[-n_last:]).sum())
            naive += float(np.abs(own[-n_last:] - own[-n_last - _WEEK : -_WEEK]).sum())
        scores[part] = errors / naive
    return scores
