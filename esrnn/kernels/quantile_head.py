"""The quantile head and its adjoint, compiled: the linear maps of all quantiles as one product.

R rows of states, (R, H padded), give the numbers of Q quantiles at n steps ahead: those of the
middle one, and for the others distances outwards from their neighbour (`esrnn.nn.heads`). A number
x stands for the distance exp(x) below 0 and 1 + x above. Quantiles are laid out (Q, R * n), so that
loops over all numbers of a quantile are vectorised.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from esrnn.kernels.activations import exp_in_place
from esrnn.kernels.jit import jit
from esrnn.kernels.products import add_product, add_transposed_product, pack
from esrnn.kernels.tiles import LANES

__all__ = ["HeadBars", "head_adjoint", "head_forward"]

AnyFloat = NDArray[np.floating]

_ONE = np.float32(1.0)
_ZERO = np.float32(0.0)


class HeadBars(NamedTuple):
    """The adjoints of a head's inputs and weights; H and N = Q * n padded.

    Attributes
    ----------
    hidden : ndarray of shape (R, H)
    weight : ndarray of shape (N, H)
    bias : ndarray of shape (N,)
    middle : ndarray of shape (R * n,)
        Of the middle quantile's numbers, hence of what was added to them.
    """

    hidden: AnyFloat
    weight: AnyFloat
    bias: AnyFloat
    middle: AnyFloat


@jit
def _distances(x, out):  # type: ignore[no-untyped-def]
    for k in range(x.size):
        out[k] = x[k]
    exp_in_place(out)
    for k in range(x.size):
        out[k] = out[k] if x[k] < _ZERO else x[k] + _ONE


@jit
def head_forward(hidden, weight, bias, effect, distances, outputs):  # type: ignore[no-untyped-def]
    """Write the quantiles of every row into `outputs`, (Q, R * n), lowest first.

    `weight` is of shape (Q * n, H) without padding, `bias` of shape (Q * n,). `effect`, (R * n,) or
    empty, is added to all quantiles. `distances`, (Q, R * n), is what `head_adjoint` needs.
    """
    n_quantiles, (n_rows, size) = outputs.shape[0], hidden.shape
    n, width = bias.size // n_quantiles, -(-max(bias.size, 2 * LANES) // LANES) * LANES
    packed = np.empty((width // LANES * size, LANES), hidden.dtype)
    pack(weight.T, size, width, packed)
    raw = np.zeros((n_rows, width), hidden.dtype)
    for r in range(n_rows):
        for j in range(bias.size):
            raw[r, j] = bias[j]
    add_product(hidden, packed, raw)
    for k in range(n_quantiles):
        for r in range(n_rows):
            for j in range(n):
                outputs[k, r * n + j] = raw[r, k * n + j]
    middle = n_quantiles // 2
    for i in range(effect.size):
        outputs[middle, i] += effect[i]
    for k in range(n_quantiles):
        if k != middle:
            _distances(outputs[k], distances[k])
    for k in range(middle + 1, n_quantiles):
        for i in range(outputs.shape[1]):
            outputs[k, i] = outputs[k - 1, i] + distances[k, i]
    for k in range(middle - 1, -1, -1):
        for i in range(outputs.shape[1]):
            outputs[k, i] = outputs[k + 1, i] - distances[k, i]


@jit
def _distance_adjoint(total, distance, sign, n, first, raw_bar):  # type: ignore[no-untyped-def]
    """Write the adjoint of the numbers that stand for distances, from column `first` on."""
    for r in range(raw_bar.shape[0]):
        for j in range(n):
            i = r * n + j
            slope = min(distance[i], _ONE)
            raw_bar[r, first + j] = sign * total[i] * slope


@jit
def head_adjoint(hidden, weight, distances, outputs_bar, bars):  # type: ignore[no-untyped-def]
    """Fill `bars`, `HeadBars` of zeros, from the adjoint of the outputs, (Q, R * n)."""
    n_quantiles, n_rows = distances.shape[0], hidden.shape[0]
    n, middle, width = weight.shape[0] // n_quantiles, n_quantiles // 2, bars.weight.shape[0]
    raw_bar = np.zeros((n_rows, width), hidden.dtype)
    total = np.zeros(distances.shape[1], hidden.dtype)
    for i in range(total.size):
        bars.middle[i] = outputs_bar[middle, i]
    for k in range(n_quantiles - 1, middle, -1):  # a distance moves all quantiles beyond it
        for i in range(total.size):
            total[i] += outputs_bar[k, i]
        _distance_adjoint(total, distances[k], _ONE, n, k * n, raw_bar)
    for i in range(total.size):
        bars.middle[i] += total[i]
        total[i] = _ZERO
    for k in range(middle):
        for i in range(total.size):
            total[i] += outputs_bar[k, i]
        _distance_adjoint(total, distances[k], -_ONE, n, k * n, raw_bar)
    for i in range(total.size):
        bars.middle[i] += total[i]
    for r in range(n_rows):
        for j in range(n):
            raw_bar[r, middle * n + j] = bars.middle[r * n + j]
        for j in range(width):
            bars.bias[j] += raw_bar[r, j]
    packed = np.empty((hidden.shape[1] // LANES * width, LANES), hidden.dtype)
    pack(weight, width, hidden.shape[1], packed)
    add_product(raw_bar, packed, bars.hidden)
    add_transposed_product(raw_bar, hidden, bars.weight)
