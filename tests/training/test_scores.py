"""What training minimises, and scores beside those of Naive2."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esrnn.config import TrainingConfig
from esrnn.metrics import mase, naive2, owa, seasonal_scale, smape
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.training.holdout import Origin, hold_back
from esrnn.training.scores import loss_spec, naive_scores, relative_score
from tests.hybrids import random_panel, small_config


def test_settings_are_handed_on():
    training = TrainingConfig(
        loss="pinball", training_level=0.45, interval_loss="interval_score", interval_weight=0.2
    )
    config = small_config(training=training)
    network = replace(config.network, quantile_levels=(0.1, 0.2, 0.5, 0.8, 0.9))
    spec = loss_spec(random_panel(0, [20]), replace(config, network=network))
    assert spec == LossSpec("pinball", (0.1, 0.2, 0.5, 0.8, 0.9), 0.45, "interval_score", 0.2)


def test_owa_divides_by_naive2s_scores_on_the_last_horizon():
    panel = random_panel(0, [30, 22, 41])
    train, actual = panel.drop_last(3), panel.last(3).values.reshape(-1, 3)
    forecast = naive2(train.values, 3, 4, indptr=train.indptr)
    scale = seasonal_scale(train.values, 4, indptr=train.indptr)
    spec = loss_spec(panel, small_config(training=TrainingConfig(loss="owa")))
    assert spec.naive_smape == pytest.approx(smape(actual, forecast))
    assert spec.naive_mase == pytest.approx(mase(actual, forecast, scale=scale))


def test_without_a_seasonality_the_lag_is_one():
    panel = random_panel(0, [30, 22])
    config = small_config(periods=(), training=TrainingConfig(loss="owa"))
    train, actual = panel.drop_last(3), panel.last(3).values.reshape(-1, 3)
    scale = seasonal_scale(train.values, 1, indptr=train.indptr)
    forecast = naive2(train.values, 3, 1, indptr=train.indptr)
    assert loss_spec(panel, config).naive_mase == pytest.approx(mase(actual, forecast, scale=scale))


@pytest.mark.parametrize(
    "parts",
    [
        [[1.0], [2.0, 3.0]],  # too short to hold anything back
        [[5.0] * 30],  # no scale
        [np.tile([1.0, 2.0, 4.0, 2.0], 10)],  # Naive2 is perfect
        [[0.0] * 30, [np.nan if t % 2 else 1.0 for t in range(30)]],
    ],
)
def test_useless_scores_are_replaced(parts):
    spec = loss_spec(
        Panel.from_arrays(parts), small_config(training=TrainingConfig(loss="owa"))
    )  # fmt: skip
    assert (spec.naive_smape, spec.naive_mase) == (LossSpec.naive_smape, LossSpec.naive_mase)


def example(lag=4, extra=()):
    panel = random_panel(0, [30, 22, 41], missing=0.0)
    parts = [*(panel.series(i) for i in range(3)), *extra]
    _, (held,) = hold_back(Panel.from_arrays(parts), 5, lag + 1)
    return held, np.abs(np.random.default_rng(1).normal(1.0, 0.3, held.actual.shape)) * held.actual


class TestRelativeScore:
    def test_is_owa_where_it_is_defined_for_all(self):
        held, forecast = example()
        history = held.history
        expected = owa(
            held.actual, forecast,
            benchmark=naive2(history.values, 5, 4, indptr=history.indptr),
            scale=seasonal_scale(history.values, 4, indptr=history.indptr),
        )  # fmt: skip
        assert relative_score(held, forecast, 4) == pytest.approx(expected)

    def test_naive2_itself_scores_one(self):
        held, _ = example()
        benchmark = naive2(held.history.values, 5, 4, indptr=held.history.indptr)
        assert relative_score(held, benchmark, 4) == pytest.approx(1.0)

    def test_series_without_a_score_are_left_out(self):
        """A constant history has no scale, an unobserved horizon no error."""
        gaps = np.r_[np.arange(1.0, 20.0), [np.nan] * 5]
        held, _ = example(extra=[np.r_[np.full(20, 3.0), [4.0] * 5], gaps])
        whole, forecast = example()
        filled = np.vstack([forecast, np.ones((2, 5))])
        assert held.which.size == 5
        assert relative_score(held, filled, 4) == pytest.approx(relative_score(whole, forecast, 4))

    def test_undefined_where_no_series_counts(self):
        _, (held,) = hold_back(Panel.from_arrays([np.full(20, 3.0)]), 5, 5)
        assert np.isnan(relative_score(held, np.full((1, 5), 3.0), 4))


class TestNaiveScores:
    def test_are_naive2s_means(self):
        held, _ = example()
        history = held.history
        forecast = naive2(history.values, 5, 4, indptr=history.indptr)
        scale = seasonal_scale(history.values, 4, indptr=history.indptr)
        assert naive_scores(held, 4) == pytest.approx(
            (smape(held.actual, forecast), mase(held.actual, forecast, scale=scale))
        )

    def test_useless_where_naive2_makes_no_error(self):
        periodic = Panel.from_arrays([np.tile([1.0, 2.0, 4.0, 2.0], 10)])
        _, (origin,) = hold_back(periodic, 4, 8)
        assert isinstance(origin, Origin)
        assert naive_scores(origin, 4) is None
