"""Presets by frequency, and a user's choices laid over them.

Values were chosen on backtests inside M4's training parts; the reading of their logs is named
beside them. ``generic``, for all other data, is made by a rule (`esrnn.config.generic`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from esrnn.config.generic import Preset, generic_preset
from esrnn.config.settings import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    PointLoss,
    Seasonality,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.errors import InputError

__all__ = ["PRESETS", "Choices", "choose_preset", "preset_config", "usual_periods"]


_SLOW = TrainingConfig(batch_size=64, learning_rate=1e-3, series_learning_rate=1e-3, n_epochs=8)

PRESETS = MappingProxyType(
    {
        # Chosen on backtests: competitions/backtests/m4-hourly.md.
        "hourly": Preset(
            (24, 168),
            168,
            ((1, 24),),
            TrainingConfig(
                n_epochs=80,
                batch_size=8,
                learning_rate=3e-3,
                series_learning_rate=1e-3,
                stretch=96,
                origin_step=4,
            ),
            EnsembleConfig(n_members=6, seasonal_periods=((24, 168), (24,), (168,))),
            hidden_size=128,
        ),
        # The others likewise: competitions/backtests/m4-presets.md.
        "daily": Preset(
            (7,),
            14,
            ((1, 7), (14,)),
            replace(_SLOW, n_epochs=15, stretch=112, origin_step=4),
            EnsembleConfig(n_members=6, seasonal_periods=((7,), ())),
            dropout=0.2,
            hidden_size=16,
        ),
        "weekly": Preset(
            (),
            52,
            ((1, 52),),
            TrainingConfig(n_epochs=60, stretch=208, origin_step=4),
            EnsembleConfig(n_members=6),
        ),
        "monthly": Preset(
            (12,),
            12,
            ((1, 3), (6, 12)),
            replace(_SLOW, learning_rate=3e-3, n_epochs=40, stretch=36, origin_step=2),
            EnsembleConfig(n_members=6),
            dropout=0.2,
        ),
        "quarterly": Preset(
            (4,),
            8,
            ((1, 2), (4, 8)),
            replace(_SLOW, n_epochs=15, stretch=16),
            EnsembleConfig(n_members=6),
            dropout=0.2,
        ),
        "yearly": Preset(
            (),
            4,
            ((1, 6),),
            replace(_SLOW, n_epochs=15, stretch=12),
            EnsembleConfig(n_members=6, input_windows=(4, 6, 8)),
            dropout=0.2,
        ),
        "generic": generic_preset(()),
    }
)


_PART_OF = {
    "seasonal_periods": "smoothing",
    "seasonality": "smoothing",
    "input_window": "network",
    "hidden_size": "network",
    "cell": "network",
    "dilations": "network",
    "quantile_levels": "network",
    "loss": "training",
    "n_epochs": "training",
    "batch_size": "training",
    "learning_rate": "training",
    "series_learning_rate": "training",
    "patience": "training",
    "calibration": "training",
    "n_members": "ensemble",
}


@dataclass(frozen=True)
class Choices:
    """What a user asked for; None leaves the preset's value.

    Attributes
    ----------
    seasonal_periods : tuple of int, optional
    seasonality : {"auto", "multiplicative", "additive"}, optional
    input_window, hidden_size, n_members, n_epochs, batch_size : int, optional
    cell : str, optional
    dilations : tuple of tuple of int, optional
    quantile_levels : tuple of float, optional
    loss : str, optional
    learning_rate, series_learning_rate, calibration : float, optional
    patience : int, optional
    """

    seasonal_periods: tuple[int, ...] | None = None
    seasonality: Seasonality | None = None
    input_window: int | None = None
    hidden_size: int | None = None
    cell: str | None = None
    dilations: tuple[tuple[int, ...], ...] | None = None
    quantile_levels: tuple[float, ...] | None = None
    loss: PointLoss | None = None
    n_members: int | None = None
    n_epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    series_learning_rate: float | None = None
    patience: int | None = None
    calibration: float | None = None


def usual_periods(preset: str) -> tuple[int, ...]:
    """Return the seasonal periods of a preset.

    Parameters
    ----------
    preset : str

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> usual_periods("hourly")
    (24, 168)
    """
    return _preset(preset).seasonal_periods


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
    for name, preset in PRESETS.items():
        # Of two seasons the longer one is left out of short series.
        if seasonal_periods and seasonal_periods in (
            preset.seasonal_periods, preset.seasonal_periods[:1],
        ):  # fmt: skip
            return name
    return "generic"


def preset_config(preset: str, horizon: int, choices: Choices | None = None) -> ModelConfig:
    """Fill a model's settings from a preset and lay the user's choices over it.

    Parameters
    ----------
    preset : str
        Key of `PRESETS`.
    horizon : int
        Steps ahead.
    choices : Choices, optional

    Returns
    -------
    ModelConfig

    Raises
    ------
    InputError
        If the preset is unknown or a value is out of its range.

    Examples
    --------
    >>> preset_config("hourly", 48, Choices(n_members=3)).ensemble.n_members
    3
    """
    choices = choices or Choices()
    base = _preset(preset)
    if preset == "generic" and choices.seasonal_periods:
        base = generic_preset(choices.seasonal_periods)
    config = ModelConfig(
        NetworkConfig(
            base.input_window, horizon, base.dilations, base.hidden_size, dropout=base.dropout
        ),
        SmoothingConfig(base.seasonal_periods),
        base.training,
        base.ensemble,
    )
    chosen = {f.name: getattr(choices, f.name) for f in fields(choices)}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    if "input_window" in chosen:  # asked for, so every member takes it
        config = replace(config, ensemble=replace(config.ensemble, input_windows=()))
    if chosen.get("seasonal_periods", base.seasonal_periods) != base.seasonal_periods:
        config = replace(config, ensemble=replace(config.ensemble, seasonal_periods=()))
    parts = {}
    for part in ("network", "smoothing", "training", "ensemble"):
        own = {name: v for name, v in chosen.items() if _PART_OF[name] == part}
        parts[part] = replace(getattr(config, part), **own)
    return replace(config, **parts)


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise InputError(f"preset must be one of {sorted(PRESETS)}; got {name!r}")
    return PRESETS[name]
