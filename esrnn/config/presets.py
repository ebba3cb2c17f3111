"""Presets by frequency, and a user's own values laid over them.

Values were chosen on backtests inside M4's training parts; the reading of their logs is named
beside them. ``generic``, for all other data, is made by a rule (`esrnn.config.generic`).
"""

from __future__ import annotations

from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from esrnn.config.generic import generic_preset
from esrnn.config.members import require_kinds, without_settings
from esrnn.config.settings import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.errors import InputError

__all__ = [
    "PRESETS",
    "choose_preset",
    "override",
    "override_names",
    "preset_config",
    "seasons_alternate",
    "usual_periods",
]


_SLOW = TrainingConfig(batch_size=64, learning_rate=1e-3, series_learning_rate=1e-3, n_epochs=8)

# Kinds of members besides the first: competitions/backtests/mixed.md. Linear maps start from a
# ridge regression, so few epochs at a small rate are enough.
_FEW_EPOCHS = (("n_epochs", 10), ("learning_rate", 3e-4))
_NO_SMOOTHING = (("level", "last"), ("seasonal_periods", ()))
_FIVE_YEARS = (("cell", "linear"), ("input_window", 261), *_FEW_EPOCHS)
_THREE_MONTHS = (("cell", "linear"), ("input_window", 92), *_FEW_EPOCHS, *_NO_SMOOTHING)
_TWO_WEEKS = (("cell", "mlp"), *_NO_SMOOTHING)

# Settings of a model for each frequency; the horizon is the usual one, that of M4.
PRESETS: MappingProxyType[str, ModelConfig] = MappingProxyType(
    {
        # Chosen on backtests: competitions/backtests/m4-hourly.md.
        "hourly": ModelConfig(
            NetworkConfig(input_window=168, horizon=48, dilations=((1, 24),), hidden_size=128),
            SmoothingConfig(seasonal_periods=(24, 168)),
            TrainingConfig(
                n_epochs=80,
                batch_size=8,
                learning_rate=3e-3,
                series_learning_rate=1e-3,
                training_window=96,
                origin_step=4,
            ),
            EnsembleConfig(n_members=4, seasonal_periods=((24, 168), (24,))),
        ),
        # The others likewise: competitions/backtests/m4-presets.md.
        "daily": ModelConfig(
            NetworkConfig(
                input_window=14, horizon=14, dilations=((1, 7), (14,)), hidden_size=16, dropout=0.2
            ),
            SmoothingConfig(seasonal_periods=(7,)),
            replace(_SLOW, n_epochs=15, training_window=112, origin_step=4),
            EnsembleConfig(
                n_members=6, seasonal_periods=((7,), ()), kinds=((), _THREE_MONTHS, _TWO_WEEKS)
            ),
        ),
        "weekly": ModelConfig(
            NetworkConfig(input_window=52, horizon=13, dilations=((1, 52),)),
            SmoothingConfig(seasonal_periods=()),
            TrainingConfig(n_epochs=60, training_window=208, origin_step=4),
            EnsembleConfig(n_members=6, kinds=((), _FIVE_YEARS, _NO_SMOOTHING)),
        ),
        "monthly": ModelConfig(
            NetworkConfig(input_window=12, horizon=18, dilations=((1, 3), (6, 12)), dropout=0.2),
            SmoothingConfig(seasonal_periods=(12,)),
            replace(_SLOW, learning_rate=3e-3, n_epochs=40, training_window=36, origin_step=2),
            EnsembleConfig(n_members=6, kinds=((), _NO_SMOOTHING)),
        ),
        "quarterly": ModelConfig(
            NetworkConfig(input_window=8, horizon=8, dilations=((1, 2), (4, 8)), dropout=0.2),
            SmoothingConfig(seasonal_periods=(4,)),
            replace(_SLOW, n_epochs=15, training_window=16),
            EnsembleConfig(n_members=6, kinds=((), _NO_SMOOTHING)),
        ),
        "yearly": ModelConfig(
            NetworkConfig(input_window=4, horizon=6, dilations=((1, 6),), dropout=0.2),
            SmoothingConfig(seasonal_periods=()),
            replace(_SLOW, n_epochs=15, training_window=12),
            EnsembleConfig(n_members=6, input_windows=(4, 6, 8)),
        ),
        "generic": generic_preset(()),
    }
)

# Where all members have the season, the network has more to learn: competitions/backtests/daily.md.
_LEARNING_RATES_WITH_SEASON = {"daily": 3e-3}

_PARTS = ("network", "smoothing", "training", "ensemble")
# The part of the settings that each name belongs to; of two that have it, the first.
_PART_OF = {
    field.name: part
    for part in reversed(_PARTS)
    for field in fields(getattr(PRESETS["generic"], part))
}


def override_names() -> frozenset[str]:
    """Return the names of all settings that `preset_config` takes besides the horizon.

    The numbers of covariates are not among them: they follow from the data.
    """
    return frozenset(_PART_OF) - {"horizon", "n_static", "n_future"}


def usual_periods(preset: str) -> tuple[int, ...]:
    """Return the seasonal periods of a preset.

    Examples
    --------
    >>> usual_periods("hourly")
    (24, 168)
    """
    return _preset(preset).smoothing.seasonal_periods


def choose_preset(seasonal_periods: tuple[int, ...]) -> str:
    """Return the preset that was tuned on data of these seasonal periods.

    Parameters
    ----------
    seasonal_periods : tuple of int

    Returns
    -------
    str
        ``"generic"`` where there is none.

    Examples
    --------
    >>> choose_preset((12,)), choose_preset((24,)), choose_preset((12, 84)), choose_preset(())
    ('monthly', 'hourly', 'generic', 'generic')
    """
    for name in PRESETS:
        # Of two seasons the longer one is left out of short series.
        own = usual_periods(name)
        if seasonal_periods and seasonal_periods in (own, own[:1]):
            return name
    return "generic"


def seasons_alternate(preset: str, seasonal_periods: tuple[int, ...]) -> bool:
    """Return whether every other member of a preset has no season, if there is one.

    Parameters
    ----------
    preset : str
        Key of `PRESETS`.
    seasonal_periods : tuple of int

    Returns
    -------
    bool
        False unless there is exactly one period.

    Examples
    --------
    >>> seasons_alternate("daily", (5,)), seasons_alternate("monthly", (12,))
    (True, False)
    """
    return (
        len(seasonal_periods) == 1
        and () in _base(preset, seasonal_periods).ensemble.seasonal_periods
    )


def preset_config(
    preset: str,
    horizon: int | None = None,
    *,
    in_all_members: bool | None = None,
    **overrides: Any,
) -> ModelConfig:
    """Return the settings of a preset, with some of them overridden.

    Parameters
    ----------
    preset : str
        Key of `PRESETS`.
    horizon : int, optional
        Steps ahead; by default the preset's usual ones.
    in_all_members : bool, optional
        Whether all members have the seasonal periods; the preset ``"daily"`` then learns faster. If
        not, every other one has none where `seasons_alternate`. By default it is as the preset has
        it, and periods other than the preset's are in all members.
    **overrides
        Settings by name, from any part of `ModelConfig`; None leaves the preset's value. With
        ``input_window`` all members take this one. Where the preset has kinds of members, a setting
        of training holds for all kinds. With another cell, window or season there is one kind.

    Returns
    -------
    ModelConfig

    Raises
    ------
    InputError
        If the preset or a setting is unknown, or a value is out of its range.

    Examples
    --------
    >>> preset_config("hourly", n_members=3).ensemble.n_members
    3
    """
    unknown = sorted(set(overrides) - override_names())
    if unknown:
        raise InputError(f"settings must be some of {sorted(override_names())}; got {unknown}")
    chosen = {name: value for name, value in overrides.items() if value is not None}
    base = _base(preset, chosen.get("seasonal_periods", ()))
    periods = chosen.get("seasonal_periods", base.smoothing.seasonal_periods)
    if horizon is not None:
        chosen["horizon"] = horizon
    parts = _by_part(chosen)
    if in_all_members is False and seasons_alternate(preset, periods):
        parts["ensemble"]["seasonal_periods"] = (periods, ())
    elif in_all_members or periods != base.smoothing.seasonal_periods:
        parts["ensemble"]["seasonal_periods"] = ()
    kinds = _kinds_left(base, chosen)
    if in_all_members and periods and preset in _LEARNING_RATES_WITH_SEASON:
        parts["training"].setdefault("learning_rate", _LEARNING_RATES_WITH_SEASON[preset])
        kinds = ()  # the others know no season
    parts["ensemble"].setdefault("kinds", kinds)
    return _replaced(base, parts)


def override(config: ModelConfig, **overrides: Any) -> ModelConfig:
    """Return settings with some of them overridden.

    Parameters
    ----------
    config : ModelConfig
    **overrides
        As for `preset_config`.

    Returns
    -------
    ModelConfig

    Raises
    ------
    InputError
        If a value is out of its range.

    Examples
    --------
    >>> override(preset_config("yearly"), input_window=5).ensemble.input_windows
    ()
    """
    return _replaced(config, _by_part({n: v for n, v in overrides.items() if v is not None}))


def _kinds_left(
    base: ModelConfig, chosen: dict[str, Any]
) -> tuple[tuple[tuple[str, Any], ...], ...]:
    """Return a preset's kinds of members where settings were asked for, which are every member's.

    With another network than the preset's there are no kinds, and all members are alike.
    """
    kinds = base.ensemble.kinds[: chosen.get("n_members", base.ensemble.n_members)]
    # Every forecaster asks for some cell and for some seasons.
    usual = {"cell": base.network.cell, "seasonal_periods": base.smoothing.seasonal_periods}
    named = {name for kind in kinds for name, _ in kind} & set(chosen)
    asked = {name for name in named if chosen[name] != usual.get(name)}
    if any(_PART_OF[name] != "training" for name in asked):
        return ()
    kinds = without_settings(kinds, asked)
    return kinds if any(kinds) else ()


def _by_part(chosen: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return settings by the part that they belong to."""
    parts = {part: {n: v for n, v in chosen.items() if _PART_OF[n] == part} for part in _PARTS}
    if "input_window" in chosen:  # asked for, so every member takes it
        parts["ensemble"].setdefault("input_windows", ())
    return parts


def _replaced(base: ModelConfig, parts: dict[str, dict[str, Any]]) -> ModelConfig:
    made = {part: replace(getattr(base, part), **own) for part, own in parts.items()}
    return require_kinds(ModelConfig(**made))


def _base(preset: str, seasonal_periods: tuple[int, ...]) -> ModelConfig:
    """Return a preset; the one for all other data is made for the seasonal periods."""
    if preset == "generic" and seasonal_periods:
        return generic_preset(seasonal_periods)
    return _preset(preset)


def _preset(name: str) -> ModelConfig:
    if name not in PRESETS:
        raise InputError(f"preset must be one of {sorted(PRESETS)}; got {name!r}")
    return PRESETS[name]
