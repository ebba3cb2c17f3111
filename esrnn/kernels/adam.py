"""Steps of Adam, for some rows of a table and for all numbers of an array, compiled."""

from __future__ import annotations

import numpy as np

from esrnn.kernels.jit import jit

__all__ = ["adam_all", "adam_rows", "norm_of"]

_LANES = 16
_ONE = np.float32(1.0)


@jit
def adam_rows(rows, mean, square, visits, indices, gradient, learning_rate, b1, b2, eps):  # type: ignore[no-untyped-def]
    """Move the rows at `indices` against `gradient`, each with moments and a count of its own.

    Kingma and Ba (2015), algorithm 1, row by row; `rows`, `mean`, `square` of shape (N, P) and
    `visits` of shape (N,) are changed in place, `gradient` is of shape (B, P).
    """
    for b in range(indices.size):
        i = indices[b]
        visits[i] += 1.0
        first, second = 1.0 - b1 ** visits[i], 1.0 - b2 ** visits[i]
        for k in range(rows.shape[1]):
            g = gradient[b, k]
            mean[i, k] += (1.0 - b1) * (g - mean[i, k])
            square[i, k] = b2 * square[i, k] + (1.0 - b2) * g * g
            step = mean[i, k] / first / (np.sqrt(square[i, k] / second) + eps)
            rows[i, k] -= learning_rate * step


@jit
def norm_of(x):  # type: ignore[no-untyped-def]
    """Return the root of the sum of squares of an array with one axis.

    It is added up in lanes, as the compiler may not do by itself with a single sum.
    """
    lanes = np.zeros(_LANES)
    n_full = x.size // _LANES * _LANES
    for k in range(0, n_full, _LANES):
        for j in range(_LANES):
            lanes[j] += np.float64(x[k + j]) * np.float64(x[k + j])
    total = 0.0
    for j in range(_LANES):
        total += lanes[j]
    for k in range(n_full, x.size):
        total += np.float64(x[k]) * np.float64(x[k])
    return np.sqrt(total)


@jit
def adam_all(numbers, mean, square, gradient, step_size, root, b1, b2, eps):  # type: ignore[no-untyped-def]
    """Move all numbers against `gradient`; all arrays have one axis and are float32.

    `step_size` is the learning rate over 1 - b1^t, `root` the root of 1 - b2^t at step t.
    """
    for k in range(numbers.size):
        mean[k] = b1 * mean[k] + (_ONE - b1) * gradient[k]
    for k in range(numbers.size):
        square[k] = b2 * square[k] + (_ONE - b2) * (gradient[k] * gradient[k])
    for k in range(numbers.size):
        numbers[k] -= step_size * mean[k] / (np.sqrt(square[k]) / root + eps)
