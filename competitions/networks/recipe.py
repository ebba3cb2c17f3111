"""The settings that shipped networks are trained with, for each group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from esrnn.config import ModelConfig, preset_config
from esrnn.errors import InputError

__all__ = ["GROUPS", "SEED", "recipe"]

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
        "yearly": {"hidden_size": 64, "batch_size": 128, "learning_rate": 3e-3},
        "quarterly": {"hidden_size": 64, "batch_size": 128, "learning_rate": 3e-3},
        "monthly": {"hidden_size": 64},
        "weekly": {"n_epochs": 45},
        "daily": {"hidden_size": 32, "n_epochs": 30, "learning_rate": 3e-3},
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


def recipe(group: str) -> ModelConfig:
    """Return the settings of a group's networks.

    Parameters
    ----------
    group : str
        One of `GROUPS`.

    Returns
    -------
    ModelConfig

    Raises
    ------
    InputError
        If there is no such group.

    Examples
    --------
    >>> config = recipe("monthly")
    >>> config.network.horizon, len(config.network.quantile_levels)
    (24, 11)
    """
    if group not in GROUPS:
        raise InputError(f"no networks for {group!r}; there is {', '.join(GROUPS)}")
    config = preset_config(group, _HORIZONS[group], **_SHARED, **_OWN[group])
    members = replace(config.ensemble, n_members=_N_MEMBERS, **_MEMBERS[group])
    return replace(config, ensemble=members)
