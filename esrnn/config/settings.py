"""The settings of a model: what is smoothed, the network, its training, the ensemble."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from esrnn.config.cells import CellOptions, make_cell_options
from esrnn.config.fields import (
    Blocks,
    Count,
    Counts,
    LocalModel,
    LocalWeights,
    NonNegative,
    Periods,
    Positive,
    Probability,
    QuantileLevels,
    Share,
    ShareBelowOne,
    WholeNumber,
    check,
    check_fields,
)
from esrnn.errors import InputError

__all__ = [
    "EnsembleConfig",
    "LocalModel",
    "ModelConfig",
    "NetworkConfig",
    "SmoothingConfig",
    "TrainingConfig",
]

Seasonality = Literal["auto", "multiplicative", "additive"]
PointLoss = Literal["owa", "smape", "mase", "pinball", "log_pinball"]
IntervalLoss = Literal["pinball", "interval_score"]
Schedule = Literal["cosine", "constant"]
LevelKind = Literal["smoothed", "last"]
Combination = Literal["mean", "median", "weighted"]


@dataclass(frozen=True)
class SmoothingConfig:
    """The exponential smoothing of each series.

    Attributes
    ----------
    seasonal_periods : tuple of int
        Steps per season: none, one or two, the shorter one first.
    seasonality : {"auto", "multiplicative", "additive"}
        ``"auto"`` is multiplicative for positive series, additive for the others.
    scale_lag : int, optional
        Lag of the seasonal differences that errors are scaled by (MASE's period); by default the
        first seasonal period, or 1.
    level : {"smoothed", "last"}
        ``"last"`` smoothes nothing: the level is the last observation, there are no smoothing
        coefficients to learn, and the network alone is left; not with `seasonal_periods`.
    """

    seasonal_periods: Periods = ()
    seasonality: Seasonality = "auto"
    scale_lag: Count | None = None
    level: LevelKind = "smoothed"

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)
        check(
            self.level == "smoothed" or not self.seasonal_periods, "seasonal_periods",
            "empty with level='last', which smoothes nothing", self.seasonal_periods,
        )  # fmt: skip

    @property
    def lag(self) -> int:
        """Lag of the seasonal differences that errors are scaled by."""
        return self.scale_lag or (self.seasonal_periods[0] if self.seasonal_periods else 1)


@dataclass(frozen=True)
class NetworkConfig:
    """The recurrent network that all series share.

    Attributes
    ----------
    input_window : int
        Observations that the network sees at each origin.
    horizon : int
        Steps ahead that it forecasts.
    dilations : tuple of tuple of int
        Dilations of the layers, block by block.
    hidden_size : int
    cell : str
        Key of `esrnn.config.CELL_OPTIONS`.
    dropout : float
        Share of each block's outputs dropped in training.
    quantile_levels : tuple of float
        An odd number of levels, increasing, 0.5 in the middle.
    n_static, n_future : int
        Numbers of static and future covariates (`esrnn.panel.Covariates`). They follow from the
        data and are not chosen.
    cell_options : tuple of (str, object)
        Options of the cell by name (`esrnn.config.CELL_OPTIONS`), those that have other values than
        their defaults.
    """

    input_window: Count
    horizon: Count
    dilations: Blocks = ((1, 2), (4, 8))
    hidden_size: Count = 40
    cell: str = "lstm"
    dropout: ShareBelowOne = 0.0
    quantile_levels: QuantileLevels = (0.025, 0.5, 0.975)
    n_static: WholeNumber = 0
    n_future: WholeNumber = 0
    cell_options: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)
        make_cell_options(self.cell, self.cell_options)

    @property
    def options(self) -> CellOptions:
        """All options of the cell."""
        return make_cell_options(self.cell, self.cell_options)


@dataclass(frozen=True)
class TrainingConfig:
    """How a member is trained.

    Attributes
    ----------
    loss : {"owa", "smape", "mase", "pinball", "log_pinball"}
        Loss of the point forecast (`esrnn.ops.losses.LossSpec`).
    training_level : float
        Quantile level that the two pinball losses aim the point forecast at.
    interval_loss : {"pinball", "interval_score"}
        Loss of the other quantiles.
    interval_weight : float
        Its weight; 0 leaves them untrained.
    level_penalty : float
        Weight of the level's mean squared second difference.
    n_epochs, batch_size : int
        Passes over all series; series per step.
    n_steps : int, optional
        Steps at most, so that the last pass may be a part of one; by default all of every pass.
    learning_rate : float
        Adam's, for the network.
    series_learning_rate : float
        Adam's, for the per-series parameters: about how far each moves in one epoch, whatever the
        batch size.
    schedule : {"cosine", "constant"}
        Both learning rates over the steps; cosine falls to a hundredth.
    warm_up : float
        Share of the steps over which both learning rates rise to where the schedule begins.
    keep : float
        For a network that is trained further: share of its first weights, and of the first
        per-series parameters, in the last ones (Wortsman et al. 2022, arXiv:2109.01903).
    gradient_clip : float
        Largest norm of the network's gradient.
    training_window : int, optional
        Number of consecutive origins that the network sees of a series at a time: a random stretch
        in training, the last ones in forecasting. By default all origins.
    origin_step : int
        The loss counts every `origin_step`-th origin of the training window, from a random first
        one on. Neighbouring origins teach nearly the same.
    calibration : float
        Share of the series, drawn anew for each member, of which the member holds back the last
        horizons from training; intervals are stretched or shrunk until they cover what was held
        back as often as they should. 0 for none. With `patience` all series are held back.
    calibration_origins : int
        Number of consecutive horizons that are held back. A single one covers one period only,
        and periods differ. With `patience` it is one.
    patience : int, optional
        Hold each series' last horizon back from training, stop once the forecasts of it have not
        improved for so many epochs, and keep the best epoch; a network that is trained further may
        stay as it was. By default all epochs are run, on all data but what `calibration` holds
        back.
    """

    loss: PointLoss = "owa"
    training_level: Probability = 0.5
    interval_loss: IntervalLoss = "pinball"
    interval_weight: NonNegative = 0.3
    level_penalty: NonNegative = 0.0
    n_epochs: Count = 15
    batch_size: Count = 16
    learning_rate: Positive = 3e-3
    series_learning_rate: NonNegative = 3e-3
    schedule: Schedule = "cosine"
    gradient_clip: Positive = 10.0
    training_window: Count | None = None
    origin_step: Count = 1
    calibration: Share = 0.1
    calibration_origins: Count = 3
    patience: Count | None = None
    n_steps: Count | None = None
    warm_up: ShareBelowOne = 0.0
    keep: Share = 0.0

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)


@dataclass(frozen=True)
class EnsembleConfig:
    """Members and their combination.

    Attributes
    ----------
    n_members : int
    combination : {"mean", "median", "weighted"}
        Taken step by step and quantile by quantile, in units of y. ``"weighted"`` is a mean. Where
        networks come to a panel untrained, members that forecast its past better have more weight.
    input_windows : tuple of int
        Input windows that the members take in turn; empty for the network's own.
    seasonal_periods : tuple of tuple of int
        Seasonal periods that the members take in turn, the model's own first; empty for these
        alone. Members that smooth differently make different mistakes.
    kinds : tuple of tuple of (str, object)
        Settings by name that the members take in turn instead of the model's own, for example
        another cell or ``("level", "last")``; an empty one is the model as it is.
    local_models : tuple of (str, float)
        Models without a network (`esrnn.local_models`) whose forecasts are mixed with those of the
        members, and their weights; the members have what is left of 1. They move the median, and
        the other quantiles with it.
    """

    n_members: Count = 5
    combination: Combination = "mean"
    input_windows: Counts = ()
    seasonal_periods: tuple[tuple[int, ...], ...] = ()
    kinds: tuple[tuple[tuple[str, Any], ...], ...] = ()
    local_models: LocalWeights = ()

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)
        for periods in self.seasonal_periods:
            SmoothingConfig(periods)


@dataclass(frozen=True)
class ModelConfig:
    """Everything that defines a model but its data and seed.

    Attributes
    ----------
    network : NetworkConfig
    smoothing : SmoothingConfig
    training : TrainingConfig
    ensemble : EnsembleConfig
    """

    network: NetworkConfig
    smoothing: SmoothingConfig = field(default_factory=SmoothingConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    ensemble: EnsembleConfig = field(default_factory=EnsembleConfig)

    def __post_init__(self) -> None:
        """Check that the members' variety includes the model's own values."""
        own, varied = self.smoothing.seasonal_periods, self.ensemble.seasonal_periods
        check(
            not varied or varied[0] == own,
            "ensemble.seasonal_periods", f"empty or begin with smoothing.seasonal_periods, {own}",
            varied,
        )  # fmt: skip
        window, windows = self.network.input_window, self.ensemble.input_windows
        check(
            not windows or window in windows,
            "ensemble.input_windows", f"empty or contain network.input_window, {window}", windows,
        )  # fmt: skip

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """Return all settings as plain data that JSON can hold.

        Returns
        -------
        dict of str to dict
            One for each part, its settings by name.

        Examples
        --------
        >>> ModelConfig(NetworkConfig(6, 4)).to_dict()["network"]["horizon"]
        4
        """
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Mapping[str, Any]]) -> ModelConfig:
        """Make settings from what `to_dict` returned, also after a way through JSON.

        Parameters
        ----------
        data : mapping of str to mapping

        Returns
        -------
        ModelConfig

        Raises
        ------
        InputError
            If a setting is missing, unknown or out of its range.

        Examples
        --------
        >>> config = ModelConfig(NetworkConfig(6, 4))
        >>> ModelConfig.from_dict(config.to_dict()) == config
        True
        """
        parts = {
            "network": NetworkConfig,
            "smoothing": SmoothingConfig,
            "training": TrainingConfig,
            "ensemble": EnsembleConfig,
        }
        _require_names("settings", data, parts)
        made: dict[str, Any] = {}
        for name, kind in parts.items():
            own = {**_NEWER.get(name, {}), **data[name]}
            _require_names(f"settings of {name!r}", own, [f.name for f in fields(kind)])
            made[name] = kind(**{key: _as_tuples(value) for key, value in own.items()})
        return cls(**made)


# Settings that models which were saved before do not have.
_NEWER: dict[str, dict[str, Any]] = {
    "ensemble": {"kinds": (), "local_models": ()},
    "network": {"cell_options": ()},
    "training": {"n_steps": None, "warm_up": 0.0, "keep": 0.0},
}


def _require_names(what: str, found: Iterable[str], expected: Iterable[str]) -> None:
    """Raise unless exactly the expected names are there."""
    missing, unknown = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or unknown:
        raise InputError(
            f"{what} must be {sorted(expected)}; missing: {missing}, unknown: {unknown}; they may"
            " come from another version of esrnn"
        )


def _as_tuples(value: Any) -> Any:
    """Return a list, and lists in it, as tuples; anything else as it is."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list | tuple) else value
