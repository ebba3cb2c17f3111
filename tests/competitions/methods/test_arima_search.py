"""The search for an order: differences, start models, steps."""

import warnings
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from statsmodels.tsa.stattools import kpss

from competitions.methods.arima_search import (
    Limits,
    Order,
    _kpss,
    difference,
    is_constant,
    n_differences,
    walk,
)

RNG = np.random.default_rng(5)
NOISE = RNG.normal(0, 1, 120)


def test_start_models_are_those_of_hyndman_and_khandakar() -> None:
    starts = Limits.of(60, period=4, n_diff=1).starts()
    assert starts == [
        Order(2, 2, 1, 1, True),
        Order(constant=True),
        Order(p=1, P=1, constant=True),
        Order(q=1, Q=1, constant=True),
        Order(),
    ]


def test_two_differences_leave_no_constant() -> None:
    starts = Limits.of(60, period=1, n_diff=2).starts()
    assert starts == [Order(2, 2), Order(), Order(p=1), Order(q=1)]


def test_short_series_start_from_small_models() -> None:
    assert Limits.of(9, period=4, n_diff=0).starts()[0] == Order(1, 1, 0, 0, True)
    assert Limits.of(2, period=1, n_diff=0).starts() == [Order(constant=True), Order()]


@given(
    n_obs=st.integers(1, 300),
    period=st.sampled_from([1, 2, 4, 12, 24]),
    n_diff=st.integers(0, 3),
    seed=st.integers(0, 1000),
)
def test_the_walk_stays_within_its_limits(n_obs: int, period: int, n_diff: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values: dict[Order, float] = {}

    def criterion(order: Order) -> float:
        assert order not in values, "fitted twice"
        values[order] = float(rng.choice([rng.normal() - order.n_coefficients, inf]))
        return values[order]

    limits = Limits.of(n_obs, period, n_diff)
    tried = walk(criterion, limits)
    assert len(values) <= 94
    assert all(order in limits for order in values)
    assert set(tried) == {order for order in values if values[order] < inf}
    assert list(tried.values()) == sorted(tried.values())


def test_the_walk_ends_at_a_model_without_better_neighbours() -> None:
    def criterion(order: Order) -> float:
        return (order.p - 4) ** 2 + (order.q - 1) ** 2 + (order.P - 2) ** 2 + order.Q + 0.1

    best = next(iter(walk(criterion, Limits.of(80, period=12, n_diff=1))))
    assert (best.p, best.q, best.P, best.Q) == (4, 1, 2, 0)


def test_the_walk_stops_at_94_models() -> None:
    tried = walk(lambda order: -float(order.p), Limits(Order(200, 5, 2, 2, True), 1000))
    assert len(tried) == 94


def test_no_model_is_left_where_all_are_refused() -> None:
    assert walk(lambda order: inf, Limits.of(50, 1, 0)) == {}


@pytest.mark.parametrize(
    ("y", "period", "expected"),
    [
        (NOISE, 1, (0, 0)),
        (np.cumsum(NOISE), 1, (1, 0)),
        (np.cumsum(np.cumsum(NOISE)), 1, (2, 0)),
        (np.full(30, 2.0), 4, (0, 0)),
        (np.array([3.0]), 4, (0, 0)),
        (np.tile([1.0, 5.0, 2.0, 8.0], 30) + 0.1 * NOISE, 4, (0, 1)),
        (np.tile([1.0, 5.0, 2.0, 8.0], 30) + np.cumsum(0.3 * NOISE), 4, (1, 1)),
        (np.tile([1.0, 5.0, 2.0, 8.0], 2), 4, (0, 0)),  # two seasons cannot tell
        (NOISE, 4, (0, 0)),
    ],
)
def test_differences(y: np.ndarray, period: int, expected: tuple[int, int]) -> None:
    d, seasonal_d = n_differences(y, period)
    assert seasonal_d == expected[1]
    # After a seasonal difference the test of the level may go either way.
    assert d == expected[0] or seasonal_d


def test_the_test_of_the_level_is_that_of_kwiatkowski_and_others() -> None:
    y = np.cumsum(NOISE)[:50]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of p-values outside the table and of a future result
        expected = kpss(y, nlags=int(3 * np.sqrt(50) / 13))[0]
    assert _kpss(y) == pytest.approx(expected, rel=1e-12)


def test_differences_are_taken_at_their_lags() -> None:
    y = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    assert_array_equal(difference(y, 1, 0, 4), [1.0, 2.0, 4.0, 8.0, 16.0])
    assert_array_equal(difference(y, 0, 1, 4), [15.0, 30.0])
    assert_array_equal(difference(y, 1, 1, 4), [15.0])
    assert_array_equal(difference(y, 0, 0, 4), y)


def test_rounding_is_no_variation() -> None:
    line = 0.1 * np.arange(30.0)
    assert is_constant(np.diff(line), 3.0)
    assert not is_constant(np.array([1.0, 1.0001]), 1.0)
    assert is_constant(np.array([4.0]), 4.0)
