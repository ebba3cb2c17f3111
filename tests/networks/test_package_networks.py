"""The networks in the package itself, of which there may be none."""

import json

import numpy as np
import pandas as pd
import pytest

from competitions.networks.make import digest
from competitions.networks.recipe import recipe
from esrnn import ESRNN
from esrnn.forecaster.shipped import load_shipped
from esrnn.networks import NETWORKS, shipped_names
from tests.estimator.frames import panel_of, wave

FREQUENCIES = {
    "yearly": "Y", "quarterly": "Q", "monthly": "M", "weekly": "W", "daily": "D", "hourly": "h",
}  # fmt: skip
ABSENT = pytest.param("none", marks=pytest.mark.skip(reason="the package has no networks"))


def test_they_take_at_most_6_mb() -> None:
    assert sum(one.stat().st_size for one in NETWORKS.rglob("*") if one.is_file()) <= 6_000_000


@pytest.mark.parametrize("group", shipped_names() or [ABSENT])
def test_they_are_whole_and_as_the_card_says(group: str) -> None:
    model = load_shipped(group)  # reads by checksums
    card = json.loads((NETWORKS / group / "card.json").read_text("utf-8"))
    assert model is not None
    assert (card["group"], card["rehearsal"]) == (group, False)
    assert model.ensemble.config.to_dict()["network"] == recipe(group).to_dict()["network"]
    record = json.loads((NETWORKS / f"{group}.json").read_text("utf-8"))
    assert record["sha256"] == digest(NETWORKS / group)


@pytest.mark.parametrize("group", shipped_names() or [ABSENT])
def test_the_default_forecasts_by_them(group: str) -> None:
    index = pd.period_range("2001-01-01", periods=30, freq=FREQUENCIES[group])
    y = panel_of({"a": wave(30), "b": wave(11, 5.0, seed=1) - 5.0}, index)
    forecaster = ESRNN().fit(y)
    assert (forecaster.strategy_, forecaster.preset_) == ("zero_shot", group)
    intervals = forecaster.predict_interval(fh=[1, 2], coverage=0.8).to_numpy()
    assert np.isfinite(intervals).all()
    assert (intervals[:, 0] < intervals[:, 1]).all()
