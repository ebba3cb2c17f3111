"""The log of strategies: what is compared, the table, the picture and the note."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from competitions.__main__ import main
from competitions.backtest.logs import Outcome, append_outcome
from competitions.networks.curves import relative_to_training, write_curves
from competitions.networks.ways import WAYS


def _outcome(way: str, owa: float, task: str = "m4-weekly", size: int = 10) -> Outcome:
    made = Outcome(task, way, 1, size, owa, 2.0, coverage=0.9, seed=0, settings="abc")
    return replace(made, size=size, wql=owa / 10, coverage_80=0.8)


LOG = [
    _outcome("train", 1.0),
    _outcome("zero_shot", 9.0),  # of earlier networks
    _outcome("zero_shot", 0.5),
    _outcome("train", 0.8, "ansett-weekly", 30),
    _outcome("zero_shot", 0.8, "ansett-weekly", 30),
    replace(_outcome("train", 1.0), seed=1),
    replace(_outcome("zero_shot", 2.0), seed=1),
    replace(_outcome("zero_shot", 3.0), seed=2),  # nothing was trained on this sample
]


def test_ways_are_compared_on_the_same_sample() -> None:
    relative = relative_to_training(LOG)
    zero = relative[relative["way"] == "zero_shot"]
    assert list(zip(zero["series"], np.exp(zero["owa"]), strict=True)) == [
        (10, pytest.approx(0.5)), (50, pytest.approx(1.0)), (10, pytest.approx(2.0))
    ]  # fmt: skip
    assert set(relative["group"]) == {"weekly"}
    assert (relative.loc[relative["way"] == "train", ["owa", "wql"]] == 0.0).all(axis=None)


def test_the_way_that_the_rule_chooses_is_shown_too(tmp_path: Path) -> None:
    log = [
        *LOG,
        _outcome("fine_tune", 0.9),  # by another recipe than the package's
        _outcome("tune-200", 0.8),
        replace(_outcome("tune-200", 0.8), seed=1),
        _outcome("combine", 0.7),  # on one of two samples
        _outcome("combine", 0.6, "ansett-weekly", 30),
        _outcome("train", 2.0, "m3-yearly", 9),
        _outcome("zero_shot", 1.0, "m3-yearly", 9),
        _outcome("train", 1.0, "m4-hourly", 60),
    ]
    relative = relative_to_training(log)
    auto = relative[relative["way"] == "auto"]
    assert dict(
        zip(zip(auto["group"], auto["series"], strict=True), np.exp(auto["owa"]), strict=True)
    ) == {
        ("weekly", 10): pytest.approx(0.8),
        ("weekly", 50): pytest.approx(0.75),
        ("yearly", 10): pytest.approx(0.5),
        ("hourly", 50): 1.0,
    }
    first, *_, last = write_curves(log, tmp_path / "log.jsonl").split("\n\n")
    assert [line.split() for line in first.splitlines()[:3]] == [
        ["group", "series", "samples", "train", "zero_shot", "combine", "tune-200", "auto"],
        ["yearly", "10", "1", "1.000", "0.500", "-", "-", "0.500"],
        ["weekly", "10", "2", "1.000", "1.000", "-", "0.800", "0.800"],
    ]
    assert [line.split() for line in last.splitlines()] == [
        ["group", "10", "50", "mean"],
        ["yearly", "0.500", "-", "0.500"],
        ["weekly", "0.800", "0.750", "0.775"],
        ["hourly", "-", "1.000", "1.000"],
        ["mean", "0.632", "0.866", "0.729"],
    ]


def test_the_table_has_geometric_means(tmp_path: Path) -> None:
    lines = write_curves(LOG, tmp_path / "log.jsonl").splitlines()
    assert [line.split() for line in lines] == [
        ["group", "series", "samples", "train", "zero_shot"],
        ["weekly", "10", "2", "1.000", "1.000"],
        ["weekly", "50", "1", "1.000", "1.000"],
        [],
        "group way OWA WQL cover 80 cover 95 CPU s".split(),
        "weekly train 1.000 1.000 0.800 0.900 2.00".split(),
        "weekly zero_shot 1.000 1.000 0.800 0.900 2.00".split(),
    ]


def test_only_the_table_of_a_note_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, note = tmp_path / "log.jsonl", tmp_path / "log.md"
    for outcome in LOG[:1]:
        append_outcome(log, outcome)
    assert main(["strategies", "--log", str(log)]) == 0
    first = capsys.readouterr().out.strip("\n")
    assert f"![OWA relative to training, by the number of series](log.svg)\n\n```text\n{first}" in (
        note.read_text(encoding="utf-8")
    )
    note.write_text("Mine.\n" + note.read_text(encoding="utf-8") + "Ours.\n", encoding="utf-8")
    append_outcome(log, LOG[2])
    assert main(["strategies", "--log", str(log)]) == 0
    text = note.read_text(encoding="utf-8")
    assert text.startswith("Mine.\n")
    assert text.endswith("Ours.\n")
    assert first not in text
    assert capsys.readouterr().out.strip("\n") in text


def test_the_picture_draws_ways_that_are_in_the_log(tmp_path: Path) -> None:
    write_curves([*LOG, _outcome("combine", 0.9, "m3-yearly")], tmp_path / "log.jsonl")
    first = (tmp_path / "log.svg").read_bytes()
    text = first.decode()
    assert text.count("zero_shot") == 1
    assert "combine" not in text  # without training there is nothing to compare it with
    assert all(f">{group}<" in text for group in ("yearly", "weekly", "hourly"))
    write_curves(LOG, tmp_path / "log.jsonl")
    assert (tmp_path / "log.svg").read_bytes() == first


def test_a_log_without_training_has_no_curves(tmp_path: Path) -> None:
    for outcomes in ([], [_outcome(WAYS[1], 1.0)]):
        assert "nothing to compare with" in write_curves(outcomes, tmp_path / "log.jsonl")
    assert list(tmp_path.iterdir()) == []
