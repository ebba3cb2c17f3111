"""Effects of future covariates, and what the network does with them and with static ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from esrnn.config import NetworkConfig
from esrnn.errors import InputError
from esrnn.nn import DilatedNetwork
from esrnn.nn.future_covariates import FutureEffects
from esrnn.ops.covariates import Features

W, B, WINDOW, H, S, C = 9, 3, 6, 4, 2, 3


def network(n_static=0, n_future=0, seed=0):
    config = NetworkConfig(
        WINDOW, H, ((1, 2), (4,)), hidden_size=5, n_static=n_static, n_future=n_future
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return DilatedNetwork(config).eval()


def features(seed=0):
    g = torch.Generator().manual_seed(seed)
    return Features(
        torch.randn(B, S, generator=g),
        torch.randn(B, W + WINDOW - 1 + H, C, generator=g),
        (torch.rand(B, W + WINDOW - 1, generator=g) < 0.8).float(),
        None,
        WINDOW,
        H,
    )


def inputs(seed=0):
    return torch.randn(W, B, WINDOW, generator=torch.Generator().manual_seed(seed))


def stirred(module, seed=1):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=g))
    return module


class TestKnownEffects:
    def test_nothing_has_an_effect_before_training(self):
        effects, x, z = FutureEffects(C, 5, WINDOW), torch.randn(7, B, C), torch.randn(7, B, 5)
        assert (effects.base(x) == 0.0).all()
        assert (effects.shift(x) == 0.0).all()
        assert (effects.adjustment(z, torch.randn(7, B, C, H)) == 0.0).all()

    def test_what_is_unknown_has_no_effect_after_it_either(self):
        effects = stirred(FutureEffects(C, 5, WINDOW))
        zero = torch.zeros(7, B, C)
        assert (effects.base(zero) == 0.0).all()
        assert (effects.base(torch.randn(7, B, C)) != 0.0).all()
        assert (effects.shift(zero) == 0.0).all()
        assert (effects.adjustment(torch.randn(7, B, 5), torch.zeros(7, B, C, H)) == 0.0).all()

    def test_each_step_is_adjusted_by_its_own_covariates(self):
        effects, z, x = (
            stirred(FutureEffects(C, 5, WINDOW)),
            torch.randn(7, B, 5),
            torch.randn(7, B, C, H),
        )
        sensitivity = z @ effects.sensitivity.weight.T
        expected = torch.stack([(sensitivity * x[..., h]).sum(-1) for h in range(H)], dim=-1)
        assert_close(effects.adjustment(z, x), expected)


class TestNetworkWithKnown:
    def test_a_fresh_one_forecasts_as_without(self):
        plain, knowing = network(), network(n_future=C)
        for one, two in zip(plain(inputs()), knowing(inputs(), None, features()), strict=True):
            assert torch.equal(one, two)

    def test_all_quantiles_shift_by_the_effect_of_the_step(self):
        """With no way through the hidden state, the forecast is the head's plus the effect."""
        net, x = network(n_future=C), features()
        net.future_effects.linear.weight.data.fill_(0.3)
        seen = x._replace(observed=torch.zeros_like(x.observed))  # nothing is taken out of windows
        base = net.future_effects.base(x.future)
        for one, two in zip(network()(inputs()), net(inputs(), None, seen), strict=True):
            for w in range(W):
                after = base[:, w + WINDOW : w + WINDOW + H]
                assert_close(two[w], one[w] + after)

    def test_an_effect_in_the_window_is_no_change_of_level(self):
        """Series whose past is all effect are, once it is known, forecast like flat ones."""
        net, x = network(n_future=C), features()
        net.future_effects.linear.weight.data.fill_(0.3)
        x = x._replace(observed=torch.ones_like(x.observed))
        base = net.future_effects.base(x.future)
        moved = inputs() + base[:, : W + WINDOW - 1].unfold(1, WINDOW, 1).transpose(0, 1)
        for one, two in zip(network()(inputs()), net(moved, None, x), strict=True):
            effect = torch.stack([base[:, w + WINDOW : w + WINDOW + H] for w in range(W)])
            assert_close(two, one + effect, rtol=1e-4, atol=1e-4)

    def test_the_state_learns_of_the_covariates_at_its_origin(self):
        net, x = network(n_future=C), features()
        net.future_effects.origin.weight.data.fill_(0.3)
        assert not torch.equal(net(inputs(), None, x)[1], network()(inputs())[1])

    def test_scored_picks_each_series_own_origins(self):
        net, x = network(n_future=C), features()
        stirred(net.future_effects)
        scored = torch.tensor([[8, 0, 4], [2, 1, 4]])
        pairs = zip(net(inputs(), None, x), net(inputs(), scored, x), strict=True)
        for every, picked in pairs:
            for k in range(2):
                assert_close(picked[k], every[scored[k], torch.arange(B)], rtol=1e-4, atol=1e-4)

    def test_every_weight_of_the_effects_has_a_gradient(self):
        net, x = network(n_future=C), features()
        stirred(net.future_effects)
        net(inputs(), None, x)[1].square().sum().backward()
        for name, parameter in net.future_effects.named_parameters():
            assert parameter.grad.abs().max() > 0.0, name

    def test_a_fresh_one_can_begin_to_learn(self):
        net, x = network(n_future=C), features()
        net(inputs(), None, x)[1].square().sum().backward()
        moving = {n for n, p in net.future_effects.named_parameters() if p.grad.abs().max() > 0.0}
        assert moving == {f"{n}.weight" for n in ("linear", "out", "sensitivity", "origin")}


class TestNetworkWithFacts:
    def test_a_fresh_one_forecasts_as_without(self):
        plain, knowing = network(), network(n_static=S)
        for one, two in zip(plain(inputs()), knowing(inputs(), None, features()), strict=True):
            assert torch.equal(one, two)

    def test_facts_shift_all_windows_of_their_series(self):
        net, x = network(n_static=S), features()
        stirred(net.static_shift)
        shift = x.static @ net.static_shift.weight.T
        expected = net.head(net.stack(inputs() + shift))
        for one, two in zip(net(inputs(), None, x), expected, strict=True):
            assert_close(one, two)

    def test_their_weights_have_a_gradient(self):
        net = network(n_static=S)
        net(inputs(), None, features())[1].square().sum().backward()
        assert (net.static_shift.weight.grad != 0.0).all()

    def test_a_tenth_of_the_series_has_no_facts_in_training(self):
        net, seen = network(n_static=S), []
        net.static_shift.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        many = features()._replace(static=torch.ones(B, S))
        generator = torch.Generator().manual_seed(0)
        for _ in range(700):
            net(inputs(), None, many, generator)
        static = torch.cat(seen)
        hidden = (static == 0.0).all(dim=1)
        assert torch.equal(hidden, (static == 0.0).any(dim=1))
        assert 0.08 < float(hidden.float().mean()) < 0.12
        net(inputs(), None, many)
        assert torch.equal(seen[-1], many.static)

    def test_they_change_the_sensitivity_to_what_is_known(self):
        net, x = network(n_static=S, n_future=C), features()
        net.future_effects.sensitivity.weight.data[:, -S:] = 0.3
        sensitivity = 0.3 * x.static.sum(1)  # of a series, to each feature alike
        known = x.future.sum(2)
        for one, two in zip(network()(inputs()), net(inputs(), None, x), strict=True):
            for w in range(W):
                after = known[:, w + WINDOW : w + WINDOW + H]
                assert_close(two[w], one[w] + sensitivity[:, None] * after)

    def test_nothing_is_drawn_without_static_covariates(self):
        net, generator = network(n_future=C), torch.Generator().manual_seed(0)
        state = generator.get_state()
        net(inputs(), None, features(), generator)
        assert torch.equal(generator.get_state(), state)


def test_weights_are_named_as_before_where_there_are_no_covariates():
    names = set(network().state_dict())
    assert {name.split(".")[0] for name in names} == {"stack", "head"}
    assert set(network(n_static=S).state_dict()) - names == {"static_shift.weight"}
    assert {n.split(".")[0] for n in set(network(n_future=C).state_dict()) - names} == {
        "future_effects"
    }


@pytest.mark.parametrize("sizes", [{"n_static": S}, {"n_future": C}])
def test_a_network_that_needs_covariates_says_so(sizes):
    with pytest.raises(InputError, match=r"needs \d static and \d future covariates"):
        network(**sizes)(inputs())


@pytest.mark.gpu
def test_cuda_and_cpu_agree():
    net, x = network(n_static=S, n_future=C), features()
    stirred(net.future_effects)
    there = net(inputs(), None, x)
    net = net.to("cuda")
    here = net(inputs().to("cuda"), None, x.to(torch.device("cuda")))
    for one, two in zip(there, here, strict=True):
        np.testing.assert_allclose(two.detach().cpu(), one.detach(), rtol=1e-3, atol=1e-3)
