"""Products of small matrices on one thread, from blocks in registers (`esrnn.kernels.tiles`).

Widths are multiples of `esrnn.kernels.tiles.LANES` and at least two of them; `padded` rounds up to
such a width, and what is added are zeros. The right-hand side of a product that is used again and
again is packed before: column after column of `LANES` numbers, as they are read. Rows of, say, 512
numbers lie so far apart that they would push each other out of the cache.
"""

from __future__ import annotations

from esrnn.kernels.jit import jit
from esrnn.kernels.tiles import LANES, tile_1x2, tile_1x3, tile_4x2, tile_4x3

__all__ = ["add_product", "add_transposed_product", "pack", "padded"]

_THREE = 3 * LANES
_ROWS = 64  # of a transposed product that are in the cache at the same time


def padded(width: int) -> int:
    """Return the next width that products take.

    Examples
    --------
    >>> padded(40), padded(13)
    (40, 16)
    """
    return max(-(-width // LANES), 2) * LANES


@jit
def _add(a, flipped, b, k, apart, out):  # type: ignore[no-untyped-def]
    """Add the product of a, or a.T, and the rows of b from k on (`esrnn.kernels.tiles`) to out.

    b is packed if its columns lie `apart`, else they follow each other.
    """
    n_rows, n = out.shape
    j = 0
    while j < n:
        i, row, column = 0, k, j
        if apart > LANES:
            row, column = k + j // LANES * (apart // LANES), 0
        if n - j == _THREE:
            while i + 4 <= n_rows:
                tile_4x3(a, i, flipped, b, row, column, apart, out, j)
                i += 4
            while i < n_rows:
                tile_1x3(a, i, flipped, b, row, column, apart, out, j)
                i += 1
            return
        while i + 4 <= n_rows:
            tile_4x2(a, i, flipped, b, row, column, apart, out, j)
            i += 4
        while i < n_rows:
            tile_1x2(a, i, flipped, b, row, column, apart, out, j)
            i += 1
        j += 2 * LANES


@jit
def add_product(a, packed, out):  # type: ignore[no-untyped-def]
    """Add the product of a, (R, K), and a packed matrix (`pack`) to out, (R, n)."""
    _add(a, False, packed, 0, a.shape[1] * LANES, out)


@jit
def add_transposed_product(a, b, out):  # type: ignore[no-untyped-def]
    """Add a.T @ b to out, for a of shape (R, K), b of shape (R, n) and out of shape (K, n)."""
    for first in range(0, a.shape[0], _ROWS):
        end = min(first + _ROWS, a.shape[0])
        _add(a[first:end], True, b, first, LANES, out)


@jit
def pack(matrix, n_rows, n, packed):  # type: ignore[no-untyped-def]
    """Pack a matrix as if it had n_rows rows and n columns, the new ones of zeros.

    packed is of shape (n // LANES * n_rows, LANES).
    """
    for j in range(0, n, LANES):
        at = j // LANES * n_rows
        n_own = min(max(matrix.shape[1] - j, 0), LANES)
        if n_own == LANES:  # apart, since a loop of fixed length is quick
            for k in range(matrix.shape[0]):
                for c in range(LANES):
                    packed[at + k, c] = matrix[k, j + c]
        else:
            for k in range(matrix.shape[0]):
                for c in range(LANES):
                    packed[at + k, c] = matrix[k, j + c] if c < n_own else 0.0
        for k in range(matrix.shape[0], n_rows):
            for c in range(LANES):
                packed[at + k, c] = 0.0
