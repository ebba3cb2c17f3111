"""Losses: equal to the metrics, minimised by the right statistic, blind to gaps."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck
from torch.testing import assert_close

from esrnn.config.settings import PointLoss
from esrnn.metrics import mase, msis, owa, pinball, smape
from esrnn.ops.losses import POINT_LOSSES, LossSpec, forecast_loss, level_wiggliness
from esrnn.ops.losses_cpu import forecast_loss as by_kernel
from esrnn.ops.windows import Targets, Windows

W, B, H = 4, 5, 3
LEVELS = (0.025, 0.5, 0.975)
POINTS = list(POINT_LOSSES)
both_forms = pytest.mark.parametrize("additive", [False, True], ids=["multiplicative", "additive"])


def only(point, **changes):
    """Return a loss of the point forecast alone, with numbers that are nobody's default."""
    spec = LossSpec(
        point, LEVELS, training_level=0.4, interval_weight=0.0, naive_smape=14.0, naive_mase=2.5
    )
    return replace(spec, **changes)


def frame_of(offset, scale, gain, base=None):
    """Return a windows whose every origin is scored; losses need no inputs."""
    n_windows, n_series, _ = offset.shape
    if gain is not None and base is None:
        base = torch.zeros_like(gain)
    return Windows(
        inputs=torch.empty(n_windows, n_series, 0), offset=offset, scale=scale, gain=gain,
        base=base, scored=torch.arange(n_windows)[:, None].expand(-1, n_series), level=scale,
        last=torch.full((n_series,), n_windows - 1),
    )  # fmt: skip


def example(additive, dtype=torch.float32, missing=0.3):
    """Draw a batch's windows, targets and outputs; the last series has no target at all."""
    g = torch.Generator().manual_seed(3)

    def draw(*shape):
        return torch.randn(*shape, generator=g, dtype=torch.float64).to(dtype)

    gain = torch.ones(W, B, 1, dtype=dtype) if additive else None
    base = draw(W, B, 1) if additive else None
    windows = frame_of(0.3 * draw(W, B, H), draw(W, B).exp().double(), gain, base)
    actual = draw(W, B, H) if additive else (0.3 * draw(W, B, H)).exp()
    observed = torch.rand(W, B, H, generator=g) >= missing
    observed[:, -1] = False
    targets = Targets(actual, observed, draw(W, B).exp())
    low, middle, high = (0.3 * draw(W, B, H) for _ in range(3))
    return windows, targets, [middle - low.exp(), middle, middle + high.exp()]


def rows(tensor):
    """Return (W, B, H) as one float64 row for each series."""
    return tensor.double().transpose(0, 1).reshape(B, -1).numpy()


def in_metrics_terms(windows, targets, outputs):
    """Return per series the observations, NaN where there is none, and the forecasts."""
    observed = rows(targets.observed) > 0
    weight = rows(targets.mase_weight[..., None].expand(W, B, H))
    base = 0.0 if windows.base is None else windows.base
    y = np.where(observed, rows(targets.actual + base), np.nan)
    return y, [rows(windows.denormalise(out) + base) for out in outputs], weight


def mean(values):
    """Average over the series that have a target."""
    assert np.isnan(values[-1])
    return float(np.nanmean(values))


@both_forms
class TestEqualToTheMetrics:
    def test_smape(self, additive):
        windows, targets, outputs = example(additive)
        y, (_, forecast, _), _ = in_metrics_terms(windows, targets, outputs)
        found = forecast_loss(only("smape"), windows, targets, outputs)
        assert float(found) == pytest.approx(mean(smape(y, forecast, per_series=True)), rel=1e-5)

    def test_mase(self, additive):
        windows, targets, outputs = example(additive)
        y, (_, forecast, _), weight = in_metrics_terms(windows, targets, outputs)
        expected = mase(y * weight, forecast * weight, scale=np.ones(B), per_series=True)
        found = forecast_loss(only("mase"), windows, targets, outputs)
        assert float(found) == pytest.approx(mean(expected), rel=1e-5)

    def test_owa_is_the_average_of_both_over_naive2s(self, additive):
        windows, targets, outputs = example(additive)
        parts = [forecast_loss(only(p), windows, targets, outputs) for p in ("smape", "mase")]
        found = forecast_loss(only("owa"), windows, targets, outputs)
        assert_close(found, 0.5 * (parts[0] / 14.0 + parts[1] / 2.5), rtol=1e-5, atol=0.0)

    def test_pinball_is_twice_the_metric_over_the_mase_scale(self, additive):
        windows, targets, outputs = example(additive)
        y, (_, forecast, _), weight = in_metrics_terms(windows, targets, outputs)
        expected = 2 * pinball(y * weight, forecast * weight, quantile_level=0.4, per_series=True)
        found = forecast_loss(only("pinball"), windows, targets, outputs)
        assert float(found) == pytest.approx(mean(expected), rel=1e-5)

    def test_log_pinball_compares_outputs(self, additive):
        windows, targets, outputs = example(additive)
        y = np.where(rows(targets.observed) > 0, rows(windows.normalise(targets.actual)), np.nan)
        expected = 2 * pinball(y, rows(outputs[1]), quantile_level=0.4, per_series=True)
        found = forecast_loss(only("log_pinball"), windows, targets, outputs)
        assert float(found) == pytest.approx(mean(expected), rel=1e-5)

    def test_interval_score_is_msis(self, additive):
        windows, targets, outputs = example(additive)
        y, (low, _, high), weight = in_metrics_terms(windows, targets, outputs)
        expected = msis(
            y * weight, low * weight, high * weight, scale=np.ones(B), nominal=0.95,
            per_series=True,
        )  # fmt: skip
        spec = only("mase", interval="interval_score", interval_weight=0.7)
        found = forecast_loss(spec, windows, targets, outputs)
        point = forecast_loss(only("mase"), windows, targets, outputs)
        assert float(found - point) == pytest.approx(0.7 * mean(expected), rel=1e-4)

    def test_outer_quantiles_cost_their_pinball_loss(self, additive):
        windows, targets, outputs = example(additive)
        y, (low, _, high), weight = in_metrics_terms(windows, targets, outputs)
        expected = sum(
            mean(2 * pinball(y * weight, f * weight, quantile_level=level, per_series=True))
            for f, level in ((low, 0.025), (high, 0.975))
        )
        found = forecast_loss(only("smape", interval_weight=0.7), windows, targets, outputs)
        point = forecast_loss(only("smape"), windows, targets, outputs)
        assert float(found - point) == pytest.approx(0.7 * expected, rel=1e-4)

    def test_five_quantiles(self, additive):
        windows, targets, outputs = example(additive)
        five = [outputs[0] - 0.1, *outputs, outputs[2] + 0.1]
        spec = only("mase", quantile_levels=(0.01, 0.1, 0.5, 0.9, 0.99), interval_weight=1.0)
        y, forecasts, weight = in_metrics_terms(windows, targets, five)
        expected = mean(mase(y * weight, forecasts[2] * weight, scale=np.ones(B), per_series=True))
        for k in (0, 1, 3, 4):
            level = spec.quantile_levels[k]
            loss = pinball(y * weight, forecasts[k] * weight, quantile_level=level, per_series=True)
            expected += 2 * mean(loss)
        assert float(forecast_loss(spec, windows, targets, five)) == pytest.approx(
            expected, rel=1e-5
        )


def test_the_loss_of_a_whole_test_period_is_m4s_owa():
    """One origin, the whole horizon, scales as in M4: the loss is the score itself."""
    rng = np.random.default_rng(0)
    y, forecast, naive = (np.exp(rng.normal(0.0, 0.3, (B, H))) * 50.0 for _ in range(3))
    level, scale = rng.uniform(30.0, 70.0, B), rng.uniform(1.0, 5.0, B)
    windows = frame_of(torch.zeros(1, B, H), torch.tensor(level)[None], None)
    actual = torch.tensor(y / level[:, None])[None].float()
    observed = torch.ones(1, B, H, dtype=torch.bool)
    targets = Targets(actual, observed, torch.tensor(level / scale)[None].float())
    output = torch.tensor(np.log(forecast / level[:, None]))[None].float()
    spec = only("owa", naive_smape=smape(y, naive), naive_mase=mase(y, naive, scale=scale))
    found = forecast_loss(spec, windows, targets, [output] * 3)
    assert float(found) == pytest.approx(owa(y, forecast, benchmark=naive, scale=scale), rel=1e-5)


class TestMinimiser:
    """Of one forecast for many observations, which one costs least?"""

    N = 41

    def best(self, spec, sample, k=1):
        """Return the rank, counted from 1, of the observation that serves best as forecast."""
        sample = np.sort(sample)
        one = torch.ones(1, 1, 1)
        windows = frame_of(torch.zeros(1, 1, self.N), one[0].double(), one)
        targets = Targets(
            torch.tensor(sample).float()[None, None],
            torch.ones(1, 1, self.N, dtype=torch.bool),
            torch.ones(1, 1),
        )
        losses = []
        for candidate in sample.tolist():
            outputs = [torch.zeros(1, 1, self.N)] * len(spec.quantile_levels)
            outputs[k] = torch.full((1, 1, self.N), candidate)
            losses.append(float(forecast_loss(spec, windows, targets, outputs)))
        return int(np.argmin(losses)) + 1

    @pytest.mark.parametrize("level", [0.1, 0.3, 0.5, 0.49, 0.9])
    @pytest.mark.parametrize("point", ["pinball", "log_pinball"])
    def test_pinball_aims_at_its_level(self, point, level):
        sample = np.random.default_rng(1).normal(size=self.N)
        rank = self.best(only(point, training_level=level), sample)
        assert rank == int(np.ceil(level * self.N))

    def test_mase_aims_at_the_median(self):
        sample = np.random.default_rng(2).exponential(size=self.N)
        assert self.best(only("mase"), sample) == 21

    @pytest.mark.parametrize("interval", ["pinball", "interval_score"])
    @pytest.mark.parametrize(("k", "level"), [(0, 0.1), (1, 0.3), (3, 0.7), (4, 0.9)])
    def test_outer_quantiles_aim_at_their_levels(self, interval, k, level):
        sample = np.random.default_rng(3).exponential(size=self.N)
        spec = only("mase", quantile_levels=(0.1, 0.3, 0.5, 0.7, 0.9), interval=interval,
                    interval_weight=1.0)  # fmt: skip
        assert self.best(spec, sample, k) == int(np.ceil(level * self.N))


def derivatives(spec, windows, targets, outputs):
    leaves = [out.clone().requires_grad_() for out in outputs]
    loss = forecast_loss(spec, windows, targets, leaves)
    loss.backward()
    return loss.detach(), [leaf.grad for leaf in leaves]


@both_forms
@pytest.mark.parametrize("point", POINTS)
class TestMasks:
    def test_unobserved_targets_have_no_influence(self, point, additive):
        spec = only(point, interval_weight=1.0)
        windows, targets, outputs = example(additive)
        other = targets._replace(
            actual=torch.where(targets.observed, targets.actual, targets.actual * 3.0 + 1.0)
        )
        before, after = (derivatives(spec, windows, t, outputs) for t in (targets, other))
        assert torch.equal(before[0], after[0])
        for ours, theirs in zip(before[1], after[1], strict=True):
            assert torch.equal(ours, theirs)
            assert not ours[~targets.observed].any()
            assert ours.any()

    def test_all_series_weigh_the_same_however_many_targets_they_have(self, point, additive):
        spec = only(point, interval_weight=1.0)
        windows, targets, outputs = example(additive)
        alone = []
        for b in range(B - 1):
            observed = torch.zeros_like(targets.observed)
            observed[:, b] = targets.observed[:, b]
            alone.append(forecast_loss(spec, windows, targets._replace(observed=observed), outputs))
        together = forecast_loss(spec, windows, targets, outputs)
        assert_close(together, torch.stack(alone).mean(), rtol=1e-5, atol=0.0)

    def test_nothing_observed_costs_nothing(self, point, additive):
        windows, targets, outputs = example(additive, missing=1.1)
        loss, gradients = derivatives(only(point, interval_weight=1.0), windows, targets, outputs)
        assert float(loss) == 0.0
        assert not any(g.any() for g in gradients)

    def test_perfect_forecasts_cost_nothing(self, point, additive):
        windows, targets, _ = example(additive)
        outputs = [windows.normalise(targets.actual)] * 3
        loss = forecast_loss(only(point, interval_weight=1.0), windows, targets, outputs)
        assert float(loss) == pytest.approx(0.0, abs=1e-4)


@both_forms
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("interval", ["pinball", "interval_score"])
def test_gradcheck(point, interval, additive):
    """In all that depends on a parameter: outputs, factors, labels' scale and MASE's weight."""
    windows, targets, outputs = example(additive, torch.float64)
    spec = only(point, interval=interval, interval_weight=0.5)

    def loss(offset, base, actual, weight, *quantiles):
        return forecast_loss(
            spec, windows._replace(offset=offset, base=base if additive else None),
            targets._replace(actual=actual, mase_weight=weight), quantiles,
        )  # fmt: skip

    base = windows.base if additive else torch.zeros(1, dtype=torch.float64)
    inputs = (windows.offset, base, targets.actual, targets.mase_weight, *outputs)
    assert gradcheck(loss, [x.clone().requires_grad_() for x in inputs])


@pytest.mark.parametrize("point", ["owa", "smape"])
@pytest.mark.parametrize("nothing", [0.0, 1e-37, 1e-25, 1e-15])
def test_smape_of_zero_and_zero_is_zero(point, nothing):
    """Also where a level that decays through months of zeros is only nearly 0."""
    one = torch.ones(1, 1, 1)
    windows = frame_of(torch.zeros(1, 1, 2), one[0].double(), one)
    observed = torch.ones(1, 1, 2, dtype=torch.bool)
    targets = Targets(torch.tensor([[[nothing, 3.0]]]), observed, torch.ones(1, 1))
    output = torch.tensor([[[0.0, 1.0]]])
    loss, gradients = derivatives(only("smape"), windows, targets, [output] * 3)
    assert float(loss) == pytest.approx(50.0)  # 0 and 200 * 2 / 4
    _, gradients = derivatives(only(point), windows, targets, [output] * 3)
    assert gradients[1].isfinite().all()


def test_the_settings_know_every_loss():
    assert set(POINT_LOSSES) == set(get_args(PointLoss))


class TestLevelWiggliness:
    def test_by_hand(self):
        level = torch.tensor([[0.0, 1.0, 3.0, 4.0, 9.0]]).T  # bends 1, -1, 4
        for last, expected in ((4, 18 / 3), (3, 2 / 2), (2, 1.0), (1, 0.0)):
            found = level_wiggliness(level, torch.tensor([last]), torch.tensor([True]))
            assert float(found) == pytest.approx(expected)

    def test_what_comes_after_the_last_origin_does_not_count(self):
        level = torch.arange(8.0)[:, None].square().repeat(1, 2).requires_grad_()
        found = level_wiggliness(level, torch.tensor([7, 4]), torch.tensor([True, True]))
        (grad,) = torch.autograd.grad(found, level)
        assert grad[:5, 1].any()
        assert not grad[5:, 1].any()
        assert grad[5:, 0].any()

    def test_mean_over_series_that_count_and_straight_lines_cost_nothing(self):
        level = torch.stack([torch.arange(6.0).square(), 3.0 * torch.arange(6.0)], dim=1)
        last = torch.tensor([5, 5])
        for counts, expected in (
            ([1, 1], 2.0**2 / 2),
            ([1, 0], 2.0**2),
            ([0, 1], 0.0),
            ([0, 0], 0),
        ):
            found = level_wiggliness(level, last, torch.tensor(counts, dtype=torch.bool))
            assert float(found) == pytest.approx(expected)

    def test_fewer_than_three_origins(self):
        for n in (1, 2):
            last, counts = torch.full((3,), n - 1), torch.ones(3, dtype=torch.bool)
            assert float(level_wiggliness(torch.ones(n, 3), last, counts)) == 0.0


@both_forms
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("interval", ["pinball", "interval_score"])
@pytest.mark.parametrize("interval_weight", [0.0, 0.3])
def test_the_kernel_gives_the_same_loss_and_gradients(additive, point, interval, interval_weight):
    windows, targets, outputs = example(additive)
    if additive:  # a series that was constant so far
        windows = windows._replace(gain=windows.gain.clone())
        windows.gain[1, 2] = 0.0
    spec = only(point, interval=interval, interval_weight=interval_weight)
    leaves = [windows.offset, targets.actual, targets.mase_weight, *outputs]
    leaves += [windows.base] if additive else []
    for leaf in leaves:
        leaf.requires_grad_()
    losses = [run(spec, windows, targets, outputs) for run in (forecast_loss, by_kernel)]
    assert_close(losses[1], losses[0], rtol=1e-6, atol=1e-7)
    expected, found = (
        torch.autograd.grad(2.0 * loss, leaves, materialize_grads=True) for loss in losses
    )
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, rtol=1e-5, atol=2e-5)


def test_a_loss_without_a_kernel_is_torchs(monkeypatch):
    windows, targets, outputs = example(False)
    monkeypatch.setitem(POINT_LOSSES, "new", POINT_LOSSES["mase"])
    losses = [by_kernel(only(name), windows, targets, outputs) for name in ("new", "mase")]
    assert_close(*losses, rtol=1e-6, atol=0)
