"""Enough steps of training for panels of few series.

Presets count epochs, and an epoch of few series is few steps: forty series make one batch of 64,
and fifteen epochs of that leave a network as it was drawn. Where that was measured
(``competitions/backtests/daily.md``), a preset has a least number of steps.
"""

from __future__ import annotations

from dataclasses import replace

from esrnn.config.settings import ModelConfig

__all__ = ["with_enough_steps"]

_LEAST_STEPS = {"daily": 400, "generic": 200}
_SMALLEST_BATCH = 8


def with_enough_steps(config: ModelConfig, preset: str, n_series: int) -> ModelConfig:
    """Return settings whose batches are smaller, or epochs more, until there are enough steps.

    Parameters
    ----------
    config : ModelConfig
    preset : str
        Key of `esrnn.config.presets.PRESETS` that the settings come from.
    n_series : int
        Series to train on, at least 1.

    Returns
    -------
    ModelConfig
        Smaller batches cost no time, so they come first, down to 8 series. Panels of many series
        keep their settings.

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> daily = preset_config("daily")
    >>> for n_series in (40, 600, 2000):
    ...     training = with_enough_steps(daily, "daily", n_series).training
    ...     print(n_series, training.batch_size, training.n_epochs)
    40 8 80
    600 22 15
    2000 64 15
    """
    training, least = config.training, _LEAST_STEPS.get(preset, 0)
    if _per_epoch(n_series, training.batch_size) * training.n_epochs >= least:
        return config
    wanted = n_series // -(-least // training.n_epochs)  # series in a batch of enough batches
    batch_size = min(training.batch_size, max(wanted, _SMALLEST_BATCH))
    n_epochs = max(training.n_epochs, -(-least // _per_epoch(n_series, batch_size)))
    return replace(config, training=replace(training, batch_size=batch_size, n_epochs=n_epochs))


def _per_epoch(n_series: int, batch_size: int) -> int:
    """Return the number of batches."""
    return -(-n_series // batch_size)
