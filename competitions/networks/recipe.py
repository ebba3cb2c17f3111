"""The settings that shipped networks are trained with, for each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from esrnn.config import ModelConfig, preset_config
from esrnn.errors import InputError

SEED = 1
# Steps ahead: long enough for what people ask, since a shorter forecast is the first part of it.
_HORIZONS = {"yearly": 8, "quarterly": 12, "monthly": 24, "weekly": 26, "daily": 56, "hourly": 168}
GROUPS = tuple(_HORIZONS)
_SHARED: Mapping[str, Any] = MappingProxyType(
    {
        "quantile_levels": (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975),
        "interval_weight": 0.06,
    }
)
# What differs from the preset of the group.
_OWN: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "yearly": {"hidden_size": 64, "n_epochs": 15, "batch_size": 128, "learning_rate": 3e-3},
        "quarterly": {"hidden_size": 64, "n_epochs": 15, "batch_size": 128, "learning_rate": 3e-3},
        "monthly": {"hidden_size": 64, "n_epochs": 40, "learning_rate": 3e-3},
        "weekly": {"n_epochs": 45},
        "daily": {
            "hidden_size": 40,
            "dilations": ((1, 7),),
            "n_epochs": 30,
            "learning_rate": 3e-3,
        },
        "hourly": {"hidden_size": 64, "n_epochs": 60},
    }
)
# Members that see other windows and other seasons make other mistakes, and their mean fewer ones.
# Four that differ are better than six that differ by their seed.
_N_MEMBERS = 4
_MEMBERS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "yearly": {"input_windows": (4, 6, 8, 12)},
        "quarterly": {"input_windows": (8, 12), "seasonal_periods": ((4,), ())},
        "monthly": {"input_windows": (12, 24), "seasonal_periods": ((12,), ())},
        "weekly": {"input_windows": (52, 104), "seasonal_periods": ((), (52,))},
        "daily": {"input_windows": (14, 28), "seasonal_periods": ()},
        "hourly": {"seasonal_periods": ((24, 168), (24,), (168,))},
    }
)
# Members that are trained without M4. M4's daily series are prices without a week: networks that
# learn from them and from seasonal series together are good at neither. With two of each kind,
# those count more that forecast a panel's past better.
_WITHOUT_M4: Mapping[str, dict[str, Any]] = MappingProxyType(
    {"daily": {"n_epochs": 40, "batch_size": 8, "training_window": 56, "origin_step": 1}}
)


@dataclass(frozen=True)
class Part:
    """Members of a group that are trained alike."""

    config: ModelConfig
    without_m4: bool = False  # trained on the open panels alone


def parts(config: ModelConfig, group: str) -> list[Part]:
    """Return what is trained, one after another, to make the members of a group.

    All have the same networks, and as many members each; `config` is that of all of them.
    """
    other = _WITHOUT_M4.get(group)
    if other is None:
        return [Part(config)]
    half = replace(config.ensemble, n_members=config.ensemble.n_members // 2)
    first = replace(config, ensemble=half)
    return [Part(first), Part(replace(first, training=replace(first.training, **other)), True)]


def recipe(group: str) -> ModelConfig:
    """Return the settings of a group's networks; an InputError is raised if there is no such group.

    Examples
    --------
    >>> config = recipe("monthly")
    >>> config.network.horizon, len(config.network.quantile_levels)
    (24, 11)
    """
    if group not in GROUPS:
        raise InputError(f"no networks for {group!r}; there is {', '.join(GROUPS)}")
    config = preset_config(group, _HORIZONS[group], **_SHARED, **_OWN[group])
    members = replace(config.ensemble, n_members=_N_MEMBERS, kinds=(), **_MEMBERS[group])
    if group in _WITHOUT_M4:
        members = replace(members, combination="weighted")
    return replace(config, ensemble=members)
