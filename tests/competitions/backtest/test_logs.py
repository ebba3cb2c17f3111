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
    per_line = 2 if path.stem == "unseen" else 1
    assert len(outcomes) == per_line * len(path.read_text(encoding="utf-8").splitlines())
    assert len({outcome.key for outcome in outcomes}) == len(outcomes)
    # Of a few series that were drawn, anything may come.
    assert all(0.3 < outcome.owa < 2.0 for outcome in outcomes if outcome.size is None)


@pytest.mark.parametrize("name", ["domains", "generic", "m4-hourly"])
def test_the_note_beside_a_log_has_its_table(name: str) -> None:
    note = (LOGS / f"{name}.md").read_text(encoding="utf-8")
    assert f"```text\n{format_table(read_outcomes(LOGS / f'{name}.jsonl'))}\n```" in note


@pytest.mark.parametrize(
    ("line", "variants"),
    [
        ('{"task": "t", "facts": true, "back": 2, "seed": 0, "n_series": 9, "owa": 0.8, '
         '"coverage": 0.9, "cpu_s": 2.0}', ["with domains"]),
        ('{"task": "t", "settings": {"window": 3, "shrink": 5.0, "penalty": 0.01, "origins": 7}, '
         '"back": 2, "n_series": 9, "owa": 0.8, "cpu_s": 2.0}',
         ["window 3, shrink 5, penalty 0.01, last 7 origins"]),
        ('{"task": "t", "back": 2, "n_left_out": 9, "owa_trained": 0.8, "owa_unseen": 0.8, '
         '"cpu_s_training": 1.5, "cpu_s_unseen": 0.5}', ["trained on", "unseen"]),
    ],
)  # fmt: skip
def test_older_lines_have_other_names(line: str, variants: list[str], tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(line + "\n", encoding="utf-8")
    outcomes = read_outcomes(log)
    assert [outcome.variant for outcome in outcomes] == variants
    assert {(o.task, o.fold, o.n_series, o.owa) for o in outcomes} == {("t", 2, 9, 0.8)}
    assert outcomes[-1].cpu_s == 2.0


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
