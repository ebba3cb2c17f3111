"""Steps of training, and members of an ensemble, that suit the size of a panel.

Presets count epochs, and how many steps an epoch has depends on the number of series: of forty
series it is one, and fifteen such steps leave a network as it was drawn; of a million series it is
sixteen thousand, where two thousand steps teach as much. So every preset has a least and a largest
number of steps, chosen on backtests (``competitions/backtests/sizes.md``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from esrnn.config.fields import Count, Positive, check, check_fields
from esrnn.config.settings import ModelConfig, TrainingConfig

__all__ = ["STEPS", "StepRange", "for_panel_size"]

_SMALLEST_BATCH = 8


@dataclass(frozen=True)
class StepRange:
    """How many steps a training has, whatever the number of series.

    Attributes
    ----------
    least, most : int
        Within them, the epochs decide.
    learning_rate : float, optional
        Of a training that gets the least number of steps; by default that of any other.
    """

    least: Count
    most: Count
    learning_rate: Positive | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        check_fields(self)
        check(self.least <= self.most, "least", f"at most `most`, {self.most}", self.least)

    def training(self, config: TrainingConfig, n_series: int) -> TrainingConfig:
        """Return settings with smaller batches, more epochs or fewer steps, where needed.

        Parameters
        ----------
        config : TrainingConfig
        n_series : int
            Series to train on, at least 1.

        Returns
        -------
        TrainingConfig
            Too few steps first become more by smaller batches, which cost no time, down to 8
            series, and then by more epochs. Too many end before all epochs are over, perhaps
            before all series were seen once.

        Examples
        --------
        >>> config = TrainingConfig(n_epochs=15, batch_size=64)
        >>> for n_series in (40, 600, 2_000, 100_000):
        ...     training = StepRange(400, 2_000).training(config, n_series)
        ...     print(n_series, training.batch_size, training.n_epochs, training.n_steps)
        40 8 80 None
        600 22 15 None
        2000 64 15 None
        100000 64 2 2000
        """
        per_epoch = _per_epoch(n_series, config.batch_size)
        n_steps = per_epoch * config.n_epochs
        if n_steps > self.most:
            return replace(config, n_steps=self.most, n_epochs=-(-self.most // per_epoch))
        if n_steps >= self.least:
            return config
        wanted = n_series // -(-self.least // config.n_epochs)  # series in each of enough batches
        batch_size = min(config.batch_size, max(wanted, _SMALLEST_BATCH))
        n_epochs = max(config.n_epochs, -(-self.least // _per_epoch(n_series, batch_size)))
        rate = self.learning_rate or config.learning_rate
        return replace(config, batch_size=batch_size, n_epochs=n_epochs, learning_rate=rate)


def _per_epoch(n_series: int, batch_size: int) -> int:
    """Return the number of batches."""
    return -(-n_series // batch_size)


# Chosen on backtests: competitions/backtests/sizes.md, daily.md. `most` is no less than the number
# on the M4 group that a preset was chosen on. A least number of 1 leaves few series their epochs.
STEPS: MappingProxyType[str, StepRange] = MappingProxyType(
    {
        "yearly": StepRange(400, 6_000, 3e-3),
        "quarterly": StepRange(1, 5_000),
        "monthly": StepRange(1, 5_000),
        "weekly": StepRange(1, 2_000),
        "daily": StepRange(400, 2_000),
        "hourly": StepRange(1, 5_000),
        "generic": StepRange(200, 2_000),
    }
)


# Series that are enough for a preset's kinds of members; fewer have the first kind alone. A linear
# map of five years has more weights than few series can tell: competitions/backtests/mixed.md.
_ENOUGH_FOR_KINDS = MappingProxyType(
    {"weekly": 100, "daily": 100, "generic": 100, "monthly": 1_000, "quarterly": 1_000}
)
# Series from which on a few members are enough, and how many: networks that have learnt from so
# many hardly differ, but for what their kinds and windows make of it.
_MANY = 5_000
_FEW_MEMBERS = MappingProxyType({"yearly": 3, "quarterly": 4})


def for_panel_size(config: ModelConfig, preset: str, n_series: int) -> ModelConfig:
    """Return settings whose number of training steps, and members, suit a panel.

    Parameters
    ----------
    config : ModelConfig
    preset : str
        Key of `esrnn.config.presets.PRESETS` that the settings come from.
    n_series : int
        Series to train on, at least 1.

    Returns
    -------
    ModelConfig

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> daily = preset_config("daily")
    >>> for_panel_size(daily, "daily", 40).training.n_epochs
    80
    """
    ensemble = config.ensemble
    if n_series < _ENOUGH_FOR_KINDS.get(preset, 0):
        ensemble = replace(ensemble, kinds=())
    if n_series >= _MANY and preset in _FEW_MEMBERS:
        few = min(ensemble.n_members, _FEW_MEMBERS[preset])
        ensemble = replace(ensemble, n_members=few)
    training = STEPS[preset].training(config.training, n_series)
    return replace(config, training=training, ensemble=ensemble)
