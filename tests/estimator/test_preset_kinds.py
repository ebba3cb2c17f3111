"""A preset whose members are of several kinds, where there are enough series for them."""

from __future__ import annotations

import pandas as pd
import pytest

from esrnn import ESRNN
from tests.estimator.frames import panel_of, small, wave

WEEKS = pd.period_range("2020-01-06", periods=24, freq="W")


def weekly(n_series: int, **parameters: object) -> ESRNN:
    y = panel_of({k: wave(24, seed=k) for k in range(n_series)}, WEEKS)
    own = {"start_from": None, "horizon": 3, "n_epochs": None, "n_members": 2}
    return small(**{**own, **parameters}).fit(y)


def test_the_epochs_of_a_further_training_are_those_of_all_kinds() -> None:
    forecaster = weekly(100)
    assert [m.config.network.cell for m in forecaster.ensemble_.members] == ["lstm", "linear"]
    epochs = forecaster.training_history().groupby("member")["epoch"].max()
    assert epochs.tolist() == [60, 10]
    further = forecaster.continue_training(n_epochs=2).training_history()
    assert further.groupby("member")["epoch"].max().tolist() == [2, 2]


@pytest.mark.parametrize("own", [{"n_epochs": 1}, {"batch_size": 8, "n_epochs": 1}])
def test_few_series_have_the_first_kind_alone(own: dict[str, int]) -> None:
    members = weekly(5, **own).ensemble_.members
    assert [m.config.network.cell for m in members] == ["lstm", "lstm"]
    assert {m.config.training.n_epochs for m in members} == {1}


def test_kinds_of_ones_own_are_those_of_few_series_too() -> None:
    members = weekly(5, n_epochs=1, kinds=[{}, {"cell": "linear"}]).ensemble_.members
    assert [m.config.network.cell for m in members] == ["lstm", "linear"]
