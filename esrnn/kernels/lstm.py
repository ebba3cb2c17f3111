"""A dilated LSTM layer and its adjoint, compiled for one thread.

The layer runs over the steps of all series, laid out one below the other, all series of a step
together: R rows of numbers. The state of a row comes from the row `together` rows above it, that
is, of the same series, `dilation` steps before: dilated steps need no reshaping, and a number of
steps that the dilation does not divide no padding. Rows that share no state are worked through in
blocks that stay in the cache. Widths are padded (`esrnn.kernels.products.padded`) with zeros, and
so are the states of units that are not there.

With the gates i, f, o and the candidate g,

    c = f c' + i g,    h = o tanh(c).

Loops over numbers write to one array each: the compiler vectorises a loop only if it can make sure
that what it writes is not read again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from esrnn.kernels.activations import sigmoid_in_place, tanh_in_place, tanh_of
from esrnn.kernels.jit import jit
from esrnn.kernels.products import add_product, add_transposed_product, pack, padded
from esrnn.kernels.tiles import LANES

__all__ = ["LSTMBars", "LSTMStates", "LSTMWeights", "lstm_adjoint", "lstm_forward"]

AnyFloat = NDArray[np.floating]

_ROWS = 48  # in a block
_NUMBERS = 1024  # that a loop over gates runs through at a time
_ONE = np.float32(1.0)


class LSTMWeights(NamedTuple):
    """What torch's LSTM has, gates i, f, g, o below one another.

    Attributes
    ----------
    inputs : ndarray of shape (4 * H, I)
    recurrent : ndarray of shape (4 * H, H)
    bias : ndarray of shape (4 * H,)
    """

    inputs: AnyFloat
    recurrent: AnyFloat
    bias: AnyFloat


class LSTMStates(NamedTuple):
    """All that the adjoint needs of a layer's states, H padded.

    Attributes
    ----------
    gates : ndarray of shape (4, R, H)
        i, f, g and o.
    cell, squashed, hidden : ndarray of shape (R, H)
        c, tanh(c) and h.
    """

    gates: AnyFloat
    cell: AnyFloat
    squashed: AnyFloat
    hidden: AnyFloat

    @classmethod
    def empty(cls, n_rows: int, hidden_size: int, dtype: np.dtype[np.floating]) -> LSTMStates:
        """Return arrays to be filled by `lstm_forward`."""
        shape = (n_rows, padded(hidden_size))
        return cls(np.empty((4, *shape), dtype), *(np.empty(shape, dtype) for _ in range(3)))


class LSTMBars(NamedTuple):
    """The adjoints of a layer's inputs and weights, all widths padded.

    Attributes
    ----------
    x : ndarray of shape (R, I)
        Empty, of shape (0, I), if it is not wanted.
    inputs : ndarray of shape (4, H, I)
    recurrent : ndarray of shape (4, H, H)
    bias : ndarray of shape (4, H)
    """

    x: AnyFloat
    inputs: AnyFloat
    recurrent: AnyFloat
    bias: AnyFloat

    @classmethod
    def zeros(cls, x: AnyFloat, hidden_size: int, with_x: bool) -> LSTMBars:
        """Return arrays that `lstm_adjoint` adds to."""
        size, dtype = padded(hidden_size), x.dtype
        return cls(
            np.zeros(x.shape if with_x else (0, x.shape[1]), dtype),
            np.zeros((4, size, x.shape[1]), dtype),
            np.zeros((4, size, size), dtype),
            np.zeros((4, size), dtype),
        )


@jit
def _open(i, f, g, o, before, has_before, cell, squashed, hidden):  # type: ignore[no-untyped-def]
    """Turn sums into gates, and write the states that follow from them."""
    sigmoid_in_place(i)
    sigmoid_in_place(f)
    tanh_in_place(g)
    sigmoid_in_place(o)
    if has_before:
        for k in range(cell.size):
            cell[k] = f[k] * before[k] + i[k] * g[k]
    else:
        for k in range(cell.size):
            cell[k] = i[k] * g[k]
    tanh_of(cell, squashed)
    for k in range(cell.size):
        hidden[k] = o[k] * squashed[k]


@jit
def _add_inputs(x, panels, bias, gates, first, end):  # type: ignore[no-untyped-def]
    """Write bias and inputs' share of the sums of the rows from `first` to before `end`.

    Rows are cut out here, gate by gate: blocks of contiguous numbers have one type, so that
    products are compiled once. A block of all gates is not contiguous.
    """
    for q in range(4):
        own = gates[q, first:end]
        for r in range(own.shape[0]):
            for u in range(own.shape[1]):
                own[r, u] = bias[q, u]
        add_product(x[first:end], panels[q], own)


@jit
def lstm_forward(x, weights, together, states):  # type: ignore[no-untyped-def]
    """Run a layer over x, (R, I padded), and fill `states` (`LSTMStates`).

    `weights` are `LSTMWeights`; `together` is the number of rows from a state to the next one.
    """
    n_rows, n_inputs = x.shape
    units, size = weights.recurrent.shape[1], states.hidden.shape[1]
    own = np.empty((4, size // LANES * n_inputs, LANES), x.dtype)
    heard = np.empty((4, size // LANES * size, LANES), x.dtype)
    bias = np.zeros((4, size), x.dtype)
    for q in range(4):
        rows = slice(q * units, (q + 1) * units)
        pack(weights.inputs[rows].T, n_inputs, size, own[q])
        pack(weights.recurrent[rows].T, size, size, heard[q])
        for u in range(units):
            bias[q, u] = weights.bias[q * units + u]
    gates, flat_gates = states.gates, states.gates.reshape(4, n_rows * size)
    cell, squashed = states.cell.reshape(n_rows * size), states.squashed.reshape(n_rows * size)
    hidden = states.hidden.reshape(n_rows * size)
    n_done = 0  # rows that have their inputs' share: by blocks, however few rows are together
    for first in range(0, n_rows, together):
        last = min(first + together, n_rows)
        for top in range(first, last, _ROWS):
            end = min(top + _ROWS, last)
            if n_done < end:
                until = min(max(end, n_done + _ROWS), n_rows)
                _add_inputs(x, own, bias, gates, n_done, until)
                n_done = until
            if first > 0:
                before = states.hidden[top - together : end - together]
                for q in range(4):
                    add_product(before, heard[q], gates[q, top:end])
            for a in range(top * size, end * size, _NUMBERS):
                z = min(a + _NUMBERS, end * size)
                i, f, g, o = (
                    flat_gates[0, a:z], flat_gates[1, a:z], flat_gates[2, a:z], flat_gates[3, a:z],
                )  # fmt: skip
                b = max(a - together * size, 0)
                before_cell = cell[b : b + z - a]
                _open(
                    i, f, g, o, before_cell, first > 0, cell[a:z], squashed[a:z], hidden[a:z]
                )  # fmt: skip


@jit
def _open_adjoint(gates, before, has_before, squashed, hidden_bar, cell_bar, bars):  # type: ignore[no-untyped-def]
    """Write the adjoints of sums; turn that of the cell into that of the cell before."""
    i, f, g, o = gates
    i_bar, f_bar, g_bar, o_bar = bars
    n = cell_bar.size
    for k in range(n):
        o_bar[k] = hidden_bar[k] * squashed[k] * (o[k] * (_ONE - o[k]))
    for k in range(n):
        cell_bar[k] += hidden_bar[k] * o[k] * (_ONE - squashed[k] * squashed[k])
    for k in range(n):
        i_bar[k] = cell_bar[k] * g[k] * (i[k] * (_ONE - i[k]))
    for k in range(n):
        g_bar[k] = cell_bar[k] * i[k] * (_ONE - g[k] * g[k])
    if not has_before:
        for k in range(n):
            f_bar[k] = 0.0
        return
    for k in range(n):
        f_bar[k] = cell_bar[k] * before[k] * (f[k] * (_ONE - f[k]))
    for k in range(n):
        cell_bar[k] *= f[k]


@jit
def _weights_adjoint(x, before, sums_bar, first, end, panels, bars):  # type: ignore[no-untyped-def]
    """Add what the rows from `first` to before `end` contribute to adjoints of inputs and weights.

    `before` are the states that the rows heard, none at the start.
    """
    for q in range(4):
        own = sums_bar[q, first:end]
        bias_bar = bars.bias[q]
        for r in range(own.shape[0]):
            for u in range(own.shape[1]):
                bias_bar[u] += own[r, u]
        add_transposed_product(own, x[first:end], bars.inputs[q])
        if before.size > 0:
            add_transposed_product(own[own.shape[0] - before.shape[0] :], before, bars.recurrent[q])
        if bars.x.size > 0:
            add_product(own, panels[q], bars.x[first:end])


@jit
def lstm_adjoint(x, weights, together, states, hidden_bar, bars):  # type: ignore[no-untyped-def]
    """Add the adjoints of a layer's inputs and weights to `bars` (`LSTMBars`).

    `hidden_bar` is that of `states.hidden`; the rest is as for `lstm_forward`.
    """
    n_rows, n_inputs = x.shape
    units, size = weights.recurrent.shape[1], states.hidden.shape[1]
    own = np.empty((4, n_inputs // LANES * size, LANES), x.dtype)
    heard = np.empty((4, size // LANES * size, LANES), x.dtype)
    for q in range(4):
        rows = slice(q * units, (q + 1) * units)
        pack(weights.recurrent[rows], size, size, heard[q])
        if bars.x.size > 0:
            pack(weights.inputs[rows], size, n_inputs, own[q])
    sums_bar = np.empty_like(states.gates)
    flat_gates = states.gates.reshape(4, n_rows * size)
    flat_bars = sums_bar.reshape(4, n_rows * size)
    cell, squashed = states.cell.reshape(n_rows * size), states.squashed.reshape(n_rows * size)
    # Of rows that lie `together` apart, one after another.
    cell_bars = np.zeros(min(together, n_rows) * size, x.dtype)
    block = np.empty((_ROWS, size), x.dtype)
    n_left = n_rows  # rows whose adjoint has not reached the weights
    for first in range((n_rows - 1) // together * together, -1, -together):
        last = min(first + together, n_rows)
        n_later = min(last + together, n_rows) - last
        for top in range(first + (last - 1 - first) // _ROWS * _ROWS, first - 1, -_ROWS):
            end = min(top + _ROWS, last)
            here = block[: end - top]
            for r in range(top, end):
                for u in range(size):
                    here[r - top, u] = hidden_bar[r, u]
            n_next = min(end - first, n_later) - (top - first)
            if n_next > 0:
                after = top + together
                for q in range(4):
                    add_product(sums_bar[q, after : after + n_next], heard[q], here[:n_next])
            flat_block = block.reshape(_ROWS * size)
            for a in range(top * size, end * size, _NUMBERS):
                z = min(a + _NUMBERS, end * size)
                b = max(a - together * size, 0)
                gates = (
                    flat_gates[0, a:z], flat_gates[1, a:z], flat_gates[2, a:z], flat_gates[3, a:z],
                )  # fmt: skip
                into = (
                    flat_bars[0, a:z], flat_bars[1, a:z], flat_bars[2, a:z], flat_bars[3, a:z],
                )  # fmt: skip
                _open_adjoint(
                    gates, cell[b : b + z - a], first > 0, squashed[a:z],
                    flat_block[a - top * size : z - top * size],
                    cell_bars[a - first * size : z - first * size], into,
                )  # fmt: skip
            if n_left - top >= _ROWS or top == 0:
                since = max(top - together, 0)
                heard_rows = states.hidden[since : max(n_left - together, 0)]
                _weights_adjoint(x, heard_rows, sums_bar, top, n_left, own, bars)
                n_left = top
