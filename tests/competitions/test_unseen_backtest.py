"""Series left out of the training: the runs, their log and its table."""

from pathlib import Path

from competitions.logs import read_outcomes
from competitions.unseen_backtest import (
    CASES,
    LOG,
    Case,
    Outcome,
    format_table,
    run_cases,
)


def test_series_left_out_are_forecast_about_as_well() -> None:
    """The bar: within 5% of networks that were trained on them."""
    outcomes = read_outcomes(LOG, Outcome)
    assert {(o.task, o.back) for o in outcomes} == {(c.task, c.back) for c in CASES}
    assert all(o.owa_unseen < 1.05 * o.owa_trained for o in outcomes)


def test_a_case_is_run_once(tmp_path: Path) -> None:
    case, log = Case("m4-hourly-40", "weekly", 1, n_members=1), tmp_path / "log.jsonl"
    (outcome,) = run_cases((case,), log)
    assert outcome.n_left_out == 8
    assert 0.0 < outcome.owa_unseen < 5.0
    before = log.read_bytes()
    assert run_cases((case,), log) == [outcome]
    assert log.read_bytes() == before


def test_the_table_shows_the_ratio() -> None:
    line = format_table([Outcome("m4-weekly", 2, 71, 0.8, 0.84, 90.0, 1.25)]).splitlines()[1]
    assert line.split() == ["m4-weekly", "-2", "71", "0.8000", "0.8400", "1.050", "90.0", "1.25"]
