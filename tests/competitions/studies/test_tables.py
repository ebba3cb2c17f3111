"""Tables of the study of cores: what is chosen by what, and what spread they show."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from competitions.backtest.logs import Outcome
from competitions.studies.cores import BACKTEST, SAMPLES, Core
from competitions.studies.samples import TEST_PART
from competitions.studies.tables import (
    best_forms,
    chosen_fits,
    ranks,
    relative,
    report,
    tenths,
    write_report,
)

# OWA on backtest and test part. Without smoothing the GRU is better on backtests, worse on tests.
OWAS = {
    Core("lstm", True): (0.80, 0.81),
    Core("lstm", False): (0.90, 0.70),
    Core("gru", True): (0.92, 0.60),
    Core("gru", False): (0.88, 0.89),
}


def _one(panel: str, variant: str, fold: int, owa: float, seed: int = 0) -> Outcome:
    spread = np.linspace(-0.01, 0.01, 10)
    return Outcome(
        panel, variant, fold, 100, owa, seed=seed, wql=owa / 10, n_steps=40, n_weights=1000,
        owa_of_tenths=[round(owa + one, 4) for one in spread], training_cpu_s=0.5,
    )  # fmt: skip


def made_up() -> Sequence[Outcome]:
    """Outcomes of two cells and a baseline on all panels; another rate is better on tests alone."""
    outcomes = []
    for sample in SAMPLES:
        for core, owas in OWAS.items():
            for fold, owa in zip((BACKTEST, TEST_PART), owas, strict=True):
                outcomes.append(_one(sample.name, core.variant("3 rate"), fold, owa))
            outcomes.append(_one(sample.name, core.variant("rate"), BACKTEST, 0.99))
            outcomes.append(_one(sample.name, core.variant("rate"), TEST_PART, 0.1))
        for fold in (BACKTEST, TEST_PART):
            outcomes.append(_one(sample.name, "Naive2", fold, 1.0))
    return outcomes


def test_rates_and_forms_are_chosen_by_backtests() -> None:
    chosen = best_forms(chosen_fits(made_up()))
    test = chosen[chosen["fold"] == TEST_PART].groupby("cell")["owa"].unique()
    assert {cell: list(owas) for cell, owas in test.items()} == {
        "lstm": [0.81], "gru": [0.89], "Naive2": [1.0],
    }  # fmt: skip


def test_tenths_are_means_over_seeds() -> None:
    panels = [sample.name for sample in SAMPLES]
    second = [_one(panel, "lstm, 3 rate", TEST_PART, 0.91, seed=1) for panel in panels]
    found = tenths(best_forms(chosen_fits([*made_up(), *second])), TEST_PART)
    assert found["lstm"].shape == (len(panels), 10)
    np.testing.assert_allclose(found["lstm"].mean(axis=1), 0.86)
    some = [one for one in made_up() if (one.task, one.variant[:3]) != (panels[0], "gru")]
    assert set(tenths(best_forms(chosen_fits(some)), TEST_PART)) == {"lstm", "Naive2"}


def test_the_spread_is_that_of_paired_tenths() -> None:
    rng = np.random.default_rng(3)
    reference = rng.uniform(0.5, 1.5, (4, 10))
    assert relative(1.1 * reference, reference) == pytest.approx((np.log(1.1), 0.0))
    noise = rng.normal(0.0, 0.05, (4, 10))
    mean, error = relative(reference * np.exp(noise), reference)
    assert mean == pytest.approx(noise.mean())
    assert error == pytest.approx(np.sqrt((noise.var(axis=1, ddof=1) / 10).sum()) / 4)


def test_cells_stand_in_the_order_of_their_ranks() -> None:
    comparison = ranks(chosen_fits(made_up()))
    assert dict(zip(comparison.names, comparison.mean_ranks, strict=True)) == {
        "lstm": 1.0, "gru": 2.0, "Naive2": 3.0,
    }  # fmt: skip
    lines = [line for line in report(made_up()).splitlines() if line.startswith("| ")]
    assert [line.split(" | ")[0] for line in lines[2:5]] == ["| lstm", "| gru", "| Naive2"]
    assert "+9.4% ± 0.0" in lines[3]  # log(.89 / .81); tenths move together
    assert "0 of 7" in lines[3]


def test_the_report_is_written_beside_the_log(tmp_path: Path) -> None:
    text = write_report(made_up(), tmp_path / "cores.jsonl")
    assert (tmp_path / "cores.md").read_text(encoding="utf-8") == text
    assert "0.800 / 0.810" in text
    picture = (tmp_path / "cores.svg").read_text(encoding="utf-8")
    assert "70 tenths of a panel" in picture
    assert "gru" in picture


def test_speed_and_size_are_those_with_smoothing() -> None:
    _, _, table = report(made_up()).partition("training steps per CPU second / weights**")
    rows = table.strip().split("\n\n")[0].splitlines()[2:]
    assert rows == [f"| {cell} |" + " 80 / 1,000 |" * len(SAMPLES) for cell in ("lstm", "gru")]


def test_a_log_with_nothing_to_compare_says_so(tmp_path: Path) -> None:
    for outcomes in ([], made_up()[:4]):
        assert "no two methods" in write_report(outcomes, tmp_path / "cores.jsonl")
    assert not list(tmp_path.iterdir())


def test_each_panel_has_the_network_that_backtests_best() -> None:
    one = next(iter(SAMPLES)).name
    better = [_one(one, "gru, no smoothing, 3 rate", fold, 0.7) for fold in (BACKTEST, TEST_PART)]
    text = report([*made_up(), *better]).split("chooses for each panel")[1]
    lines = [line for line in text.splitlines() if line.startswith("| m")]
    assert len(lines[: len(SAMPLES)]) == 7
    assert lines[0].startswith(f"| {one} | gru, no smoothing | 0.700 | lstm | 0.810 | -14.6% ±")
    assert lines[1].split(" | ")[1:6] == ["lstm", "0.810", "lstm", "0.810", "0"]
    assert lines[1].endswith("| 1.000 | – | – | – |")
