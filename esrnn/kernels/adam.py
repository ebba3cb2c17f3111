"""One step of Adam for some rows of a table, compiled."""

from __future__ import annotations

import numpy as np

from esrnn.kernels.jit import jit

__all__ = ["adam_rows"]


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
