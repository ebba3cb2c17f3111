"""Levels between and beyond the trained ones follow the errors that were held back."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.calibration import calibration_factors, level_axis, spread_power, widen
from esrnn.intervals import interpolate_quantiles

LEVELS = (0.025, 0.5, 0.975)
NORMAL = NormalDist().inv_cdf


def misses_of(errors: np.ndarray, half: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
    """Return miss ratios of errors around a median, with quantiles these distances away."""
    return np.stack([-errors / half[0], np.full_like(errors, np.nan), errors / half[1]])


@pytest.mark.parametrize("kind", ["normal", "heavy tails", "skewed"])
def test_every_level_is_met_whatever_the_errors(kind: str) -> None:
    rng = np.random.default_rng(0)
    draw = {
        "normal": lambda n: rng.normal(size=n),
        "heavy tails": lambda n: rng.standard_t(2, size=n),
        "skewed": lambda n: rng.exponential(size=n) - np.log(2.0),
    }[kind]
    misses = misses_of(draw(20_000), half=(0.7, 3.0))
    trained = np.array([-0.7, 0.0, 3.0])[:, None, None]  # the network's own, far off
    factors = calibration_factors(misses, LEVELS)
    calibrated = widen(trained, factors, np.array([True]))
    wanted = [0.01, 0.025, 0.1, 0.25, 0.75, 0.9, 0.95, 0.975, 0.995]
    axis = level_axis(misses, LEVELS)
    quantiles = interpolate_quantiles(calibrated, LEVELS, wanted, None, axis).ravel()
    fresh = draw(100_000)
    reached = (fresh[:, None] <= quantiles).mean(axis=0)
    np.testing.assert_allclose(reached, wanted, atol=0.012)


def test_a_normal_line_would_not_meet_them() -> None:
    """The test above can fail."""
    rng = np.random.default_rng(0)
    misses = misses_of(rng.standard_t(2, size=20_000))
    trained = np.array([-1.0, 0.0, 1.0])[:, None, None]
    calibrated = widen(trained, calibration_factors(misses, LEVELS), np.array([True]))
    quantile = interpolate_quantiles(calibrated, LEVELS, [0.75]).ravel()
    assert (rng.standard_t(2, size=100_000) <= quantile).mean() > 0.8


@given(
    seed=st.integers(0, 100),
    n=st.integers(0, 900),
    levels=st.lists(st.floats(1e-6, 1.0 - 1e-6), min_size=2, unique=True),
)
def test_the_axis_increases(seed: int, n: int, levels: list[float]) -> None:
    axis = level_axis(misses_of(np.random.default_rng(seed).normal(0.3, 1.0, n)), LEVELS)
    places = [axis(level) for level in sorted([*levels, *LEVELS])]
    assert (np.diff(places) >= -1e-12).all()
    assert np.isfinite(places).all()
    assert axis(0.5) == 0.0
    assert axis(0.975) == pytest.approx(NORMAL(0.975))
    assert axis(0.025) == pytest.approx(NORMAL(0.025))


@pytest.mark.parametrize("misses", [np.empty((3, 0)), np.empty((0, 0)), np.ones((3, 399))])
def test_with_too_little_held_back_it_is_the_normal_one(misses: np.ndarray) -> None:
    axis = level_axis(misses, LEVELS)
    for level in (0.001, 0.1, 0.5, 0.8, 0.99):
        assert axis(level) == NORMAL(level)


def test_one_trained_level_has_no_sides() -> None:
    axis = level_axis(np.full((1, 9999), np.nan), (0.5,))
    assert axis(0.9) == NORMAL(0.9)


def test_beyond_what_was_held_back_it_goes_on_as_a_normal_one() -> None:
    errors = np.random.default_rng(0).normal(size=1000)
    axis = level_axis(misses_of(errors), LEVELS)
    known = axis(0.99)  # ten errors are expected there, and no further
    assert axis(0.9999) == pytest.approx(known * NORMAL(0.9999) / NORMAL(0.99))


class TestSpread:
    """Series differ in how large their errors are; the network may know it or not."""

    def held_back(self, knows: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw errors whose size is each series' spread; gaps go with a power of it."""
        rng = np.random.default_rng(0)
        spread = np.repeat(np.exp(rng.normal(0.0, 0.7, 300)), 12)
        errors = spread * rng.normal(size=spread.size)
        gap = 2.0 * spread**knows
        misses = np.stack([-errors / gap, np.full_like(gap, np.nan), errors / gap])
        return misses, np.stack([gap, np.zeros_like(gap), gap]), spread

    @pytest.mark.parametrize(("knows", "power"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)])
    def test_what_the_network_does_not_know_is_added(self, knows: float, power: float) -> None:
        assert spread_power(*self.held_back(knows), LEVELS) == power

    def test_with_too_little_held_back_it_is_the_usual_power(self) -> None:
        misses, gaps, spread = self.held_back(0.0)
        assert spread_power(misses[:, :399], gaps[:, :399], spread[:399], LEVELS) == 0.75
        nothing = np.empty((3, 0))
        assert spread_power(nothing, nothing, np.empty(0), LEVELS) == 0.75
        assert spread_power(np.empty((0, 0)), np.empty((0, 0)), np.empty(0), LEVELS) == 0.75

    def test_each_series_is_widened_by_its_own_factor(self) -> None:
        quantiles = np.array([8.0, 10.0, 11.0])[:, None, None].repeat(2, axis=1)
        factors = np.array([[1.0, 2.0], [1.0, 1.0], [1.0, 3.0]])
        wide = widen(quantiles, factors, np.array([True, True]))[..., 0]
        np.testing.assert_allclose(wide, [[8.0, 6.0], [10.0, 10.0], [11.0, 13.0]])
        logs = widen(quantiles, factors, np.array([False, False]))[..., 0]
        np.testing.assert_allclose(logs[:, 0], [8.0, 10.0, 11.0])
        np.testing.assert_allclose(logs[:, 1], [10.0 * 0.8**2, 10.0, 10.0 * 1.1**3])
