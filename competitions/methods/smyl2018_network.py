"""The network of the program that won M4, run over one series at a time.

The program updates its weights after each series. Recurrences are compiled here for that: as torch
operations they would take most of the time, and `esrnn.ops.lstm_cpu` does not show the cells, which
the program has a penalty on. Tests compare them with the package's layers of the same names, where
the equations stand (`esrnn.nn.layers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear

from esrnn.kernels.activations import exp_in_place, sigmoid_in_place, tanh_in_place, tanh_of
from esrnn.kernels.jit import jit

Float32Array = NDArray[np.float32]
_ONE = np.float32(1.0)


class _States(NamedTuple):
    """What a layer did at T steps, for its adjoint."""

    gates: Float32Array  # i, f, o and g, (T, 4 H)
    cell: Float32Array  # c, (T, H); the next three likewise
    squashed: Float32Array  # tanh(c)
    hidden: Float32Array  # h
    read: Float32Array  # the state that the gates read
    about: Float32Array  # the units of the attention, (T, A); A = 0 without
    shares: Float32Array  # weights of the last d states, (T, d); (T, 0) without


class _Weights(NamedTuple):
    """Weights of a layer but those of its inputs, by rows of outputs; turned for a forward pass."""

    recurrent: Float32Array  # (4 H, H)
    states: Float32Array  # of hidden states and cells, (A, 2 H)
    shares: Float32Array  # (d, A)
    bias: Float32Array  # of the shares, (d,); no numbers in a layer without attention

    def turned(self) -> _Weights:
        """Return the transposed matrices."""
        recurrent, states, shares = (np.ascontiguousarray(matrix.T) for matrix in self[:3])
        return _Weights(recurrent, states, shares, self.bias)


@jit
def _add_rows(weights, rows, out):  # type: ignore[no-untyped-def]
    """Add the weighted sum of rows to `out`; by fours, which saves passes over `out`."""
    n_fours = weights.size // 4 * 4
    for k in range(0, n_fours, 4):
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        p, q, r, s = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
        for j in range(out.size):
            out[j] += a * p[j] + b * q[j] + c * r[j] + d * s[j]
    for k in range(n_fours, weights.size):
        a, p = weights[k], rows[k]
        for j in range(out.size):
            out[j] += a * p[j]


@jit
def _attend(t, query, weights, states):  # type: ignore[no-untyped-def]
    """Write the weights of the last d states at step t, and what is read of them."""
    size, d = states.hidden.shape[1], weights.bias.size
    about, shares, read = states.about[t], states.shares[t], states.read[t]
    about[:] = query
    _add_rows(states.hidden[t - 1], weights.states[:size], about)
    _add_rows(states.cell[t - 1], weights.states[size:], about)
    tanh_in_place(about)
    shares[:] = weights.bias
    _add_rows(about, weights.shares, shares)
    shares -= shares.max()
    exp_in_place(shares)
    shares /= shares.sum()
    _add_rows(shares, states.hidden[t - d : t][::-1], read)


@jit
def _run(sums, passing, queries, weights, d, states):  # type: ignore[no-untyped-def]
    """Run a layer; `passing` is added to tanh(c), and has no rows but in a residual LSTM."""
    n_steps, size = states.hidden.shape
    for t in range(n_steps):
        gates, read = states.gates[t], states.read[t]
        gates[:] = sums[t]
        read[:] = 0.0
        if t >= d:
            if weights.bias.size > 0:
                _attend(t, queries[t], weights, states)
            else:
                read[:] = states.hidden[t - d]
            _add_rows(read, weights.recurrent, gates)
        sigmoid_in_place(gates[: 3 * size])
        tanh_in_place(gates[3 * size :])
        i, f, o, g = (
            gates[:size],
            gates[size : 2 * size],
            gates[2 * size : 3 * size],
            gates[3 * size :],
        )
        cell, squashed, hidden = states.cell[t], states.squashed[t], states.hidden[t]
        for u in range(size):
            cell[u] = i[u] * g[u]
        if t >= d:
            before = states.cell[t - d]
            for u in range(size):
                cell[u] += f[u] * before[u]
        tanh_of(cell, squashed)
        for u in range(size):
            hidden[u] = o[u] * squashed[u]
        if passing.size > 0:
            for u in range(size):
                hidden[u] += o[u] * passing[t, u]


@jit
def _attend_adjoint(t, read_bar, weights, states, bars):  # type: ignore[no-untyped-def]
    """Turn the adjoint of what step t read into those of the states before and the attention."""
    hidden_bar, cell_bar, about_bar, shares_bar = bars
    size, d = read_bar.size, shares_bar.shape[1]
    shares, weights_bar, about = states.shares[t], shares_bar[t], about_bar[t]
    mean = np.float32(0.0)
    for k in range(d):
        state, state_bar, share = states.hidden[t - 1 - k], hidden_bar[t - 1 - k], shares[k]
        total = np.float32(0.0)
        for u in range(size):
            total += read_bar[u] * state[u]
        for u in range(size):
            state_bar[u] += share * read_bar[u]
        weights_bar[k] = total
        mean += share * total
    for k in range(d):
        weights_bar[k] = shares[k] * (weights_bar[k] - mean)
    about[:] = 0.0
    _add_rows(weights_bar, weights.shares, about)
    for a in range(about.size):
        about[a] *= _ONE - states.about[t, a] * states.about[t, a]
    _add_rows(about, weights.states[:, :size], hidden_bar[t - 1])
    _add_rows(about, weights.states[:, size:], cell_bar[t - 1])


@jit
def _run_adjoint(passing, weights, d, states, sums_bar, bars):  # type: ignore[no-untyped-def]
    """Write adjoints of sums, attention and its weights; `bars` of states and cells are used up."""
    hidden_bar, cell_bar = bars[0], bars[1]
    n_steps, size = hidden_bar.shape
    read_bar = np.empty(size, np.float32)
    for t in range(n_steps - 1, -1, -1):
        gates, squashed, h_bar, c_bar = (
            states.gates[t],
            states.squashed[t],
            hidden_bar[t],
            cell_bar[t],
        )
        own = sums_bar[t]
        for u in range(size):
            i, f, o, g = gates[u], gates[size + u], gates[2 * size + u], gates[3 * size + u]
            seen = squashed[u] + (passing[t, u] if passing.size > 0 else np.float32(0.0))
            c_bar[u] += h_bar[u] * o * (_ONE - squashed[u] * squashed[u])
            own[u] = c_bar[u] * g * i * (_ONE - i)
            before = states.cell[t - d, u] if t >= d else np.float32(0.0)
            own[size + u] = c_bar[u] * before * f * (_ONE - f)
            own[2 * size + u] = h_bar[u] * seen * o * (_ONE - o)
            own[3 * size + u] = c_bar[u] * i * (_ONE - g * g)
        if t < d:
            continue
        for u in range(size):
            cell_bar[t - d, u] += c_bar[u] * gates[size + u]
        if weights.bias.size == 0:
            _add_rows(own, weights.recurrent, hidden_bar[t - d])
        else:
            read_bar[:] = 0.0
            _add_rows(own, weights.recurrent, read_bar)
            _attend_adjoint(t, read_bar, weights, states, bars)


class _Recurrence(torch.autograd.Function):
    """One layer over one series: from sums of gates to hidden states and cells."""

    @staticmethod
    def forward(ctx: Any, d: int, *tensors: Tensor) -> tuple[Tensor, Tensor]:
        sums, passing, queries, *matrices = (
            np.ascontiguousarray(one.detach().numpy()) for one in tensors
        )
        weights = _Weights(*matrices)
        size = weights.recurrent.shape[1]
        widths = (4 * size, size, size, size, size, queries.shape[1], weights.bias.size)
        states = _States(*(np.zeros((len(sums), width), np.float32) for width in widths))
        _run(sums, passing, queries, weights.turned(), d, states)
        ctx.run = (d, passing, weights, states)
        return torch.from_numpy(states.hidden), torch.from_numpy(states.cell)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, hidden_bar: Tensor, cell_bar: Tensor) -> tuple[Tensor | None, ...]:
        d, passing, weights, states = ctx.run
        size = weights.recurrent.shape[1]
        sums_bar, about_bar, shares_bar = map(
            np.zeros_like, (states.gates, states.about, states.shares)
        )
        bars = (np.array(hidden_bar.numpy()), np.array(cell_bar.numpy()), about_bar, shares_bar)
        _run_adjoint(passing, weights, d, states, sums_bar, bars)
        outputs = states.gates[:, 2 * size : 3 * size]
        passing_bar = bars[0] * outputs if passing.size else passing
        heard = np.hstack([states.hidden, states.cell])[:-1]
        gradients = (
            sums_bar, passing_bar, about_bar, sums_bar.T @ states.read, about_bar[1:].T @ heard,
            shares_bar.T @ states.about, shares_bar.sum(axis=0),
        )  # fmt: skip
        return (None, *map(torch.from_numpy, gradients))


class Layer(nn.Module):
    """A dilated LSTM layer, plain, residual or attentive; the forget gate's bias starts at 1."""

    inputs: Tensor  # (4 H, n_inputs), gates i, f, o and g below one another
    bias: Tensor  # (4 H,)
    query_inputs: Tensor  # (A, n_inputs)
    query_bias: Tensor  # (A,)
    # As in `_Weights`
    recurrent: Tensor
    query_states: Tensor
    shares: Tensor
    shares_bias: Tensor

    def __init__(self, n_inputs: int, size: int, dilation: int, cell: str, is_first: bool) -> None:
        super().__init__()
        n_units = size if cell == "attentive_lstm" and dilation > 1 else 0
        n_shares = dilation if n_units else 0
        self.dilation, self.is_residual = dilation, cell == "residual_lstm" and not is_first
        shapes = {
            "inputs": (4 * size, n_inputs),
            "recurrent": (4 * size, size),
            "bias": (4 * size,),
            "query_inputs": (n_units, n_inputs),
            "query_states": (n_units, 2 * size),
            "query_bias": (n_units,),
            "shares": (n_shares, n_units),
            "shares_bias": (n_shares,),
        }
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))
        with torch.no_grad():
            self.bias[size : 2 * size] = 1.0

    def draw(self, generator: Generator) -> None:
        """Draw matrices by Glorot's rule, those of hidden states and cells apart."""
        size = self.recurrent.shape[1]
        of_states = self.query_states[:, :size], self.query_states[:, size:]
        for matrix in (self.inputs, self.recurrent, self.query_inputs, *of_states, self.shares):
            if matrix.numel():
                nn.init.xavier_uniform_(matrix, generator=generator)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Run over (T, n_inputs); return hidden states and cells, (T, size) each."""
        out: tuple[Tensor, Tensor] = _Recurrence.apply(  # type: ignore[no-untyped-call]
            self.dilation, linear(x, self.inputs, self.bias), x if self.is_residual else x[:0],
            linear(x, self.query_inputs, self.query_bias), self.recurrent, self.query_states,
            self.shares, self.shares_bias,
        )  # fmt: skip
        return out


class Network(nn.Module):
    """Blocks of layers, each but the first added to its input, and a linear map to H outputs."""

    def __init__(
        self, sizes: tuple[int, int, int], blocks: Sequence[Sequence[int]], cell: str
    ) -> None:
        super().__init__()
        n_inputs, size, horizon = sizes
        self.blocks = nn.ModuleList()
        for block in blocks:
            layers = [
                Layer(size if self.blocks or k else n_inputs, size, dilation, cell, k == 0)
                for k, dilation in enumerate(block)
            ]
            self.blocks.append(nn.ModuleList(layers))
        self.adapter = nn.Linear(size, horizon)

    def draw(self, generator: Generator) -> None:
        """Draw weights as the program's library does; a vector's numbers up to (3 / length)^.5."""
        for module in self.modules():
            if isinstance(module, Layer):
                module.draw(generator)
        nn.init.xavier_uniform_(self.adapter.weight, generator=generator)
        largest = (3.0 / self.adapter.bias.numel()) ** 0.5
        nn.init.uniform_(self.adapter.bias, -largest, largest, generator=generator)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Run over (T, n_inputs); return (T, H), and the cells of the first layer of each block."""
        cells = []
        for k, block in enumerate(self.blocks):
            first, *others = block.children()
            out, cell = first(x)
            for layer in others:
                out, _ = layer(out)
            x = out if k == 0 else x + out
            cells.append(cell)
        return self.adapter(x), cells
