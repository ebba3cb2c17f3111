"""Quantiles that cannot cross."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from esrnn.nn.heads import QuantileHead
from esrnn.ops.quantile_head_cpu import run_quantile_head


@given(
    n_quantiles=st.sampled_from([1, 3, 5, 9]),
    size=st.sampled_from([1.0, 10.0, 100.0]),
    seed=st.integers(0, 1000),
)
def test_quantiles_never_cross(n_quantiles, size, seed):
    g = torch.Generator().manual_seed(seed)
    head = QuantileHead(6, 4, n_quantiles)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=g))
    outputs = head(size * torch.randn(5, 2, 6, generator=g))
    assert len(outputs) == n_quantiles
    for low, high in pairwise(outputs):
        assert (low <= high).all()


def set_biases(head, raw):
    """Let the head's linear part return `raw`, (Q, H), whatever it is given."""
    biases = [p for name, p in head.named_parameters() if name.endswith("bias")]
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.zero_()
        flat = raw.flatten()
        torch.nn.utils.vector_to_parameters(flat, biases)
    assert sum(p.numel() for p in biases) == flat.numel()


def test_gaps_are_positive_and_add_up_outwards():
    """Raw numbers -2, 0.5, 3, -1, 2 stand for 3 in the middle and gaps outwards from there."""
    head = QuantileHead(1, 1, 5)
    set_biases(head, torch.tensor([[-2.0], [0.5], [3.0], [-1.0], [2.0]]))
    found = torch.stack(head(torch.zeros(1, 1, 1))).flatten()
    below, above = 3.0 - 1.5, 3.0 + torch.tensor(-1.0).exp()
    expected = torch.tensor([below - torch.tensor(-2.0).exp(), below, 3.0, above, above + 3.0])
    assert_close(found, expected)


def test_quantiles_start_close_to_the_middle_one_which_has_no_bias():
    outputs = QuantileHead(6, 4, 5)(torch.zeros(1, 1, 6))
    middle = outputs[2]
    assert not middle.any()
    for k, output in enumerate(outputs):
        assert_close(output, torch.full_like(output, 0.05 * (k - 2)), rtol=0.01, atol=1e-6)


@pytest.mark.parametrize("n_quantiles", [1, 3])
def test_shapes_and_gradients(n_quantiles):
    head = QuantileHead(6, 4, n_quantiles)
    hidden = torch.randn(7, 2, 6, generator=torch.Generator().manual_seed(0))
    outputs = head(hidden)
    assert [out.shape for out in outputs] == [(7, 2, 4)] * n_quantiles
    torch.stack(outputs).square().sum().backward()
    for parameter in head.parameters():
        assert parameter.grad.view(-1, parameter.shape[-1]).any(dim=-1).all()


def test_every_step_ahead_has_its_own_output():
    head, raw = QuantileHead(6, 4, 3), torch.zeros(3, 4)
    raw[1] = torch.tensor([0.0, 1.0, 9.0, -2.0])
    set_biases(head, raw)
    low, middle, high = head(torch.zeros(1, 1, 6))
    assert middle.flatten().tolist() == [0.0, 1.0, 9.0, -2.0]
    assert (high - middle).flatten().tolist() == (middle - low).flatten().tolist() == [1.0] * 4


@pytest.mark.parametrize("n_quantiles", [1, 3, 5])
@pytest.mark.parametrize(("n_units", "horizon"), [(5, 4), (40, 6), (16, 1)])
@pytest.mark.parametrize("has_effect", [False, True])
def test_the_kernel_gives_the_quantiles_and_gradients_of_the_maps(
    n_quantiles, n_units, horizon, has_effect
):
    g = torch.Generator().manual_seed(0)
    head = QuantileHead(n_units, horizon, n_quantiles)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, generator=g)
    hidden = torch.randn(7, 3, n_units, generator=g, requires_grad=True)
    effect = torch.randn(7, 3, horizon, generator=g, requires_grad=True) if has_effect else None
    leaves = [hidden, *head.parameters(), *([effect] if has_effect else [])]
    found, expected = head(hidden, effect), head.by_maps(hidden, effect)
    bars = [torch.randn(out.shape, generator=g) for out in found]
    gradients = [torch.autograd.grad(outputs, leaves, bars) for outputs in (found, expected)]
    for one, other in zip((*found, *gradients[0]), (*expected, *gradients[1]), strict=True):
        assert_close(one, other, rtol=1e-5, atol=2e-5)


def test_gradients_of_the_kernel_are_those_of_finite_differences():
    head = QuantileHead(3, 2, 5).double()
    hidden = torch.randn(4, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    run = lambda x, *weights: run_quantile_head(x, weights)  # noqa: E731
    assert torch.autograd.gradcheck(run, (hidden.requires_grad_(), *head.parameters()))
