"""How kernels are compiled: cached on disk, without the interpreter's lock, without `fastmath`."""

from __future__ import annotations

from numba import njit

__all__ = ["jit", "jit_parallel"]

jit = njit(cache=True, nogil=True, error_model="numpy")
jit_parallel = njit(cache=True, nogil=True, error_model="numpy", parallel=True)
