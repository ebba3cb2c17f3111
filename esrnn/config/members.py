"""The settings of each member of an ensemble."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from esrnn.config.settings import (
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.errors import InputError

__all__ = ["member_configs", "require_kinds", "without_settings"]

_PARTS = MappingProxyType(
    {"network": NetworkConfig, "smoothing": SmoothingConfig, "training": TrainingConfig}
)
# What all members share: quantiles are combined step by step and calibrated together.
_SHARED = frozenset(
    {
        "calibration",
        "calibration_origins",
        "horizon",
        "n_future",
        "n_static",
        "patience",
        "quantile_levels",
        "scale_lag",
        "seasonality",
    }
)
_PART_OF = MappingProxyType(
    {f.name: part for part, kind in _PARTS.items() for f in fields(kind) if f.name not in _SHARED}
)


def member_configs(config: ModelConfig) -> list[ModelConfig]:
    """Return each member's config: kinds, input windows and seasonal periods are taken in turn.

    Parameters
    ----------
    config : ModelConfig

    Returns
    -------
    list of ModelConfig

    Raises
    ------
    InputError
        If a setting of a kind is unknown, shared by all members, or out of its range.

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> config = preset_config("weekly", n_members=3, kinds=((), (("level", "last"),)))
    >>> [own.smoothing.level for own in member_configs(config)]
    ['smoothed', 'last', 'smoothed']
    """
    ensemble, smoothing = config.ensemble, config.smoothing
    windows = ensemble.input_windows or (config.network.input_window,)
    seasons = ensemble.seasonal_periods or (smoothing.seasonal_periods,)
    alone = replace(ensemble, input_windows=(), seasonal_periods=(), kinds=())
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
    if ensemble.kinds:
        kinds = [_by_part(kind) for kind in ensemble.kinds]
        variants = [_of_kind(variant, kind) for variant in variants for kind in kinds]
    return [variants[k % len(variants)] for k in range(ensemble.n_members)]


def require_kinds(config: ModelConfig) -> ModelConfig:
    """Return settings whose kinds of members can be made.

    Parameters
    ----------
    config : ModelConfig

    Returns
    -------
    ModelConfig
        The same.

    Raises
    ------
    InputError
        As `member_configs`, or if a kind is never taken.
    """
    ensemble = config.ensemble
    if ensemble.kinds:
        every = max(ensemble.n_members, len(ensemble.kinds))
        member_configs(replace(config, ensemble=replace(ensemble, n_members=every)))
        if len(ensemble.kinds) > ensemble.n_members:
            raise InputError(
                f"kinds are taken in turn by the members, so there must be at most n_members of"
                f" them, {ensemble.n_members}; got {len(ensemble.kinds)}. Give more members."
            )
    return config


def without_settings(
    kinds: tuple[tuple[tuple[str, Any], ...], ...], names: Collection[str]
) -> tuple[tuple[tuple[str, Any], ...], ...]:
    """Return kinds of members that have the model's own values of some settings.

    Parameters
    ----------
    kinds : tuple of tuple of (str, object)
    names : collection of str

    Returns
    -------
    tuple of tuple of (str, object)

    Examples
    --------
    >>> without_settings(((), (("cell", "gru"), ("n_epochs", 3))), ["n_epochs"])
    ((), (('cell', 'gru'),))
    """
    return tuple(tuple(own for own in kind if own[0] not in names) for kind in kinds)


def _by_part(kind: Iterable[tuple[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the settings of a kind by the part that they belong to."""
    parts: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    for name, value in kind:
        if name not in _PART_OF:
            why = "is shared by all members" if name in _SHARED else "is no setting of a member"
            raise InputError(
                f"kinds must have settings out of {sorted(_PART_OF)}; got {name!r}, which {why}"
            )
        parts[_PART_OF[name]][name] = value
    return parts


def _of_kind(config: ModelConfig, parts: dict[str, dict[str, Any]]) -> ModelConfig:
    """Return a member's settings with those of its kind laid over them."""
    network = dict(parts["network"])
    if "cell" in network:  # options are those of a cell
        network.setdefault("cell_options", ())
    return replace(
        config,
        network=replace(config.network, **network),
        smoothing=replace(config.smoothing, **parts["smoothing"]),
        training=replace(config.training, **parts["training"]),
    )
