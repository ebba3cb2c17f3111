"""Adding overlapping windows back into the series they were cut from."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.kernels.fold import fold_add


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 3, 1), (1, 2, 4), (9, 3, 4), (3, 2, 8)])
def test_equals_a_loop(shape):
    windows = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    n_windows, n_series, size = shape
    expected = np.zeros((n_series, n_windows + size - 1))
    for w in range(n_windows):
        expected[:, w : w + size] += windows[w]
    found = fold_add(windows)
    assert found.dtype == np.float32
    assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_same_bits_at_any_thread_count():
    windows = np.random.default_rng(1).normal(size=(50, 11, 9)).astype(np.float32)
    before, found = numba.get_num_threads(), []
    try:
        for n_threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(n_threads)
            found.append(fold_add(windows))
    finally:
        numba.set_num_threads(before)
    assert_array_equal(*found)
