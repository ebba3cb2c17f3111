"""The hybrid: forecasts from smoothing and network together, and the loss of a batch."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.testing import assert_close

from esrnn.kernels.windows import MAX_MASE_WEIGHT
from esrnn.model import HybridModel
from esrnn.ops.losses import LossSpec, forecast_loss, level_wiggliness
from esrnn.panel import Panel
from tests.hybrids import make_case, random_panel, small_config

both_forms = pytest.mark.parametrize("signed", [False, True], ids=["multiplicative", "additive"])
SPEC = LossSpec("owa", (0.025, 0.5, 0.975), interval_weight=0.5, naive_smape=20.0, naive_mase=1.5)

HOSTILE = {
    "one observation": [3.0],
    "two observations": [3.0, 4.0],
    "three observations": [3.0, 4.0, 2.0],
    "one zero": [0.0],
    "two zeros": [0.0, 0.0],
    "a negative one": [-3.0],
    "two and a gap": [3.0, np.nan, 4.0],
    "constant": [7.0] * 30,
    "zero": [0.0] * 30,
    "negative constant": [-7.0] * 30,
    "negative": (-np.arange(1.0, 31.0)).tolist(),
    "zeros among ones": [1.0, 0.0, 0.0] * 10,
    "gaps": [5.0, np.nan, 6.0, np.nan, np.nan, 7.0] * 5,
    "signed gaps": [-5.0, np.nan, 6.0, np.nan, np.nan, 7.0] * 5,
    "gaps to the end": [5.0, 4.0, 6.0, *[np.nan] * 27],
    "huge": (np.arange(1.0, 31.0) * 1e30).tolist(),
    "tiny": (np.arange(1.0, 31.0) * 1e-30).tolist(),
    "growing": np.logspace(0.0, 30.0, 30).tolist(),
    "an outlier": [*[1.0] * 20, 1e9, *[1.0] * 9],
    "an outlier and zeros": [*[0.0] * 20, 1e9, *[0.0] * 9],
}


def random_case(seed, lengths, *, signed=False, missing=0.0):
    config = small_config(seasonality="additive" if signed else "multiplicative")
    return make_case(random_panel(seed, lengths, signed=signed, missing=missing), config)


def hostile_case(periods=(4,), first_origin=4):
    panel = Panel.from_arrays(HOSTILE.values(), HOSTILE)
    return make_case(panel, small_config(periods=periods, horizon=6), first_origin)


def loss_of(case, rows, penalty=0.0, *, spec=SPEC, indices=None):
    """Return the loss of some series, by default all, over all origins."""
    windows, targets = case.model.windows_and_targets(case.batch(None, indices), rows)
    return case.model.loss(windows, targets, spec, penalty)


def forms(case):
    """Yield the indices of the multiplicative and of the additive series."""
    for form in (False, True):
        yield np.flatnonzero(case.fit.additive == form)


class TestForecast:
    @both_forms
    def test_is_the_last_origins_output_in_units_of_y(self, signed):
        case = random_case(1, [20, 9, 14], signed=signed, missing=0.1)
        windows, _ = case.model.windows_and_targets(case.batch(), case.rows())
        with torch.no_grad():
            outputs = torch.stack(case.model.network(windows.inputs)).double()
        forecast = case.forecast()
        assert forecast.shape == (3, 3, 3)
        assert forecast.dtype == np.float64
        for b, w in enumerate(windows.last.tolist()):
            out, offset = outputs[:, w, b].numpy(), windows.offset[w, b].double().numpy()
            relative = offset + out if signed else np.exp(offset + out)
            expected = relative * float(windows.scale[w, b]) + signed * float(windows.level[w, b])
            assert_allclose(forecast[:, b], expected, rtol=1e-4)

    @both_forms
    def test_quantiles_are_in_order_and_positive_series_stay_positive(self, signed):
        case = random_case(2, [30] * 5, signed=signed)
        forecast = case.forecast()
        for low, high in itertools.pairwise(forecast):
            assert (low < high).all()
        assert signed or (forecast > 0.0).all()

    @both_forms
    @pytest.mark.parametrize("factor", [1e-8, 1e5])
    def test_forecasts_are_in_the_units_of_the_series(self, signed, factor):
        case = random_case(3, [30, 12], signed=signed)
        panel = Panel(case.panel.values * factor, case.panel.indptr, case.panel.ids)
        fit = replace(case.fit, unit=case.fit.unit * (factor if signed else 1.0))
        other = replace(case, panel=panel, fit=fit)
        assert_allclose(other.forecast(), case.forecast() * factor, rtol=1e-3)

    @both_forms
    def test_does_not_depend_on_batch_mates(self, signed):
        lengths = [40, 7, 1, 19, 30]
        case = random_case(4, lengths, signed=signed, missing=0.1)
        together = case.forecast()
        for i in range(len(lengths)):
            alone = case.forecast(None, np.array([i]))
            assert_allclose(alone[:, 0], together[:, i], rtol=1e-4)
        order = np.array([3, 1, 4])
        assert_allclose(case.forecast(None, order), together[:, order], rtol=1e-4)

    @pytest.mark.parametrize("periods", [(), (4,), (3, 7)])
    @pytest.mark.parametrize("first_origin", [0, 4])
    def test_never_nan(self, periods, first_origin):
        case = hostile_case(periods, first_origin)
        for indices in forms(case):
            forecast = case.forecast(None, indices)
            for k, i in enumerate(indices):
                assert np.isfinite(forecast[:, k]).all(), case.panel.ids[i]
            assert (np.diff(forecast, axis=0) >= 0.0).all()

    def test_no_gradient_is_kept(self):
        case = random_case(5, [12])
        case.rows().requires_grad_()
        case.forecast()
        assert all(p.grad is None for p in case.model.parameters())


class TestLoss:
    @both_forms
    def test_is_the_forecast_loss_over_all_origins(self, signed):
        case = random_case(6, [20, 9, 14], signed=signed, missing=0.1)
        windows, targets = case.model.windows_and_targets(case.batch(), case.rows())
        outputs = case.model.network(windows.inputs)
        expected = forecast_loss(SPEC, windows, targets, outputs)
        assert_close(loss_of(case, case.rows()), expected)

    def test_level_penalty_is_on_the_logarithm_of_the_level(self):
        case = random_case(6, [20, 9, 14])
        windows, _ = case.model.windows_and_targets(case.batch(), case.rows())
        wiggles = level_wiggliness(
            windows.scale.log(), windows.last, torch.ones(3, dtype=torch.bool)
        )
        assert wiggles > 1e-4
        without, penalised = (loss_of(case, case.rows(), penalty) for penalty in (0.0, 30.0))
        assert_close((penalised - without).double(), 30.0 * wiggles, rtol=1e-3, atol=1e-5)

    @both_forms
    def test_gradient_of_the_series_parameters(self, signed):
        """Through inputs, offsets, the labels' scale and MASE's weight at once."""
        case = random_case(7, [40, 25], signed=signed)
        rows = case.rows().clone().requires_grad_()
        loss_of(case, rows, 5.0).backward()
        generator, eps = torch.Generator().manual_seed(0), 2e-3
        with torch.no_grad():
            for _ in range(4):
                direction = torch.randn(rows.shape, generator=generator, dtype=torch.float64)
                direction /= direction.norm()
                ahead, behind = (
                    loss_of(case, rows + sign * eps * direction, 5.0) for sign in (1.0, -1.0)
                )
                expected = (ahead - behind).item() / (2.0 * eps)
                found = float((rows.grad * direction).sum())
                assert found == pytest.approx(
                    expected, rel=0.05, abs=0.02 * float(rows.grad.norm())
                )

    @pytest.mark.parametrize("point", ["owa", "smape", "mase", "pinball", "log_pinball"])
    @pytest.mark.parametrize("interval", ["pinball", "interval_score"])
    def test_bad_series_have_a_finite_loss_and_gradient(self, point, interval):
        case = hostile_case()
        spec = replace(SPEC, point=point, interval=interval)
        for indices in forms(case):
            for some, penalty in ((indices, 1.0), *((one, 0.0) for one in indices[:, None])):
                rows = case.rows(some).clone().requires_grad_()
                case.model.zero_grad()
                loss = loss_of(case, rows, penalty, spec=spec, indices=some)
                loss.backward()
                names = [case.panel.ids[i] for i in some]
                assert loss.isfinite(), names
                assert rows.grad.isfinite().all(), names
                for parameter in case.model.parameters():
                    assert parameter.grad.isfinite().all(), names

    def test_a_batch_of_single_origins_has_no_wiggles(self):
        panel = Panel.from_arrays([[3.0, 4.0], [5.0]])
        case = make_case(panel, small_config(periods=()))
        assert loss_of(case, case.rows(), 10.0).item() == loss_of(case, case.rows()).item() == 0.0


def test_a_series_that_hardly_moved_does_not_rule_the_loss():
    """Its MASE scale is tiny, so a jump would otherwise be all that training sees."""
    sticky = np.concatenate([np.full(30, 100.0), np.full(10, 100.01), np.full(20, 120.0)])
    others = [np.exp(np.random.default_rng(i).normal(0.0, 0.1, 60)) for i in range(15)]
    case = make_case(Panel.from_arrays([sticky, *others]), small_config(periods=()))
    _, targets = case.model.windows_and_targets(case.batch(), case.rows())
    assert float(targets.mase_weight.max()) == MAX_MASE_WEIGHT


def test_a_model_is_a_copy_of_one_that_is_made_once(monkeypatch):
    """Weights are not drawn again for each model, and models share none of them."""
    case = random_case(0, [20, 25])
    network, weights = case.model.network, case.model.network.state_dict()
    monkeypatch.setattr("esrnn.model.DilatedNetwork", lambda _: pytest.fail("made once more"))
    other = HybridModel(case.config, first_origin=4)
    assert all(weight.is_meta for weight in other.network.state_dict().values())
    other.load({name: weight.numpy() for name, weight in weights.items()})
    with torch.no_grad():
        next(other.network.parameters()).add_(1.0)
    different = [
        not torch.equal(own, its)
        for own, its in zip(network.parameters(), other.network.parameters(), strict=True)
    ]
    assert sum(different) == 1
    assert all(weight.is_meta for weight in HybridModel(case.config, 4).network.parameters())
