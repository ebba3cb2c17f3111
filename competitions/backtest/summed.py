"""Some series of a task, perhaps summed to longer steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from competitions.backtest.harness import task_data
from competitions.task.data import Array, TaskData


@dataclass(frozen=True)
class Summed:
    """Some series of a task, perhaps summed to longer steps."""

    task: str
    n_series: int  # of the task's series, spread evenly over it; all if it has fewer
    periods: tuple[int, ...]  # seasonal periods that the rule is given
    steps: int = 1  # of the task that make one; the remainder is cut off the start
    horizon: int | None = None  # of the measures, in the new steps; by default the task's
    seasonal_period: int | None = None
    preset: str = "blind"  # what the rule is compared with; "blind" knows no season

    @property
    def name(self) -> str:
        """Its name in the log."""
        return self.task if self.steps == 1 else f"{self.task} by {self.steps}"

    @property
    def name_and_size(self) -> str:
        """Its name in a log of panels of several sizes."""
        return f"{self.name}, {self.n_series} series"

    def of(self, data: TaskData) -> TaskData:
        """Return the series as a task of its own, without a test part."""
        every = max(1, data.panel.n_series // self.n_series)
        some = data.panel.subset(np.arange(data.panel.n_series)[::every][: self.n_series])
        summed = [_sums(some.series(i), self.steps) for i in range(some.n_series)]
        index = pd.MultiIndex.from_arrays(
            [
                np.repeat(np.array(some.ids, dtype=object), [y.size for y in summed]),
                np.concatenate([np.arange(1, y.size + 1) for y in summed]),
            ],
            names=["unique_id", "ds"],
        )
        task = replace(
            data.task,
            name=self.name,
            horizon=self.horizon or data.task.horizon,
            seasonal_period=self.seasonal_period or data.task.seasonal_period,
        )
        train = pd.DataFrame({"y": np.concatenate(summed)}, index=index)
        return TaskData(task, train, data.test.iloc[:0])


def load_summed(series: Summed, data_dir: Path | None) -> TaskData:
    """Return the series as a task of its own."""
    return series.of(task_data(series.task, data_dir))


def _sums(values: Array, steps: int) -> Array:
    sums: Array = values[values.size % steps :].reshape(-1, steps).sum(axis=1)
    return sums
