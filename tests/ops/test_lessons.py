"""Losses against another model's quantiles, beside plain sums."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from esrnn.ops import losses, losses_cpu
from esrnn.ops.lessons import lesson_parts, lesson_targets
from esrnn.ops.losses import LossSpec
from tests.ops.cases import HORIZON, both_forms, example

SPEC = LossSpec("owa", (0.1, 0.5, 0.9), training_level=0.7, interval_weight=0.4, naive_mase=2.0)


def drawn(signed: bool):
    """Return windows of a batch, quantiles in units of y, and which of them count."""
    case = example(signed, (3,))
    windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
    rng, shape = torch.Generator().manual_seed(0), (*windows.scored.shape, HORIZON)
    outputs = [0.1 * torch.randn(shape, generator=rng) for _ in SPEC.quantile_levels]
    lessons = torch.stack([0.1 * torch.randn(shape, generator=rng) for _ in outputs])
    quantiles = windows.in_units(windows.denormalise(lessons).double())
    known = torch.rand(shape, generator=rng) < 0.7
    known[:, 0] = False  # a series of which nothing counts
    return windows, targets, quantiles.detach(), known, outputs


def loss_of(spec, windows, taught, outputs, how=losses_cpu):
    parts = lesson_parts(spec, taught, outputs)
    return sum(w * how.forecast_loss(s, windows, one, [out]) for w, s, one, out in parts)


@both_forms
def test_units_are_taken_off_and_put_back(signed):
    windows, _, quantiles, _, _ = drawn(signed)
    again = windows.in_units(windows.relative(quantiles))
    np.testing.assert_allclose(again.detach(), quantiles, rtol=1e-5, atol=1e-4 * quantiles.std())


@both_forms
@pytest.mark.parametrize("interval", ["pinball", "interval_score"])
@pytest.mark.parametrize("how", [losses, losses_cpu])
def test_it_is_the_mean_over_series_of_absolute_errors(signed, interval, how):
    spec = replace(SPEC, interval=interval)
    windows, targets, quantiles, known, outputs = drawn(signed)
    taught = lesson_targets(windows, targets, quantiles, known)
    got = loss_of(spec, windows, taught, outputs, how)
    forecast = windows.in_units(windows.denormalise(torch.stack(outputs)).double()).detach().numpy()
    truth, weight = quantiles.numpy(), targets.mase_weight.detach().double().numpy()[..., None]
    scale = windows.scale.detach().numpy()[..., None]
    error = np.abs(forecast - truth)
    percent = 200.0 * error[1] / (np.abs(forecast[1]) + np.abs(truth[1]))
    point = 0.5 * percent / spec.naive_smape + 0.5 * error[1] / scale * weight / spec.naive_mase
    share = 0.4 * (0.5 / 0.1 if interval == "interval_score" else 1.0)
    every = point + share * (error[0] + error[2]) / scale * weight
    means = [every[:, b][known[:, b].numpy()].mean() for b in range(1, every.shape[1])]
    np.testing.assert_allclose(got.item(), np.mean(means), rtol=2e-4)


@both_forms
def test_nothing_is_lost_where_both_are_equal(signed):
    windows, targets, _, known, outputs = drawn(signed)
    own = windows.in_units(windows.denormalise(torch.stack(outputs)).double()).detach()
    taught = lesson_targets(windows, targets, own, known)
    assert loss_of(SPEC, windows, taught, outputs).item() < 1e-4


def test_intervals_that_count_for_nothing_are_left_out():
    windows, targets, quantiles, known, outputs = drawn(False)
    taught = lesson_targets(windows, targets, quantiles, known)
    assert len(list(lesson_parts(replace(SPEC, interval_weight=0.0), taught, outputs))) == 1
