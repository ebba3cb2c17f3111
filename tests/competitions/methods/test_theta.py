"""Theta: exact cases and hard series; its accuracy on M4 is in `test_exponential`."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.exponential import smooth, theta
from competitions.methods.exponential_fit import SES

from .hard_series import HARD

QUIET = Settings(n_jobs=1, quiet=True)


def test_a_straight_line_goes_on_at_half_its_slope() -> None:
    # The line of theta = 2 is the series itself, which smoothing continues level.
    y = 3 + 2 * np.arange(30.0)
    assert_allclose(theta(y, 3, 1, ()).y_hat, [62.0, 63.0, 64.0], rtol=1e-3)


def test_it_is_the_mean_of_both_lines() -> None:
    y = 50 + np.cumsum(np.random.default_rng(6).normal(0.3, 1, 40))
    slope, level = np.polyfit(np.arange(40), y, 1)
    line = level + slope * np.arange(44)
    bent = smooth(SES, 2 * y - line[:40], 4, 1, ()).y_hat
    assert_allclose(theta(y, 4, 1, ()).y_hat, (bent + line[40:]) / 2, rtol=1e-9)


def test_what_would_be_negative_is_zero_unless_the_series_is() -> None:
    falling = np.linspace(40.0, 1.0, 40)
    y_hat = theta(falling, 30, 1, ()).y_hat
    assert y_hat.min() == 0.0
    assert y_hat[0] > 0
    assert theta(falling - 20, 30, 1, ()).y_hat.min() < -20


@pytest.mark.parametrize("name", HARD)
def test_hard_series_get_finite_forecasts(name: str) -> None:
    found = theta(HARD[name].copy(), 6, 1, (95,))
    assert np.isfinite(found.y_hat).all()
    assert found.bounds == {}


def test_short_series_are_fallbacks() -> None:
    assert_array_equal(theta(np.array([7.0]), 2, 1, ()).y_hat, [7.0, 7.0])
    assert theta(np.array([7.0, 9.0, 5.0]), 2, 1, ()).fallback
    assert not theta(np.array([7.0, 9.0, 8.0, 9.0]), 2, 1, ()).fallback
