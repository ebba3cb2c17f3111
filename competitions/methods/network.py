"""Runs of a network ensemble with given settings: what ESRNN and the plain LSTM share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competitions.methods.checkpoints import Checkpoints
from competitions.methods.interface import Result, Settings
from competitions.task import Task
from competitions.task.data import Bounds, TaskData
from esrnn.config import ModelConfig
from esrnn.quantiles.levels import interpolate_quantiles

if TYPE_CHECKING:
    from esrnn.training import Member


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
