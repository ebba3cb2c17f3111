"""The recurrence of several members beside torch's LSTM."""

from __future__ import annotations

import torch
from torch.autograd import gradcheck
from torch.testing import assert_close

from esrnn.ops.lstm import lstm


def random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_equals_torch():
    rnns = [torch.nn.LSTM(3, 5).double() for _ in range(2)]
    x, bar = random(2, 7, 4, 3), random(2, 7, 4, 5)
    weights = torch.stack([rnn.weight_hh_l0.detach() for rnn in rnns]).requires_grad_()
    from_inputs = torch.stack(
        [x[m] @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + rnn.bias_hh_l0 for m, rnn in enumerate(rnns)]
    )
    out = lstm(from_inputs, weights)
    out.backward(bar)
    for m, rnn in enumerate(rnns):
        own = {name: p.grad.clone() for name, p in rnn.named_parameters() if p.grad is not None}
        rnn.zero_grad()
        expected, _ = rnn(x[m])
        expected.backward(bar[m])
        assert_close(out[m], expected)
        assert_close(weights.grad[m], rnn.weight_hh_l0.grad)
        for name in ("weight_ih_l0", "bias_ih_l0", "bias_hh_l0"):
            assert_close(own[name], rnn.get_parameter(name).grad)


def test_gradcheck():
    parts = random(2, 4, 3, 8).requires_grad_(), random(2, 8, 2).requires_grad_()
    assert gradcheck(lstm, parts)


def test_one_step():
    out = lstm(random(1, 1, 2, 8), random(1, 8, 2).requires_grad_())
    out.sum().backward()
    assert out.shape == (1, 1, 2, 2)
