"""Steps of training that suit the size of a panel, small or huge."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.config import (
    STEPS,
    StepRange,
    TrainingConfig,
    for_panel_size,
    override,
    preset_config,
)
from esrnn.config.presets import PRESETS
from esrnn.errors import InputError

# Series of the M4 groups that the presets were chosen on.
CHOSEN_ON = {
    "yearly": 23_000, "quarterly": 14_950, "monthly": 2_236, "weekly": 359, "daily": 1_673,
    "hourly": 414,
}  # fmt: skip

FEW = {"yearly": 3, "quarterly": 4}  # members for many series


def count_steps(training: TrainingConfig, n_series: int) -> int:
    n_steps = math.ceil(n_series / training.batch_size) * training.n_epochs
    return min(n_steps, training.n_steps or n_steps)


@given(
    n_series=st.integers(1, 10_000_000),
    n_epochs=st.integers(1, 100),
    batch_size=st.integers(1, 512),
    least=st.integers(1, 1000),
    further=st.integers(0, 5000),
)
def test_steps_are_within_the_range(
    n_series: int, n_epochs: int, batch_size: int, least: int, further: int
) -> None:
    usual = TrainingConfig(n_epochs=n_epochs, batch_size=batch_size)
    most = least + further
    training = StepRange(least, most).training(usual, n_series)
    usually = count_steps(usual, n_series)
    if least <= usually <= most:
        assert training == usual
    elif usually > most:
        assert count_steps(training, n_series) == most
        assert training.batch_size == batch_size
        assert training.n_epochs <= n_epochs
    else:
        assert count_steps(training, n_series) >= least
        assert training.batch_size <= batch_size
        # Epochs are added only where batches are as small as they get.
        assert training.n_epochs == n_epochs or training.batch_size == min(8, batch_size)
    unchanged = replace(training, n_epochs=n_epochs, batch_size=batch_size, n_steps=usual.n_steps)
    assert unchanged == usual


def test_few_series_may_learn_at_another_rate() -> None:
    usual, steps = TrainingConfig(n_epochs=15, batch_size=64), StepRange(400, 2_000, 3e-2)
    rates = [steps.training(usual, n).learning_rate for n in (50, 5_000, 100_000)]
    assert rates == [3e-2, usual.learning_rate, usual.learning_rate]


def test_the_range_is_checked() -> None:
    with pytest.raises(InputError, match="least must be at most `most`, 3; got 4"):
        StepRange(4, 3)


def test_every_preset_has_a_range() -> None:
    assert STEPS.keys() == PRESETS.keys()


@pytest.mark.parametrize("preset", CHOSEN_ON)
def test_groups_that_a_preset_was_chosen_on_have_its_settings(preset: str) -> None:
    few = {"n_members": FEW[preset]} if preset in FEW else {}
    usual = preset_config(preset)
    assert for_panel_size(usual, preset, CHOSEN_ON[preset]) == override(usual, **few)


@pytest.mark.parametrize("preset", FEW)
def test_many_series_have_few_members(preset: str) -> None:
    def members(n_series: int, **own: int) -> int:
        return for_panel_size(preset_config(preset, **own), preset, n_series).ensemble.n_members

    assert (members(4_999), members(5_000)) == (6, FEW[preset])
    assert members(5_000, n_members=2) == 2


@pytest.mark.parametrize("preset", ["yearly", "daily", "generic"])
def test_one_series_has_hundreds_of_steps(preset: str) -> None:
    training = for_panel_size(preset_config(preset, 14), preset, 1).training
    assert count_steps(training, 1) >= 200


@pytest.mark.parametrize("preset", PRESETS)
def test_a_million_series_take_no_longer_than_a_fifth_of_them(preset: str) -> None:
    usual = preset_config(preset, 14)
    for n_series in (200_000, 1_000_000):
        training = for_panel_size(usual, preset, n_series).training
        assert count_steps(training, n_series) == STEPS[preset].most
