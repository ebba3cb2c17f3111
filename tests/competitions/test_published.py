"""Published results, the table, and the examples in the docstrings of `competitions`."""

import csv
import doctest
import importlib
from pathlib import Path

import pytest

from competitions.published import published
from competitions.scoring import Scores
from competitions.table import Row, format_table, published_rows, scored_row
from competitions.task import task_names

ROOT = Path(__file__).parents[2]


def test_published_rows_are_those_of_m4s_table(competition_data_dir: Path) -> None:
    with (competition_data_dir / "m4" / "leaderboard.csv").open(encoding="utf-8") as file:
        table = {row["method"]: row for row in csv.DictReader(file)}
    names = {
        "Doornik et al. (238), best of M4": "238",
        "Smyl, ES-RNN (118), winner of M4": "118",
        "Montero-Manso, FFORMA (245)": "245",
    }
    with_points = [row for row in published("m4-hourly") if row.smape is not None]
    assert len(with_points) == 7
    for row in with_points:
        official = table[names.get(row.method, row.method)]
        assert row.smape == float(official["smape_hourly"])
        assert row.mase == float(official["mase_hourly"])
        assert row.owa == round(float(official["owa_hourly"]), 4)


def test_every_row_has_a_source_and_gaps_have_a_note() -> None:
    for name in task_names():
        for row in published(name):
            assert row.source
            assert row.smape is not None or row.note
    assert published("a-task-on-part-of-a-group") == []


def test_rows_of_others_are_marked() -> None:
    rows = published_rows(published("m4-hourly"))
    assert {row.origin for row in rows} == {"published"}
    assert {row.cpu_s for row in rows} == {None}


def test_table_is_aligned_and_notes_stand_below() -> None:
    scores = Scores(414, 9.1, 0.85, 0.43, 8.2, 0.01, 0.96)
    rows = [
        scored_row("ESRNN, seed 1", "this run", scores, cpu_s=301.25),
        Row("ARIMA", "published", owa=0.577, note="recomputed"),
        Row("ETS", "published", msis=17.487, note="intervals only"),
    ]
    lines = format_table("M4 Hourly", rows).splitlines()
    assert lines[0] == "M4 Hourly"
    assert lines[1].split() == "method from sMAPE MASE OWA MSIS ACD coverage CPU s".split()
    assert len({len(line) for line in lines[1:6]}) == 1
    assert lines[3].split()[-7:] == ["9.100", "0.850", "0.4300", "8.200", "0.010", "0.960", "301.2"]
    assert lines[4].startswith("ARIMA [1]")
    assert lines[4].split()[-7:] == ["-", "-", "0.5770", "-", "-", "-", "-"]
    assert lines[6:] == ["[1] recomputed", "[2] intervals only"]


@pytest.mark.parametrize("path", sorted((ROOT / "competitions").glob("*.py")), ids=lambda p: p.stem)
def test_examples_run(path: Path) -> None:
    module = importlib.import_module(f"competitions.{path.stem}")
    assert doctest.testmod(module).failed == 0
