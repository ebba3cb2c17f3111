"""The study of cores: which fits there are, and how a rate is chosen."""

from pathlib import Path

import pytest

from competitions.backtest.logs import Outcome, append_outcome
from competitions.studies import cores
from competitions.studies.cores import (
    CELLS,
    CORES,
    Core,
    best_rate,
    by_name,
    core_fits,
    read_named,
    remaining,
)
from competitions.studies.fits import BASELINES, BaselineFit, NetworkFit
from competitions.studies.samples import TEST_PART, Sample
from esrnn.config import CELL_OPTIONS, preset_config

WEEKLY, YEARLY = Sample("m4-weekly", 20), Sample("m4-yearly", 30)
# OWA on the backtest by rate: a case for each rate that may be the best
OWAS = {
    "rate": {"rate": 0.7, "3 rate": 0.8, "rate / 3": 0.9},
    "3 rate": {"rate": 0.7, "3 rate": 0.6, "rate / 3": 0.0},
    "rate / 3": {"rate": 0.7, "3 rate": 0.8, "rate / 3": 0.5},
}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "CORES", (Core("lstm", True), Core("gru", False)))
    monkeypatch.setattr(cores, "SAMPLES", {WEEKLY: 2.0, YEARLY: 1.0})


def make_up(fit: NetworkFit | BaselineFit, owa: float) -> Outcome:
    """Return an outcome of a fit that was not run."""
    more = {} if isinstance(fit, BaselineFit) else {
        "settings": fit.settings, "budget_s": fit.budget_s, "n_steps": fit.n_steps or 50
    }  # fmt: skip
    task = fit.sample.name
    return Outcome(task, fit.variant, fit.fold, 20, owa, seed=fit.seed, **more)  # type: ignore[arg-type]


def go_through(log: Path, owas: dict[str, float]) -> list[NetworkFit | BaselineFit]:
    """Log made-up outcomes of all fits, one after another."""
    fits = []
    for fit in core_fits(log, None):
        assert isinstance(fit, NetworkFit | BaselineFit)
        rate = fit.variant.rpartition(", ")[2]
        fits.append(fit)
        append_outcome(log, make_up(fit, owas.get(rate, 1.0)))
    return fits


def test_all_cells_are_studied_with_smoothing_and_without() -> None:
    assert set(CELLS) == set(CELL_OPTIONS)
    assert {(core.cell, core.smooths) for core in CORES} == {
        (cell, smooths) for cell in CELL_OPTIONS for smooths in (True, False)
    }


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("best", OWAS)
def test_the_test_part_is_read_at_the_rate_that_backtests_best(best: str, tmp_path: Path) -> None:
    fits = go_through(tmp_path / "log.jsonl", OWAS[best])
    assert len({fit.key for fit in fits}) == len(fits)
    lstm = [fit for fit in fits if fit.variant.startswith("lstm") and fit.sample == WEEKLY]
    later = [fit.variant for fit in lstm if fit.seed > 0]
    assert later == [f"lstm, {best}"] * 4  # two seeds, backtest and test part
    tested = [fit.variant for fit in lstm if fit.seed == 0 and fit.fold == TEST_PART]
    assert tested[-1] == f"lstm, {best}"
    tried = {fit.variant for fit in lstm if fit.fold != TEST_PART}
    assert ("lstm, rate / 3" in tried) == (best != "3 rate")
    assert best_rate(read_named(tmp_path / "log.jsonl"), WEEKLY, Core("lstm", True)) == best
    assert sum(isinstance(fit, BaselineFit) for fit in fits) == 2 * 2 * len(BASELINES)


@pytest.mark.usefixtures("few")
def test_fits_of_a_core_make_equally_many_steps(tmp_path: Path) -> None:
    fits = go_through(tmp_path / "log.jsonl", OWAS["rate"])
    networks = [fit for fit in fits if isinstance(fit, NetworkFit)]
    first = [fit for fit in networks if fit.n_steps is None]
    assert len(first) == 4  # one for each core and sample finds out
    assert {fit.n_steps for fit in networks} == {None, 50}


@pytest.mark.parametrize("smooths", [True, False])
def test_settings_are_those_of_the_preset(smooths: bool) -> None:
    config = Core("gru", smooths).config(YEARLY, "3 rate")
    usual = preset_config("yearly", 6)
    assert config.network.cell == "gru"
    assert config.training.learning_rate == 3 * usual.training.learning_rate
    assert config.network.dilations == usual.network.dilations
    assert config.ensemble.n_members == 1
    assert (config.smoothing.level == "smoothed") == smooths
    hourly = Core("lstm", False).config(Sample("m4-hourly", 9), "rate")
    assert (hourly.smoothing.seasonal_periods, hourly.smoothing.lag) == ((), 24)


@pytest.mark.usefixtures("few")
def test_what_is_left_is_told_by_what_was_spent(tmp_path: Path) -> None:
    log, task = tmp_path / "log.jsonl", "m4-weekly, 20 series"
    assert remaining(log) == "0 of about 48 fits are logged; 0.0 CPU hours are left"
    append_outcome(log, Outcome(task, "Naive2", 1, 20, 1.0, cpu_s=1.0))
    append_outcome(log, Outcome(task, "lstm, rate", 1, 20, 1.0, cpu_s=3600.0, n_steps=9))
    assert remaining(log) == "2 of about 48 fits are logged; 46.0 CPU hours are left"


def test_of_several_outcomes_of_a_name_the_last_counts() -> None:
    core = Core("lstm", smooths=True)
    old, new = (Outcome(WEEKLY.name, "lstm, rate", 1, 20, owa, seed=0) for owa in (0.1, 0.9))
    other = Outcome(WEEKLY.name, "lstm, 3 rate", 1, 20, 0.5, seed=0)
    assert best_rate(by_name([old, other, new]), WEEKLY, core) == "3 rate"
    assert best_rate(by_name([old, other]), WEEKLY, core) == "rate"
    assert best_rate({}, WEEKLY, core) == "rate"
