"""The settings of each member, and where finished members are saved."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from esrnn.config import ModelConfig
from esrnn.training import Member

__all__ = ["MemberStore", "member_configs"]


class MemberStore(Protocol):
    """Keeps members as they are finished, so that a training that was killed can go on."""

    def load(self, k: int, config: ModelConfig) -> Member | None:
        """Return member `k`, whose settings are `config`, if it was finished before."""

    def save(self, k: int, member: Member, cpu_s: float) -> None:
        """Keep member `k`, whose training took `cpu_s` processor seconds."""


def member_configs(config: ModelConfig) -> list[ModelConfig]:
    """Return each member's config: seasonal periods and input windows are taken in turn.

    Parameters
    ----------
    config : ModelConfig

    Returns
    -------
    list of ModelConfig
    """
    ensemble, smoothing = config.ensemble, config.smoothing
    windows = ensemble.input_windows or (config.network.input_window,)
    seasons = ensemble.seasonal_periods or (smoothing.seasonal_periods,)
    alone = replace(ensemble, input_windows=(), seasonal_periods=())
    variants = [
        replace(
            config,
            network=replace(config.network, input_window=window),
            smoothing=replace(smoothing, seasonal_periods=periods, scale_lag=smoothing.lag),
            ensemble=alone,
        )
        for window in windows
        for periods in seasons
    ]
    return [variants[k % len(variants)] for k in range(ensemble.n_members)]
