"""Levels between and beyond the trained ones follow the errors that were held back."""

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.config import preset_config
from esrnn.panel import Panel
from esrnn.quantiles.calibration import (
    calibration_factors,
    conformity_scores,
    error_scale_power,
    level_axis,
    widen,
    without_idle_calibration,
)
from esrnn.quantiles.levels import interpolate_quantiles

LEVELS = (0.025, 0.5, 0.975)
NORMAL = NormalDist().inv_cdf


def scores_of(errors: np.ndarray, half: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
    """Return conformity scores of errors around a median, with quantiles these distances away."""
    return np.stack([-errors / half[0], np.full_like(errors, np.nan), errors / half[1]])


@pytest.mark.parametrize("kind", ["normal", "heavy tails", "skewed"])
def test_every_level_is_met_whatever_the_errors(kind: str) -> None:
    rng = np.random.default_rng(0)
    draw = {
        "normal": lambda n: rng.normal(size=n),
        "heavy tails": lambda n: rng.standard_t(2, size=n),
        "skewed": lambda n: rng.exponential(size=n) - np.log(2.0),
    }[kind]
    scores = scores_of(draw(20_000), half=(0.7, 3.0))
    trained = np.array([-0.7, 0.0, 3.0])[:, None, None]  # the network's own, far off
    factors = calibration_factors(scores, LEVELS)
    calibrated = widen(trained, factors, np.array([True]))
    wanted = [0.01, 0.025, 0.1, 0.25, 0.75, 0.9, 0.95, 0.975, 0.995]
    axis = level_axis(scores, LEVELS)
    quantiles = interpolate_quantiles(calibrated, LEVELS, wanted, None, axis).ravel()
    fresh = draw(100_000)
    reached = (fresh[:, None] <= quantiles).mean(axis=0)
    np.testing.assert_allclose(reached, wanted, atol=0.012)


def test_a_normal_line_would_not_meet_them() -> None:
    """The test above can fail."""
    rng = np.random.default_rng(0)
    scores = scores_of(rng.standard_t(2, size=20_000))
    trained = np.array([-1.0, 0.0, 1.0])[:, None, None]
    calibrated = widen(trained, calibration_factors(scores, LEVELS), np.array([True]))
    quantile = interpolate_quantiles(calibrated, LEVELS, [0.75]).ravel()
    assert (rng.standard_t(2, size=100_000) <= quantile).mean() > 0.8


@given(
    seed=st.integers(0, 100),
    n=st.integers(0, 900),
    levels=st.lists(st.floats(1e-6, 1.0 - 1e-6), min_size=2, unique=True),
)
def test_the_axis_increases(seed: int, n: int, levels: list[float]) -> None:
    axis = level_axis(scores_of(np.random.default_rng(seed).normal(0.3, 1.0, n)), LEVELS)
    places = [axis(level) for level in sorted([*levels, *LEVELS])]
    assert (np.diff(places) >= -1e-12).all()
    assert np.isfinite(places).all()
    assert axis(0.5) == 0.0
    assert axis(0.975) == pytest.approx(NORMAL(0.975))
    assert axis(0.025) == pytest.approx(NORMAL(0.025))


@pytest.mark.parametrize("scores", [np.empty((3, 0)), np.empty((0, 0)), np.ones((3, 399))])
def test_with_too_little_held_back_it_is_the_normal_one(scores: np.ndarray) -> None:
    axis = level_axis(scores, LEVELS)
    for level in (0.001, 0.1, 0.5, 0.8, 0.99):
        assert axis(level) == NORMAL(level)


def test_one_trained_level_has_no_sides() -> None:
    axis = level_axis(np.full((1, 9999), np.nan), (0.5,))
    assert axis(0.9) == NORMAL(0.9)


def test_beyond_what_was_held_back_it_goes_on_as_a_normal_one() -> None:
    errors = np.random.default_rng(0).normal(size=1000)
    axis = level_axis(scores_of(errors), LEVELS)
    known = axis(0.99)  # ten errors are expected there, and no further
    assert axis(0.9999) == pytest.approx(known * NORMAL(0.9999) / NORMAL(0.99))


class TestErrorScale:
    """Series differ in how large their errors are; the network may know it or not."""

    def held_back(self, knows: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw errors whose size is each series' error_scale; spacing go with a power of it."""
        rng = np.random.default_rng(0)
        error_scale = np.repeat(np.exp(rng.normal(0.0, 0.7, 300)), 12)
        errors = error_scale * rng.normal(size=error_scale.size)
        gap = 2.0 * error_scale**knows
        scores = np.stack([-errors / gap, np.full_like(gap, np.nan), errors / gap])
        return scores, np.stack([gap, np.zeros_like(gap), gap]), error_scale

    @pytest.mark.parametrize(("knows", "power"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)])
    def test_what_the_network_does_not_know_is_added(self, knows: float, power: float) -> None:
        assert error_scale_power(*self.held_back(knows), LEVELS) == power

    def test_with_too_little_held_back_it_is_the_usual_power(self) -> None:
        scores, spacing, error_scale = self.held_back(0.0)
        assert (
            error_scale_power(scores[:, :399], spacing[:, :399], error_scale[:399], LEVELS) == 0.75
        )
        nothing = np.empty((3, 0))
        assert error_scale_power(nothing, nothing, np.empty(0), LEVELS) == 0.75
        assert error_scale_power(np.empty((0, 0)), np.empty((0, 0)), np.empty(0), LEVELS) == 0.75

    def test_each_series_is_widened_by_its_own_factor(self) -> None:
        quantiles = np.array([8.0, 10.0, 11.0])[:, None, None].repeat(2, axis=1)
        factors = np.array([[1.0, 2.0], [1.0, 1.0], [1.0, 3.0]])
        wide = widen(quantiles, factors, np.array([True, True]))[..., 0]
        np.testing.assert_allclose(wide, [[8.0, 6.0], [10.0, 10.0], [11.0, 13.0]])
        logs = widen(quantiles, factors, np.array([False, False]))[..., 0]
        np.testing.assert_allclose(logs[:, 0], [8.0, 10.0, 11.0])
        np.testing.assert_allclose(logs[:, 1], [10.0 * 0.8**2, 10.0, 10.0 * 1.1**3])


class TestFactors:
    def test_factors_give_each_quantile_its_level(self):
        rng = np.random.default_rng(0)
        y = rng.normal(size=20_000)
        half = 0.5 * 1.959964  # intervals half as wide as they should be
        scores = np.stack([-y / half, np.full_like(y, np.nan), y / half])
        factors = calibration_factors(scores, (0.025, 0.5, 0.975))
        np.testing.assert_allclose(factors, [2.0, 1.0, 2.0], rtol=0.05)

    def test_too_little_held_back_changes_nothing(self):
        scores = np.full((3, 399), 5.0)
        assert calibration_factors(scores, (0.025, 0.5, 0.975)).tolist() == [1.0, 1.0, 1.0]
        enough = np.full((3, 400), 5.0)
        assert calibration_factors(enough, (0.025, 0.5, 0.975)).tolist() == [5.0, 1.0, 5.0]

    @given(
        factors=st.tuples(*[st.floats(0.0, 5.0)] * 2),
        spacing=st.tuples(*[st.floats(0.0, 3.0)] * 2),
        middle=st.floats(0.1, 1e6),
    )
    def test_widening_keeps_the_median_and_the_order(self, factors, spacing, middle):
        low, high = (-spacing[0], spacing[1])
        quantiles = np.array([[[middle + low], [middle * np.exp(low)]],
                              [[middle], [middle]],
                              [[middle + high], [middle * np.exp(high)]]])  # fmt: skip
        additive = np.array([True, False])
        wide = widen(quantiles, np.array([factors[0], 1.0, factors[1]]), additive)
        np.testing.assert_array_equal(wide[1], quantiles[1])
        assert (np.diff(wide, axis=0) >= 0.0).all()
        assert (wide[:, 1] > 0.0).all()
        np.testing.assert_allclose(
            wide[2, 0, 0] - middle, factors[1] * spacing[1], rtol=1e-6, atol=1e-6 * middle
        )
        np.testing.assert_allclose(
            np.log(wide[2, 1, 0] / middle), factors[1] * spacing[1], atol=1e-9
        )


class TestConformityScores:
    QUANTILES = np.array([[[8.0, 8.0]], [[10.0, 10.0]], [[11.0, 20.0]]])

    def test_additive_by_hand(self):
        scores = conformity_scores(np.array([[12.0, 7.0]]), self.QUANTILES, np.array([True]))
        assert scores.shape == (3, 2)
        np.testing.assert_allclose(scores[[0, 2]], [[-1.0, 1.5], [2.0, -0.3]])
        assert np.isnan(scores[1]).all()

    def test_multiplicative_by_hand(self):
        scores = conformity_scores(np.array([[40.0, 6.4]]), self.QUANTILES, np.array([False]))
        assert scores[2, 1] == pytest.approx(np.log(0.64) / np.log(2.0))
        assert scores[0] == pytest.approx([np.log(4.0) / np.log(0.8), 2.0])

    def test_an_observation_at_a_quantile_is_one_and_at_the_median_zero(self):
        for form in (False, True):
            at = conformity_scores(np.array([[11.0, 20.0]]), self.QUANTILES, np.array([form]))
            np.testing.assert_allclose(at[2], 1.0)
            at = conformity_scores(np.array([[10.0, 10.0]]), self.QUANTILES, np.array([form]))
            np.testing.assert_allclose(at[[0, 2]], 0.0)

    def test_missing_values_have_none(self):
        scores = conformity_scores(np.array([[np.nan, 7.0]]), self.QUANTILES, np.array([True]))
        assert np.isnan(scores[:, 0]).all()
        assert np.isfinite(scores[[0, 2], 1]).all()

    def test_zeros_and_negatives_of_additive_series(self):
        quantiles = np.array([[[-2.0]], [[0.0]], [[4.0]]])
        scores = conformity_scores(np.array([[-1.0]]), quantiles, np.array([True]))
        np.testing.assert_allclose(scores[[0, 2], 0], [0.5, -0.25])


def test_nothing_is_held_back_that_would_not_suffice() -> None:
    config = preset_config("quarterly", 4, n_members=2)
    assert config.training.calibration > 0.0
    few, many = Panel.from_arrays([np.ones(40)] * 9), Panel.from_arrays([np.ones(40)] * 900)
    assert without_idle_calibration(config, few).training.calibration == 0.0
    assert without_idle_calibration(config, many) == config
