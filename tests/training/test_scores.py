"""What training minimises."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from esrnn.config import TrainingConfig
from esrnn.metrics import mase, naive2, seasonal_scale, smape
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.training.scores import loss_spec
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
