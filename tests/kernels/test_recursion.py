"""One smoothing step and its adjoint, as plain functions of numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.kernels.recursion import initial_level, smoothing_step, smoothing_step_adjoint

coefficient = st.floats(0.01, 0.99)
positive = st.floats(0.1, 10.0)
signed = st.floats(-10.0, 10.0)


def test_first_level_fits_the_first_observation():
    assert initial_level(12.0, 1.5, 2.0, False) == 4.0
    assert initial_level(12.0, 1.5, 2.0, True) == 8.5


def test_multiplicative_step_by_hand():
    level, s_next, u_next = smoothing_step(24.0, 4.0, 1.5, 2.0, 0.25, 0.5, 0.2, False)
    assert level == pytest.approx(5.0)  # a quarter of 24 / 3, three quarters of 4
    assert s_next == pytest.approx(0.5 * 24.0 / (5.0 * 2.0) + 0.5 * 1.5)
    assert u_next == pytest.approx(0.2 * 24.0 / (5.0 * 1.5) + 0.8 * 2.0)


def test_additive_step_by_hand():
    level, s_next, u_next = smoothing_step(10.0, 4.0, 1.0, -2.0, 0.25, 0.5, 0.2, True)
    assert level == pytest.approx(5.75)  # a quarter of 11, three quarters of 4
    assert s_next == pytest.approx(3.625)  # half of 10 - 5.75 + 2, half of 1
    assert u_next == pytest.approx(-0.95)  # a fifth of 10 - 5.75 - 1, four fifths of -2


@pytest.mark.parametrize("additive", [False, True])
def test_a_missing_observation_leaves_state_and_adjoints_as_they_are(additive):
    rest = (1.5, 2.0, 0.25, 0.5, 0.2, additive)
    assert smoothing_step(math.nan, 4.0, *rest) == (4.0, 1.5, 2.0)
    bars = smoothing_step_adjoint(math.nan, 4.0, 4.0, *rest, 3.0, 5.0, 7.0)
    assert bars == (3.0, 5.0, 7.0, 0.0, 0.0, 0.0)


@given(y=positive, level=positive, s=positive, u=positive, alpha=coefficient)
def test_a_coefficient_of_zero_keeps_a_factor(y, level, s, u, alpha):
    for additive in (False, True):
        _, s_next, u_next = smoothing_step(y, level, s, u, alpha, 0.0, 0.0, additive)
        assert (s_next, u_next) == (s, u)


@given(level=positive, s=positive, u=positive, alpha=coefficient, beta=coefficient)
def test_a_perfect_forecast_changes_nothing(level, s, u, alpha, beta):
    for additive, y in ((False, level * s * u), (True, level + s + u)):
        after = smoothing_step(y, level, s, u, alpha, beta, beta, additive)
        assert after == pytest.approx((level, s, u), rel=1e-12)


def derivatives(y, state, additive, bars):
    """Differentiate the weighted results by complex steps: exact up to rounding."""
    found = []
    for k in range(6):
        moved = [complex(value) for value in state]
        moved[k] += 1e-30j
        results = smoothing_step(y, *moved, additive)
        found.append(sum(r.imag * bar for r, bar in zip(results, bars, strict=True)) / 1e-30)
    return found


@pytest.mark.parametrize("additive", [False, True])
@given(
    y=positive,
    factors=st.tuples(positive, positive, positive),
    coefficients=st.tuples(coefficient, coefficient, coefficient),
    bars=st.tuples(signed, signed, signed),
)
def test_adjoint_equals_derivatives(additive, y, factors, coefficients, bars):
    state = (*factors, *coefficients)
    level = smoothing_step(y, *state, additive)[0]
    adjoint = smoothing_step_adjoint(y, state[0], level, *state[1:], additive, *bars)
    expected = derivatives(y, state, additive, bars)
    # Terms of either sign cancel, so the error is relative to the largest derivative.
    size = max(1.0, *(abs(e) for e in expected), *(abs(b) for b in bars))
    assert adjoint == pytest.approx(expected, rel=1e-9, abs=1e-9 * size)


@pytest.mark.parametrize("additive", [False, True])
def test_adjoint_equals_central_differences(additive):
    y, state, bars = 24.0, [4.0, 1.5, 2.0, 0.25, 0.5, 0.2], (0.7, -1.3, 2.1)
    level = smoothing_step(y, *state, additive)[0]
    adjoint = smoothing_step_adjoint(y, state[0], level, *state[1:], additive, *bars)

    def weighted(k, step):
        moved = [value + step * (j == k) for j, value in enumerate(state)]
        results = smoothing_step(y, *moved, additive)
        return sum(r * bar for r, bar in zip(results, bars, strict=True))

    eps = 1e-6
    expected = [(weighted(k, eps) - weighted(k, -eps)) / (2.0 * eps) for k in range(6)]
    assert adjoint == pytest.approx(expected, rel=1e-7)
