"""Settings as frozen dataclasses, and the presets by frequency that fill them.

`settings` holds the dataclasses. They check themselves when they are made, by the annotations of
their fields (`fields`), so that nothing further down has to. `cells` lists the cells of a network
and their options. `members` gives each member of an
ensemble its settings. `presets` says what they are for
hourly to yearly data and lays a user's own values over that; `generic` makes a preset for other
data.
"""

from esrnn.config.cells import CELL_OPTIONS, CellOptions, make_cell_options
from esrnn.config.fine_tuning import FineTuning, fine_tuning_of
from esrnn.config.members import member_configs
from esrnn.config.presets import (
    choose_preset,
    override,
    override_names,
    preset_config,
    seasons_alternate,
    usual_periods,
)
from esrnn.config.settings import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    Schedule,
    Seasonality,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.config.small_panels import with_enough_steps

__all__ = [
    "CELL_OPTIONS",
    "CellOptions",
    "EnsembleConfig",
    "FineTuning",
    "ModelConfig",
    "NetworkConfig",
    "Schedule",
    "Seasonality",
    "SmoothingConfig",
    "TrainingConfig",
    "choose_preset",
    "fine_tuning_of",
    "make_cell_options",
    "member_configs",
    "override",
    "override_names",
    "preset_config",
    "seasons_alternate",
    "usual_periods",
    "with_enough_steps",
]
