"""Presets by frequency, and a user's own values laid over them.

Values were chosen on backtests inside M4's training parts; the reading of their logs is named
beside them. ``generic``, for all other data, is made by a rule (`esrnn.config.generic`).
"""

from __future__ import annotations

from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from esrnn.config.generic import generic_preset
from esrnn.config.settings import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.errors import InputError

__all__ = ["PRESETS", "choose_preset", "override_names", "preset_config", "usual_periods"]


_SLOW = TrainingConfig(batch_size=64, learning_rate=1e-3, series_learning_rate=1e-3, n_epochs=8)

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
            EnsembleConfig(n_members=6, seasonal_periods=((24, 168), (24,), (168,))),
        ),
        # The others likewise: competitions/backtests/m4-presets.md.
        "daily": ModelConfig(
            NetworkConfig(
                input_window=14, horizon=14, dilations=((1, 7), (14,)), hidden_size=16, dropout=0.2
            ),
            SmoothingConfig(seasonal_periods=(7,)),
            replace(_SLOW, n_epochs=15, training_window=112, origin_step=4),
            EnsembleConfig(n_members=6, seasonal_periods=((7,), ())),
        ),
        "weekly": ModelConfig(
            NetworkConfig(input_window=52, horizon=13, dilations=((1, 52),)),
            SmoothingConfig(seasonal_periods=()),
            TrainingConfig(n_epochs=60, training_window=208, origin_step=4),
            EnsembleConfig(n_members=6),
        ),
        "monthly": ModelConfig(
            NetworkConfig(input_window=12, horizon=18, dilations=((1, 3), (6, 12)), dropout=0.2),
            SmoothingConfig(seasonal_periods=(12,)),
            replace(_SLOW, learning_rate=3e-3, n_epochs=40, training_window=36, origin_step=2),
            EnsembleConfig(n_members=6),
        ),
        "quarterly": ModelConfig(
            NetworkConfig(input_window=8, horizon=8, dilations=((1, 2), (4, 8)), dropout=0.2),
            SmoothingConfig(seasonal_periods=(4,)),
            replace(_SLOW, n_epochs=15, training_window=16),
            EnsembleConfig(n_members=6),
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


def preset_config(preset: str, horizon: int | None = None, **overrides: Any) -> ModelConfig:
    """Return the settings of a preset, with some of them overridden.

    Parameters
    ----------
    preset : str
        Key of `PRESETS`.
    horizon : int, optional
        Steps ahead; by default the preset's usual ones.
    **overrides
        Settings by name, from any part of `ModelConfig`; None leaves the preset's value. With
        ``input_window`` or ``seasonal_periods`` all members take these.

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
    base, periods = _preset(preset), chosen.get("seasonal_periods")
    if preset == "generic" and periods:
        base = generic_preset(periods)
    if horizon is not None:
        chosen["horizon"] = horizon
    parts = {part: {n: v for n, v in chosen.items() if _PART_OF[n] == part} for part in _PARTS}
    if "input_window" in chosen:  # asked for, so every member takes it
        parts["ensemble"].setdefault("input_windows", ())
    if periods is not None and periods != base.smoothing.seasonal_periods:
        parts["ensemble"]["seasonal_periods"] = ()
    return ModelConfig(**{part: replace(getattr(base, part), **own) for part, own in parts.items()})


def _preset(name: str) -> ModelConfig:
    if name not in PRESETS:
        raise InputError(f"preset must be one of {sorted(PRESETS)}; got {name!r}")
    return PRESETS[name]
