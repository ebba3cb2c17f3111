"""Dropped units on a GPU: `esrnn.kernels.dropped`, a thread a number."""

# mypy: disable-error-code="attr-defined"
from __future__ import annotations

from numba import cuda

from esrnn.kernels.dropped import drop_one
from esrnn.kernels.gpu.launching import kernel

__all__ = ["drop"]


@kernel
def drop(n_each, x, seeds, step, block, share, out):  # type: ignore[no-untyped-def]
    """Drop units of x, flat, `n_each` numbers of each member."""
    thread = cuda.grid(1)
    if thread < x.size:
        drop_one(thread, n_each, x, seeds, step, block, share, out)
