# mypy: disable-error-code="attr-defined"
"""The LSTM's recurrence on a GPU: all steps of some series of a member in one block.

A thread has a row of the recurrent weights, which are in shared memory where they fit in, and adds
up that row for `SERIES` series. Then it has a unit of one of the series: its gates, its cell state
in a register, its hidden state in shared memory for the next step. What a step reads of the card's
memory is read a step earlier. Everything is float32. Kernels are compiled for a number of units, so
that the compiler can unroll the sums.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import config, cuda, float32

from esrnn.kernels.gpu.launching import compiled_for_gpu, kernel

__all__ = ["SERIES", "Kernels", "lstm_kernels"]

SERIES = 4
_LARGEST = 48 * 1024  # bytes of shared memory that a kernel has without asking for more
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
# Bytes, so that the numbers of all series are read at once. The simulator knows of no alignment.
_ALIGNED = None if config.ENABLE_CUDASIM else 16


class Kernels(NamedTuple):
    """The kernels for a number of units H.

    Attributes
    ----------
    forward : kernel
        Takes ``from_inputs, weights, n_members, n_steps, n_batch, hidden, cells, gates``: flat
        arrays of shapes (M, T, B, 4 * H), transposed weights (M, H, 4 * H), and, written,
        (M, T, B, H) twice and (M, T, B, 4 * H). The gates' order is torch's: input, forget,
        candidate, output.
    backward : kernel
        Takes ``weights, n_members, n_steps, n_batch, gates, cells, hidden_bar, inputs_bar``:
        weights (M, 4 * H, H), what `forward` wrote, the adjoints of the states, and, written,
        those of `from_inputs`.
    n_threads : int
        Of a block; a block runs `SERIES` series of a member.
    shared_bytes : int
        Shared memory of a block.
    """

    forward: Any
    backward: Any
    n_threads: int
    shared_bytes: int


@cache
def lstm_kernels(n: int, share_weights: bool | None = None) -> Kernels:
    """Return the kernels for a number of units.

    Parameters
    ----------
    n : int
        H, 256 at most.
    share_weights : bool, optional
        Whether weights are in shared memory; by default where they fit in.

    Returns
    -------
    Kernels
    """
    states, weights = 4 * 8 * SERIES * n, 4 * 4 * n * n
    is_shared = states + weights <= _LARGEST if share_weights is None else share_weights
    size = states + weights if is_shared else states
    return Kernels(_forward(n, is_shared), _backward(n, is_shared), 4 * n, size)


def _sums(n: int, stride: int, is_shared: bool) -> Any:
    """Compile sums of n numbers of each series, weighed by weights that lie `stride` apart."""
    one, four, step = np.uint64(1), np.uint64(4), np.uint64(stride)

    @compiled_for_gpu
    def sums(numbers, begin, weights, own):  # type: ignore[no-untyped-def]
        # Written so that the compiler unrolls it: no `range`, and places that can't be negative.
        x0, x1, x2, x3 = _ZERO, _ZERO, _ZERO, _ZERO
        at, place, k = np.uint64(begin) * four, np.uint64(own), 0
        while k < n:
            weight = numbers[place] if is_shared else weights[place]
            x0 += weight * numbers[at]
            x1 += weight * numbers[at + one]
            x2 += weight * numbers[at + one + one]
            x3 += weight * numbers[at + one + one + one]
            at += four
            place += step
            k += 1
        return x0, x1, x2, x3

    return sums


@compiled_for_gpu
def _sigmoid(x):  # type: ignore[no-untyped-def]
    return _ONE / (_ONE + math.exp(-x))


def _forward(n: int, is_shared: bool) -> Any:
    n_rows, totals = 4 * n, 4 * n
    weights_at = totals + 4 * n_rows  # in shared memory, after the states and the sums
    sums = _sums(n, n_rows, is_shared)

    @kernel
    def forward(  # type: ignore[no-untyped-def]
        from_inputs, weights, n_members, n_steps, n_batch, hidden, cells, gates
    ):
        n_blocks = (n_batch + SERIES - 1) // SERIES
        m, first = cuda.blockIdx.x // n_blocks, cuda.blockIdx.x % n_blocks * SERIES
        if m >= n_members:
            return
        shared, row = cuda.shared.array(0, float32, alignment=_ALIGNED), cuda.threadIdx.x
        own = m * n * n_rows + row
        if is_shared:
            for k in range(n):
                shared[weights_at + k * n_rows + row] = weights[own + k * n_rows]
            own = weights_at + row
        shared[row] = _ZERO
        j, unit = row // n, row % n
        b, last, cell = first + j, n_batch - 1, _ZERO
        at = (m * n_steps * n_batch + first) * n_rows + row
        of_1 = (min(first + 1, last) - first) * n_rows
        of_2 = (min(first + 2, last) - first) * n_rows
        of_3 = (min(first + 3, last) - first) * n_rows
        y0, y1 = from_inputs[at], from_inputs[at + of_1]
        y2, y3 = from_inputs[at + of_2], from_inputs[at + of_3]
        written = m * n_steps * n_batch + b
        cuda.syncthreads()
        for t in range(n_steps):
            z0, z1, z2, z3 = y0, y1, y2, y3
            if t + 1 < n_steps:
                at += n_batch * n_rows
                y0, y1 = from_inputs[at], from_inputs[at + of_1]
                y2, y3 = from_inputs[at + of_2], from_inputs[at + of_3]
            x0, x1, x2, x3 = sums(shared, 0, weights, own)
            shared[totals + row] = x0 + z0
            shared[totals + n_rows + row] = x1 + z1
            shared[totals + 2 * n_rows + row] = x2 + z2
            shared[totals + 3 * n_rows + row] = x3 + z3
            cuda.syncthreads()
            total = totals + j * n_rows + unit
            i, f = _sigmoid(shared[total]), _sigmoid(shared[total + n])
            g, o = math.tanh(shared[total + 2 * n]), _sigmoid(shared[total + 3 * n])
            cell = f * cell + i * g
            state = o * math.tanh(cell)
            shared[4 * unit + j] = state
            if b < n_batch:
                place = written * n_rows + unit
                gates[place], gates[place + n] = i, f
                gates[place + 2 * n], gates[place + 3 * n] = g, o
                cells[written * n + unit], hidden[written * n + unit] = cell, state
            written += n_batch
            cuda.syncthreads()

    return forward


def _backward(n: int, is_shared: bool) -> Any:
    n_rows = 4 * n
    parts = 4 * n_rows  # where parts of the states' adjoints begin, after those of the gates
    weights_at = parts + 4 * n_rows
    sums = _sums(n, n, is_shared)

    @kernel
    def backward(  # type: ignore[no-untyped-def]
        weights, n_members, n_steps, n_batch, gates, cells, hidden_bar, inputs_bar
    ):
        n_blocks = (n_batch + SERIES - 1) // SERIES
        m, first = cuda.blockIdx.x // n_blocks, cuda.blockIdx.x % n_blocks * SERIES
        if m >= n_members:
            return
        shared, row = cuda.shared.array(0, float32, alignment=_ALIGNED), cuda.threadIdx.x
        j, unit = row // n, row % n
        own = m * n_rows * n + j * n * n + unit  # each thread adds up one gate's rows for a unit
        if is_shared:
            for k in range(n):
                shared[weights_at + k * n_rows + row] = weights[m * n_rows * n + k * n_rows + row]
            own = weights_at + j * n * n + unit
        b, last = first + j, n_batch - 1
        cell_bar, state_bar = _ZERO, _ZERO
        # Of series beyond the last one, the last one's numbers are read, and count for nothing.
        at = (m * n_steps + n_steps - 1) * n_batch + min(b, last)
        counts = _ONE if b < n_batch else _ZERO
        bar, cell = hidden_bar[at * n + unit], cells[at * n + unit]
        i, f = gates[at * n_rows + unit], gates[at * n_rows + n + unit]
        g, o = gates[at * n_rows + 2 * n + unit], gates[at * n_rows + 3 * n + unit]
        before = cells[(at - n_batch) * n + unit] if n_steps > 1 else _ZERO
        cuda.syncthreads()
        for back in range(n_steps):
            state_bar += counts * bar
            squashed = math.tanh(cell)
            cell_bar += state_bar * o * (_ONE - squashed * squashed)
            i_bar, f_bar = cell_bar * g * i * (_ONE - i), cell_bar * before * f * (_ONE - f)
            g_bar, o_bar = cell_bar * i * (_ONE - g * g), state_bar * squashed * o * (_ONE - o)
            cell_bar *= f
            shared[4 * unit + j], shared[4 * (n + unit) + j] = i_bar, f_bar
            shared[4 * (2 * n + unit) + j], shared[4 * (3 * n + unit) + j] = g_bar, o_bar
            if b < n_batch:
                place = at * n_rows + unit
                inputs_bar[place], inputs_bar[place + n] = i_bar, f_bar
                inputs_bar[place + 2 * n], inputs_bar[place + 3 * n] = g_bar, o_bar
            cuda.syncthreads()
            if back + 1 < n_steps:
                at -= n_batch
                bar, cell = hidden_bar[at * n + unit], before
                i, f = gates[at * n_rows + unit], gates[at * n_rows + n + unit]
                g, o = gates[at * n_rows + 2 * n + unit], gates[at * n_rows + 3 * n + unit]
                before = cells[(at - n_batch) * n + unit] if back + 2 < n_steps else _ZERO
            x0, x1, x2, x3 = sums(shared, j * n, weights, own)
            part = parts + j * n_rows + unit
            shared[part], shared[part + n] = x0, x1
            shared[part + 2 * n], shared[part + 3 * n] = x2, x3
            cuda.syncthreads()
            part = parts + j * n + unit  # of the own series
            state_bar = shared[part] + shared[part + n_rows]
            state_bar += shared[part + 2 * n_rows] + shared[part + 3 * n_rows]

    return backward
