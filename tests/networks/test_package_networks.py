"""The networks in the package itself, of which there may be none."""

import json

import pytest

from competitions.networks.make import digest
from competitions.networks.recipe import recipe
from esrnn.forecaster.shipped import load_shipped
from esrnn.networks import NETWORKS, shipped_names

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
