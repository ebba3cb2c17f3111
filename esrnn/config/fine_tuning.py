"""How trained networks are tuned to a panel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from esrnn.config.fields import Count, NonNegative, Positive, Share, ShareBelowOne, check_fields
from esrnn.config.settings import TrainingConfig

__all__ = ["FINE_TUNING", "FineTuning", "fine_tuning_of"]


@dataclass(frozen=True)
class FineTuning:
    """A recipe: how trained networks are tuned to a panel.

    Attributes
    ----------
    n_steps : int
        Steps of training, whatever the number of series.
    batch_size : int
        Series per step.
    learning_rate, series_learning_rate : float
        As in `TrainingConfig`: of the network; of the per-series parameters.
    warm_up : float
        Share of the steps over which the learning rates rise from nothing.
    keep : float
        Share of the weights as they were in the weights as they become.
    patience : int, optional
        Early stopping after so many epochs without a better forecast of the last horizons, which
        are held back. The networks as they were count as well. By default all steps are made.
    """

    n_steps: Count = 200
    batch_size: Count = 32
    learning_rate: Positive = 3e-4
    series_learning_rate: NonNegative = 1e-3
    warm_up: ShareBelowOne = 0.1
    keep: Share = 0.5
    patience: Count | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)

    def training(self, config: TrainingConfig, n_series: int) -> TrainingConfig:
        """Return the settings of a training by this recipe.

        Parameters
        ----------
        config : TrainingConfig
            Of the trained networks: it says what the recipe does not.
        n_series : int
            Series to train on, at least 1.

        Returns
        -------
        TrainingConfig

        Examples
        --------
        >>> recipe = FineTuning(n_steps=100, batch_size=32)
        >>> [recipe.training(TrainingConfig(), n).n_epochs for n in (1, 64, 10_000)]
        [100, 50, 1]
        """
        per_epoch = -(-n_series // self.batch_size)
        return replace(
            config,
            n_steps=self.n_steps,
            n_epochs=-(-self.n_steps // per_epoch),
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            series_learning_rate=self.series_learning_rate,
            schedule="cosine",
            warm_up=self.warm_up,
            keep=self.keep,
            patience=self.patience,
        )


# Chosen on the backtests of `esrnn.networks.ways`; `python -m competitions strategies` compares
# others. The key "" is for all presets that are not named.
FINE_TUNING: MappingProxyType[str, FineTuning] = MappingProxyType(
    {
        "": FineTuning(n_steps=60, learning_rate=1e-3, keep=0.75),
        "weekly": FineTuning(n_steps=200, learning_rate=1e-3, keep=0.5),
        "hourly": FineTuning(n_steps=200, learning_rate=1e-3, keep=0.5),
    }
)


def fine_tuning_of(preset: str) -> FineTuning:
    """Return the recipe for networks of a preset.

    Parameters
    ----------
    preset : str
        Key of `esrnn.config.presets.PRESETS`.

    Returns
    -------
    FineTuning
    """
    return FINE_TUNING.get(preset, FINE_TUNING[""])
