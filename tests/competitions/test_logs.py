"""Logs of backtests."""

from dataclasses import dataclass
from pathlib import Path

from competitions.logs import append_outcome, read_outcomes


@dataclass(frozen=True)
class Score:
    name: str
    value: float


def test_outcomes_come_back_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    assert read_outcomes(log, Score) == []
    scores = [Score("a", 0.25), Score("b", 1.0)]
    for score in scores:
        append_outcome(log, score)
    assert read_outcomes(log, Score) == scores
