"""One fit of a study: its budget, what it logs, baselines beside it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from competitions.backtest.harness import run_cases
from competitions.backtest.held_out import HeldOut
from competitions.studies.fits import (
    BASELINES,
    FAILED,
    BaselineFit,
    NetworkFit,
    count_steps,
    owa_of_tenths,
)
from competitions.studies.samples import TEST_PART, Sample
from esrnn.config import EnsembleConfig, preset_config
from esrnn.errors import InputError
from esrnn.metrics import naive2
from esrnn.panel import Panel

SAMPLE = Sample("m4-hourly-40", 11)
CONFIG = preset_config(
    "hourly",
    48,
    n_members=1,
    input_window=24,
    dilations=((1,),),
    hidden_size=2,
    seasonal_periods=(24,),
    batch_size=4,
    training_window=24,
)


def fit(**rest: object) -> NetworkFit:
    given = {"sample": SAMPLE, "variant": "tiny", "config": CONFIG, "budget_s": 1.0}
    return NetworkFit(**{**given, "fold": 1, "seed": 3, "n_steps": 7, **rest})  # type: ignore[arg-type]


def test_a_fit_logs_what_it_cost_and_how_good_it_was(tmp_path: Path) -> None:
    (outcome,) = run_cases([fit()], tmp_path / "log.jsonl")
    assert (outcome.task, outcome.variant, outcome.fold, outcome.seed) == (
        "m4-hourly-40, 11 series", "tiny", 1, 3,
    )  # fmt: skip
    assert (outcome.n_series, outcome.n_steps, outcome.budget_s) == (11, 7, 1.0)
    assert outcome.n_weights is not None
    assert outcome.n_weights > 2 * 48
    assert outcome.owa_of_tenths is not None
    assert len(outcome.owa_of_tenths) == 10
    assert all(value is not None for value in (outcome.wql, outcome.smape, outcome.mase))
    assert outcome.training_cpu_s is not None
    assert outcome.cpu_s is not None
    assert 0.0 <= outcome.training_cpu_s <= outcome.cpu_s
    never = replace(fit(), sample=replace(SAMPLE), config=CONFIG, variant="another name")
    assert run_cases([never], tmp_path / "log.jsonl") == [outcome]


def test_what_is_trained_differs_by_budget_settings_and_series() -> None:
    faster = replace(CONFIG, training=replace(CONFIG.training, learning_rate=0.1))
    others = Sample("m4-hourly-40", 20, 11)
    fits = [fit(), fit(budget_s=2.0), fit(config=faster), fit(trained_on=others), fit(fold=0)]
    assert len({one.key for one in fits}) == len(fits)
    assert fit(n_steps=None).key == fit().key  # it follows from the budget


def test_the_test_part_of_others_is_forecast_by_networks_that_have_not_seen_them() -> None:
    outcome = fit(fold=TEST_PART, trained_on=Sample("m4-hourly-40", 6, 11)).run()
    assert (outcome.n_series, outcome.size) == (11, 6)
    assert outcome.owa != fit(fold=TEST_PART).run().owa


def test_a_training_that_diverges_is_logged_as_the_worst() -> None:
    wild = replace(
        CONFIG,
        training=replace(CONFIG.training, learning_rate=1e4, gradient_clip=1e9),
        smoothing=replace(CONFIG.smoothing, level="last", seasonal_periods=()),
        network=replace(CONFIG.network, cell="cnn"),
        ensemble=EnsembleConfig(n_members=1),
    )
    outcome = fit(config=wild).run()
    assert (outcome.owa, outcome.owa_of_tenths) == (FAILED, [FAILED] * 10)
    assert "not finite" in outcome.failure


def test_settings_that_are_wrong_are_no_divergence() -> None:
    wrong = replace(CONFIG, network=replace(CONFIG.network, n_future=1))
    with pytest.raises(InputError, match="1 future covariates"):
        fit(config=wrong).run()


def test_steps_grow_with_the_budget() -> None:
    panel = SAMPLE.held(1, None).train
    assert count_steps(panel, CONFIG, 1e-9) == 1
    few, many = (count_steps(panel, CONFIG, budget_s) for budget_s in (1.0, 100.0))
    assert 1 < few < many


def _made_up(n_series: int) -> HeldOut:
    rng = np.random.default_rng(1)
    values = np.exp(np.cumsum(rng.normal(0.02, 0.1, (n_series, 26)), axis=1))
    return HeldOut(Panel.from_arrays(list(values[:, :20])), values[:, 20:], 1)


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_forecast_each_series(name: str) -> None:
    if name == "ETS":
        pytest.importorskip("statsforecast")
    held = _made_up(6)
    y_hat, bounds = BASELINES[name](held, Sample("m4-yearly", 6))
    assert y_hat.shape == held.actual.shape
    if name == "Naive2":
        np.testing.assert_array_equal(y_hat[:, 0], held.train.last(1).values)
    for lower, upper in bounds.values():
        assert (lower <= upper).all()
    alone, _ = BASELINES[name](held.subset(np.arange(6)[::-1]), Sample("m4-yearly", 6))
    np.testing.assert_allclose(alone[::-1], y_hat)


def test_a_baseline_is_logged_with_its_measures() -> None:
    naive = BaselineFit(SAMPLE, "Naive2", 1).run()
    assert (naive.owa, naive.wql, naive.msis) == (1.0, None, None)
    assert naive.owa_of_tenths == [1.0] * 10
    lags = BaselineFit(SAMPLE, "regression on lags", 1).run()
    assert lags.owa < 1.0
    assert lags.wql is not None
    assert lags.coverage is not None
    assert lags.coverage > 0.5


def test_tenths_are_owa_of_every_tenth_series() -> None:
    held = _made_up(23)
    panel = held.train
    y_hat = 1.1 * naive2(panel.values, 6, 1, indptr=panel.indptr)
    found = owa_of_tenths(held, y_hat)
    assert found is not None
    some = np.array([2, 12, 22])
    expected = held.subset(some).measures(y_hat[some], y_hat[some], y_hat[some])["owa"]
    assert found[2] == expected
    assert owa_of_tenths(held.subset(np.arange(9)), y_hat[:9]) is None
