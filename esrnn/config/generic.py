"""The rule that makes a preset for seasonal periods that none was tuned for."""

from __future__ import annotations

from esrnn.config.settings import (
    EnsembleConfig,
    ModelConfig,
    NetworkConfig,
    SmoothingConfig,
    TrainingConfig,
)

__all__ = ["generic_preset"]

_WINDOW_WITHOUT_SEASON = 12
_DILATION_WITHOUT_SEASON = 6
_TRAINING_WITHOUT_SEASON = 48
_WINDOWS = (8, 168)  # the least, the most
_TRAINING_WINDOWS = (24, 208)
_SEASONS_PER_TRAINING_WINDOW = 4
_LONGEST_DILATION = 104  # half of the longest training window, so that the recurrence acts once
_LONG_SEASON = 24
_LEAST_HORIZON = 6
_KINDS_WITHOUT_SEASON = ((), (("cell", "indrnn"),), (("cell", "mlp"),))


def generic_preset(seasonal_periods: tuple[int, ...]) -> ModelConfig:
    """Make the preset for any seasonal periods.

    Parameters
    ----------
    seasonal_periods : tuple of int
        Steps per season: none, one or two, the shorter one first.

    Returns
    -------
    ModelConfig
        Its horizon is the usual one: a season, and at least 6 steps.

    Raises
    ------
    InputError
        If these are no seasonal periods.

    Notes
    -----
    What the tuned presets have in common, put as a rule, and held against them on backtests
    (``competitions/backtests/generic.md``):

    *Window*: the longest season of at most 168 steps, a short one as many times as make 8 steps;
    168 where all seasons are longer, 12 where there is none.

    *Network*: one block of two layers, the second looking back one (the shorter) season, or where
    that is longer than 104 steps, a whole part of it. Two seasons, or one of 24 steps and more,
    come with much data in each series: 128 units, 60 epochs; else 64 units, 40 epochs, and dropout.

    *Training window*: four (shorter) seasons, from 24 to 208 steps; of a long one every fourth
    origin is scored. It bounds the network's memory and the time of an epoch, however long series
    are; smoothing alone runs over all of them.

    *Members* smooth with all periods or with some, or none: where the seasons are no seasons, half
    of the members don't learn them. Without a season they are networks of three kinds
    (``competitions/backtests/mixed.md``).

    Examples
    --------
    >>> preset = generic_preset((96, 672))
    >>> preset.network.input_window, preset.network.dilations, preset.training.training_window
    (96, ((1, 96),), 208)
    >>> generic_preset((6,)).ensemble.seasonal_periods
    ((6,), ())
    """
    smoothing = SmoothingConfig(seasonal_periods)  # refuses what are no periods
    long = len(seasonal_periods) == 2 or max(seasonal_periods, default=0) >= _LONG_SEASON
    training_window = _training_window(seasonal_periods)
    training = TrainingConfig(
        n_epochs=60 if long else 40,
        batch_size=8,
        learning_rate=3e-3,
        series_learning_rate=1e-3,
        training_window=training_window,
        origin_step=min(4, max(1, training_window // 24)),
    )
    network = NetworkConfig(
        input_window=_window(seasonal_periods),
        horizon=max((*seasonal_periods[:1], _LEAST_HORIZON)),
        dilations=((1, _dilation(seasonal_periods)),),
        hidden_size=128 if long else 64,
        dropout=0.0 if long else 0.2,
    )
    ensemble = EnsembleConfig(
        n_members=6,
        seasonal_periods=_variety(seasonal_periods),
        kinds=() if seasonal_periods else _KINDS_WITHOUT_SEASON,
    )
    return ModelConfig(network, smoothing, training, ensemble)


def _window(periods: tuple[int, ...]) -> int:
    least, most = _WINDOWS
    if not periods:
        return _WINDOW_WITHOUT_SEASON
    longest = max((period for period in periods if period <= most), default=most)
    return longest * -(-least // longest)


def _dilation(periods: tuple[int, ...]) -> int:
    if not periods:
        return _DILATION_WITHOUT_SEASON
    return round(periods[0] / -(-periods[0] // _LONGEST_DILATION))


def _training_window(periods: tuple[int, ...]) -> int:
    if not periods:
        return _TRAINING_WITHOUT_SEASON
    least, most = _TRAINING_WINDOWS
    return min(max(_SEASONS_PER_TRAINING_WINDOW * periods[0], least), most)


def _variety(periods: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    if len(periods) == 2:
        return (periods, periods[:1], periods[1:])
    return (periods, ()) if periods else ()
