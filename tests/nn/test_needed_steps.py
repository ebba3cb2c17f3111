"""The stack at the steps that are needed, against the whole stack."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from esrnn.config import CELL_OPTIONS
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.needed_steps import states_at
from esrnn.nn.stack import DilatedStack

T, B, F = 29, 4, 3
DILATIONS = {
    "multiples": ((1, 3), (6, 12)),
    "no multiples": ((1, 3), (7, 5)),
    "falling": ((6, 2), (3,)),
    "longer than the series": ((1, 4), (24, 168)),
    "one layer": ((4,),),
}


def stack_of(cell, dilations):
    return DilatedStack(F, 5, dilations, cell, 0.0, CELL_OPTIONS[cell]())


def inputs():
    return torch.randn(T, B, F, generator=torch.Generator().manual_seed(0))


def picked(stack, x, steps):
    return stack(x)[steps, torch.arange(x.shape[1])]


@pytest.mark.parametrize("dilations", DILATIONS.values(), ids=DILATIONS)
@pytest.mark.parametrize(
    "steps",
    [[[28] * B], [[13] * B], [[0] * B], [[28, 3, 17, 17]], [[5, 6, 7, 8], [28, 0, 8, 5]]],
    ids=["the last", "one within", "the first", "of each its own", "two of each"],
)
def test_the_states_are_those_of_the_whole_stack(dilations, steps):
    stack, x, steps = stack_of("lstm", dilations), inputs(), torch.tensor(steps)
    found = states_at(stack, x, steps)
    assert found.shape == (len(steps), B, 5)
    assert_close(found, picked(stack, x, steps), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cell", LAYERS)
def test_every_cell_gives_the_states_of_the_whole_stack(cell):
    stack, x, steps = stack_of(cell, ((1, 3), (6, 12))), inputs(), torch.tensor([[28, 28, 11, 28]])
    with torch.no_grad():
        assert_close(states_at(stack, x, steps), picked(stack, x, steps), rtol=1e-5, atol=1e-6)


def test_a_layer_runs_at_no_more_steps_than_a_forecast_depends_on():
    stack, n_steps = stack_of("lstm", ((1, 3), (6, 12))), []
    for layer in (one for block in stack.layers() for one in block):
        assert isinstance(layer, Dilated)
        layer.cell.register_forward_hook(lambda _, given, out: n_steps.append(len(given[0])))
    states_at(stack, torch.zeros(36, B, F), torch.full((1, B), 35))
    assert n_steps == [36, 12, 6, 3]


def test_gradients_are_those_of_the_whole_stack():
    stack, steps = stack_of("lstm", ((1, 2), (4, 8))), torch.tensor([[28, 11, 28, 20]])
    x = inputs().requires_grad_()
    whole = torch.autograd.grad(picked(stack, x, steps).square().sum(), [x, *stack.parameters()])
    few = torch.autograd.grad(states_at(stack, x, steps).square().sum(), [x, *stack.parameters()])
    for one, other in zip(few, whole, strict=True):
        assert_close(one, other, rtol=1e-5, atol=1e-6)
