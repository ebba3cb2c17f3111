"""The GPU's kernels in numba-cuda's simulator, beside the CPU's.

Not collected by itself: `test_gpu_kernels` runs it in a process of its own, since the simulator is
chosen when numba is imported. Nothing is compiled there, so problems are tiny.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.kernels import columns, dropped, smoothing
from esrnn.kernels.gpu import columns as columns_gpu
from esrnn.kernels.gpu import dropped as dropped_gpu
from esrnn.kernels.gpu import launching
from esrnn.kernels.gpu import smoothing as smoothing_gpu
from esrnn.kernels.gpu.launching import launch, launch_blocks
from esrnn.kernels.gpu.lstm import SERIES, lstm_kernels
from tests.kernels.panels import random_problem

FEW = settings(max_examples=4)
PERIODS = st.sampled_from([(0, 0), (1, 0), (4, 0), (3, 7), (40, 5)])


# Each thread of a kernel is one of Python's here, also those that have nothing to do.
launching._BLOCK, launching._FEWEST_BLOCKS = 8, 1


def test_this_is_the_simulator():
    assert config.ENABLE_CUDASIM
    assert config.DISABLE_JIT


@FEW
@given(
    seed=st.integers(0, 999),
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=2),
    periods=PERIODS,
    missing=st.sampled_from([0.0, 0.3]),
)
def test_smoothing_and_its_adjoint(seed, lengths, periods, missing):
    problem = random_problem(seed, lengths, periods, missing)
    values, indptr, coefficients, s_init, u_init, additive = problem.args()
    smoothed = smoothing.smooth(*problem.args())
    rng = np.random.default_rng(seed)
    bars = tuple(rng.normal(size=out.shape) for out in smoothed)
    expected = smoothing.smooth_adjoint(values, indptr, coefficients, additive, smoothed, bars)

    n, (n_s, n_u) = len(lengths), periods
    starts, sizes = indptr[:-1].copy(), np.diff(indptr)
    where = (values, starts, sizes, starts, coefficients, additive, n_s, n_u)
    there = [np.full(max(out.size, 1), np.nan) for out in smoothed]
    for flat, init in zip(there[1:], (s_init, u_init), strict=True):
        for i in range(n):
            at = indptr[i] + i * init.shape[1]
            flat[at : at + init.shape[1]] = init[i]
    launch_blocks(smoothing_gpu.smooth_columns, (n, smoothing_gpu.LANES), 0, 0, *where, *there)
    for flat, out in zip(there, smoothed, strict=True):
        assert_allclose(flat[: out.size], out, rtol=1e-12)

    bars_there = [np.append(bar, 0.0) for bar in bars]
    out_bar = np.full((n, 3), np.nan)
    arguments = (*where, *there, *bars_there, out_bar)
    launch_blocks(smoothing_gpu.smooth_columns_adjoint, (n, smoothing_gpu.LANES), 0, 0, *arguments)
    assert_allclose(out_bar, expected[0], rtol=1e-9, atol=1e-9)
    for flat, bar in zip(bars_there[1:], expected[1:], strict=True):
        own = [indptr[i] + i * bar.shape[1] + np.arange(bar.shape[1]) for i in range(n)]
        assert_allclose(flat[np.array(own, dtype=np.int64)], bar, rtol=1e-9, atol=1e-9)


@FEW
@given(seed=st.integers(0, 999), periods=PERIODS, step=st.sampled_from([1, 3]))
def test_windows_and_their_adjoints(seed, periods, step):
    lengths, (n_s, n_u) = [9, 5, 12, 2], periods
    problem = random_problem(seed, lengths, periods, missing=0.2)
    values, indptr, *_, additive = problem.args()
    level, s, u = smoothing.smooth(*problem.args())
    rng = np.random.default_rng(seed)
    causal = rng.uniform(0.0, 1.0, values.size) * (rng.random(values.size) < 0.8)
    causal[indptr[:-1]] = 0.0
    starts, sizes = indptr[:-1].copy(), np.diff(indptr)
    begins = np.array([3, 1, 2, 0])
    scored = begins + rng.integers(2)
    n_windows, n_scored = 4, -(-4 // step)
    where = (values, causal, starts, sizes, starts, additive)
    none = np.zeros(1)
    smoothed = (level, s if s.size else none, u if u.size else none, n_s, n_u, 1.5, begins)
    results = []
    for on_gpu in (False, True):
        inputs = np.full((2, n_windows, 2, 5), np.nan, dtype=np.float32)
        offset = np.full((2, n_scored, 2, 6), np.nan, dtype=np.float32)
        actual, observed = np.full_like(offset, np.nan), np.zeros(offset.shape, dtype=np.bool_)
        each = (2, n_scored, 2)
        scale = np.full(each, np.nan)
        base, weight, gain = (np.full(each, np.nan, dtype=np.float32) for _ in range(3))
        targets = (scored, step, n_windows, offset, actual, observed, scale, base, weight, gain)
        back = tuple(np.zeros_like(x) for x in smoothed[:3])
        rng = np.random.default_rng(seed)
        bars = [rng.normal(size=x.shape).astype(np.float32) for x in (inputs, offset, actual)]
        bars += [rng.normal(size=each).astype(np.float32) for _ in range(2)]
        of_targets = (scored, step, actual, scale, *bars[1:], *back)
        if on_gpu:
            launch(columns_gpu.inputs, inputs.size, 0, *where, *smoothed, inputs)
            launch(columns_gpu.targets, offset.size, 0, *where, *smoothed, *targets)
            launch(columns_gpu.of_steps, 64, 0, *where, *smoothed, bars[0], *back)
            launch(columns_gpu.of_origins, 16, 0, *where[1:], level, 1.5, begins, bars[0], back[0])
            launch(columns_gpu.of_targets, offset.size, 0, *where[1:], *smoothed[1:5], *of_targets)
        else:
            columns.cut_columns(*where, *smoothed, *targets[:3], inputs, *targets[3:])
            columns.adjoint_columns(
                *where, *smoothed, scored, step, actual, scale, bars[0], *bars[1:], *back
            )
        results.append((inputs, *targets[3:], *back))
    assert not np.isnan(np.concatenate([x.ravel() for x in results[1]])).any()
    for there, here in zip(results[1], results[0], strict=True):
        assert_allclose(there, here, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("is_shared", [True, False])
def test_lstm(is_shared):
    n_members, n_steps, n_batch, n = 2, 3, SERIES + 1, 3
    rng = np.random.default_rng(0)
    from_inputs = rng.normal(size=(n_members, n_steps, n_batch, 4 * n)).astype(np.float32)
    weights = rng.normal(size=(n_members, 4 * n, n)).astype(np.float32)
    bar = rng.normal(size=(n_members, n_steps, n_batch, n)).astype(np.float32)
    hidden, cells = np.full_like(bar, np.nan), np.full_like(bar, np.nan)
    gates, inputs_bar = np.full_like(from_inputs, np.nan), np.full_like(from_inputs, np.nan)
    kernels = lstm_kernels(n, is_shared)
    blocks = (n_members * 2, kernels.n_threads), kernels.shared_bytes, 0
    shape = (n_members, n_steps, n_batch)
    transposed = np.ascontiguousarray(weights.transpose(0, 2, 1))
    written = [x.reshape(-1) for x in (hidden, cells, gates)]
    launch_blocks(
        kernels.forward, *blocks, from_inputs.reshape(-1), transposed.reshape(-1), *shape, *written
    )
    read = [x.reshape(-1) for x in (gates, cells, bar, inputs_bar)]
    launch_blocks(kernels.backward, *blocks, weights.reshape(-1), *shape, *read)
    for m in range(n_members):
        rnn = torch.nn.LSTM(4 * n, n)
        with torch.no_grad():  # the inputs are what they add to the gates
            rnn.weight_ih_l0.copy_(torch.eye(4 * n))
            rnn.weight_hh_l0.copy_(torch.from_numpy(weights[m]))
            rnn.bias_ih_l0.zero_()
            rnn.bias_hh_l0.zero_()
        x = torch.from_numpy(from_inputs[m]).requires_grad_()
        out, _ = rnn(x)
        out.backward(torch.from_numpy(bar[m]))
        assert_allclose(hidden[m], out.detach(), atol=1e-6)
        assert_allclose(inputs_bar[m], x.grad, atol=1e-5)


def test_dropped_units_are_the_same_ones():
    x = np.random.default_rng(0).normal(size=60).astype(np.float32)
    seeds, step = np.array([3, 2**32 - 1]), np.array([7])
    here, there = np.full_like(x, np.nan), np.full_like(x, np.nan)
    dropped.drop(30, x, seeds, step, 1, 0.3, here)
    launch(dropped_gpu.drop, x.size, 0, 30, x, seeds, step, 1, 0.3, there)
    assert_array_equal(there, here)
