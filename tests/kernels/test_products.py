"""Products from register blocks, and activations, against NumPy's."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.kernels.activations import exp_in_place, sigmoid_in_place, tanh_in_place, tanh_of
from esrnn.kernels.products import add_product, add_transposed_product, pack, padded
from esrnn.kernels.tiles import LANES

sizes = st.integers(1, 60)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def widened(x, width):
    return np.pad(x, ((0, 0), (0, width - x.shape[1])))


def packed(matrix, n_rows, width):
    out = np.full((width // LANES * n_rows, LANES), np.nan, dtype=np.float32)
    pack(matrix, n_rows, width, out)
    return out


@settings(deadline=None, max_examples=40)
@given(sizes, sizes, sizes)
def test_a_product_of_any_shape(n_rows, n_sums, n_columns):
    a, b = normal(0, n_rows, n_sums), normal(1, n_sums, n_columns)
    start = normal(2, n_rows, padded(n_columns))
    out = start.copy()
    add_product(widened(a, padded(n_sums)), packed(b, padded(n_sums), padded(n_columns)), out)
    expected = start + a @ widened(b, padded(n_columns))
    assert_allclose(out, expected, rtol=1e-5, atol=1e-5)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 200), sizes, sizes)
def test_a_transposed_product_of_any_shape(n_rows, n_left, n_right):
    a, b = normal(0, n_rows, n_left), normal(1, n_rows, padded(n_right))
    start = normal(2, n_left, padded(n_right))
    out = start.copy()
    add_transposed_product(a, b, out)
    assert_allclose(out, start + a.T @ b, rtol=1e-5, atol=1e-4)


def test_a_row_has_the_same_bits_among_any_others():
    a, b = normal(0, 23, 40), packed(normal(1, 40, 56), 40, 56)
    together = np.zeros((23, 56), dtype=np.float32)
    add_product(a, b, together)
    for k in range(23):
        for n in (1, 3, 6):
            few = np.zeros((min(n, 23 - k), 56), dtype=np.float32)
            add_product(a[k : k + n], b, few)
            assert_array_equal(few, together[k : k + n])


def test_nothing_is_written_beside_the_rows_given():
    room = np.full((9, 24), 7.0, dtype=np.float32)
    add_product(normal(0, 5, 16), packed(normal(1, 16, 24), 16, 24), room[2:7])
    assert (room[:2] == 7.0).all()
    assert (room[7:] == 7.0).all()
    assert (room[2:7] != 7.0).all()


@pytest.mark.parametrize("width", range(1, 70))
def test_widths_are_those_that_products_take(width):
    assert padded(width) >= max(width, 2 * LANES)
    assert padded(width) % LANES == 0
    assert padded(width) < width + 2 * LANES


def test_the_tangent_is_right_to_a_few_units_in_the_last_place():
    x = np.concatenate([np.linspace(-12, 12, 400_001), np.geomspace(1e-30, 1.0, 10_001)])
    x = x.astype(np.float32)
    out = np.empty_like(x)
    tanh_of(x, out)
    exact = np.tanh(x.astype(np.float64))
    units = np.abs(out - exact) / np.spacing(np.abs(exact).astype(np.float32) + 1e-37)
    assert units.max() < 6.0
    assert np.abs(out).max() <= 1.0
    tanh_in_place(x)
    assert_array_equal(x, out)


def test_the_logistic_function():
    x = np.linspace(-30, 30, 100_001).astype(np.float32)
    exact = 1.0 / (1.0 + np.exp(-x.astype(np.float64)))
    sigmoid_in_place(x)
    assert_allclose(x, exact, rtol=0, atol=4e-7)
    assert (x >= 0.0).all()
    assert (x <= 1.0).all()


@pytest.mark.parametrize("function", [tanh_in_place, sigmoid_in_place])
def test_what_is_not_finite_is_not_hidden(function):
    x = np.array([np.nan, np.inf, -np.inf, 1e38, -1e38] * 9, dtype=np.float32)
    function(x)
    assert np.isnan(x[::5]).all()
    low = -1.0 if function is tanh_in_place else 0.0
    expected = np.tile([1.0, low, 1.0, low], 9)
    assert_allclose(x.reshape(9, 5)[:, 1:].ravel(), expected, atol=5e-7)


def test_the_exponential():
    x = np.linspace(-87, 88, 400_001).astype(np.float32)
    out = x.copy()
    exp_in_place(out)
    assert_allclose(out, np.exp(x.astype(np.float64)), rtol=1e-7)
    ends = np.array([np.nan, np.inf, 89.0, -np.inf, -200.0], dtype=np.float32)
    exp_in_place(ends)
    assert_array_equal(np.isnan(ends), [True] + 4 * [False])
    assert_array_equal(ends[1:3], np.inf)
    assert (ends[3:] < 1e-37).all()
    double = np.linspace(-5.0, 5.0, 101)
    expected = np.exp(double)
    exp_in_place(double)
    assert_allclose(double, expected, rtol=1e-15)


def test_in_double_they_are_the_librarys():
    x = np.linspace(-20, 20, 4001)
    tangent, logistic = x.copy(), x.copy()
    tanh_in_place(tangent)
    sigmoid_in_place(logistic)
    assert_allclose(tangent, np.tanh(x), rtol=1e-15)
    assert_allclose(logistic, 1.0 / (1.0 + np.exp(-x)), rtol=0, atol=1e-15)


_UNCOMPILED = """
import numpy as np
import torch
from esrnn.kernels.activations import exp_in_place
from esrnn.ops.lstm_cpu import run_lstm_stack
lstm = torch.nn.LSTM(3, 5)
x = torch.randn(5, 2, 3, requires_grad=True)
out = run_lstm_stack(x, list(lstm.parameters()), [[1]], range(5))
expected = lstm(x)[0]
bar = torch.randn(5, 2, 5)
leaves = [x, *lstm.parameters()]
found, wanted = (torch.autograd.grad(y, leaves, bar) for y in (out, expected))
for a, b in zip([out, *found], [expected, *wanted], strict=True):
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
x = np.linspace(-3, 3, 20).astype(np.float32)
y = x.copy()
exp_in_place(y)
np.testing.assert_allclose(y, np.exp(x), rtol=1e-6)
"""


def test_without_numbas_compiler_the_numbers_are_the_same():
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _UNCOMPILED]
    subprocess.run(command, env=environment, check=True, timeout=120)
