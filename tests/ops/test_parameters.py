"""Rows of parameters: torch's, numpy's and Numba's version of what they stand for are one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from esrnn.kernels import parameters as kernel
from esrnn.ops.parameters import natural_parameters


@pytest.mark.parametrize("periods", [(), (4,), (3, 7)])
@pytest.mark.parametrize("additive", [False, True])
def test_the_three_versions_agree(periods, additive):
    rng = np.random.default_rng(0)
    rows = rng.normal(0.0, 2.0, (5, 3 + sum(periods)))
    unit = rng.uniform(0.1, 100.0, 5) if additive else np.ones(5)
    expected = kernel.natural_parameters(rows, unit, np.full(5, additive), periods)
    found = natural_parameters(torch.from_numpy(rows), torch.from_numpy(unit), additive, periods)
    sizes = (3, *(*periods, 0, 0)[:2])
    compiled = [np.empty((5, size)) for size in sizes]
    for i, row in enumerate(rows):
        kernel.natural_row(row, additive, unit[i], *sizes[1:], *(part[i] for part in compiled))
    for by_torch, by_numpy, by_numba in zip(found, expected, compiled, strict=True):
        assert_close(by_torch, torch.from_numpy(by_numpy), rtol=1e-14, atol=1e-14)
        assert_close(torch.from_numpy(by_numba), torch.from_numpy(by_numpy), rtol=1e-14, atol=1e-14)
