"""What stands in for a model."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods.per_series import SeriesForecast, is_finite, normal_bounds, random_walk
from esrnn.metrics import naive2


def test_a_random_walk_spreads_with_the_root_of_time() -> None:
    y = np.array([1.0, 3.0, 2.0, 6.0])
    found = random_walk(y, 4, 1, (95,))
    assert found.y_hat.tolist() == [6.0] * 4
    spread = np.sqrt((2**2 + 1**2 + 4**2) / 3)
    lower, upper = found.bounds[95]
    assert_allclose(upper - 6, 1.959964 * spread * np.sqrt([1, 2, 3, 4]), rtol=1e-6)
    assert_allclose(lower + upper, 12)
    assert not found.fallback


def test_with_a_period_it_is_naive2() -> None:
    y = np.tile([1.0, 2.0, 4.0, 3.0], 6) * np.linspace(1, 1.1, 24)
    assert_array_equal(random_walk(y, 5, 4, ()).y_hat, naive2(y, 5, 4))


@pytest.mark.parametrize("y", [[7.0], [5.0, 5.0], [0.0, 1e300, -1e300]])
def test_it_is_always_finite(y: list[float]) -> None:
    found = random_walk(np.array(y), 3, 1, (80,))
    assert is_finite(found)
    lower, upper = found.bounds[80]
    assert (lower <= upper).all()


def test_every_array_must_be_finite() -> None:
    good, bad = np.ones(2), np.array([1.0, np.inf])
    assert is_finite(SeriesForecast(good, {95: (good, good)}))
    assert not is_finite(SeriesForecast(bad))
    assert not is_finite(SeriesForecast(good, {95: (good, bad)}))
    assert not is_finite(SeriesForecast(good, {80: (-bad, good), 95: (good, good)}))


def test_bounds_are_normal_quantiles() -> None:
    y_hat, errors = np.array([[5.0, 6.0], [0.0, 1.0]]), np.array([[1.0], [2.0]])
    bounds = normal_bounds(y_hat, errors, (80, 95), growth=np.array([1.0, 3.0]))
    assert set(bounds) == {80, 95}
    lower, upper = bounds[95]
    assert_allclose((lower + upper) / 2, y_hat)
    assert_allclose(upper - y_hat, 1.959964 * np.array([[1, 3], [2, 6]]), rtol=1e-6)
    assert normal_bounds(y_hat, errors, ()) == {}
