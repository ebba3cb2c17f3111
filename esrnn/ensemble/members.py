"""The settings of each member."""

from __future__ import annotations

from dataclasses import replace

from esrnn.config import ModelConfig

__all__ = ["member_configs"]


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
