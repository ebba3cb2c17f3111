"""Smaller studies: what each changes, and on which series its networks are trained."""

from pathlib import Path

import pytest

from competitions.backtest.logs import Outcome
from competitions.studies import STUDIES
from competitions.studies.cores import CELLS, SAMPLES
from competitions.studies.fits import BaselineFit, NetworkFit
from competitions.studies.parts import CHANGES, part_fits, part_log
from competitions.studies.tables import write_part


def networks(part: str) -> list[NetworkFit]:
    return [fit for fit in part_fits(part, None) if isinstance(fit, NetworkFit)]


@pytest.mark.parametrize("part", STUDIES[1:])
def test_all_fits_of_a_seed_come_before_the_next(part: str) -> None:
    fits = networks(part)
    seeds = [fit.seed for fit in fits]
    assert seeds == sorted(seeds)
    assert set(seeds) == {0, 1, 2}
    assert {fit.fold for fit in fits} == {0, 1}
    keys = {fit.key for fit in fits}
    alike = part == "pieces"  # Yearly and Weekly have no seasonality that could be left out
    assert len(keys) == len(fits) - alike * 2 * 2 * 3


def test_networks_of_any_number_of_series_forecast_the_same_others() -> None:
    for fit in networks("series"):
        assert fit.trained_on is not None
        assert (fit.sample.first, fit.sample.n_series) == (0, 300)
        assert fit.trained_on.first == 300
        assert fit.budget_s == 4.0
    baselines = [fit for fit in part_fits("series", None) if isinstance(fit, BaselineFit)]
    assert {(one.sample.task, one.fold) for one in baselines} == {
        (task, fold)
        for task in ("m4-yearly", "m4-quarterly", "m4-monthly")
        for fold in (0, 1)
    }  # fmt: skip


@pytest.mark.parametrize("part", CHANGES)
def test_one_thing_is_changed_of_an_lstm(part: str) -> None:
    fits = networks(part)
    for sample, budget_s in SAMPLES.items():
        own = {fit.variant: fit for fit in fits if fit.sample == sample}
        assert set(own) == set(CHANGES[part])
        assert {fit.config.network.cell for fit in own.values()} == {"lstm"}
        assert {fit.budget_s for fit in own.values()} == {budget_s}
        assert {fit.config.ensemble.n_members for fit in own.values()} == {1}


def test_budgets_are_shares_and_multiples() -> None:
    weekly = {fit.budget_s for fit in networks("budgets") if fit.sample.task == "m4-weekly"}
    assert weekly == {0.5, 2.0, 8.0, 32.0}


def test_all_cells_make_as_many_steps_as_the_lstm() -> None:
    for task in ("m4-yearly", "m4-weekly"):
        fits = [fit for fit in networks("steps") if fit.sample.task == task]
        assert {fit.variant for fit in fits} == set(CELLS)
        (n_steps,) = {fit.n_steps for fit in fits}
        assert n_steps is not None
        assert f"-{n_steps} steps" in fits[0].settings


def test_the_table_has_a_row_for_each_variant(tmp_path: Path) -> None:
    outcomes = [Outcome("m4-weekly, 9 series", "1 layer", 1, 9, owa, seed=k)
                for k, owa in enumerate((0.7, 0.8))]  # fmt: skip
    text = write_part(outcomes, tmp_path / "depth.jsonl")
    assert "| 1 layer | 0.750 / – |" in text
    assert (tmp_path / "depth.md").read_text(encoding="utf-8") == text
    assert "no fit" in write_part([], tmp_path / "width.jsonl")
    assert part_log("depth").name == "depth.jsonl"
