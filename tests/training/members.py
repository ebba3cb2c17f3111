"""Panels, settings and short training runs, for the tests of the training loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.testing import assert_array_equal

from esrnn.config import TrainingConfig
from esrnn.panel import Panel
from esrnn.smoothing import PreparedPanel, fit_smoothing
from esrnn.training import Job, member_quantiles, train_member
from tests.hybrids import random_panel, small_config

QUICK = TrainingConfig(
    n_epochs=2, batch_size=3, learning_rate=1e-2, series_learning_rate=1e-2, calibration=0.0
)
LENGTHS = [30, 41, 22, 35, 28, 8, 1]


def config(*, dropout=0.0, seasonality="auto", **training):
    settings = small_config(seasonality=seasonality, training=replace(QUICK, **training))
    return replace(settings, network=replace(settings.network, dropout=dropout))


def example(seed=0, lengths=LENGTHS):
    """Return series of both forms."""
    signed = random_panel(seed, lengths, signed=True, missing=0.05)
    positive = random_panel(seed + 1, lengths, missing=0.05)
    half = len(lengths) // 2
    parts = [*(positive.series(i) for i in range(half)),
             *(signed.series(i) for i in range(half, len(lengths)))]  # fmt: skip
    return Panel.from_arrays(parts, [f"series {i}" for i in range(len(lengths))])


class Watcher:
    """Calls a function with every epoch."""

    def __init__(self, call):
        self.call = call

    def on_epoch(self, epoch):
        return self.call(epoch)


def train(panel, settings, seed=0, fit=None, device="cpu", on_epoch=None, seconds=None, **job):
    fit = fit or fit_smoothing(panel, settings.smoothing)
    callbacks = [] if on_epoch is None else [Watcher(on_epoch)]
    return train_member(Job(panel, fit, settings, seed, **job), device, callbacks, seconds)


def prepared(panel, member, fit=None):
    smoothing = member.config.smoothing
    return PreparedPanel.of(panel, fit or fit_smoothing(panel, smoothing), smoothing.lag)


def forecast(panel, member, fit=None, device="cpu"):
    return member_quantiles(member, prepared(panel, member, fit), device=device)


def same(one, two):
    weights, others = one.network.weights, two.network.weights
    assert weights.keys() == others.keys()
    return (
        all(np.array_equal(weights[name], others[name]) for name in weights)
        and np.array_equal(one.smoothing.rows, two.smoothing.rows)
        and one.history.losses == two.history.losses
    )


def assert_same(one, two):
    for name, weight in one.network.weights.items():
        assert_array_equal(weight, two.network.weights[name], err_msg=name)
    assert_array_equal(one.smoothing.rows, two.smoothing.rows)
    assert one.history.losses == two.history.losses
