"""The networks that come with the package: where they are, and how an ensemble is fitted to a task.

`folder` says which networks there are. `adapt` makes an ensemble serve fewer steps, fewer members
or another form of series, `periods` other seasons, and `covariates` gives it inputs for covariates.
`compact` makes it small for a file. `ways` holds the rule by which ``strategy="auto"`` chooses.
They become trained models in `esrnn.forecaster.starting`.
"""

from esrnn.networks.adapt import adapt
from esrnn.networks.compact import compact
from esrnn.networks.covariates import with_covariates
from esrnn.networks.folder import NETWORKS, shipped_folder, shipped_names
from esrnn.networks.periods import nearest_preset, with_periods
from esrnn.networks.ways import STRATEGIES, PanelFacts, Strategy, Way, choose_way

__all__ = [
    "NETWORKS",
    "STRATEGIES",
    "PanelFacts",
    "Strategy",
    "Way",
    "adapt",
    "choose_way",
    "compact",
    "nearest_preset",
    "shipped_folder",
    "shipped_names",
    "with_covariates",
    "with_periods",
]
