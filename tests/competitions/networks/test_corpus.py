"""The series that shipped networks are trained on, and those that are left out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.networks import GROUPS, kept_for_backtests, load_corpus
from competitions.networks.sources import load_sources
from esrnn.datasets import DatasetNotFoundError
from esrnn.errors import InputError
from tests.competitions.networks.data import FIRST, N, write_series

LEAK = "holds a test part or is a copy of another series"
TERMS = "its terms don't clearly allow free use"
BACKTESTS = "kept for backtests"


def test_training_parts_of_m4_come_before_the_open_panel(data_dir: Path) -> None:
    corpus = load_corpus("weekly", data_dir)
    assert corpus.panel.ids == ("W1", "W2", "W3", "ansett-a", "stmf-a", "stmf-b")
    assert corpus.left_out == {LEAK: 1, TERMS: 1}
    assert corpus.panel.lengths.tolist() == [N, N, N, N, N - 3, N]
    assert np.nanmax(corpus.panel.values) < 99.0  # no test part
    assert corpus.panel.series(0)[0] == FIRST


def test_missing_values_are_cut_at_the_ends_only(data_dir: Path) -> None:
    panel = load_corpus("weekly", data_dir).panel
    series = panel.series(panel.ids.index("stmf-a"))
    assert np.flatnonzero(np.isnan(series)).tolist() == [5]  # the eighth step; two were cut


def test_a_rehearsal_lacks_what_is_kept_for_backtests(data_dir: Path) -> None:
    corpus = load_corpus("weekly", data_dir, rehearsal=True)
    assert corpus.panel.ids == ("W1", "W3", "stmf-a", "stmf-b")
    assert corpus.left_out == {LEAK: 1, TERMS: 1, BACKTESTS: 2}


@pytest.mark.parametrize(
    ("group", "letter", "kept", "share"),
    [
        ("weekly", "W", [2, 6, 7, 23], 0.3),
        ("monthly", "M", [1, 4, 9], 0.2),
        ("hourly", "H", [3, 9, 13, 15, 16], 0.25),
    ],
)
def test_which_series_are_kept_never_changes(
    group: str, letter: str, kept: list[int], share: float
) -> None:
    found = [k for k in range(1, kept[-1] + 1) if kept_for_backtests(group, f"{letter}{k}")]
    assert found == kept
    many = [kept_for_backtests(group, f"{letter}{k}") for k in range(4000)]
    assert np.mean(many) == pytest.approx(share, abs=0.02)


def test_the_order_of_rows_does_not_matter(data_dir: Path) -> None:
    before = load_corpus("weekly", data_dir).panel
    path = data_dir / "open" / "weekly.parquet"
    pd.read_parquet(path).sample(frac=1.0, random_state=1).to_parquet(path, index=False)
    after = load_corpus("weekly", data_dir).panel
    assert after.ids == before.ids
    np.testing.assert_array_equal(after.values, before.values)


def test_monthly_series_without_a_test_part_count_once(data_dir: Path) -> None:
    for name, ids in (("train", "M2 M1"), ("test", "M1 M2"), ("extra_train", "M30 M2 M4")):
        series = {one: np.arange(1.0, 20.0) for one in ids.split()}
        write_series(data_dir / "m4" / f"monthly_{name}.parquet", series)
    write_series(data_dir / "open" / "monthly.parquet", {"co2-a": np.arange(20.0)})
    corpus = load_corpus("monthly", data_dir)
    assert corpus.panel.ids == ("M1", "M2", "M30", "M4", "co2-a")
    assert load_corpus("monthly", data_dir, rehearsal=True).panel.ids == ("M2", "M30", "co2-a")
    (data_dir / "m4" / "monthly_extra_train.parquet").unlink()
    assert load_corpus("monthly", data_dir).panel.ids == ("M1", "M2", "co2-a")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda f: f.replace("stmf-a", "new-a"),
            "sources.csv lists, .* series 'new-a'",
        ),
        (
            lambda f: f.replace("stmf-a", "loose"),
            "sources.csv lists, .* series 'loose'",
        ),
        (lambda f: f[f["ds"] != 9], "steps must be consecutive in a series"),
        (
            lambda f: f.assign(y=f["y"].where(f["unique_id"] != "stmf-b")),
            "without one: 1 found: series 'stmf-b'",
        ),
    ],
)
def test_a_panel_that_is_not_in_order_is_refused(data_dir: Path, change, said: str) -> None:
    path = data_dir / "open" / "weekly.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(InputError, match=said):
        load_corpus("weekly", data_dir)


def test_absent_files_are_named(data_dir: Path) -> None:
    (data_dir / "open" / "weekly.parquet").unlink()
    with pytest.raises(DatasetNotFoundError, match=r"weekly\.parquet"):
        load_corpus("weekly", data_dir)


def test_every_source_has_terms_and_a_use() -> None:
    for source in load_sources().values():
        assert source.use in ("all", "backtests", "no")
        assert bool(source.reason) == (source.use == "no")
        assert source.publisher
        assert source.repository
        assert source.licence


@pytest.mark.parametrize("group", GROUPS)
def test_licences_are_those_of_the_open_panels(group: str, competition_data_dir: Path) -> None:
    path = competition_data_dir / "open" / f"{group}_info.parquet"
    if not path.exists():
        pytest.skip("the open panels are not there")
    info = pd.read_parquet(path, columns=["unique_id", "source", "licence"])
    info["name"] = info["unique_id"].str.partition("-")[0]
    for row in info.drop_duplicates("name").itertuples():
        source = load_sources()[row.name]
        assert source.licence == row.licence
        assert row.source.startswith(f"{source.repository}:")
