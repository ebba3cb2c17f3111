"""The compiled smoothing kernels: parity, adjoint identities, threads, raggedness, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.kernels import smoothing
from esrnn.kernels.reference import smooth_reference
from esrnn.kernels.smoothing import factor_starts, smooth, smooth_adjoint
from esrnn.kernels.threads import at_most
from tests.kernels.panels import SmoothingProblem, random_problem

PERIODS = [(0, 0), (4, 0), (1, 0), (3, 7), (7, 3), (24, 168)]
LENGTHS = [1, 2, 5, 40, 200, 17]


def bars(problem: SmoothingProblem, seed: int = 5):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=out.size) for out in smooth(*problem.args()))


@pytest.mark.parametrize("periods", PERIODS)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.3]))
def test_kernel_equals_reference(periods, seed, missing):
    problem = random_problem(seed, LENGTHS, periods, missing)
    level, s, u = smooth(*problem.args())
    for i in range(len(LENGTHS)):
        one = problem.one(i)
        expected = smooth_reference(
            one.values.tolist(), one.coefficients[0].tolist(), one.seasonality_init[0].tolist(),
            one.seasonality2_init[0].tolist(), additive=bool(one.additive[0]),
        )  # fmt: skip
        starts = (problem.indptr, *(factor_starts(problem.indptr, p) for p in periods))
        for flat, start, period, want in zip((level, s, u), starts, (1, *periods), expected,
                                             strict=True):  # fmt: skip
            if period == 0:
                assert flat.size == 0
            else:
                assert_allclose(flat[start[i] : start[i + 1]], want, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("periods", PERIODS)
def test_ragged_equals_loop_of_singles(periods):
    problem = random_problem(1, LENGTHS, periods)
    whole = smooth(*problem.args())
    back = smooth_adjoint(*problem.args()[:3], problem.additive, whole, bars(problem))
    cuts = [problem.indptr, *(factor_starts(problem.indptr, p) for p in periods)]
    for i in range(len(LENGTHS)):
        one = problem.one(i)
        single = smooth(*one.args())
        part_bars = []
        for flat, cut, alone, bar in zip(whole, cuts, single, bars(problem), strict=True):
            part = slice(cut[i], cut[i + 1]) if flat.size else slice(0, 0)
            assert_array_equal(flat[part], alone)
            part_bars.append(bar[part])
        single_back = smooth_adjoint(*one.args()[:3], one.additive, single, tuple(part_bars))
        for many, alone in zip(back, single_back, strict=True):
            assert_array_equal(many[i], alone[0])


@pytest.mark.parametrize("periods", PERIODS)
def test_same_bits_at_any_thread_count(periods, monkeypatch):
    problem = random_problem(2, [int(n) for n in np.linspace(1, 300, 101)], periods)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    monkeypatch.setattr(smoothing, "_FEWEST", 1)
    results = []
    for n_threads in (1, 2):
        with at_most(n_threads):
            out = smooth(*problem.args())
            back = smooth_adjoint(*problem.args()[:3], problem.additive, out, bars(problem))
        results.append([*out, *back])
    for one, two in zip(*results, strict=True):
        assert_array_equal(one, two)


@pytest.mark.parametrize("periods", PERIODS)
@given(seed=st.integers(0, 10_000))
def test_adjoint_dot_product_identity(periods, seed):
    """<J v, w> = <v, J' w>, with J v by central differences along v."""
    problem = random_problem(seed, [1, 2, 30, 61], periods)
    rng = np.random.default_rng(seed)
    params = (problem.coefficients, problem.seasonality_init, problem.seasonality2_init)
    directions = tuple(rng.normal(size=p.shape) for p in params)
    weights = bars(problem, seed + 1)

    def at(step: float):
        moved = [p + step * d for p, d in zip(params, directions, strict=True)]
        return smooth(problem.values, problem.indptr, *moved, problem.additive)

    eps = 1e-6
    forward = sum(
        float(((hi - lo) / (2 * eps)) @ w)
        for hi, lo, w in zip(at(eps), at(-eps), weights, strict=True)
    )
    back = smooth_adjoint(*problem.args()[:3], problem.additive, smooth(*problem.args()), weights)
    backward = sum(float((b * d).sum()) for b, d in zip(back, directions, strict=True))
    scale = sum(float((abs(b) * abs(d)).sum()) for b, d in zip(back, directions, strict=True))
    assert abs(forward - backward) <= 1e-6 * max(scale, 1.0)


@given(factor=st.floats(1e-6, 1e6), seed=st.integers(0, 1000))
def test_scaling_a_positive_series_scales_its_level_only(factor, seed):
    problem = random_problem(seed, [50], (4, 0), missing=0.1)
    values = np.abs(problem.values) + 0.1
    positive = np.array([False])
    season = np.exp(problem.seasonality_init * 0.1)
    rest = (problem.indptr, problem.coefficients, season, problem.seasonality2_init, positive)
    level, s, _ = smooth(values, *rest)
    level2, s2, _ = smooth(values * factor, *rest)
    assert_allclose(level2, level * factor, rtol=1e-10)
    assert_allclose(s2, s, rtol=1e-10)


@given(constant=st.floats(1e-3, 1e9), n=st.integers(1, 60))
def test_a_constant_series_has_a_constant_level(constant, n):
    level, s, u = smooth(
        np.full(n, constant), np.array([0, n]), np.array([[0.3, 0.2, 0.1]]),
        np.ones((1, 4)), np.ones((1, 12)), np.array([False]),
    )  # fmt: skip
    assert_allclose(level, constant, rtol=1e-12)
    assert_allclose(s, 1.0, rtol=1e-12)
    assert_allclose(u, 1.0, rtol=1e-12)


@pytest.mark.parametrize("periods", PERIODS)
def test_state_never_depends_on_the_future(periods):
    problem = random_problem(3, [120], periods)
    level, s, u = smooth(*problem.args())
    origin = 57
    values = problem.values.copy()
    values[origin + 1 :] = values[origin + 1 :] * 5.0 + 1.0
    level2, s2, u2 = smooth(values, *problem.args()[1:])
    assert_array_equal(level2[: origin + 1], level[: origin + 1])
    assert not np.array_equal(level2[origin + 1 :], level[origin + 1 :])
    for before, after, period in ((s, s2, periods[0]), (u, u2, periods[1])):
        known = origin + 1 + period if period else 0
        assert_array_equal(after[:known], before[:known])


def test_missing_values_leave_the_state_unchanged():
    problem = random_problem(4, [30], (4, 0), missing=0.0)
    values = problem.values.copy()
    values[10:14] = np.nan
    level, s, _ = smooth(values, *problem.args()[1:])
    assert_array_equal(level[10:14], level[9])
    assert_array_equal(s[14:18], s[10:14])
    assert np.isfinite(level).all()
    assert np.isfinite(s).all()
