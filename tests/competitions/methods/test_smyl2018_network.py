"""The recurrences of the program that won M4, beside the package's layers."""

import pytest
import torch
from numpy.testing import assert_allclose

from competitions.methods.smyl2018_network import Layer, Network
from esrnn.config.cells import make_cell_options
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.layer import LayerShape

# The package's names of weights, by those of `Layer`
NAMES = {
    "weight_ih": "inputs",
    "weight_hh": "recurrent",
    "bias": "bias",
    "attend.inputs.weight": "query_inputs",
    "attend.inputs.bias": "query_bias",
    "attend.states.weight": "query_states",
    "attend.weights.weight": "shares",
    "attend.weights.bias": "shares_bias",
}


def _own_name(name: str) -> str:
    return NAMES[name.removeprefix("cell.")]


@pytest.mark.parametrize(
    ("cell", "dilation", "is_first"),
    [
        ("residual_lstm", 1, True),  # an LSTM
        ("residual_lstm", 4, True),
        ("residual_lstm", 3, False),
        ("attentive_lstm", 1, False),
        ("attentive_lstm", 5, False),
        ("attentive_lstm", 40, False),  # longer than the series
    ],
)
def test_a_layer_and_its_adjoint_are_those_of_the_package(
    cell: str, dilation: int, is_first: bool
) -> None:
    generator = torch.Generator().manual_seed(dilation)
    layer = Layer(6, 6, dilation, cell, is_first)
    layer.draw(generator)
    shape = LayerShape(6, 6, dilation, is_first=is_first)
    reference = LAYERS[cell](shape, make_cell_options(cell))
    with torch.no_grad():
        for bias in (layer.bias, layer.query_bias, layer.shares_bias):
            bias.normal_(generator=generator)
        for name, weight in reference.named_parameters():
            weight.copy_(getattr(layer, _own_name(name)))
    x, seen = torch.randn(2, 21, 6, generator=generator)
    x.requires_grad_()
    hidden, _ = layer(x)
    expected = reference(x[:, None])[:, 0]
    assert_allclose(hidden.detach(), expected.detach(), rtol=0, atol=1e-6)
    pairs = [(getattr(layer, _own_name(name)), w) for name, w in reference.named_parameters()]
    own, others = zip(*pairs, strict=True)
    found = torch.autograd.grad((hidden * seen).sum(), [x, *own])
    wanted = torch.autograd.grad((expected * seen).sum(), [x, *others], materialize_grads=True)
    for gradient, other in zip(found, wanted, strict=True):
        assert_allclose(gradient, other, rtol=0, atol=2e-6 * max(1.0, float(other.abs().max())))


def test_the_penalty_on_cells_has_its_gradient() -> None:
    layer = Layer(2, 3, 2, "lstm", True)
    layer.draw(torch.Generator().manual_seed(0))
    x = torch.randn(9, 2, generator=torch.Generator().manual_seed(1))
    layer(x)[1].square().sum().backward()
    for weight in (layer.recurrent, layer.inputs):
        step = torch.zeros_like(weight)
        step[4, 1] = 1e-2
        losses = []
        for sign in (1.0, -1.0):
            with torch.no_grad():
                weight += sign * step
                losses.append(float(layer(x)[1].square().sum()))
                weight -= sign * step
        slope = (losses[0] - losses[1]) / 2e-2
        assert weight.grad is not None
        assert_allclose(slope, weight.grad[4, 1], rtol=1e-3)


def test_blocks_after_the_first_are_added_to_their_input() -> None:
    network = Network((5, 4, 3), ((1, 2), (4,)), "lstm")
    network.draw(torch.Generator().manual_seed(0))
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(1))
    output, cells = network(x)
    (first, second), (third,) = (list(block.children()) for block in network.blocks)
    hidden = second(first(x)[0])[0]
    expected = network.adapter(hidden + third(hidden)[0])
    assert torch.equal(output, expected)
    assert [len(cells), cells[0].shape] == [2, (8, 4)]
    assert torch.equal(cells[1], third(hidden)[1])
