"""Variants of the LSTM against their equations, number by number."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from esrnn.config import CELL_OPTIONS, ModelConfig, NetworkConfig, SmoothingConfig, TrainingConfig
from esrnn.config.cells import BatchNormOptions
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.attentive_lstm import AttentiveLSTM
from esrnn.nn.layers.batch_norm_lstm import BatchNormLSTM
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.layer_norm_lstm import LayerNormLSTM
from esrnn.nn.layers.lstm import LSTM
from esrnn.nn.layers.residual_lstm import ResidualLSTM
from tests.nn.layers.plain import randn, sigmoid

F, H, T = 3, 4, 7


def stirred(cell):
    """Draw all parameters, in float64."""
    generator = torch.Generator().manual_seed(5)
    cell = cell.double()
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.7)
    return cell.requires_grad_(False)


def from_lstm(cell):
    """Return an LSTM of torch's with the same weights; its gates are in another order."""
    twin = LSTM(cell.input_size, cell.hidden_size).double().requires_grad_(False)
    for name in ("weight_ih", "weight_hh", "bias"):
        i, f, o, g = getattr(cell, name).chunk(4)
        own = "bias_ih" if name == "bias" else name
        getattr(twin.rnn, f"{own}_l0").copy_(torch.cat([i, f, g, o]))
    twin.rnn.bias_hh_l0.zero_()
    return twin


def gates_of(total):
    i, f, o, g = total.split(H)
    return sigmoid(i), sigmoid(f), sigmoid(o), torch.tanh(g)


@pytest.mark.parametrize("make", [lambda: ResidualLSTM(F, H, has_shortcut=False),
                                  lambda: AttentiveLSTM(F, H)])  # fmt: skip
def test_without_what_is_special_it_is_an_lstm(make):
    cell, x = stirred(make()), randn(T, 2, F).double()
    assert_close(cell(x), from_lstm(cell)(x), rtol=1e-10, atol=1e-12)


def test_residual_lstm():
    cell, x = stirred(ResidualLSTM(H, H)), randn(T, 1, H).double()
    out, h, c = cell(x), torch.zeros(H).double(), torch.zeros(H).double()
    for t in range(T):
        i, f, o, g = gates_of(cell.weight_ih @ x[t, 0] + cell.weight_hh @ h + cell.bias)
        c = f * c + i * g
        h = o * (torch.tanh(c) + x[t, 0])
        assert_close(out[t, 0], h, rtol=1e-10, atol=1e-12)


def test_the_first_layer_of_a_block_has_no_shortcut():
    options = CELL_OPTIONS["residual_lstm"]()
    first, second = (
        LAYERS["residual_lstm"](LayerShape(H, H, 2, is_first), options)
        for is_first in (True, False)
    )
    assert [first.cell.has_shortcut, second.cell.has_shortcut] == [False, True]


def test_attentive_lstm():
    d = 3
    cell, x = stirred(AttentiveLSTM(F, H, dilation=d)), randn(10, 1, F).double()
    out, hidden, contents = cell(x), [], []
    inputs, states, last = (cell.attend[name] for name in ("inputs", "states", "weights"))
    for t in range(10):
        read = before = torch.zeros(H).double()
        if t >= d:
            latest = torch.cat([hidden[t - 1], contents[t - 1]])
            about = torch.tanh(inputs.weight @ x[t, 0] + inputs.bias + states.weight @ latest)
            score = torch.exp(last.weight @ about + last.bias)
            weights = score / score.sum()
            read = sum(weights[k - 1] * hidden[t - k] for k in range(1, d + 1))
            before = contents[t - d]
        i, f, o, g = gates_of(cell.weight_ih @ x[t, 0] + cell.weight_hh @ read + cell.bias)
        contents.append(f * before + i * g)
        hidden.append(o * torch.tanh(contents[-1]))
        assert_close(out[t, 0], hidden[-1], rtol=1e-10, atol=1e-12)


def test_the_attention_has_the_size_that_is_asked_for():
    options = CELL_OPTIONS["attentive_lstm"](attention_size=7)
    layer = LAYERS["attentive_lstm"](LayerShape(F, H, 5), options)
    assert layer.attend["weights"].weight.shape == (5, 7)


def normal(a):
    return (a - a.mean()) / torch.sqrt(a.var(correction=0) + 1e-5)


def test_layer_norm_lstm():
    cell, x = stirred(LayerNormLSTM(F, H)), randn(T, 1, F).double()
    out, h, c = cell(x), torch.zeros(H).double(), torch.zeros(H).double()
    for t in range(T):
        from_x = cell.gain_ih * normal(cell.weight_ih @ x[t, 0])
        from_h = cell.gain_hh * normal(cell.weight_hh @ h)
        i, f, o, g = gates_of(from_x + from_h + cell.bias)
        c = f * c + i * g
        h = o * torch.tanh(cell.gain_c * normal(c) + cell.bias_c)
        assert_close(out[t, 0], h, rtol=1e-10, atol=1e-12)


def over_batch(a):
    return (
        (a - a.mean(0)) / torch.sqrt(a.var(0, correction=0) + 1e-5),
        a.mean(0),
        a.var(0, correction=0),
    )


def test_batch_norm_lstm_in_training():
    """By the batch's own means and variances, which the running ones take over at first."""
    cell, x = stirred(BatchNormLSTM(F, H)), randn(T, 5, F).double()
    out = cell(x, torch.Generator())
    h, c = torch.zeros(5, H).double(), torch.zeros(5, H).double()
    for t in range(T):
        from_x, *of_x = over_batch(x[t] @ cell.weight_ih.T)
        from_h, *of_h = over_batch(h @ cell.weight_hh.T)
        total = cell.gain_ih * from_x + cell.gain_hh * from_h + cell.bias
        i, f, o, g = (torch.stack(parts) for parts in zip(*map(gates_of, total), strict=True))
        c = f * c + i * g
        content, *of_c = over_batch(c)
        h = o * torch.tanh(cell.gain_c * content + cell.bias_c)
        assert_close(out[t], h, rtol=1e-9, atol=1e-11)
        for running, k in ((cell.means, 0), (cell.variances, 1)):
            own = torch.cat([of_x[k], of_h[k], of_c[k]])
            assert_close(running[t], own, rtol=1e-9, atol=1e-11)
    # In use the running ones stand in for the batch's.
    assert_close(cell(x), out, rtol=1e-9, atol=1e-11)
    assert_close(cell(x[:, :1]), out[:, :1], rtol=1e-9, atol=1e-11)


def test_interleaved_recurrences_are_normalised_by_themselves_in_training():
    x = randn(6, 5, F).double()
    layer = LAYERS["batch_norm_lstm"](LayerShape(F, H, 2), BatchNormOptions())
    cell = stirred(layer.cell)
    out = layer(x, torch.Generator())
    for phase in (0, 1):
        alone = stirred(BatchNormLSTM(F, H))
        assert_close(out[phase::2], alone(x[phase::2], torch.Generator()), rtol=1e-9, atol=1e-11)
        cell.means[:3] -= alone.means[:3] / 2.0
    assert cell.means.abs().max() < 1e-12


def test_running_means_move_by_the_momentum_and_later_steps_take_the_last():
    options = BatchNormOptions(n_steps=4, momentum=0.25)
    cell, x = stirred(BatchNormLSTM(F, H, options)), randn(3, 5, F).double()
    cell(x, torch.Generator())
    first = cell.means.clone()
    cell(x + 1.0, torch.Generator())
    other = stirred(BatchNormLSTM(F, H, options))
    other(x + 1.0, torch.Generator())
    assert_close(cell.means[:3], first[:3] + 0.25 * (other.means[:3] - first[:3]))
    assert int(cell.n_trained) == 3
    assert not cell.means[3].any()
    # A step that was never trained takes the moments of the last one that was.
    moments = [own.data_ptr() for own in cell._moments(3)]
    assert moments == [own.data_ptr() for own in cell._moments(2)]
    longer = randn(9, 5, F, seed=1).double()
    cell(longer, torch.Generator())
    assert int(cell.n_trained) == 4
    assert cell._moments(8)[0].data_ptr() == cell.means[3].data_ptr()
    assert cell(longer).isfinite().all()


def test_a_batch_of_one_is_normalised_by_the_running_means():
    cell, x = stirred(BatchNormLSTM(F, H)), randn(T, 1, F).double()
    before = cell.means.clone()
    assert torch.equal(cell(x, torch.Generator()), cell(x))
    assert torch.equal(cell.means, before)


def test_settings_of_a_model_take_options():
    network = NetworkConfig(
        5, 3, cell="batch_norm_lstm", cell_options=(("momentum", 0.2), ("n_steps", 7))
    )
    config = ModelConfig(network, SmoothingConfig(), TrainingConfig())
    assert ModelConfig.from_dict(config.to_dict()) == config
    assert network.options == BatchNormOptions(n_steps=7, momentum=0.2)
