"""Dilated layers and residual blocks against plain recurrences run by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from esrnn.config import CELL_OPTIONS
from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.gru import GRU
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.lstm import LSTM
from esrnn.nn.stack import DilatedStack, _draw_kept

T, B, F = 13, 2, 3
# The others know their dilation, or have no use for it.
FOLDED = [name for name in LAYERS if name not in ("attentive_lstm", "cnn", "mlp", "linear")]


def layer_of(name, dilation):
    return LAYERS[name](LayerShape(F, 5, dilation), CELL_OPTIONS[name]())


def inputs(n_steps=T, seed=0):
    return torch.randn(n_steps, B, F, generator=torch.Generator().manual_seed(seed))


def close(found, expected):
    assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_dilation_1_is_nn_lstm():
    plain = nn.LSTM(F, 5)
    cell = LSTM(F, 5)
    cell.rnn.load_state_dict(plain.state_dict())
    x = inputs()
    assert torch.equal(Dilated(cell, 1)(x), plain(x)[0])


@pytest.mark.parametrize("name", FOLDED)
@pytest.mark.parametrize("dilation", [2, 3, 4, 12, 13])
def test_dilation_d_is_d_interleaved_recurrences(name, dilation):
    layer, x = layer_of(name, dilation), inputs()
    found, cell = layer(x), layer.cell
    assert found.shape == (T, B, 5)
    for k in range(dilation):
        close(found[k::dilation], cell(x[k::dilation]))


@pytest.mark.parametrize("dilation", [T, T + 1, 1000])
def test_a_dilation_longer_than_the_series_leaves_no_memory(dilation):
    cell, x = LSTM(F, 5), inputs()
    found = Dilated(cell, dilation)(x)
    for t in range(T):
        close(found[t], cell(x[t : t + 1])[0])


def test_one_step():
    cell, x = LSTM(F, 5), inputs(1)
    close(Dilated(cell, 4)(x), cell(x))


@pytest.mark.parametrize("dilation", [2, 5, 20])
def test_gradients_of_a_dilated_layer(dilation):
    cell, x = LSTM(F, 5).double(), inputs().double().requires_grad_()
    weights = inputs(seed=1).double().repeat(1, 1, 2)[..., :5]
    (found,) = torch.autograd.grad((Dilated(cell, dilation)(x) * weights).sum(), x)
    loss = 0.0
    for k in range(min(dilation, T)):
        loss = loss + (cell(x[k::dilation]) * weights[k::dilation]).sum()
    (expected,) = torch.autograd.grad(loss, x)
    assert_close(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dilations", [[[1]], [[1, 2], [4, 8]], [[3], [1, 5], [2]]])
def test_a_stack_is_causal(dilations):
    stack, x = DilatedStack(F, 5, dilations, "lstm", 0.0).eval(), inputs()
    before, later = stack(x), x.clone()
    later[7:] += 1.0
    after = stack(later)
    close(after[:7], before[:7])
    assert not torch.allclose(after[7], before[7])


def test_memory_reaches_as_far_as_the_dilations():
    """With one layer of dilation 3, step 9 hears of steps 0, 3 and 6 and of no other before."""
    stack = DilatedStack(F, 5, [[3]], "lstm", 0.0)
    x = inputs().requires_grad_()
    (grad,) = torch.autograd.grad(stack(x)[9].sum(), x)
    heard = [t for t in range(T) if grad[t].any()]
    assert heard == [0, 3, 6, 9]


def test_residual_blocks_by_hand():
    stack, x = DilatedStack(F, 5, [[1, 2], [3], [4]], "lstm", 0.0).eval(), inputs()
    (one, two), (three,), (four,) = stack.blocks
    first = two(one(x))
    second = first + three(first)
    close(stack(x), second + four(second))


def test_layers_have_the_dilations_and_sizes_asked_for():
    stack = DilatedStack(F, 5, [[1, 2], [4, 8]], "gru", 0.0)
    layers = [layer for block in stack.blocks for layer in block]
    assert [layer.dilation for layer in layers] == [1, 2, 4, 8]
    assert [layer.cell.rnn.input_size for layer in layers] == [F, 5, 5, 5]
    assert all(isinstance(layer.cell, GRU) for layer in layers)


def test_dropout_hits_each_blocks_output_in_training_only():
    stack, x = DilatedStack(F, 50, [[1], [2]], "lstm", 0.4), inputs()
    first = {}
    stack.blocks[0].register_forward_hook(lambda *call: first.update(raw=call[2]))
    stack.blocks[1].register_forward_pre_hook(lambda _, given: first.update(dropped=given[0]))
    generator = torch.Generator().manual_seed(0)
    stack(x, generator)
    gone = first["dropped"] == 0.0
    assert 0.3 < gone.float().mean() < 0.5
    close(first["dropped"][~gone], first["raw"][~gone] / 0.6)
    assert not torch.equal(stack(x, generator), stack(x, generator))
    assert torch.equal(stack(x), stack(x))
    assert not (first["dropped"] == 0.0).any()


def test_dropout_draws_from_the_generator_alone():
    stack, x = DilatedStack(F, 50, [[1], [2]], "lstm", 0.4), inputs()
    before = torch.get_rng_state()
    draws = [stack(x, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("share", [0.001, 0.2, 0.9])
def test_dropout_drops_the_share_asked_for_and_keeps_the_mean(share):
    kept = _draw_kept(inputs(), (200, 64, 40), share, torch.Generator().manual_seed(0))
    n = kept.numel()
    assert abs((kept == 0.0).float().mean().item() - share) < 5.0 * (share / n) ** 0.5
    assert kept.unique().tolist() == [0.0, pytest.approx(1.0 / (1.0 - share))]
    alike = (kept[1:] == kept[:-1]).float().mean().item()  # no step repeats the one before
    assert abs(alike - share**2 - (1.0 - share) ** 2) < 0.01


def test_lstms_run_by_kernels_as_they_do_layer_by_layer():
    stack, x = DilatedStack(F, 5, [[1, 2], [4, 8]], "lstm", 0.3), inputs()
    close(stack(x), stack.by_layers(x))
    draw = lambda run: run(x, torch.Generator().manual_seed(3))  # noqa: E731
    close(draw(stack), draw(stack.by_layers))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("wanted", [range(T - 1, T), range(1, T, 3), range(T)])
def test_some_steps_are_those_of_all(cell, wanted):
    stack, x = DilatedStack(F, 5, [[1, 2], [4, 8]], cell, 0.0), inputs()
    close(stack(x, None, wanted), stack(x)[list(wanted)])


def test_recurrent_dropout_and_hooks_are_heeded():
    options = RecurrentOptions(recurrent_dropout=0.5)
    stack, x = DilatedStack(F, 5, [[1, 2]], "lstm", 0.0, options), inputs()
    draws = [stack(x, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1])
    assert not torch.allclose(draws[0], draws[2])
    close(stack(x), stack.by_layers(x))
    with_hook = stack.blocks[0][1].register_forward_hook(lambda _, given, out: 0.0 * out)
    assert not stack(x).any()
    with_hook.remove()
    assert stack(x).any()


def test_a_linear_stack_is_one_layer():
    stack, x = DilatedStack(F, 5, [[1, 2], [4]], "linear", 0.0).double(), inputs().double()
    assert [len(block) for block in stack.layers()] == [1]
    assert_close(stack(2.0 * x) - stack(x), stack(x) - stack(0.0 * x), rtol=1e-10, atol=1e-12)
