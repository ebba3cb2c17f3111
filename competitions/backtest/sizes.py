"""The experiment ``sizes``: panels of two sizes, trained for several numbers of steps.

What `esrnn.config.STEPS` has follows from it. One network each, with the settings of the group's
preset but for rates and epochs, on the last horizon before the test part. Beside them are longer
trainings at lower rates, of as many epochs for panels of any size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

from competitions.backtest.harness import Case, ensemble_case
from competitions.backtest.summed import Summed, load_summed
from esrnn.config import ModelConfig, StepRange, preset_config

_SIZES = (50, 1000)
_STEPS = (100, 200, 400, 800)
_FEWER_STEPS = {("monthly", 1000): (100, 400)}  # where a step takes longest
_SHORT: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "yearly": {"n_epochs": 5, "learning_rate": 3e-3},
        "quarterly": {"n_epochs": 5, "learning_rate": 3e-3},
        "monthly": {"n_epochs": 15, "learning_rate": 6e-3},
    }
)
_EPOCHS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "yearly": {"n_epochs": 15, "learning_rate": 1e-3},
        "quarterly": {"n_epochs": 15, "learning_rate": 1e-3},
        "monthly": {"n_epochs": 40, "learning_rate": 3e-3},
    }
)


def size_cases(data_dir: Path | None) -> Iterator[Case]:
    """Give a case for every group, number of series and length of training."""
    for preset, n_series in product(_EPOCHS, _SIZES):
        series = Summed(f"m4-{preset}", n_series, ())
        load = partial(load_summed, series, data_dir)
        for variant, config in _configs(preset, n_series).items():
            yield ensemble_case(series.name_and_size, variant, 1, load, config)


def _configs(preset: str, n_series: int) -> dict[str, ModelConfig]:
    usual = preset_config(preset, n_members=1, **_SHORT[preset])
    by_epochs = preset_config(preset, n_members=1, **_EPOCHS[preset])
    configs = {f"{by_epochs.training.n_epochs} epochs": by_epochs}
    for n_steps in _FEWER_STEPS.get((preset, n_series), _STEPS):
        training = StepRange(n_steps, n_steps).training(usual.training, n_series)
        configs[f"{n_steps} steps"] = replace(usual, training=training)
    return configs
