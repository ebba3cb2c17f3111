"""One fit of a study: a network that is trained within a budget of CPU time, or a baseline.

The budget is turned into a number of steps before the training: the CPU time of a step is measured
on a part of the series. So learning rates fall to their end within the budget, and the same log
gives the same networks again. What comes before the first step (compiling, the fit of the
smoothing) and after the last one (calibration, forecasts) is not in the budget.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from competitions.backtest.held_out import LEVELS, HeldOut
from competitions.backtest.logs import Outcome, digest
from competitions.methods.exponential import theta
from competitions.methods.lags import SETTINGS, forecast_by_lags
from competitions.methods.per_series import ForecastOne, SeriesForecast, forecast_adjusted
from competitions.methods.statsforecast_models import forecast_by
from competitions.source_commit import commit
from competitions.studies.samples import Sample
from competitions.task.data import Array, Bounds
from esrnn.config import ModelConfig
from esrnn.errors import EsrnnError, InputError
from esrnn.metrics import naive2
from esrnn.panel import Panel
from esrnn.quantiles.levels import interpolate_quantiles
from esrnn.training.callbacks import Epoch

FAILED = 10.0  # OWA of a network that diverged
_PROBED = 4  # epochs of two steps, of which the first one is not counted
_INTERVALS = (95, 80, 60, 40, 20)  # percent, the bounds of which are the quantiles at `LEVELS`
_MANY = 1_000_000  # epochs; the steps end a training


class _Clock:
    """Notes the CPU time at the end of each epoch."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_epoch(self, epoch: Epoch) -> None:
        self.times.append(time.process_time())


@dataclass(frozen=True)
class NetworkFit:
    """One network on one fold of a sample, with the steps that its budget allows."""

    sample: Sample
    variant: str
    config: ModelConfig
    budget_s: float  # of CPU time for the training; infinite where the steps are given
    fold: int
    seed: int
    data_dir: Path | None = None
    n_steps: int | None = None  # by default as many as `count_steps` finds
    trained_on: Sample | None = None  # other series than those that are scored

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The `Outcome.key` of its outcome."""
        return self.sample.name, self.settings, self.fold, self.seed

    @property
    def settings(self) -> str:
        """All settings, the budget and the series trained on."""
        other = "" if self.trained_on is None else f"-{self.trained_on.n_series}"
        length = f"{self.budget_s:g}s" if math.isfinite(self.budget_s) else f"{self.n_steps} steps"
        return f"{digest(self.config)}-{length}{other}"

    def run(self) -> Outcome:
        """Train, forecast and score; a training that diverges has an OWA of `FAILED`."""
        held = self.sample.held(self.fold, self.data_dir)
        try:
            return self._run(held)
        except InputError:
            raise
        except EsrnnError as error:  # a loss, a gradient or a forecast is not finite
            reason, _, _ = str(error).partition(";")
            return self._outcome(held, {"owa": FAILED}, owa_of_tenths=[FAILED] * 10, failure=reason)

    def _run(self, held: HeldOut) -> Outcome:
        from esrnn.ensemble import TrainingOptions, fit_ensemble  # here, since it loads torch

        own, other = held.train, self.trained_on
        panel = own if other is None else other.held(self.fold, self.data_dir).train
        n_steps = self.n_steps or count_steps(panel, self.config, self.budget_s)
        training = replace(self.config.training, n_steps=n_steps, n_epochs=_MANY)
        clock, start = _Clock(), time.process_time()
        options = TrainingOptions(n_jobs=1, device="cpu", callbacks=(clock,))
        config = replace(self.config, training=training)
        ensemble = fit_ensemble(panel, config, seed=self.seed, options=options)
        trained = time.process_time()
        if other is not None:
            ensemble = ensemble.for_new_series(own)
        quantiles = interpolate_quantiles(
            ensemble.forecast(own),
            config.network.quantile_levels,
            LEVELS,
            ensemble.smoothing.additive,
            ensemble.level_axis(),
        )
        end = time.process_time()
        per_epoch = -(-panel.n_series // training.batch_size)
        later = n_steps - per_epoch  # steps after the first epoch, whose start nobody notes
        spent = (clock.times[-1] - clock.times[0]) / later * n_steps if later > 0 else None
        return self._outcome(
            held,
            held.quantile_measures(quantiles),
            owa_of_tenths=owa_of_tenths(held, quantiles[len(LEVELS) // 2]),
            cpu_s=round(end - start, 2),
            forecast_cpu_s=round(end - trained, 2),
            training_cpu_s=None if spent is None else round(spent, 2),
            n_steps=n_steps,
            n_weights=sum(one.size for one in ensemble.members[0].network.weights.values()),
        )

    def _outcome(self, held: HeldOut, measures: dict[str, Any], **more: Any) -> Outcome:
        return Outcome(
            self.sample.name,
            self.variant,
            self.fold,
            held.train.n_series,
            **measures,
            **more,
            seed=self.seed,
            settings=self.settings,
            budget_s=self.budget_s if math.isfinite(self.budget_s) else None,
            size=None if self.trained_on is None else self.trained_on.n_series,
            commit=commit() or "",
        )


def count_steps(panel: Panel, config: ModelConfig, budget_s: float) -> int:
    """Return how many steps of training take a budget of CPU seconds, at least one.

    The cheapest of a few epochs on two batches of the series counts: what else runs on the machine
    makes steps dearer, never cheaper. Networks that differ in their learning rate take the same.
    """
    from esrnn.ensemble import TrainingOptions, fit_ensemble  # here, since it loads torch

    few = panel.subset(np.arange(min(panel.n_series, 2 * config.training.batch_size)))
    per_epoch = -(-few.n_series // config.training.batch_size)
    training = replace(
        config.training, n_epochs=_PROBED, n_steps=None, calibration=0.0, patience=None
    )
    clock = _Clock()
    options = TrainingOptions(n_jobs=1, device="cpu", callbacks=(clock,))
    fit_ensemble(few, replace(config, training=training), seed=0, options=options)
    return max(1, int(budget_s / (float(np.diff(clock.times).min()) / per_epoch)))


@dataclass(frozen=True)
class BaselineFit:
    """A method without a network on one fold of a sample."""

    sample: Sample
    variant: str  # one of `BASELINES`
    fold: int
    data_dir: Path | None = None
    seed: int = 0

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The `Outcome.key` of its outcome."""
        return self.sample.name, self.variant, self.fold, self.seed

    def run(self) -> Outcome:
        """Forecast and score."""
        held = self.sample.held(self.fold, self.data_dir)
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries, about series that are hard to fit
            y_hat, bounds = BASELINES[self.variant](held, self.sample)
        cpu_s = round(time.process_time() - start, 2)
        measures = _point_measures(held, y_hat)
        if bounds:
            low, high = zip(*(bounds[level] for level in _INTERVALS), strict=True)
            measures = held.quantile_measures(np.stack([*low, y_hat, *high[::-1]]))
        return Outcome(
            self.sample.name,
            self.variant,
            self.fold,
            held.train.n_series,
            **measures,
            cpu_s=cpu_s,
            seed=self.seed,
            owa_of_tenths=owa_of_tenths(held, y_hat),
            commit=commit() or "",
        )


def _point_measures(held: HeldOut, y_hat: Array) -> dict[str, Any]:
    measures = held.measures(y_hat, y_hat, y_hat)
    return {name: measures[name] for name in ("owa", "smape", "mase")}


def owa_of_tenths(held: HeldOut, y_hat: Array) -> list[float] | None:
    """Return OWA of every tenth series from the first, the second, ... on."""
    n_series = held.train.n_series
    if n_series < 10:
        return None
    tenths = [np.arange(k, n_series, 10) for k in range(10)]
    return [_point_measures(held.subset(some), y_hat[some])["owa"] for some in tenths]


def _each(
    one: ForecastOne, levels: tuple[int, ...], held: HeldOut, sample: Sample
) -> tuple[Array, Bounds]:
    """Forecast each series by itself."""
    panel, horizon = held.train, held.actual.shape[1]
    made: list[SeriesForecast] = [
        one(panel.series(i), horizon, held.seasonal_period, levels) for i in range(panel.n_series)
    ]
    bounds = {
        level: (
            np.stack([one.bounds[level][0] for one in made]),
            np.stack([one.bounds[level][1] for one in made]),
        )
        for level in levels
    }
    return np.stack([one.y_hat for one in made]), bounds


def _by_naive2(held: HeldOut, sample: Sample) -> tuple[Array, Bounds]:
    panel, horizon = held.train, held.actual.shape[1]
    return naive2(panel.values, horizon, held.seasonal_period, indptr=panel.indptr), {}


def _by_lags(held: HeldOut, sample: Sample) -> tuple[Array, Bounds]:
    settings = SETTINGS[sample.preset]
    return forecast_by_lags(held.train, held.actual.shape[1], _INTERVALS, settings)


BASELINES: Mapping[str, Callable[[HeldOut, Sample], tuple[Array, Bounds]]] = {
    "Naive2": _by_naive2,
    "Theta": partial(_each, partial(forecast_adjusted, theta), ()),
    "regression on lags": _by_lags,
    "ETS": partial(_each, partial(forecast_by, "AutoETS"), _INTERVALS),
}
