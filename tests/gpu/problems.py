"""Small trainings for the tests of the GPU path, on any device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from esrnn.config import ModelConfig, NetworkConfig, SmoothingConfig, TrainingConfig
from esrnn.panel import Panel
from esrnn.smoothing import fit_smoothing
from esrnn.training import Job
from esrnn.training.loop import Clock
from esrnn.training.problem import TrainingProblem
from esrnn.training.stacked import StackedTraining
from tests.hybrids import random_panel

LENGTHS = [60, 44, 51, 37, 29, 40, 25, 33, 47, 52, 28]


def mixed_panel(seed: int = 0, lengths: list[int] = LENGTHS) -> Panel:
    """Return series of both forms with gaps."""
    positive = random_panel(seed, lengths, missing=0.05)
    signed = random_panel(seed + 1, lengths, signed=True, missing=0.05)
    half = len(lengths) // 2
    parts = [
        (positive if i < half else signed).series(i) for i in range(len(lengths))
    ]  # fmt: skip
    return Panel.from_arrays(parts, [f"series {i}" for i in range(len(lengths))])


def small(
    *, hidden_size: int = 6, dropout: float = 0.0, periods: tuple[int, ...] = (4,), **training
) -> ModelConfig:
    """Return settings of a small network of two blocks."""
    own = TrainingConfig(
        n_epochs=3, batch_size=3, learning_rate=3e-3, series_learning_rate=3e-3, calibration=0.0
    )
    return ModelConfig(
        NetworkConfig(5, 3, ((1, 2), (3,)), hidden_size=hidden_size, dropout=dropout),
        SmoothingConfig(periods),
        replace(own, **training),
    )


def make_jobs(config: ModelConfig, panel: Panel | None = None, seeds=(3, 1, 2)) -> list[Job]:
    """Return jobs of one kind."""
    panel = panel or mixed_panel()
    fit = fit_smoothing(panel, config.smoothing)
    return [Job(panel, fit, config, seed, k, len(seeds)) for k, seed in enumerate(seeds)]


def begin(jobs: list[Job], device: str) -> StackedTraining:
    """Return the jobs' training before its first step."""
    rngs = [np.random.default_rng(job.seed) for job in jobs]
    problems = [TrainingProblem(job, rng) for job, rng in zip(jobs, rngs, strict=True)]
    return StackedTraining(problems, rngs, device, Clock())


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    """Return how far two tensors are apart, over the size of the second."""
    one, other = one.detach().double().cpu(), other.detach().double().cpu()
    return float((one - other).norm() / other.norm().clamp(min=1e-30))
