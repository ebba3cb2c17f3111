"""ESRNN, and each series' exponential smoothing alone, which it starts from."""

from __future__ import annotations

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.network import group_preset, run_ensemble
from competitions.task import Task, TaskData
from esrnn.config import ModelConfig, SmoothingConfig, preset_config, usual_periods

__all__ = ["esrnn_config", "run_esrnn", "run_smoothing"]


def run_smoothing(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Forecast by each series' exponential smoothing alone: what ESRNN starts from."""
    from esrnn.smoothing import smoothing_forecast  # here, since it loads numba

    periods = SmoothingConfig(usual_periods(group_preset(data.task, settings.preset)))
    y_hat = smoothing_forecast(data.panel, data.task.horizon, periods)
    return Result(data.forecast_frame(y_hat, {}))


def esrnn_config(task: Task, settings: Settings | None = None) -> ModelConfig:
    """Return the preset of a task's group, or the one asked for, with the settings over it."""
    settings = settings or Settings()
    return preset_config(
        group_preset(task, settings.preset),
        task.horizon,
        n_members=settings.n_members,
        n_epochs=settings.n_epochs,
    )


def run_esrnn(data: TaskData, settings: Settings, checkpoints: Checkpoints) -> Result:
    """Train ESRNN with a preset on the training part and forecast."""
    return run_ensemble(data, settings, checkpoints, esrnn_config(data.task, settings))
