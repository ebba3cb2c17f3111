"""The Legendre memory against its differential equation, step by step, and what it holds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.polynomial import legendre
from torch.testing import assert_close

from esrnn.config.cells import LMUOptions
from esrnn.nn.layers.lmu import LMU, legendre_system, run_system
from tests.nn.layers.plain import randn
from tests.nn.layers.test_lstm_variants import stirred


def test_the_system_solves_the_differential_equation():
    """One step with a constant input, by many small steps of Euler's method."""
    order, theta, n = 4, 12.0, 200_000
    a = np.zeros((order, order))
    b = np.zeros(order)
    for i in range(order):
        b[i] = (2 * i + 1) * (-1.0) ** i
        for j in range(order):
            a[i, j] = (2 * i + 1) * (-1.0 if i < j else (-1.0) ** (i - j + 1))
    m = np.array([0.3, -0.2, 0.1, 0.5])
    A, B = legendre_system(order, theta)
    expected = A @ m + B * 0.7
    for _ in range(n):
        m = m + (a @ m + b * 0.7) / (theta * n)
    np.testing.assert_allclose(m, expected, atol=1e-5)


@pytest.mark.parametrize("n_steps", [1, 2, 31, 32, 33, 100])
def test_chunks_give_what_steps_give(n_steps):
    order, theta = 5, 20.0
    A, B = (torch.from_numpy(part) for part in legendre_system(order, theta))
    u, m = randn(n_steps, 2, 3).double(), torch.zeros(2, 3, order).double()
    found = run_system(u, order, theta)
    assert found.shape == (n_steps, 2, 3, order)
    for t in range(n_steps):
        m = m @ A.T + u[t][..., None] * B
        assert_close(found[t], m, rtol=1e-9, atol=1e-12)


def test_the_memory_holds_the_last_theta_steps():
    """The signal of each step back is read from the memory by Legendre polynomials."""
    theta, order, n = 60, 12, 300
    signal = np.sin(2.0 * np.pi * np.arange(n) / 45.0) + 0.01 * np.arange(n)
    m = run_system(torch.from_numpy(signal)[:, None, None], order, float(theta))[-1, 0, 0].numpy()
    for back in (0, 10, 30, 50, 59):
        # A step's input is constant over the step, so that its middle is half a step back.
        polynomials = legendre.legvander([2.0 * (back + 0.5) / theta - 1.0], order - 1)[0]
        assert polynomials @ m == pytest.approx(signal[n - 1 - back], abs=0.05)


def test_lmu():
    cell, x = stirred(LMU(3, 4, LMUOptions(order=5, theta=20.0, n_memories=2))), randn(40, 1, 3)
    x = x.double()
    A, B = (torch.from_numpy(part) for part in legendre_system(5, 20.0))
    out, m = cell(x), torch.zeros(2, 5).double()
    for t in range(40):
        u = cell.signals.weight @ x[t, 0] + cell.signals.bias
        m = torch.stack([A @ m[k] + B * u[k] for k in range(2)])
        both = torch.cat([m.flatten(), x[t, 0]])
        assert_close(out[t, 0], torch.tanh(cell.out.weight @ both + cell.out.bias))
