"""Settings as frozen dataclasses, and the presets by frequency that fill them.

`settings` holds the dataclasses, which check themselves when made, so that nothing further down
has to; `presets` says what they are for hourly to yearly data and lays a user's choices over it.
"""

from esrnn.config.presets import Choices, choose_preset, preset_config, usual_periods
from esrnn.config.settings import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    Schedule,
    Seasonality,
    SmoothingConfig,
    TrainingConfig,
)

__all__ = [
    "Choices",
    "EnsembleConfig",
    "ModelConfig",
    "NetworkConfig",
    "Schedule",
    "Seasonality",
    "SmoothingConfig",
    "TrainingConfig",
    "choose_preset",
    "preset_config",
    "usual_periods",
]
