"""Logs of backtests: what is written, what older lines become, the table."""

from dataclasses import replace
from pathlib import Path

import pytest

from competitions.backtest.logs import LOGS, Outcome, append_outcome, format_table, read_outcomes

ONE = Outcome("m4-weekly", "wide", 1, 359, 0.8, 9.0, coverage=0.95, seed=3, settings="abc")


def test_outcomes_come_back_in_order(tmp_path: Path) -> None:
    log = tmp_path / "deep" / "log.jsonl"
    assert read_outcomes(log) == []
    outcomes = [ONE, replace(ONE, fold=2, smape=9.5, commit="def")]
    for outcome in outcomes:
        append_outcome(log, outcome)
    assert read_outcomes(log) == outcomes


@pytest.mark.parametrize("path", sorted(LOGS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_committed_log_is_read(path: Path) -> None:
    outcomes = read_outcomes(path)
    assert len(outcomes) == len(path.read_text(encoding="utf-8").splitlines())
    assert len({outcome.key for outcome in outcomes}) == len(outcomes)
    # Of a few series that were drawn, anything may come.
    assert all(0.3 < outcome.owa < 2.0 for outcome in outcomes if outcome.size is None)


@pytest.mark.parametrize("name", ["domains", "generic", "m4-hourly"])
def test_the_note_beside_a_log_has_its_table(name: str) -> None:
    note = (LOGS / f"{name}.md").read_text(encoding="utf-8")
    assert f"```text\n{format_table(read_outcomes(LOGS / f'{name}.jsonl'))}\n```" in note


def test_the_table_has_means_and_the_best_first() -> None:
    worse = [replace(ONE, variant="narrow", fold=fold, owa=0.9 + fold / 10) for fold in (1, 2)]
    heading, *lines = format_table([*worse, ONE]).splitlines()
    assert heading.split()[:4] == ["variant", "N", "OWA", "fold"]
    assert [line.split()[0] for line in lines] == ["wide", "narrow"]
    assert lines[1].split()[1:5] == ["359", "1.0500", "1.0000", "1.1000"]
    assert "sMAPE" not in heading  # no log line has it
    two_tasks = format_table([ONE, replace(ONE, task="m4-daily")]).splitlines()
    assert [line.split()[0] for line in two_tasks] == ["task", "m4-daily", "m4-weekly"]
    two_seeds = format_table([ONE, replace(ONE, seed=4)])
    assert "fold 1, seed 4" in two_seeds
