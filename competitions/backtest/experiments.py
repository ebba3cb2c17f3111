"""Experiments: ``python -m competitions backtest NAME`` with one of these names.

``generic``
    The rule behind the preset ``generic``, against the tuned preset where a group has one, and
    against settings that know no season where series are summed to steps that nobody tuned for.
``steps``
    The package's networks on series of M3 that are summed to steps that none were trained for,
    against networks that are trained on these series by the rule of ``generic``.
``domains``
    A group's preset with and without the domain of each of M4's series as a static covariate.
``unseen``
    A fifth of a group's series, forecast by networks that were trained on all series, and by
    networks that were trained on the others.
``daily``
    Daily panels: the week in all members or in every other one, few and enough steps of training,
    the rule of ``generic``.
``short``
    Such series with 1, 2, 3 or 7 observations (`competitions.backtest.short_histories`).
``single``
    Series of 60 months, each alone, against AutoETS (`competitions.backtest.single_series`).
``sizes``
    Panels of two sizes, trained for several numbers of steps (`competitions.backtest.sizes`).
``counts``
    Slow sellers, 1, 10 and 50 at a time, against simple methods (`competitions.backtest.counts`).
``lags``
    A grid of settings of the regression on lags. `competitions.methods.lags` has the best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from competitions.backtest.counts import count_cases
from competitions.backtest.daily import DAILY, daily_configs, known_columns
from competitions.backtest.harness import (
    Case,
    Forecast,
    Runnable,
    Train,
    ensemble_case,
    fit_here,
    median_and_bounds,
    task_data,
    train_ensemble,
)
from competitions.backtest.held_out import HeldOut
from competitions.backtest.logs import digest
from competitions.backtest.short_histories import short_cases
from competitions.backtest.single_series import single_cases
from competitions.backtest.sizes import size_cases
from competitions.backtest.summed import Summed, load_summed
from competitions.methods.lags import LagSettings, forecast_by_lags
from competitions.task import load_task
from esrnn.config import ModelConfig, NetworkConfig, TrainingConfig, preset_config
from esrnn.datasets import load_m4_info
from esrnn.errors import InputError
from esrnn.forecaster.shipped import load_shipped
from esrnn.networks import with_periods
from esrnn.panel import Covariates, Panel

_FOLDS = (1, 2)
_MEMBERS = 2
_LEVEL = 95


# Lengths and rates of training that presets had when these backtests were run.
_LONGER: dict[str, dict[str, Any]] = {"yearly": {"n_epochs": 15, "learning_rate": 1e-3}}

SUMMED = (
    Summed("m4-quarterly-1000", 500, (4,), preset="quarterly"),
    Summed("m4-monthly", 300, (12,), preset="monthly"),
    Summed("m4-weekly", 120, (52,), preset="weekly"),
    Summed("m4-daily", 200, (7,), preset="daily"),
    Summed("m4-hourly", 60, (24, 168), preset="hourly"),
    Summed("m3-other", 174, ()),
    Summed("m4-hourly", 100, (12, 84), steps=2, horizon=24, seasonal_period=12),
    Summed("m4-hourly", 100, (6, 42), steps=4, horizon=12, seasonal_period=6),
    Summed("m4-weekly", 120, (26,), steps=2, horizon=6),
    Summed("m4-monthly", 300, (6,), steps=2, horizon=9, seasonal_period=6),
    Summed("m4-monthly", 300, (2,), steps=6, horizon=3, seasonal_period=2),
)
# The networks have seen no series of M3.
_OTHER_STEPS = tuple(
    Summed(task, n_series, (period,), steps, horizon, period)
    for task, period, steps, horizon in (
        ("m3-monthly", 6, 2, 9),
        ("m3-monthly", 3, 4, 5),
        ("m3-monthly", 2, 6, 3),
        ("m3-quarterly", 2, 2, 4),
    )
    for n_series in (10, 50, 200)
)


def _preset(name: str, horizon: int, n_members: int | None = None) -> ModelConfig:
    """Return a preset with the length of training that it had, and members of one kind."""
    return preset_config(name, horizon, n_members=n_members, kinds=(), **_LONGER.get(name, {}))


def generic_configs(series: Summed) -> dict[str, ModelConfig]:
    """Return the settings to compare by name: by the rule, and what it is compared with."""
    horizon = series.horizon or load_task(series.task).horizon
    alike: dict[str, Any] = {"n_members": _MEMBERS, "kinds": ()}  # the log has one kind of members
    rule = preset_config("generic", horizon, seasonal_periods=series.periods, **alike)
    if series.preset != "blind":
        tuned = _preset(series.preset, horizon, _MEMBERS)
        return {"rule": rule, f"preset {series.preset}": tuned}
    blind = replace(
        preset_config("generic", horizon, **alike),
        network=NetworkConfig(12, horizon, ((1, 2), (4, 8)), dropout=0.1),
        training=TrainingConfig(n_epochs=15, training_window=48, origin_step=2),
    )
    return {"rule": rule, "blind": blind}


def _generic(data_dir: Path | None) -> Iterator[Case]:
    for series in SUMMED:
        load = partial(load_summed, series, data_dir)
        for (name, config), fold in product(generic_configs(series).items(), _FOLDS):
            yield ensemble_case(series.name, name, fold, load, config)


def _steps(data_dir: Path | None) -> Iterator[Case]:
    for series, fold in product(_OTHER_STEPS, _FOLDS):
        load, name = partial(load_summed, series, data_dir), series.name_and_size
        rule = preset_config("generic", series.horizon, seasonal_periods=series.periods)
        yield ensemble_case(name, "rule", fold, load, rule)
        for preset in ("quarterly", "monthly"):
            train = partial(_serve, preset, series.periods)
            yield Case(name, f"networks {preset}", fold, load, train)


def _serve(preset: str, periods: tuple[int, ...], held: HeldOut) -> Callable[[], Forecast]:
    """Give the package's networks to series with other seasons, as `esrnn.ESRNN` does."""
    from esrnn.ensemble.own_errors import calibrated_on_own_errors  # here, since it loads torch

    networks = load_shipped(preset)
    if networks is None:
        raise InputError(f"no networks for {preset} data come with this copy of the package")
    own = with_periods(networks.ensemble, periods).for_new_series(held.train)
    own = calibrated_on_own_errors(own, held.train)

    return lambda: median_and_bounds(own.forecast(held.train, horizon=held.actual.shape[1]))


def domains_of(panel: Panel, horizon: int, data_dir: Path | None = None) -> Covariates:
    """Return the domain of each of M4's series as six static covariates, one-hot."""
    info = load_m4_info(data_dir)
    domain = info.set_index("unique_id")["category"].reindex(list(panel.ids)).astype(str).to_numpy()
    names = np.array(sorted(set(info["category"].astype(str))))
    static = (domain[:, None] == names).astype(np.float32)
    indptr = np.concatenate([[0], np.cumsum(panel.lengths + horizon)]).astype(np.int64)
    return Covariates(static, np.empty((int(indptr[-1]), 0), np.float32), indptr, horizon)


def _domains(data_dir: Path | None) -> Iterator[Case]:
    def domains(held: HeldOut) -> Covariates:
        return domains_of(held.train, held.actual.shape[1], data_dir)

    for preset, task in (
        ("weekly", "m4-weekly"),
        ("yearly", "m4-yearly-1000"),
        ("quarterly", "m4-quarterly-1000"),
    ):
        plain = _preset(preset, load_task(task).horizon, _MEMBERS)
        informed = replace(plain, network=replace(plain.network, n_static=6))
        for fold, seed in product(_FOLDS, (0, 1)):
            for variant, train in (
                ("without domains", train_ensemble(plain, seed)),
                ("with domains", train_ensemble(informed, seed, domains)),
            ):
                yield Case(task, variant, fold, partial(task_data, task, data_dir), train, seed)


def _left_out(held: HeldOut) -> npt.NDArray[np.int64]:
    """Return a fifth of the series, drawn at random and always the same."""
    n_series = held.train.n_series
    rng = np.random.default_rng(5)
    return np.sort(rng.choice(n_series, int(0.2 * n_series), replace=False))


def _score_left_out(held: HeldOut) -> HeldOut:
    return held.subset(_left_out(held))


def _unseen(data_dir: Path | None) -> Iterator[Case]:
    for preset, task in (("weekly", "m4-weekly"), ("quarterly", "m4-quarterly-1000")):
        config = _preset(preset, load_task(task).horizon)
        yield from unseen_cases(task, config, data_dir)


def unseen_cases(task: str, config: ModelConfig, data_dir: Path | None = None) -> Iterator[Case]:
    """Give the cases of the experiment ``unseen`` for a task."""

    def trained_on(held: HeldOut) -> Callable[[], Forecast]:
        forecast, rows = train_ensemble(config, 0)(held), _left_out(held)

        def of_those() -> Forecast:
            y_hat, lower, upper = forecast()
            return y_hat[rows], lower[rows], upper[rows]

        return of_those

    def unseen(held: HeldOut) -> Callable[[], Forecast]:
        left_out = _left_out(held)
        others = np.setdiff1d(np.arange(held.train.n_series), left_out)
        ensemble = fit_here(held.train.subset(others), config, seed=0)
        new = held.train.subset(left_out)
        return lambda: median_and_bounds(ensemble.for_new_series(new).forecast(new))

    variants: dict[str, Train] = {"trained on": trained_on, "unseen": unseen}
    for fold, (variant, train) in product(_FOLDS, variants.items()):
        load = partial(task_data, task, data_dir)
        yield Case(task, variant, fold, load, train, seed=0, scored=_score_left_out)


def _grid(
    windows: Iterable[int],
    shrinks: Iterable[float],
    penalties: Iterable[float],
    origins: Iterable[int | None],
) -> list[LagSettings]:
    return [LagSettings(*values) for values in product(windows, shrinks, penalties, origins)]


# Where the best of a first grid lies at its edge, there is a second grid.
GRIDS: dict[str, list[LagSettings]] = {
    "yearly": [
        *_grid((8, 12, 16), (5.0, 10.0, 20.0), (0.01, 0.1), (None, 12)),
        *_grid((12,), (1.0, 2.5), (0.01,), (None,)),
    ],
    "quarterly": [
        *_grid((17, 33, 49), (10.0, 100.0, 1e6), (0.01,), (None, 16, 40)),
        *_grid((49, 65), (30.0, 100.0, 300.0), (0.001, 0.01), (8, 16)),
    ],
    "monthly": _grid((37, 61, 85), (10.0, 100.0, 1e6), (0.01, 0.1), (None, 90)),
    "weekly": [
        *_grid((53, 105, 157), (5.0, 20.0, 100.0), (0.01, 0.1), (None, 130)),
        *_grid((157, 209, 261), (100.0, 300.0, 1000.0), (0.001, 0.01), (None,)),
    ],
    "daily": _grid((8, 29, 92), (10.0, 100.0), (0.001, 0.1), (None, 140)),
    "hourly": [
        *_grid((169, 193, 337), (10.0, 100.0, 1e6), (1e-4, 0.01), (None, 336)),
        *_grid((337, 505), (30.0, 100.0, 300.0), (1e-5, 1e-4, 1e-3), (None,)),
    ],
}


def train_lags(settings: LagSettings) -> Train:
    """Return what fits the regression on lags and forecasts, both at once."""

    def train(held: HeldOut) -> Callable[[], Forecast]:
        y_hat, bounds = forecast_by_lags(held.train, held.actual.shape[1], (_LEVEL,), settings)
        return lambda: (y_hat, *bounds[_LEVEL])

    return train


def _lags(data_dir: Path | None) -> Iterator[Case]:
    for group, grid in GRIDS.items():
        task = f"m4-{group}"
        load = partial(task_data, task, data_dir)
        for settings, fold in product(grid, _FOLDS):
            yield Case(task, settings.name, fold, load, train_lags(settings))


def _daily(data_dir: Path | None) -> Iterator[Case]:
    for panel in DAILY:
        for variant, config in daily_configs(panel).items():
            train = train_ensemble(config, 1, known_columns(panel))
            load = partial(panel.load, data_dir)
            yield Case(panel.name, variant, 1, load, train, 1, digest(config))


# Each with the log LOGS / NAME.jsonl.
EXPERIMENTS: dict[str, Callable[[Path | None], Iterator[Runnable]]] = {
    "generic": _generic,
    "steps": _steps,
    "domains": _domains,
    "daily": _daily,
    "unseen": _unseen,
    "short": short_cases,
    "single": single_cases,
    "sizes": size_cases,
    "counts": count_cases,
    "lags": _lags,
}
