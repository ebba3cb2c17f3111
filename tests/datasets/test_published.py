"""What the package says of the published data, held against the data that are here."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from esrnn.datasets import load_m4, values_sha256
from esrnn.datasets.published import file_name, m4_info, published
from tests.datasets.freeze import SOURCES, freeze

GROUPS = [
    (competition, name)
    for competition, source in json.loads(SOURCES.read_text(encoding="utf-8")).items()
    for name in source["groups"]
]


def test_the_figures_are_those_of_the_data(competition_data_dir: Path) -> None:
    sources = json.loads(SOURCES.read_text(encoding="utf-8"))
    assert freeze(sources, competition_data_dir) == sources


@pytest.mark.parametrize(("competition", "name"), GROUPS)
def test_every_download_is_checked(competition: str, name: str) -> None:
    group = published(competition, name)
    for url, sha256 in group.files:
        assert url.startswith("https://")
        if sha256 is None:
            assert group.values_sha256 is not None
        else:
            assert re.fullmatch("[0-9a-f]{64}", sha256)
        if competition == "m4":  # a commit, not a branch that may move
            assert re.search("/M4-methods/[0-9a-f]{40}/Dataset/", url)


def test_the_groups_are_whole_competitions() -> None:
    counts = {"m4": 0, "m3": 0}
    for competition, name in GROUPS:
        counts[competition] += published(competition, name).n_series
    assert counts == {"m4": 100_000, "m3": 3003}
    assert file_name(m4_info()[0]) == "M4-info.csv"


def test_the_checksum_sees_every_change() -> None:
    train, test = load_m4("hourly")
    ids = train.index.unique(level=0)[:3]
    train, test = train.loc[ids], test.loc[ids]
    plain = values_sha256(train, test)
    assert values_sha256(train[::-1][::-1], test) == plain
    turned = pd.concat([train.loc[[name]] for name in ids[::-1]])
    assert values_sha256(turned, test) == plain
    changed = {
        values_sha256(train * (1 + 1e-15), test),
        values_sha256(train.iloc[1:], test),
        values_sha256(train.rename({"H1": "H4"}, level=0), test),
        values_sha256(test, train),
        values_sha256(train[::-1], test),
        plain,
    }
    assert len(changed) == 6
