"""What the domains of M4's series are worth: the log, its table, the facts themselves."""

from pathlib import Path

import numpy as np
import pytest

from competitions.domains_backtest import LOG, Outcome, domains_of, format_table
from competitions.logs import read_outcomes
from esrnn.panel import Panel


def outcome(facts: bool, owa: float, back: int = 1) -> Outcome:
    return Outcome("m4-weekly", facts, back, 0, 9, owa, 0.95, 1.0)


def test_the_table_pairs_runs_with_and_without() -> None:
    some = [outcome(False, 0.8), outcome(True, 0.7), outcome(False, 0.6, 2), outcome(True, 0.6, 2)]
    line = format_table([*some, outcome(False, 9.0, 3)]).splitlines()[1]
    assert "0.7000   0.6500" in line
    assert "1,0: 0.8000/0.7000  2,0: 0.6000/0.6000" in line
    assert "9.0" not in line  # its partner has not been run


def test_the_log_is_complete() -> None:
    outcomes = read_outcomes(LOG, Outcome)
    runs = {(o.task, o.facts, o.back, o.seed) for o in outcomes}
    assert len(runs) == len(outcomes) == 24
    assert all(0.5 < o.owa < 1.2 for o in outcomes)


def test_domains_are_one_hot(competition_data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESRNN_DATA_DIR", str(competition_data_dir))
    panel = Panel.from_arrays([np.ones(5), np.ones(3), np.ones(2)], ["W1", "W300", "H1"])
    domains = domains_of(panel, horizon=4)
    assert domains.static.shape == (3, 6)
    assert (domains.static.sum(axis=1) == 1.0).all()
    assert (domains.n_known, domains.lengths.tolist()) == (0, [5, 3, 2])
