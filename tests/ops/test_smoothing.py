"""The smoothing recursion as a torch function: gradients against torch's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch.autograd import gradcheck
from torch.testing import assert_close

from esrnn.kernels import smoothing as kernel
from esrnn.kernels.smoothing import factor_starts
from esrnn.ops.parameters import natural_parameters
from esrnn.ops.smoothing import smooth
from tests.kernels.panels import random_problem

PERIODS = [(0, 0), (1, 0), (4, 0), (3, 7), (7, 3)]
LENGTHS = [1, 2, 5, 17, 9]


def parameters(problem, requires_grad=(True, True, True)):
    arrays = (problem.coefficients, problem.seasonality_init, problem.seasonality2_init)
    return [
        torch.tensor(array, requires_grad=need)
        for array, need in zip(arrays, requires_grad, strict=True)
    ]


def data(problem):
    return problem.values, problem.indptr, problem.additive


def smooth_in_torch(y, coefficients, s_init, u_init, additive):
    """Smooth one series by a loop that torch differentiates by itself."""
    alpha, beta, gamma = coefficients
    neutral = torch.tensor(0.0 if additive else 1.0, dtype=torch.float64)
    s, u, level = list(s_init), list(u_init), []
    for t, y_t in enumerate(y.tolist()):
        s_t, u_t = s[t] if s else neutral, u[t] if u else neutral
        without = y_t - s_t - u_t if additive else y_t / (s_t * u_t)
        seen = y_t == y_t
        if t == 0:
            level.append(without)
        else:
            level.append(alpha * without + (1 - alpha) * level[-1] if seen else level[-1])
        for factors, own, other, rate in ((s, s_t, u_t, beta), (u, u_t, s_t, gamma)):
            if not factors:
                continue
            if t == 0 or not seen:
                factors.append(own)
            else:
                ratio = y_t - level[-1] - other if additive else y_t / (level[-1] * other)
                factors.append(rate * ratio + (1 - rate) * own)
    empty = torch.empty(0, dtype=torch.float64)
    return tuple(torch.stack(part) if part else empty for part in (level, s, u))


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("periods", PERIODS)
def test_gradcheck(periods, missing):
    problem = random_problem(7, LENGTHS, periods, missing)
    assert problem.additive.any()
    assert not problem.additive.all()
    # gradcheck refuses empty tensors that need a gradient.
    needed = [True, *(period > 0 for period in periods)]
    assert gradcheck(lambda *p: smooth(*p, *data(problem)), parameters(problem, needed))


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("periods", PERIODS)
def test_equals_a_loop_in_torch(periods, missing):
    """Values and gradients, also through the factors beyond each series' end."""
    problem = random_problem(3, LENGTHS, periods, missing)
    ours, theirs = parameters(problem), parameters(problem)
    flat = smooth(*ours, *data(problem))
    starts = [problem.indptr, *(factor_starts(problem.indptr, p) for p in periods)]
    weights = [torch.randn(out.shape, dtype=torch.float64, generator=seeded(1)) for out in flat]
    expected = torch.zeros((), dtype=torch.float64)
    for i in range(len(LENGTHS)):
        single = smooth_in_torch(
            problem.one(i).values, *(p[i] for p in theirs), bool(problem.additive[i])
        )
        for out, start, many, weight in zip(single, starts, flat, weights, strict=True):
            part = slice(start[i], start[i + 1]) if many.numel() else slice(0, 0)
            assert_close(many[part], out, rtol=1e-12, atol=1e-12)
            expected = expected + (out * weight[part]).sum()
    sum((out * weight).sum() for out, weight in zip(flat, weights, strict=True)).backward()
    expected.backward()
    for own, other in zip(ours, theirs, strict=True):
        reached = other.grad if other.grad is not None else torch.zeros_like(other)
        assert_close(own.grad, reached, rtol=1e-10, atol=1e-10)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    "needs", [(True, False, False), (False, True, False), (False, False, True)]
)
def test_gradients_go_where_they_are_needed_only(needs):
    problem = random_problem(5, LENGTHS, (3, 7))
    some, every = parameters(problem, needs), parameters(problem)
    for own in (some, every):
        sum(out.sum() for out in smooth(*own, *data(problem))).backward()
    for own, full, need in zip(some, every, needs, strict=True):
        if need:
            assert_array_equal(own.grad.numpy(), full.grad.numpy())
            assert own.grad.abs().sum() > 0.0
        else:
            assert own.grad is None


def test_without_parameters_to_learn_there_is_no_graph():
    problem = random_problem(5, LENGTHS, (4, 0))
    fixed = parameters(problem, (False, False, False))
    assert not any(out.requires_grad for out in smooth(*fixed, *data(problem)))
    with torch.no_grad():
        assert not any(out.requires_grad for out in smooth(*parameters(problem), *data(problem)))


def test_one_output_alone_carries_a_gradient():
    problem = random_problem(5, [6], (4, 0), missing=0.0)
    own = parameters(problem)
    _, s, _ = smooth(*own, *data(problem))
    s[0].backward()  # the first factor is the first parameter itself
    assert own[1].grad.tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert own[0].grad.tolist() == [[0.0, 0.0, 0.0]]


def test_second_derivatives_are_refused():
    problem = random_problem(5, [6], (4, 0))
    own = parameters(problem)
    level = smooth(*own, *data(problem))[0]
    (first,) = torch.autograd.grad(level.square().sum(), own[0], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize("additive", [False, True])
def test_gradient_reaches_the_free_parameters(additive):
    problem = random_problem(5, [12], (3, 0))
    values = np.abs(problem.values)
    unit = torch.tensor([2.5], dtype=torch.float64)

    def smoothed(rows):
        natural = natural_parameters(rows, unit, additive, (3,))
        return smooth(*natural, values, problem.indptr, np.array([additive]))

    rows = torch.randn(1, 6, dtype=torch.float64, generator=seeded(2), requires_grad=True)
    assert gradcheck(smoothed, rows)


def test_results_are_the_kernels():
    problem = random_problem(5, LENGTHS, (3, 7))
    found = smooth(*parameters(problem), *data(problem))
    for ours, theirs in zip(found, kernel.smooth(*problem.args()), strict=True):
        assert_array_equal(ours.detach().numpy(), theirs)
        assert ours.dtype == torch.float64
