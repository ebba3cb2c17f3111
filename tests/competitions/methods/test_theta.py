"""Theta: exact cases, M4's published accuracy, hard series."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.exponential import ATTEMPTS, SES, Attempt, smooth
from competitions.methods.parts import Parts
from competitions.methods.theta import run_theta, theta
from competitions.scoring import score
from competitions.task import load_data, load_task

from .hard_series import HARD

QUIET = Settings(n_jobs=1, quiet=True)
OURS = ATTEMPTS["statsmodels"]


@pytest.fixture(params=list(ATTEMPTS))
def attempt(request: pytest.FixtureRequest) -> Attempt:
    """Give each engine that is installed."""
    if request.param == "statsforecast":
        pytest.importorskip("statsforecast")
    return ATTEMPTS[request.param]


def test_a_straight_line_goes_on_at_half_its_slope(attempt: Attempt) -> None:
    # The line of theta = 2 is the series itself, which smoothing continues level.
    y = 3 + 2 * np.arange(30.0)
    assert_allclose(theta(attempt, y, 3, ()).y_hat, [62.0, 63.0, 64.0], rtol=1e-3)


def test_it_is_the_mean_of_both_lines() -> None:
    y = 50 + np.cumsum(np.random.default_rng(6).normal(0.3, 1, 40))
    slope, level = np.polyfit(np.arange(40), y, 1)
    line = level + slope * np.arange(44)
    bent = smooth(OURS, SES, 2 * y - line[:40], 4, ()).y_hat
    assert_allclose(theta(OURS, y, 4, ()).y_hat, (bent + line[40:]) / 2, rtol=1e-9)


def test_what_would_be_negative_is_zero_unless_the_series_is() -> None:
    falling = np.linspace(40.0, 1.0, 40)
    y_hat = theta(OURS, falling, 30, ()).y_hat
    assert y_hat.min() == 0.0
    assert y_hat[0] > 0
    assert theta(OURS, falling - 20, 30, ()).y_hat.min() < -20


@pytest.mark.parametrize("name", HARD)
def test_hard_series_get_finite_forecasts(name: str, attempt: Attempt) -> None:
    found = theta(attempt, HARD[name].copy(), 6, (95,))
    assert np.isfinite(found.y_hat).all()
    assert found.bounds == {}


def test_short_series_are_fallbacks() -> None:
    assert_array_equal(theta(OURS, np.array([7.0]), 2, ()).y_hat, [7.0, 7.0])
    assert theta(OURS, np.array([7.0, 9.0, 5.0]), 2, ()).fallback
    assert not theta(OURS, np.array([7.0, 9.0, 8.0, 9.0]), 2, ()).fallback


@pytest.mark.slow
def test_hourly_accuracy_is_the_published_one() -> None:
    data = load_data(load_task("m4-hourly"))
    scores = score(data, run_theta(data, QUIET, Parts(None)).forecasts)
    assert scores.smape == pytest.approx(18.138, abs=1.5e-3)
    assert scores.mase == pytest.approx(2.455, abs=1.5e-3)
    assert scores.owa == pytest.approx(1.0059, abs=3e-4)


@pytest.mark.slow
def test_weekly_accuracy_is_the_published_one(competition_data_dir: Path) -> None:
    data = load_data(load_task("m4-weekly"), competition_data_dir)
    scores = score(data, run_theta(data, QUIET, Parts(None)).forecasts)
    assert scores.smape == pytest.approx(9.093, abs=1.5e-3)
    assert scores.mase == pytest.approx(2.637, abs=1.5e-3)
    assert scores.owa == pytest.approx(0.9711, abs=3e-4)
