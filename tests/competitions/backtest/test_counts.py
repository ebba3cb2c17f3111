"""Slow sellers: the made series, the simple methods, and the committed comparison."""

import numpy as np
import pytest

from competitions.backtest.counts import (
    OTHERS,
    CountCase,
    by_own_past,
    croston,
    load_counts,
    made_counts,
    smoothed,
)
from competitions.backtest.held_out import LEVELS
from competitions.backtest.logs import LOGS, read_outcomes
from esrnn.panel import Panel

MADE = ["monthly even", "monthly lumpy", "daily even", "daily lumpy"]


@pytest.mark.parametrize("lumpy", [False, True])
def test_made_series_are_counts_whose_rate_moves(lumpy: bool) -> None:
    panel = made_counts(60, 300, 7, lumpy=lumpy)
    assert (panel.values == np.rint(panel.values)).all()
    assert panel.values.min() == 0.0
    rows = panel.values.reshape(60, 300)
    halves = rows[:, :150].mean(axis=1) / np.maximum(rows[:, 150:].mean(axis=1), 0.01)
    assert np.ptp(np.log(np.maximum(halves, 0.01))) > 1.0
    # variance over mean: 1 of Poisson, several times that of lumpy sales
    ratio = np.median(rows.var(axis=1) / rows.mean(axis=1))
    assert (3.0 < ratio) if lumpy else (0.8 < ratio < 1.7)


def test_rates_by_hand() -> None:
    assert croston(np.array([0.0, 2.0, 0.0, 0.0, 2.0])) == pytest.approx(2.0 / 2.505)
    assert smoothed(np.array([4.0, 0.0, 10.0])) == pytest.approx(4.24)


def test_the_own_past_has_its_quantiles_at_every_step() -> None:
    quantiles, means = by_own_past(Panel.from_arrays([[0.0] * 6 + [5.0] * 4]), 3, 1)
    assert quantiles[:, 0, 0].tolist() == [0.0 if level <= 0.6 else 5.0 for level in LEVELS]
    assert means.tolist() == [[2.0] * 3]


def test_cases_are_scored_on_intermittent_series() -> None:
    held = load_counts("daily even", None)
    assert held.train.n_series == 50
    zeros = (held.train.values == 0.0).reshape(50, -1).mean(axis=1)
    assert zeros.min() >= 0.25
    outcome = CountCase("daily even", "own past", OTHERS["own past"], None).run()
    mean = held.train.values.reshape(50, -1).mean()
    assert outcome.bias == pytest.approx(mean / held.actual.mean(), abs=1e-3)
    assert outcome.coverage_80 is not None


def test_networks_are_no_worse_than_croston_by_quantile_loss_of_made_series() -> None:
    log = {(o.task, o.variant): o for o in read_outcomes(LOGS / "counts.jsonl")}
    loss = {
        variant: np.mean([log[task, variant].wql for task in MADE])
        for variant in ("ESRNN(), 1 at a time", "ESRNN(), 50 at a time", "Croston, Poisson")
    }
    assert max(loss.values()) == loss["Croston, Poisson"]
