"""Recurrent cells behind their one interface."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from esrnn.nn.layers.gru import GRU
from esrnn.nn.layers.initial import draw_as_torch
from esrnn.nn.layers.lstm import LSTM

CELLS = {"lstm": LSTM, "gru": GRU}


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", CELLS)
def test_interface(name):
    cell = CELLS[name](3, 5)
    x = randn(7, 2, 3).requires_grad_()
    out = cell(x)
    assert out.shape == (7, 2, 5)
    out.sum().backward()
    assert all(p.grad.any() for p in cell.parameters())


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_is_causal_and_its_series_are_independent(name):
    cell, x = CELLS[name](3, 5), randn(7, 2, 3)
    before = cell(x)
    later, mate = x.clone(), x.clone()
    later[4:] += 1.0
    mate[:, 1] += 1.0
    assert_close(cell(later)[:4], before[:4], rtol=0, atol=1e-7)
    assert not torch.allclose(cell(later)[4], before[4])
    assert_close(cell(mate)[:, 0], before[:, 0], rtol=0, atol=1e-7)


def sigmoid(x):
    return 1.0 / (1.0 + torch.exp(-x))


def test_lstm_by_hand():
    cell, x = LSTM(2, 3).double(), randn(4, 1, 2).double()
    w = cell.rnn
    hidden = state = torch.zeros(1, 3, dtype=torch.float64)
    out = cell(x)
    for t in range(4):
        gates = x[t] @ w.weight_ih_l0.T + w.bias_ih_l0 + hidden @ w.weight_hh_l0.T + w.bias_hh_l0
        enter, forget, candidate, leave = gates.split(3, dim=-1)
        state = sigmoid(forget) * state + sigmoid(enter) * torch.tanh(candidate)
        hidden = sigmoid(leave) * torch.tanh(state)
        assert_close(out[t], hidden, rtol=1e-10, atol=1e-12)


def test_lstms_forget_gate_starts_open():
    """Bias 1 once, not in both of torch's biases; the other gates' biases 0."""
    rnn = LSTM(3, 5).rnn
    total = (rnn.bias_ih_l0 + rnn.bias_hh_l0).view(4, 5)
    assert torch.equal(total, torch.tensor([0.0, 1.0, 0.0, 0.0])[:, None].expand(4, 5))


def test_gru_starts_without_biases():
    rnn = GRU(3, 5).rnn
    assert not rnn.bias_ih_l0.any()
    assert not rnn.bias_hh_l0.any()


@pytest.mark.parametrize(("name", "n_gates"), [("lstm", 4), ("gru", 3)])
def test_recurrent_weights_start_orthogonal_and_inputs_spread_by_size(name, n_gates):
    rnn = CELLS[name](40, 30).rnn.requires_grad_(False)
    for gate in rnn.weight_hh_l0.view(n_gates, 30, 30):
        assert_close(gate @ gate.T, torch.eye(30), rtol=0, atol=1e-5)
    bound = (6.0 / (40 + 30)) ** 0.5
    for gate in rnn.weight_ih_l0.view(n_gates, 30, 40):
        assert gate.abs().max() <= bound
        assert float(gate.std()) == pytest.approx(bound / 3**0.5, rel=0.1)


@pytest.mark.parametrize("name", CELLS)
def test_draws_come_from_the_generator_that_is_handed_down(name):
    cell = CELLS[name](3, 5)
    state = torch.get_rng_state()

    def weights(seed):
        cell.draw(torch.Generator().manual_seed(seed))
        return nn.utils.parameters_to_vector(cell.parameters()).detach()

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("make", [nn.LSTM, nn.GRU, nn.Linear])
def test_weights_are_drawn_as_torch_draws_them(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        expected = nn.utils.parameters_to_vector(make(3, 5).parameters())
        then = torch.rand(1)
    module, generator = make(3, 5), torch.Generator().manual_seed(4)
    draw_as_torch(module, generator)
    assert torch.equal(nn.utils.parameters_to_vector(module.parameters()), expected)
    assert torch.equal(torch.rand(1, generator=generator), then)
