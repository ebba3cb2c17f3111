"""The compiled step against torch's autograd over the same model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import TrainingConfig
from esrnn.errors import TrainingError
from esrnn.ops.layout import training_range
from esrnn.ops.losses import POINT_LOSSES
from esrnn.smoothing import fit_smoothing
from esrnn.training.compiled_step import CompiledStep
from esrnn.training.initial import initial_model
from esrnn.training.problem import Job, TrainingProblem
from esrnn.training.state import TrainingState
from tests.hybrids import random_panel, small_config

LENGTHS = [40, 2, 31, 57, 18]
ALL = np.arange(len(LENGTHS))


def make_state(signed=False, periods=(4,), cell="lstm", dropout=0.0, level="smoothed", **training):
    panel = random_panel(1, LENGTHS, signed=signed, missing=0.1)
    config = small_config(periods=periods, training=TrainingConfig(calibration=0.0, **training))
    config = replace(
        config,
        network=replace(config.network, cell=cell, dropout=dropout),
        smoothing=replace(
            config.smoothing, level=level, seasonality="additive" if signed else "auto"
        ),
    )
    fit = fit_smoothing(panel, config.smoothing)
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    job = Job(panel, fit, config, 0)
    problem = TrainingProblem(job, rng)
    return TrainingState(problem, initial_model(job, generator), rng, generator)


def by_torch(state, starts, phase, seed):
    """Return loss and gradients as torch finds them, on the whole series."""
    rows = state.rows.clone().requires_grad_()
    model, config = state.model, state.problem.config
    batch = state.problem.data.subset(ALL)
    origins = training_range(batch.lengths, model.layout, starts, phase)
    windows, targets = model.windows_and_targets(batch, rows, origins)
    draws = torch.Generator().manual_seed(seed)
    penalty = config.training.level_penalty
    loss = model.loss(windows, targets, state.problem.loss, penalty, draws)
    own = torch.autograd.grad(loss, [rows, *model.network.parameters()], materialize_grads=True)
    return loss.item(), *(gradient.numpy() for gradient in own)


def require_equal(state):
    starts = state._draw_starts(ALL)
    phase = state.problem.config.training.origin_step - 1
    state._generator.manual_seed(5)
    loss, rows, network, _ = state._backward(ALL, starts, phase)
    expected, *gradients = by_torch(state, starts, phase, 5)
    assert_allclose(loss, expected, rtol=1e-6)
    assert network is not None
    for found, gradient in zip([rows, *network], gradients, strict=True):
        assert found.shape == gradient.shape
        assert_allclose(found, gradient, rtol=0, atol=2e-6 * max(np.abs(gradient).max(), 1e-3))


@pytest.mark.parametrize("signed", [False, True], ids=["multiplicative", "additive"])
@pytest.mark.parametrize("periods", [(), (4,), (3, 7)])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_loss_and_gradients_are_those_of_torch(signed, periods, dropout):
    require_equal(make_state(signed, periods, dropout=dropout, training_window=12, origin_step=3))


@pytest.mark.parametrize("loss", POINT_LOSSES)
@pytest.mark.parametrize("interval_loss", ["pinball", "interval_score"])
def test_every_loss(loss, interval_loss):
    require_equal(make_state(loss=loss, interval_loss=interval_loss, training_level=0.45))


def test_all_origins_and_a_level_that_is_not_smoothed():
    require_equal(make_state(periods=(), level="last"))
    require_equal(make_state(interval_weight=0.0))


def test_what_comes_after_the_window_changes_no_bit():
    state = make_state(training_window=9)
    starts = state.model.layout.first_starts(state.problem.data.lengths)
    found = state._backward(ALL, starts, 0)
    batch = state.problem.data.subset(ALL)
    origins = training_range(batch.lengths, state.model.layout, starts)
    whole = state._compiled(batch, state.rows.numpy(), origins, state._generator)
    assert found.loss == whole.loss
    for one, other in zip([found.rows, *found.network], [whole.rows, *whole.network], strict=True):
        assert_array_equal(one, other)
    shorter = state.problem.data.subset(ALL, starts + 9 + 3)
    assert (shorter.lengths < batch.lengths).any()


def test_training_by_torch_comes_to_the_same_weights():
    states = (
        make_state(dropout=0.2, training_window=12),
        make_state(dropout=0.2, training_window=12),
    )
    states[1]._compiled = None
    for k in range(3):
        losses = [state.step(ALL, k / 3, "epoch 1") for state in states]
        assert_allclose(*losses, rtol=1e-4)
    for one, other in zip(*(state.model.network.parameters() for state in states), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-4)


@pytest.mark.parametrize("changes", [{"cell": "gru"}, {"level_penalty": 1.0}], ids=str)
def test_what_has_no_kernel_goes_through_torch(changes):
    state = make_state(**changes)
    assert state._compiled is None
    loss, norm = state.step(ALL, 0.0, "epoch 1")
    assert np.isfinite([loss, norm]).all()


def test_another_precision_goes_through_torch():
    state = make_state()
    problem, model = state.problem, state.model.double()
    possible = CompiledStep.is_possible(model, problem.config, problem.loss, state._generator)
    assert not possible


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_series_whose_numbers_are_not_finite_are_named(value):
    state = make_state()
    state.rows[3, 3] = value
    with pytest.raises(TrainingError, match=r"in epoch 7 of member 1 .*, for 1 series: 'series 3'"):
        state.step(ALL, 0.0, "epoch 7")
