"""Panels of few series get enough steps of training; large ones are trained as ever."""

import math

import pytest

from esrnn.config import ModelConfig, preset_config, with_enough_steps


def steps(config: ModelConfig, n_series: int) -> int:
    training = config.training
    return math.ceil(n_series / training.batch_size) * training.n_epochs


@pytest.mark.parametrize(("preset", "least"), [("daily", 400), ("generic", 200)])
@pytest.mark.parametrize("n_series", [1, 2, 7, 8, 9, 39, 40, 150, 600, 1600])
def test_few_series_get_enough_steps(preset: str, least: int, n_series: int) -> None:
    usual = preset_config(preset, 14)
    config = with_enough_steps(usual, preset, n_series)
    assert steps(config, n_series) >= least
    assert config.training.batch_size <= usual.training.batch_size
    # Epochs are added only where batches are as small as they get.
    assert config.training.n_epochs == usual.training.n_epochs or config.training.batch_size == 8


@pytest.mark.parametrize("preset", ["daily", "generic"])
@pytest.mark.parametrize("n_series", [1_673, 4_227, 100_000])
def test_many_series_keep_their_settings(preset: str, n_series: int) -> None:
    """1,673 is M4 Daily's part: its settings were chosen with the steps that they had."""
    usual = preset_config(preset, 14)
    assert with_enough_steps(usual, preset, n_series) is usual


@pytest.mark.parametrize("preset", ["hourly", "weekly", "monthly", "quarterly", "yearly"])
def test_other_presets_count_epochs(preset: str) -> None:
    usual = preset_config(preset)
    assert with_enough_steps(usual, preset, 1) is usual
