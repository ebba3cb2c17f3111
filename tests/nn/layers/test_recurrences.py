"""Cells that are no LSTM of torch's kind against their equations, number by number."""

from __future__ import annotations

import math

import pytest
import torch
from torch.testing import assert_close

from esrnn.config.cells import HeadsOptions, IndRNNOptions
from esrnn.errors import InputError
from esrnn.nn.layers.bistable import BRC, NBRC
from esrnn.nn.layers.indrnn import IndRNN
from esrnn.nn.layers.minlstm import MinLSTM
from esrnn.nn.layers.slstm import SLSTM
from tests.nn.layers.plain import randn, sigmoid
from tests.nn.layers.test_lstm_variants import stirred

F, H, T = 3, 4, 40


def close(found, expected):
    assert_close(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_indrnn(activation):
    cell, x = stirred(IndRNN(F, H, IndRNNOptions(activation=activation))), randn(T, 1, F).double()
    cell.weight_hh.copy_(torch.tensor([1.0, 0.5, -0.9, 0.0]))
    out, h = cell(x), torch.zeros(H).double()
    for t in range(T):
        h = cell.weight_ih @ x[t, 0] + cell.bias + cell.weight_hh * h
        h = torch.where(h > 0.0, h, 0.0) if activation == "relu" else h
        close(out[t, 0], h)


def test_training_keeps_indrnns_units_from_growing():
    cell = IndRNN(F, H)
    with torch.no_grad():
        cell.weight_hh.copy_(torch.tensor([1.5, -2.0, 0.5, 1.0]))
    cell(randn(3, 2, F))
    assert float(cell.weight_hh.detach().max()) == 1.5
    cell(randn(3, 2, F), torch.Generator())
    assert cell.weight_hh.tolist() == [1.0, -1.0, 0.5, 1.0]


def test_minlstm():
    cell, x = stirred(MinLSTM(F, H)), randn(T, 1, F).double()
    out, h = cell(x), torch.zeros(H).double()
    for t in range(T):
        f, i, candidate = (cell.weight_ih @ x[t, 0] + cell.bias).split(H)
        f, i = sigmoid(f), sigmoid(i)
        h = f / (f + i) * h + i / (f + i) * candidate
        close(out[t, 0], h)


def test_minlstms_gates_that_are_both_shut_still_share_one():
    cell = stirred(MinLSTM(F, H)).float()
    with torch.no_grad():
        cell.bias[: 2 * H] = -300.0  # its logistic function is 0 in float32
        out = cell(randn(T, 1, F))
    assert out.isfinite().all()
    assert out.abs().max() > 0.1


@pytest.mark.parametrize("kind", [BRC, NBRC])
def test_bistable_cells(kind):
    cell, x = stirred(kind(F, H)), randn(T, 1, F).double()
    out, h = cell(x), torch.zeros(H).double()
    for t in range(T):
        from_x = cell.weight_ih @ x[t, 0] + cell.bias
        if kind is BRC:
            of_a, of_c = cell.weight_hh[:H] * h, cell.weight_hh[H:] * h
        else:
            of_a, of_c = cell.weight_hh[:H] @ h, cell.weight_hh[H:] @ h
        a, c = 1.0 + torch.tanh(from_x[:H] + of_a), sigmoid(from_x[H : 2 * H] + of_c)
        h = c * h + (1.0 - c) * torch.tanh(from_x[2 * H :] + a * h)
        close(out[t, 0], h)


def test_a_bistable_cell_holds_what_it_was_told_once():
    """Above 1, a keeps either of two states; up to 1 both fade (Vecoven et al. 2021, figure 2)."""
    for bias, holds in ((2.0, True), (-2.0, False)):
        cell = BRC(1, 1).requires_grad_(False)
        cell.weight_ih.copy_(torch.tensor([[0.0], [0.0], [3.0]]))
        cell.weight_hh.zero_()
        cell.bias.copy_(torch.tensor([bias, 0.0, 0.0]))
        x = torch.zeros(300, 2, 1)
        x[:5, 0], x[:5, 1] = 1.0, -1.0
        up, down = cell(x)[-1, :, 0].tolist()
        assert (up > 0.5 and down < -0.5) if holds else (abs(up) < 0.01 and abs(down) < 0.01)


def test_slstm():
    """By the plain exponentials, which a short series can bear."""
    cell, x = stirred(SLSTM(F, H, HeadsOptions(heads=2))), randn(12, 1, F).double()
    out = cell(x)
    h = c = n = torch.zeros(H).double()
    for t in range(12):
        total = cell.weight_ih @ x[t, 0] + cell.bias
        recurrent = torch.zeros(4, H).double()
        for head in range(2):
            at = slice(2 * head, 2 * head + 2)
            for gate in range(4):
                block = cell.weight_hh[head, :, 2 * gate : 2 * gate + 2]
                recurrent[gate, at] = h[at] @ block
        i, f, z, o = (total.view(4, H) + recurrent).unbind()
        i, f, z, o = torch.exp(i), sigmoid(f), torch.tanh(z), sigmoid(o)
        c, n = f * c + i * z, f * n + i
        h = o * c / n
        close(out[t, 0], h)


def test_slstms_recurrent_matrices_are_those_of_its_steps():
    cell, x = stirred(SLSTM(F, H, HeadsOptions(heads=2))), randn(2, 1, F).double()
    weights = cell.gate_weights()
    first = cell(x)[0, 0]
    own = [w.inputs @ x[1, 0] + w.recurrent.double() @ first + w.bias for w in weights]
    *_, (_, gates) = cell.steps(x)
    close(gates[2][0], torch.tanh(own[2]))
    close(gates[3][0], sigmoid(own[3]))


def test_slstm_does_not_overflow():
    cell = stirred(SLSTM(F, H)).float()
    out = cell(1e4 * randn(50, 2, F))
    assert out.isfinite().all()
    assert out.abs().max() <= 1.0


def test_slstms_forget_gates_start_from_open_to_shut():
    bias = SLSTM(3, 8, HeadsOptions(heads=2)).bias.detach().view(4, 2, 4)
    assert_close(bias[1, 0], bias[1, 1])
    assert float(bias[1, 0, 0]) == 5.0
    assert float(bias[1, 0, 1]) == pytest.approx(5.0 - 12.0 * (1 / 3) ** 0.3, rel=1e-6)
    assert float(bias[1, 0, 3]) == pytest.approx(-7.0)
    assert not bias[[0, 2, 3]].any()


def test_heads_divide_the_units():
    with pytest.raises(InputError, match=r"heads must divide hidden_size=6; got 4.*\[1, 2, 3, 6\]"):
        SLSTM(3, 6, HeadsOptions(heads=4))
    assert SLSTM(3, 6).heads == math.gcd(6, 4)
