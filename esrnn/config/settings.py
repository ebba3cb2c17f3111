"""The settings of a model: what is smoothed, the network, its training, the ensemble."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from numbers import Integral, Real
from typing import Literal

from esrnn.errors import InputError

__all__ = [
    "EnsembleConfig",
    "ModelConfig",
    "NetworkConfig",
    "SmoothingConfig",
    "TrainingConfig",
]

Seasonality = Literal["auto", "multiplicative", "additive"]
PointLoss = Literal["owa", "smape", "mase", "pinball", "log_pinball"]
IntervalLoss = Literal["pinball", "interval_score"]
Schedule = Literal["constant", "cosine"]
LevelKind = Literal["smoothed", "last"]
Combination = Literal["mean", "median"]


def _check(ok: bool, name: str, expected: str, got: object) -> None:
    if not ok:
        raise InputError(f"{name} must be {expected}; got {got!r}")


def _is_count(value: object, least: int = 1) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _check_count(name: str, value: object) -> None:
    _check(_is_count(value), name, "a whole number of at least 1", value)


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

    seasonal_periods: tuple[int, ...] = ()
    seasonality: Seasonality = "auto"
    scale_lag: int | None = None
    level: LevelKind = "smoothed"

    def __post_init__(self) -> None:
        """Check the values."""
        periods = self.seasonal_periods
        whole = all(_is_count(p) and p >= 2 for p in periods)
        _check(
            len(periods) <= 2 and whole and list(periods) == sorted(set(periods)),
            "seasonal_periods",
            "at most two different whole numbers of at least 2, the shorter one first",
            periods,
        )
        forms = ("auto", "multiplicative", "additive")
        _check(self.seasonality in forms, "seasonality", f"one of {forms}", self.seasonality)
        if self.scale_lag is not None:
            _check_count("scale_lag", self.scale_lag)
        _check(self.level in ("smoothed", "last"), "level", "'smoothed' or 'last'", self.level)
        _check(
            self.level == "smoothed" or not periods,
            "seasonal_periods", "empty with level='last', which smoothes nothing", periods,
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
        Key of `esrnn.nn.layers.LAYERS`.
    dropout : float
        Share of each block's outputs dropped in training.
    quantile_levels : tuple of float
        An odd number of levels, increasing, 0.5 in the middle.
    n_static, n_known : int
        Features of `esrnn.panel.Covariates`: facts of each series, and what is known in advance of
        each step. They follow from the data and are not chosen.
    """

    input_window: int
    horizon: int
    dilations: tuple[tuple[int, ...], ...] = ((1, 2), (4, 8))
    hidden_size: int = 40
    cell: str = "lstm"
    dropout: float = 0.0
    quantile_levels: tuple[float, ...] = (0.025, 0.5, 0.975)
    n_static: int = 0
    n_known: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        for name in ("input_window", "horizon", "hidden_size"):
            _check_count(name, getattr(self, name))
        for name in ("n_static", "n_known"):
            value = getattr(self, name)
            _check(_is_count(value, least=0), name, "a whole number of at least 0", value)
        flat = [d for block in self.dilations for d in block]
        _check(
            len(flat) > 0 and all(self.dilations) and all(_is_count(d) for d in flat),
            "dilations",
            "blocks of whole numbers of at least 1, such as ((1, 2), (4, 8))",
            self.dilations,
        )
        dropout = self.dropout
        _check(_is_number(dropout) and 0.0 <= dropout < 1.0, "dropout", "at least 0 and below 1",
               dropout)  # fmt: skip
        levels = self.quantile_levels
        _check(
            len(levels) % 2 == 1
            and levels[len(levels) // 2] == 0.5
            and all(0.0 < a < b < 1.0 for a, b in pairwise(levels)),
            "quantile_levels",
            "an odd number of increasing levels in (0, 1) with 0.5 in the middle",
            levels,
        )


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
    learning_rate : float
        Adam's, for the network.
    series_learning_rate : float
        Adam's, for the per-series parameters: about how far each moves in one epoch, whatever the
        batch size.
    schedule : {"cosine", "constant"}
        Both learning rates over the steps; cosine falls to a hundredth.
    gradient_clip : float
        Largest norm of the network's gradient.
    stretch : int, optional
        Origins in a row that a series shows the network at a time, placed at random in training
        and at the end in forecasting; by default all origins.
    origin_step : int
        Every how many origins of a stretch one is scored, starting anywhere; neighbours teach
        nearly the same.
    calibration : float
        Share of the series, drawn anew for each member, of which the member holds back the last
        horizons from training; intervals are stretched or shrunk until they cover what was held
        back as often as they should. 0 for none. With `patience` all series are held back.
    calibration_origins : int
        How many horizons, one after another: one tells of a single period only, and periods
        differ. With `patience` it is one.
    patience : int, optional
        Hold each series' last horizon back from training, stop once the forecasts of it have not
        improved for so many epochs, and keep the best epoch. By default all epochs are run, on all
        data but what `calibration` holds back.
    """

    loss: PointLoss = "owa"
    training_level: float = 0.5
    interval_loss: IntervalLoss = "pinball"
    interval_weight: float = 0.3
    level_penalty: float = 0.0
    n_epochs: int = 15
    batch_size: int = 16
    learning_rate: float = 3e-3
    series_learning_rate: float = 3e-3
    schedule: Schedule = "cosine"
    gradient_clip: float = 10.0
    stretch: int | None = None
    origin_step: int = 1
    calibration: float = 0.1
    calibration_origins: int = 3
    patience: int | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        losses = ("owa", "smape", "mase", "pinball", "log_pinball")
        _check(self.loss in losses, "loss", f"one of {losses}", self.loss)
        interval = ("pinball", "interval_score")
        _check(self.interval_loss in interval, "interval_loss", f"one of {interval}",
               self.interval_loss)  # fmt: skip
        _check(self.schedule in ("cosine", "constant"), "schedule", "'cosine' or 'constant'",
               self.schedule)  # fmt: skip
        level = self.training_level
        _check(_is_number(level) and 0.0 < level < 1.0, "training_level", "in (0, 1)", level)
        for name in ("n_epochs", "batch_size", "origin_step", "calibration_origins"):
            _check_count(name, getattr(self, name))
        for name in ("learning_rate", "gradient_clip"):
            value = getattr(self, name)
            _check(
                _is_number(value) and 0.0 < value < inf, name, "finite and greater than 0", value
            )
        for name in ("series_learning_rate", "interval_weight", "level_penalty"):
            value = getattr(self, name)
            _check(_is_number(value) and 0.0 <= value < inf, name, "finite and at least 0", value)
        share = self.calibration
        _check(_is_number(share) and 0.0 <= share <= 1.0, "calibration", "in [0, 1]", share)
        for name in ("stretch", "patience"):
            if getattr(self, name) is not None:
                _check_count(name, getattr(self, name))


@dataclass(frozen=True)
class EnsembleConfig:
    """Members and their combination.

    Attributes
    ----------
    n_members : int
    combination : {"mean", "median"}
        Taken step by step and quantile by quantile, in units of y.
    input_windows : tuple of int
        Input windows that the members take in turn; empty for the network's own.
    seasonal_periods : tuple of tuple of int
        Seasonal periods that the members take in turn, the model's own first; empty for these
        alone. Members that smooth differently make different mistakes.
    """

    n_members: int = 5
    combination: Combination = "mean"
    input_windows: tuple[int, ...] = ()
    seasonal_periods: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        """Check the values."""
        _check_count("n_members", self.n_members)
        _check(self.combination in ("mean", "median"), "combination", "'mean' or 'median'",
               self.combination)  # fmt: skip
        for window in self.input_windows:
            _check_count("input_windows", window)
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
        _check(
            not varied or varied[0] == own,
            "ensemble.seasonal_periods", f"empty or begin with smoothing.seasonal_periods, {own}",
            varied,
        )  # fmt: skip
        window, windows = self.network.input_window, self.ensemble.input_windows
        _check(
            not windows or window in windows,
            "ensemble.input_windows", f"empty or contain network.input_window, {window}", windows,
        )  # fmt: skip
