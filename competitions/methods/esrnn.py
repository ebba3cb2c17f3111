"""ESRNN, trained or by the package's networks, and the smoothing alone that it starts from."""

from __future__ import annotations

from functools import partial

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.network import group_preset, own_periods, run_ensemble
from competitions.task import Task, TaskData
from competitions.task.data import Bounds
from esrnn.config import ModelConfig, SmoothingConfig, preset_config, usual_periods
from esrnn.networks import Strategy


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
    return preset_config(
        preset,
        task.horizon,
        seasonal_periods=own_periods(task, preset),
        n_members=settings.n_members,
        n_epochs=settings.n_epochs,
    )


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
