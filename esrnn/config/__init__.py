"""Settings as frozen dataclasses, and the presets by frequency that fill them.

`settings` holds the dataclasses. They check themselves when they are made, by the annotations of
their fields (`fields`), so that nothing further down has to. `cells` lists the cells of a network
and their options. `members` gives each member of an
ensemble its settings. `presets` says what they are for
hourly to yearly data and lays a user's own values over that; `generic` makes a preset for other
data. `panel_size` gives small and huge panels the number of training steps that suits them.
"""

from esrnn.config.cells import (
    CELL_OPTIONS,
    UNBOUNDED_CELLS,
    CellOptions,
    make_cell_options,
)
from esrnn.config.fine_tuning import FineTuning, fine_tuning_of
from esrnn.config.members import member_configs, without_settings
from esrnn.config.panel_size import STEPS, StepRange, for_panel_size
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
    LocalModel,
    ModelConfig,
    NetworkConfig,
    Schedule,
    Seasonality,
    SmoothingConfig,
    TrainingConfig,
)

__all__ = [
    "CELL_OPTIONS",
    "STEPS",
    "UNBOUNDED_CELLS",
    "CellOptions",
    "EnsembleConfig",
    "FineTuning",
    "LocalModel",
    "ModelConfig",
    "NetworkConfig",
    "Schedule",
    "Seasonality",
    "SmoothingConfig",
    "StepRange",
    "TrainingConfig",
    "choose_preset",
    "fine_tuning_of",
    "for_panel_size",
    "make_cell_options",
    "member_configs",
    "override",
    "override_names",
    "preset_config",
    "seasons_alternate",
    "usual_periods",
    "without_settings",
]
