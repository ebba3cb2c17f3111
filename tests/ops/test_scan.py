"""Recurrences by chunks against a loop over all steps."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from esrnn.ops.scan import linear_scan, relu_scan

STEPS = [1, 2, 15, 16, 17, 18, 25, 26, 100, 401]


def randn(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def loop(a, b, activation=lambda h: h):
    h, out = torch.zeros_like(b[0]), []
    for t in range(len(b)):
        h = activation(a[t] * h + b[t])
        out.append(h)
    return torch.stack(out)


@pytest.mark.parametrize("n_steps", STEPS)
def test_a_linear_recurrence_and_its_gradients(n_steps):
    a, b = randn(n_steps, 2, 3), randn(n_steps, 2, 3, seed=1)
    a[n_steps // 2] = 0.0
    weights = randn(n_steps, 2, 3, seed=2)
    found, expected = [], []
    for run, into in ((linear_scan, found), (loop, expected)):
        leaves = [part.clone().requires_grad_() for part in (a, b)]
        out = run(*leaves)
        into += [out, *torch.autograd.grad((out * weights).sum(), leaves)]
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_steps", STEPS)
def test_a_rectified_recurrence_and_its_gradients(n_steps):
    u, b = torch.tensor([0.9, -0.7, 1.0]).double(), randn(n_steps, 2, 3, seed=1)
    weights = randn(n_steps, 2, 3, seed=2)
    found, expected = [], []
    for run, into in (
        (relu_scan, found),
        (lambda u, b: loop(u.expand_as(b), b, torch.relu), expected),
    ):
        leaves = [part.clone().requires_grad_() for part in (u, b)]
        out = run(*leaves)
        into += [out, *torch.autograd.grad((out * weights).sum(), leaves)]
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_gradients_are_those_of_finite_differences():
    a, b = (randn(20, 1, 2, seed=k).requires_grad_() for k in (1, 2))
    assert torch.autograd.gradcheck(linear_scan, (a, b))
    assert torch.autograd.gradcheck(relu_scan, (a[0, 0].detach().requires_grad_(), b))


def test_a_coefficient_for_all_steps():
    a, b = randn(3), randn(30, 2, 3, seed=1)
    assert_close(linear_scan(a, b), loop(a.expand_as(b), b), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("scan", [lambda b: linear_scan(0.9 + 0.0 * b, b),
                                  lambda b: relu_scan(torch.full((3,), 0.9), b)])  # fmt: skip
def test_no_state_depends_on_a_later_input_to_the_last_bit(scan):
    b = randn(150, 2, 3).float()
    later = b.clone()
    later[70:] += 1.0
    assert torch.equal(scan(b)[:70], scan(later)[:70])


def test_long_and_short_memories_do_not_overflow():
    """Coefficients of 0 and of 1 over thousands of steps, in float32."""
    a = torch.tensor([0.0, 1.0, -1.0, 1e-30]).expand(5000, 1, 4)
    out = linear_scan(a, torch.ones(5000, 1, 4))
    assert_close(out[-1, 0], torch.tensor([1.0, 5000.0, 0.0, 1.0]))
