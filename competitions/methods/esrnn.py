"""ESRNN, and each series' exponential smoothing alone, which it starts from."""

from __future__ import annotations

from competitions.methods.base import Result, Settings
from competitions.methods.layout import forecast_frame
from competitions.methods.network import group_panel, group_preset, run_ensemble
from competitions.methods.parts import Parts
from competitions.task import TaskData
from esrnn.config import Choices, SmoothingConfig, preset_config, usual_periods

__all__ = ["run_esrnn", "run_smoothing"]


def run_smoothing(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Forecast by each series' exponential smoothing alone: what ESRNN starts from."""
    from esrnn.smoothing import smoothing_forecast  # here, since it loads numba

    periods = SmoothingConfig(usual_periods(group_preset(data.task, settings.preset)))
    return Result(
        forecast_frame(data, smoothing_forecast(group_panel(data), data.task.horizon, periods), {})
    )


def run_esrnn(data: TaskData, settings: Settings, parts: Parts) -> Result:
    """Train ESRNN with a preset on the training part and forecast."""
    choices = Choices(n_members=settings.n_members, n_epochs=settings.n_epochs)
    config = preset_config(group_preset(data.task, settings.preset), data.task.horizon, choices)
    return run_ensemble(data, settings, parts, config)
