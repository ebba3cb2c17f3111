"""ESRNN, trained or by the package's networks, what it starts from, and a plain LSTM beside it.

The plain LSTM is ESRNN without the smoothing, to show what smoothing adds. It sees the same windows
at the same origins, is trained on the same loss by the same loop, and gets the same processor time.
Its levels are the last observations. It has no seasonality, no per-series parameters and no dilated
layers. Its settings were chosen on backtests of its own
(``competitions/backtests/lstm-*.jsonl``).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.task import Task
from competitions.task.data import Bounds, TaskData
from esrnn.config import (
    ModelConfig,
    SmoothingConfig,
    for_panel_size,
    override,
    preset_config,
    usual_periods,
)
from esrnn.networks import Strategy
from esrnn.quantiles.levels import interpolate_quantiles

if TYPE_CHECKING:
    from esrnn.training import Member


def run_smoothing(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by each series' exponential smoothing alone: what ESRNN starts from."""
    from esrnn.smoothing import smoothing_forecast  # here, since it loads numba

    preset = group_preset(data.task, settings.preset)
    periods = own_periods(data.task, preset) or usual_periods(preset)
    y_hat = smoothing_forecast(data.panel, data.task.horizon, SmoothingConfig(periods))
    return Result(data.forecast_frame(y_hat, {}))


def esrnn_config(task: Task, settings: Settings | None = None) -> ModelConfig:
    """Return the preset of a task's group, or the one asked for, with the settings over it."""
    settings = settings or Settings()
    preset = group_preset(task, settings.preset)
    config = preset_config(
        preset,
        task.horizon,
        seasonal_periods=own_periods(task, preset),
        n_members=settings.n_members,
        n_epochs=settings.n_epochs,
    )
    sized = config if settings.n_epochs else for_panel_size(config, preset, task.n_series)
    return override(sized, n_members=settings.n_members)


def run_esrnn(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Train ESRNN with a preset on the training part and forecast."""
    return run_ensemble(data, settings, checkpoints, esrnn_config(data.task, settings))


def _from_networks(
    data: TaskData, settings: Settings, checkpoints: Checkpoints, strategy: Strategy
) -> Result:
    """Forecast by `esrnn.ESRNN` from the networks of the package, in one of its ways."""
    from esrnn import ESRNN  # here, since it loads torch

    horizon, levels = data.task.horizon, data.task.asked_levels
    preset = group_preset(data.task, settings.preset)
    if (preset, settings.preset, data.task.seasonal_period) == ("generic", "auto", 1):
        preset = "yearly"  # the package's only networks without a season
    forecaster = ESRNN(
        strategy=strategy,
        horizon=horizon,
        preset=preset,
        seasonal_periods=own_periods(data.task, preset) or "auto",
        n_members=settings.n_members,
        n_epochs=settings.n_epochs,
        n_jobs=settings.n_jobs,
        random_state=settings.seed,
        verbose=0 if settings.quiet else 1,
    ).fit(data.train)
    tails = [(100 - level) / 200 for level in levels]
    alpha = [0.5, *tails, *(1 - tail for tail in tails)]
    quantiles = forecaster.predict_quantiles(alpha=alpha).loc[data.ids]
    values = quantiles.to_numpy().T.reshape(len(alpha), -1, horizon)
    lower, upper = np.split(values[1:], 2)
    bounds: Bounds = dict(zip(levels, zip(lower, upper, strict=True), strict=True))
    return Result(data.forecast_frame(values[0], bounds), forecaster.ensemble_)


run_zero_shot = partial(_from_networks, strategy="zero_shot")
run_fine_tuned = partial(_from_networks, strategy="fine_tune")


def group_preset(task: Task, preset: str = "auto") -> str:
    """Return the preset asked for, or the group's: a task's integer steps have no frequency.

    Examples
    --------
    >>> from competitions.task import load_task
    >>> group_preset(load_task("m4-weekly")), group_preset(load_task("m3-other"))
    ('weekly', 'generic')
    """
    if preset != "auto":
        return preset
    return "generic" if task.group == "other" else task.group


def own_periods(task: Task, preset: str) -> tuple[int, ...] | None:
    """Return the task's season for the preset without one of its own; None for the others."""
    is_generic = preset == "generic" and task.seasonal_period > 1
    return (task.seasonal_period,) if is_generic else None


def run_ensemble(
    data: TaskData, settings: Settings, checkpoints: Checkpoints, config: ModelConfig
) -> Result:
    """Train an ensemble on the training part and forecast what follows.

    Quantiles at other levels than those of the network are interpolated. An InputError is raised if
    it has the median alone. Each member is saved when it is trained.
    """
    from esrnn.ensemble import TrainingOptions, fit_ensemble  # here, since it loads torch

    options = TrainingOptions(
        settings.n_jobs, progress=not settings.quiet, store=MemberCheckpoints(checkpoints)
    )
    ensemble = fit_ensemble(data.panel, config, seed=settings.seed, options=options)
    levels = data.task.asked_levels
    tails = [(100 - level) / 200 for level in levels]
    quantiles = interpolate_quantiles(
        ensemble.forecast(data.panel),
        config.network.quantile_levels,
        [0.5, *tails, *(1 - tail for tail in tails)],
        ensemble.smoothing.additive,
        ensemble.level_axis(),
    )
    lower, upper = np.split(quantiles[1:], 2)
    bounds: Bounds = dict(zip(levels, zip(lower, upper, strict=True), strict=True))
    return Result(data.forecast_frame(quantiles[0], bounds), ensemble)


class MemberCheckpoints:
    """A run's checkpoints as a store of members, an `esrnn.ensemble.MemberStore`."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints

    def load(self, k: int, config: ModelConfig) -> Member | None:
        """Return member `k` if it was finished before."""
        from esrnn.training import Member

        arrays = self._checkpoints.load(f"member-{k:03d}")
        return None if arrays is None else Member.from_arrays(arrays, {"config": config})

    def save(self, k: int, member: Member, cpu_s: float) -> None:
        """Save member `k`."""
        self._checkpoints.save(f"member-{k:03d}", member.arrays(), cpu_s)


# What differs from the group's ESRNN preset, by part of the config. Where a network costs more or
# less than ESRNN's, there are fewer or more of them.
_OWN: dict[str, dict[str, dict[str, Any]]] = {
    "yearly": {"training": {"n_epochs": 15, "learning_rate": 1e-3}},
    "hourly": {"network": {"dilations": ((1,),)}, "ensemble": {"n_members": 8}},
    "weekly": {"network": {"hidden_size": 80}, "ensemble": {"n_members": 4}},
}


def lstm_config(task: Task, settings: Settings | None = None) -> ModelConfig:
    """Return the settings of the plain LSTM for a task.

    Examples
    --------
    >>> from competitions.task import load_task
    >>> config = lstm_config(load_task("m4-hourly"))
    >>> config.smoothing.level, config.smoothing.seasonal_periods, config.smoothing.lag
    ('last', (), 24)
    """
    settings = settings or Settings()
    preset = group_preset(task, settings.preset)
    config = preset_config(preset, task.horizon)
    own = _OWN.get(preset, {})
    depth = sum(len(block) for block in config.network.dilations)
    plain = {"dilations": ((1,) * depth,), **own.get("network", {})}
    ensemble = replace(config.ensemble, seasonal_periods=(), kinds=(), **own.get("ensemble", {}))
    training = replace(config.training, **own.get("training", {}))
    return replace(
        config,
        network=replace(config.network, **plain),
        smoothing=SmoothingConfig((), scale_lag=task.seasonal_period, level="last"),
        training=replace(training, n_epochs=settings.n_epochs or training.n_epochs),
        ensemble=replace(ensemble, n_members=settings.n_members or ensemble.n_members),
    )


def run_lstm(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Train the plain LSTM on the training part and forecast."""
    return run_ensemble(data, settings, checkpoints, lstm_config(data.task, settings))
