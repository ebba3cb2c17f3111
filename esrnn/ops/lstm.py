r"""The LSTM's recurrence for several members at once, each with weights of its own.

What the inputs add to the gates comes in, states come out; so matrix products over all steps stay
outside, where they are fast. On a GPU one kernel runs all steps (`esrnn.kernels.gpu.lstm`), on a
CPU a loop of batched products. Both keep the gates and cell states, and the way back is written by
hand: with :math:`\bar h_t` from outside and from the step after, and :math:`q = \tanh c_t`,

.. math::

    \bar c_t &\leftarrow \bar c_t + \bar h_t o (1 - q^2) \\
    \bar i, \bar f, \bar g, \bar o &= \bar c_t g\, i (1 - i),\ \bar c_t c_{t-1} f (1 - f),\
    \bar c_t i (1 - g^2),\ \bar h_t q\, o (1 - o) \\
    \bar c_{t-1} &= \bar c_t f, \quad \bar h_{t-1} = (\bar i, \bar f, \bar g, \bar o) V .
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn.kernels.gpu.launching import launch_blocks
from esrnn.ops.kernel_arguments import stream_of

__all__ = ["lstm"]

_MOST_UNITS = 256  # of the kernel: four threads each, of 1,024 in a block


class _LSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, from_inputs: Tensor, weights: Tensor) -> Tensor:
        from_inputs, weights = from_inputs.contiguous(), weights.contiguous()
        hidden, cells, gates = _run(from_inputs, weights)
        ctx.save_for_backward(weights, hidden, cells, gates)
        return hidden

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor) -> tuple[Tensor, Tensor]:
        weights, hidden, cells, gates = ctx.saved_tensors
        inputs_bar = _run_back(weights, cells, gates, bars[0].contiguous())
        later, before = inputs_bar[:, 1:].flatten(1, 2), hidden[:, :-1].flatten(1, 2)
        return inputs_bar, later.transpose(1, 2) @ before


def lstm(from_inputs: Tensor, weights: Tensor) -> Tensor:
    """Run the recurrence over all steps, from states of zero.

    Parameters
    ----------
    from_inputs : Tensor of shape (M, T, B, 4 * H)
        What inputs and biases add to the gates: input, forget, candidate, output, as torch has
        them.
    weights : Tensor of shape (M, 4 * H, H)
        Recurrent weights of each member.

    Returns
    -------
    Tensor of shape (M, T, B, H)

    Examples
    --------
    >>> lstm(torch.zeros(2, 7, 3, 20), torch.zeros(2, 20, 5)).shape
    torch.Size([2, 7, 3, 5])
    """
    out: Tensor = _LSTM.apply(from_inputs, weights)  # type: ignore[no-untyped-call]
    return out


def _has_kernel(x: Tensor, n_units: int) -> bool:
    return x.is_cuda and x.dtype == torch.float32 and n_units <= _MOST_UNITS


def _launch(kernels: Any, which: str, first: Tensor, *arguments: Any) -> None:
    """Start one of `esrnn.kernels.gpu.lstm.Kernels`, which take flat arrays."""
    from esrnn.kernels.gpu.lstm import SERIES

    n_members, _, n_batch = (a for a in arguments if not isinstance(a, Tensor))
    shape = (n_members * -(-n_batch // SERIES), kernels.n_threads)
    flat = [a.view(-1) if isinstance(a, Tensor) else a for a in (first, *arguments)]
    run, size = getattr(kernels, which), kernels.shared_bytes
    launch_blocks(run, shape, size, stream_of(first), *flat)


def _run(from_inputs: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return hidden states, cell states and gates of all steps."""
    n_members, n_steps, n_batch, n_rows = from_inputs.shape
    n = n_rows // 4
    gates = torch.empty_like(from_inputs)
    hidden, cells = (from_inputs.new_empty(n_members, n_steps, n_batch, n) for _ in range(2))
    transposed = weights.transpose(1, 2)
    if _has_kernel(from_inputs, n):
        from esrnn.kernels.gpu.lstm import lstm_kernels

        arguments = (transposed.contiguous(), n_members, n_steps, n_batch, hidden, cells, gates)
        _launch(lstm_kernels(n), "forward", from_inputs, *arguments)
        return hidden, cells, gates
    h = c = from_inputs.new_zeros(n_members, n_batch, n)
    for t in range(n_steps):
        total = torch.baddbmm(from_inputs[:, t], h, transposed)
        i, f, g, o = total.chunk(4, dim=2)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        hidden[:, t], cells[:, t], gates[:, t] = h, c, torch.cat([i, f, g, o], dim=2)
    return hidden, cells, gates


def _run_back(weights: Tensor, cells: Tensor, gates: Tensor, hidden_bar: Tensor) -> Tensor:
    """Return the adjoints of what the inputs added to the gates."""
    n_members, n_steps, n_batch, n_rows = gates.shape
    n = n_rows // 4
    out = torch.empty_like(gates)
    if _has_kernel(gates, n):
        from esrnn.kernels.gpu.lstm import lstm_kernels

        arguments = (n_members, n_steps, n_batch, gates, cells, hidden_bar, out)
        _launch(lstm_kernels(n), "backward", weights, *arguments)
        return out
    h_bar = c_bar = gates.new_zeros(n_members, n_batch, n)
    for t in range(n_steps - 1, -1, -1):
        i, f, g, o = gates[:, t].chunk(4, dim=2)
        h_bar = h_bar + hidden_bar[:, t]
        squashed = cells[:, t].tanh()
        before = cells[:, t - 1] if t else torch.zeros_like(squashed)
        c_bar = c_bar + h_bar * o * (1.0 - squashed * squashed)
        bars = (
            c_bar * g * i * (1.0 - i), c_bar * before * f * (1.0 - f), c_bar * i * (1.0 - g * g),
            h_bar * squashed * o * (1.0 - o),
        )  # fmt: skip
        out[:, t] = torch.cat(bars, dim=2)
        c_bar, h_bar = c_bar * f, out[:, t] @ weights
    return out
