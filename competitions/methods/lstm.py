"""A plain LSTM: ESRNN without the smoothing, to show what smoothing adds.

It sees the same windows at the same origins, is trained on the same loss by the same loop, and gets
the same processor time. Its levels are the last observations. It has no seasonality, no per-series
parameters and no dilated layers. Its settings were chosen on backtests of its own
(``competitions/backtests/lstm-*.jsonl``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.methods.network import group_preset, run_ensemble
from competitions.task import Task, TaskData
from esrnn.config import ModelConfig, SmoothingConfig, preset_config

# What differs from the group's ESRNN preset, by part of the config. Where a network costs more or
# less than ESRNN's, there are fewer or more of them.
_OWN: dict[str, dict[str, dict[str, Any]]] = {
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
    ensemble = replace(config.ensemble, seasonal_periods=(), **own.get("ensemble", {}))
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
