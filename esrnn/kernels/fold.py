"""Adding overlapping windows back into the series they were cut from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import prange

from esrnn.kernels.cpu import jit_parallel

__all__ = ["fold_add"]


@jit_parallel
def _fold_add(windows, step, out):  # type: ignore[no-untyped-def]
    n_windows, n_series, size = windows.shape
    for b in prange(n_series):
        for w in range(n_windows):
            for i in range(size):
                out[b, w * step + i] += windows[w, b, i]


def fold_add(windows: npt.NDArray[np.float32], step: int = 1) -> npt.NDArray[np.float32]:
    """Sum overlapping windows at the steps they cover, the adjoint of cutting them out.

    Parameters
    ----------
    windows : ndarray of shape (W, B, size), float32, C-contiguous
    step : int, default 1
        Steps from one window to the next.

    Returns
    -------
    ndarray of shape (B, (W - 1) * step + size), float32

    Examples
    --------
    >>> fold_add(np.ones((3, 1, 2), dtype=np.float32))
    array([[1., 2., 2., 1.]], dtype=float32)
    """
    n_windows, n_series, size = windows.shape
    out = np.zeros((n_series, (n_windows - 1) * step + size), dtype=np.float32)
    _fold_add(windows, step, out)
    return out
