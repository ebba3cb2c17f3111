"""Panels of a study: series of a task, drawn at random and always the same."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from competitions.backtest.harness import task_data
from competitions.backtest.held_out import HeldOut, hold_out
from competitions.task import load_task

TEST_PART = 0  # its number among the folds; 1 is the last horizon of the training part


@dataclass(frozen=True)
class Sample:
    """Some series of a task that are long enough for a backtest.

    Tenths of them, every tenth from the first, the second, ..., are random samples too.
    """

    task: str
    n_series: int  # at most
    first: int = 0  # of the shuffled series of the task; other samples have other series

    @property
    def name(self) -> str:
        """Its name in the log."""
        return f"{self.task}, {self.n_series} series"

    @property
    def preset(self) -> str:
        """Whose settings its networks have."""
        return load_task(self.task).group

    def held(self, fold: int, data_dir: Path | None) -> HeldOut:
        """Hold out the test part, or a horizon of the training part."""
        shuffled = _shuffled(self.task, fold, data_dir)
        return shuffled.subset(np.arange(shuffled.train.n_series)[self.first :][: self.n_series])


@cache
def _shuffled(task: str, fold: int, data_dir: Path | None) -> HeldOut:
    """Return all series of a task that have a backtest, in random order."""
    data = task_data(task, data_dir)
    held = hold_out(data, 1)
    order = np.random.default_rng(0).permutation(held.train.n_series)
    if fold != TEST_PART:
        return held.subset(order)
    places = {name: k for k, name in enumerate(data.ids)}
    rows = np.array([places[held.train.ids[k]] for k in order])
    return HeldOut(data.panel.subset(rows), data.actual[rows], data.task.seasonal_period)
