"""The first lines of a run."""

from pathlib import Path

from competitions.announcement import announcement
from competitions.methods import Settings

OUT = Path("runs/a")


def test_it_says_what_is_trained_and_where_results_go() -> None:
    lines = announcement("m4-hourly", "lstm", Settings(n_members=1), OUT).splitlines()
    assert lines[0].startswith("Plain LSTM on M4 Hourly: trains 1 network on 414 series")
    assert "no committed run" in lines[1]  # of one network
    assert lines[2] == "Results go to runs/a"


def test_another_seed_takes_as_long() -> None:
    seeds = [announcement("m4-hourly", "theta", Settings(seed=seed), OUT) for seed in (0, 7)]
    assert seeds[0] == seeds[1]
    assert "The committed run took" in seeds[0]
    assert "forecasts 48 steps of 414 series" in seeds[0]


def test_a_set_takes_what_its_tasks_take() -> None:
    lines = announcement("m3", "esrnn", Settings(), OUT).splitlines()
    assert len(lines) == 4 + 2
    assert "The committed runs took" in lines[4]
