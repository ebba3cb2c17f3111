"""One loop for all backtests: it runs the cases that a log does not have yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from competitions.backtest.held_out import HeldOut, hold_out
from competitions.backtest.logs import Outcome, append_outcome, digest, format_table, read_outcomes
from competitions.source_commit import commit
from competitions.task import TaskData, load_data, load_task
from competitions.task.data import Array
from esrnn.config import ModelConfig
from esrnn.errors import InputError
from esrnn.panel import Covariates, Panel

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

Forecast: TypeAlias = tuple[Array, Array, Array]  # point, lower and upper, each of shape (N, H)
Train: TypeAlias = Callable[[HeldOut], Callable[[], Forecast]]

_BOUNDS = (0.025, 0.975)


class Runnable(Protocol):
    """What makes an outcome."""

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The `Outcome.key` of its outcome."""
        ...

    def run(self) -> Outcome:
        """Train, forecast and score."""
        ...


@dataclass(frozen=True)
class Case:
    """One line of a log to be: some settings on one fold of some series."""

    task: str  # names of the series and of the settings in the log
    variant: str
    fold: int  # which horizon from the end of the training part is held out; 1 is the last
    load: Callable[[], TaskData]  # called only if the case is not in the log
    train: Train  # may read only ``train`` of what is held out
    seed: int = 1
    settings: str = ""  # digest, where `variant` does not say all
    # Series that are scored and that the forecasts are of; by default all
    scored: Callable[[HeldOut], HeldOut] | None = None

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The `Outcome.key` of its outcome."""
        return self.task, self.settings or self.variant, self.fold, self.seed

    def run(self) -> Outcome:
        """Train, forecast and score."""
        held = hold_out(self.load(), self.fold)
        start = time.process_time()
        forecast = self.train(held)
        trained = time.process_time()
        forecasts = forecast()
        end = time.process_time()
        scored = held if self.scored is None else self.scored(held)
        return Outcome(
            task=self.task,
            variant=self.variant,
            fold=self.fold,
            seed=self.seed,
            n_series=scored.train.n_series,
            **scored.measures(*forecasts),
            cpu_s=round(end - start, 1),
            forecast_cpu_s=round(end - trained, 2),
            size=None,
            settings=self.settings,
            commit=commit() or "",
        )


def run_cases(
    cases: Iterable[Runnable],
    log: Path,
    say: Callable[[str], object] = print,
    most: int | None = None,
) -> list[Outcome]:
    """Run the cases that a log does not have yet, `most` at most, and append their outcomes to it.

    The log is JSON lines. `say` takes a line for each case that was run. Returns all that the log
    holds.
    """
    outcomes = read_outcomes(log)
    done = {outcome.key for outcome in outcomes}
    for case in islice((case for case in cases if case.key not in done), most):
        outcomes.append(case.run())
        done.add(case.key)
        append_outcome(log, outcomes[-1])
        say(f"{outcomes[-1].task}: {format_table(outcomes[-1:]).splitlines()[-1].strip()}")
    return outcomes


def ensemble_case(
    task: str,
    variant: str,
    fold: int,
    load: Callable[[], TaskData],
    config: ModelConfig,
    seed: int = 1,
) -> Case:
    """Return the case of an ensemble with these settings, known by their digest."""
    return Case(task, variant, fold, load, train_ensemble(config, seed), seed, digest(config))


def train_ensemble(
    config: ModelConfig,
    seed: int,
    covariates: Callable[[HeldOut], Covariates] | None = None,
) -> Train:
    """Return what trains an ensemble in this process and forecasts the series it was trained on.

    An InputError is raised if the outer quantile levels are not those of 95% intervals.
    """
    levels = config.network.quantile_levels
    if (levels[0], levels[-1]) != _BOUNDS:
        raise InputError(f"the outer quantile levels must be {_BOUNDS}; got {levels}")

    def train(held: HeldOut) -> Callable[[], Forecast]:
        known = None if covariates is None else covariates(held)
        ensemble = fit_here(held.train, config, seed, known)
        return lambda: median_and_bounds(ensemble.forecast(held.train, covariates=known))

    return train


def fit_here(
    panel: Panel, config: ModelConfig, seed: int, covariates: Covariates | None = None
) -> Ensemble:
    """Train an ensemble in this process, on the CPU."""
    from esrnn.ensemble import TrainingOptions, fit_ensemble  # here, since it loads torch

    options = TrainingOptions(n_jobs=1, device="cpu")
    return fit_ensemble(panel, config, covariates=covariates, seed=seed, options=options)


def median_and_bounds(quantiles: Array) -> Forecast:
    """Take a forecast from its quantiles, of which the middle one is the median."""
    return quantiles[len(quantiles) // 2], quantiles[0], quantiles[-1]


@cache
def task_data(name: str, data_dir: Path | None) -> TaskData:
    """Return the data of a task; they are read once."""
    return load_data(load_task(name), data_dir)
