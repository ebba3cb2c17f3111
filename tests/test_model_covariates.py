"""The hybrid with covariates: what it asks for, its gradients, and that it learns from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch.testing import assert_close

from esrnn.config import ModelConfig, NetworkConfig, SmoothingConfig, TrainingConfig
from esrnn.errors import InputError
from esrnn.ops.losses import LossSpec
from esrnn.ops.windows import cut_windows
from esrnn.panel import Covariates, Panel
from esrnn.smoothing import PreparedPanel, fit_smoothing
from esrnn.training import Job, member_quantiles, train_member
from tests.covered import make_covered, random_covariates
from tests.hybrids import make_case, random_panel, small_config
from tests.test_model import HOSTILE

both_forms = pytest.mark.parametrize("signed", [False, True], ids=["multiplicative", "additive"])
SPEC = LossSpec("owa", (0.025, 0.5, 0.975), interval_weight=0.5, naive_smape=20.0, naive_mase=1.5)
LENGTHS = [20, 9, 14]


def covered(signed=False, **sizes):
    form = "additive" if signed else "multiplicative"
    panel = random_panel(1, LENGTHS, signed=signed, missing=0.1)
    return make_covered(panel, small_config(seasonality=form), **sizes)


def loss_of(case, rows):
    windows, targets = case.model.windows_and_targets(case.batch(), rows)
    return case.model.loss(windows, targets, SPEC, 0.0)


class TestWhatItAsksFor:
    def test_covariates_that_the_settings_name(self):
        case = covered()
        none = replace(case.batch(), covariates=None)
        for call in (case.model.windows, case.model.windows_and_targets, case.model.forecast):
            with pytest.raises(InputError, match=r"2 static and 3 future .*; got 0 and 0"):
                call(none, case.rows())

    def test_no_other_ones(self):
        case = covered()
        other = random_covariates(1, np.array(LENGTHS), 3, n_static=2, n_future=4)
        with pytest.raises(InputError, match=r"2 static and 3 future .*; got 2 and 4"):
            case.model.forecast(replace(case.batch(), covariates=other), case.rows())

    def test_none_where_the_settings_name_none(self):
        case = make_case(random_panel(1, LENGTHS), small_config())
        given = random_covariates(1, np.array(LENGTHS), 3)
        with pytest.raises(InputError, match=r"0 static and 0 future .*; got 2 and 3"):
            case.model.forecast(replace(case.batch(), covariates=given), case.rows())

    def test_covariates_without_a_feature_are_none(self):
        case = make_case(random_panel(1, LENGTHS), small_config())
        empty = random_covariates(1, np.array(LENGTHS), 3, n_static=0, n_future=0)
        forecast = case.model.forecast(replace(case.batch(), covariates=empty), case.rows())
        assert_array_equal(forecast, case.forecast())

    def test_a_horizon_as_long_as_the_forecasts(self):
        case = covered()
        short = random_covariates(1, np.array(LENGTHS), 2)
        with pytest.raises(InputError, match="3 steps after each series; got 2"):
            case.model.forecast(replace(case.batch(), covariates=short), case.rows())

    def test_a_longer_horizon_is_not_read(self):
        case = covered()
        longer = random_covariates(1, np.array(LENGTHS), 7)
        same = longer.cut(np.array(LENGTHS), horizon=3)
        forecasts = [
            case.model.forecast(replace(case.batch(), covariates=given), case.rows())
            for given in (longer, same)
        ]
        assert_array_equal(*forecasts)


@both_forms
@pytest.mark.parametrize("sizes", [(2, 3), (2, 0), (0, 3)])
def test_kernel_and_torch_agree(signed, sizes, monkeypatch):
    case = covered(signed, n_static=sizes[0], n_future=sizes[1])
    results = []
    for way in ("kernel", "torch"):
        if way == "torch":
            monkeypatch.setattr("esrnn.model.windows_cpu.cut_windows", cut_windows)
        rows = case.rows().clone().requires_grad_()
        case.model.zero_grad()
        loss = loss_of(case, rows)
        loss.backward()
        weights = [parameter.grad for parameter in case.model.parameters()]
        results.append((loss.detach(), rows.grad, *weights, torch.from_numpy(case.forecast())))
    for one, two in zip(*results, strict=True):
        size = float(two.abs().max())
        assert_close(one / size, two / size, rtol=1e-3, atol=1e-4)


@both_forms
def test_gradient_of_the_effects(signed):
    case = covered(signed)
    loss_of(case, case.rows()).backward()
    weight = case.model.network.future_effects.linear.weight
    found, eps = weight.grad.clone(), 3e-4
    with torch.no_grad():
        for c in range(weight.shape[1]):
            ahead_and_behind = []
            for sign in (1.0, -1.0):
                weight[0, c] += sign * eps
                ahead_and_behind.append(float(loss_of(case, case.rows())))
                weight[0, c] -= sign * eps
            expected = (ahead_and_behind[0] - ahead_and_behind[1]) / (2.0 * eps)
            assert float(found[0, c]) == pytest.approx(expected, rel=0.05, abs=1e-2)


@both_forms
def test_does_not_depend_on_batch_mates(signed):
    case = covered(signed)
    together = case.forecast()
    for i in range(len(LENGTHS)):
        batch = case.batch(None, np.array([i]))
        alone = case.model.forecast(batch, case.rows()[i : i + 1])
        assert_allclose(alone[:, 0], together[:, i], rtol=1e-4)


@both_forms
def test_bad_series_have_finite_forecasts_losses_and_gradients(signed):
    panel = Panel.from_arrays(HOSTILE.values(), HOSTILE)
    case = make_covered(panel, small_config(horizon=6, seasonality="auto"))
    indices = np.flatnonzero(case.case.fit.additive == signed)
    batch, rows = case.batch(None, indices), case.rows()[indices].clone().requires_grad_()
    assert np.isfinite(case.model.forecast(batch, rows.detach())).all()
    windows, targets = case.model.windows_and_targets(batch, rows)
    loss = case.model.loss(windows, targets, SPEC, 0.0)
    loss.backward()
    assert loss.isfinite()
    assert rows.grad.isfinite().all()
    assert all(parameter.grad.isfinite().all() for parameter in case.model.parameters())


class TestLearning:
    """Whole trainings of small networks on series that covariates explain."""

    HORIZON, N_SERIES, LENGTH = 4, 40, 50

    def panel(self, seed, effect):
        """Return series that an effect (N, T + H) acts on, without it, and what comes after."""
        rng = np.random.default_rng(seed)
        steps = rng.normal(0.0, 0.02, effect.shape)
        level = np.cumsum(steps, axis=1) + rng.uniform(0.0, 3.0, (self.N_SERIES, 1))
        y = np.exp(level + effect + rng.normal(0.0, 0.05, effect.shape))
        return Panel.from_arrays(list(y[:, : self.LENGTH])), y[:, self.LENGTH :]

    def covariates(self, known, static):
        n_steps = self.LENGTH + self.HORIZON
        columns = np.empty((self.N_SERIES * n_steps, 0)) if known is None else known.reshape(-1, 1)
        static = np.empty((self.N_SERIES, 0)) if static is None else static
        indptr = np.arange(self.N_SERIES + 1) * n_steps
        return Covariates(static.astype("f4"), columns.astype("f4"), indptr, self.HORIZON)

    def error(self, panel, actual, known=None, static=None, seed=0):
        """Train; return the mean absolute error in logarithms, and the member."""
        covariates = self.covariates(known, static)
        network = NetworkConfig(
            6,
            self.HORIZON,
            ((1, 2),),
            8,
            n_static=covariates.n_static,
            n_future=covariates.n_future,
        )
        training = TrainingConfig(n_epochs=12, batch_size=8, learning_rate=1e-2, calibration=0.0)
        config = ModelConfig(network, SmoothingConfig(), training)
        fit = fit_smoothing(panel, config.smoothing)
        member = train_member(Job(panel, fit, config, seed, covariates=covariates))
        data = PreparedPanel.of(panel, fit, 1, covariates)
        forecast = member_quantiles(member, data)[1]
        return float(np.abs(np.log(forecast / actual)).mean()), member

    def test_a_promotion_known_in_advance(self):
        rng = np.random.default_rng(0)
        promo = (rng.random((self.N_SERIES, self.LENGTH + self.HORIZON)) < 0.4).astype(float)
        panel, actual = self.panel(1, 0.5 * promo)
        without, _ = self.error(panel, actual)
        knowing, _ = self.error(panel, actual, promo)
        assert without > 0.18
        assert knowing < 0.09  # noise alone is worth 0.06

    def test_a_promotion_that_works_for_one_kind_of_series(self):
        """And was seen too seldom for the past of a series to tell of which kind it is."""
        rng = np.random.default_rng(0)
        promo = (rng.random((self.N_SERIES, self.LENGTH + self.HORIZON)) < 0.1).astype(float)
        promo[:, self.LENGTH :] = 1.0
        kind = np.arange(self.N_SERIES)[:, None] % 2 == 0
        panel, actual = self.panel(1, 1.0 * promo * kind)
        blind, _ = self.error(panel, actual, promo)
        knowing, _ = self.error(panel, actual, promo, np.hstack([kind, ~kind]))
        assert knowing < 0.15
        assert knowing < 0.75 * blind

    def test_equal_seeds_give_equal_members(self):
        rng = np.random.default_rng(0)
        known = rng.normal(size=(self.N_SERIES, self.LENGTH + self.HORIZON))
        panel, actual = self.panel(1, np.zeros_like(known))
        static = rng.normal(size=(self.N_SERIES, 2))
        one, two = (self.error(panel, actual, known, static)[1] for _ in range(2))
        for name, weight in one.network.weights.items():
            assert_array_equal(weight, two.network.weights[name])
