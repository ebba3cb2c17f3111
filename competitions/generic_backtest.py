"""Backtests of the rule behind the preset ``generic``, inside the training parts.

``python -m competitions.generic_backtest`` runs what its log does not hold yet and prints a table:
the rule beside the tuned preset where a group has one, and beside settings that know no season
where series are summed to steps that nobody tuned for. What it says: ``backtests/generic.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.backtest import LOGS, Outcome, backtest, digest
from competitions.logs import append_outcome, read_outcomes
from competitions.task import TaskData, load_data, load_task
from esrnn.config import Choices, ModelConfig, NetworkConfig, TrainingConfig, preset_config
from esrnn.panel import Panel

__all__ = ["CASES", "LOG", "Case", "configs", "format_table", "run_cases", "series_of"]

Vector = npt.NDArray[np.float64]

LOG = LOGS / "generic.jsonl"
_MEMBERS = 2
_BACKS = (1, 2)


@dataclass(frozen=True)
class Case:
    """Some series of a task, perhaps summed to longer steps.

    Attributes
    ----------
    task : str
    n_series : int
        How many of the task's, spread evenly over it; all if it has fewer.
    periods : tuple of int
        Seasonal periods that the rule is given.
    steps : int
        How many of the task's steps make one; what is too much is cut off the start.
    horizon, seasonal_period : int, optional
        Of the measures, in the new steps; by default the task's.
    preset : str
        What to hold the rule against; ``"blind"`` knows no season.
    """

    task: str
    n_series: int
    periods: tuple[int, ...]
    steps: int = 1
    horizon: int | None = None
    seasonal_period: int | None = None
    preset: str = "blind"

    @property
    def name(self) -> str:
        """Under which the log knows it."""
        return self.task if self.steps == 1 else f"{self.task} by {self.steps}"


CASES = (
    Case("m4-quarterly-1000", 500, (4,), preset="quarterly"),
    Case("m4-monthly", 300, (12,), preset="monthly"),
    Case("m4-weekly", 120, (52,), preset="weekly"),
    Case("m4-daily", 200, (7,), preset="daily"),
    Case("m4-hourly", 60, (24, 168), preset="hourly"),
    Case("m3-other", 174, ()),
    Case("m4-hourly", 100, (12, 84), steps=2, horizon=24, seasonal_period=12),
    Case("m4-hourly", 100, (6, 42), steps=4, horizon=12, seasonal_period=6),
    Case("m4-weekly", 120, (26,), steps=2, horizon=6),
    Case("m4-monthly", 300, (6,), steps=2, horizon=9, seasonal_period=6),
    Case("m4-monthly", 300, (2,), steps=6, horizon=3, seasonal_period=2),
)


def series_of(case: Case, data: TaskData) -> TaskData:
    """Return a case's series as a task of its own.

    Parameters
    ----------
    case : Case
    data : TaskData
        Of its task.

    Returns
    -------
    TaskData
        With the training part alone.
    """
    panel = Panel(data.values, data.indptr, tuple(data.ids))
    every = max(1, panel.n_series // case.n_series)
    some = panel.subset(np.arange(panel.n_series)[::every][: case.n_series])
    summed = [_sums(some.series(i), case.steps) for i in range(some.n_series)]
    index = pd.MultiIndex.from_arrays(
        [
            np.repeat(np.array(some.ids, dtype=object), [y.size for y in summed]),
            np.concatenate([np.arange(1, y.size + 1) for y in summed]),
        ],
        names=["unique_id", "ds"],
    )
    task = replace(
        data.task,
        name=case.name,
        horizon=case.horizon or data.task.horizon,
        seasonal_period=case.seasonal_period or data.task.seasonal_period,
    )
    train = pd.DataFrame({"y": np.concatenate(summed)}, index=index)
    return TaskData(task, train, data.test.iloc[:0])


def _sums(values: Vector, steps: int) -> Vector:
    sums: Vector = values[values.size % steps :].reshape(-1, steps).sum(axis=1)
    return sums


def configs(case: Case, horizon: int) -> dict[str, ModelConfig]:
    """Return the settings to compare: by the rule, and those it is held against."""
    few = Choices(n_members=_MEMBERS)
    rule = preset_config("generic", horizon, replace(few, seasonal_periods=case.periods))
    if case.preset != "blind":
        return {"rule": rule, f"preset {case.preset}": preset_config(case.preset, horizon, few)}
    network = NetworkConfig(12, horizon, ((1, 2), (4, 8)), dropout=0.1)
    training = TrainingConfig(n_epochs=15, stretch=48, origin_step=2)
    return {"rule": rule, "blind": replace(
        preset_config("generic", horizon, few), network=network, training=training
    )}  # fmt: skip


def run_cases(
    cases: Iterable[Case] = CASES,
    log: Path = LOG,
    load: Callable[[str], TaskData] = lambda name: load_data(load_task(name)),
) -> list[Outcome]:
    """Backtest all cases, appending to a log what it does not hold yet.

    Parameters
    ----------
    cases : iterable of Case
    log : pathlib.Path
        JSON lines.
    load : callable
        Loads a task by name.

    Returns
    -------
    list of Outcome
        All that the log holds.
    """
    outcomes = read_outcomes(log, Outcome)
    done = {(o.task, o.settings, o.back) for o in outcomes}
    for case in cases:
        data = series_of(case, load(case.task))
        for name, config in configs(case, data.task.horizon).items():
            for back in _BACKS:
                if (case.name, digest(config), back) in done:
                    continue
                outcomes.append(backtest(data, config, name, back))
                append_outcome(log, outcomes[-1])
    return outcomes


def format_table(outcomes: Iterable[Outcome]) -> str:
    """Lay out mean OWA over the origins, coverage and processor seconds, case by case."""
    together: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        together.setdefault((outcome.task, outcome.variant), []).append(outcome)
    lines = [f"{'series':20} {'settings':18} {'N':>4} {'OWA':>7}  {'each origin':15} {'cover':>6} "
             f"{'CPU s':>6}"]  # fmt: skip
    for (task, variant), some in together.items():
        owas = [o.owa for o in sorted(some, key=lambda o: o.back)]
        lines.append(
            f"{task:20} {variant:18} {some[0].n_series:4} {np.mean(owas):7.4f}  "
            f"{' '.join(f'{owa:.4f}' for owa in owas):15} "
            f"{np.mean([o.coverage for o in some]):6.3f} {np.mean([o.cpu_s for o in some]):6.1f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(format_table(run_cases()) + "\n")
