from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import InputError
from esrnn.quantiles.levels import interpolate_quantiles

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


def _z(levels: object) -> np.ndarray:
    return np.array([NormalDist().inv_cdf(level) for level in np.atleast_1d(levels)])


def _quantiles(seed: int, positive: bool) -> np.ndarray:
    """Draw ordered quantiles, (Q, N, H), some of which are equal."""
    rng = np.random.default_rng(seed)
    quantiles = rng.normal(size=(len(LEVELS), 3, 4)).round(1)
    return np.sort(np.exp(quantiles) if positive else quantiles, axis=0)


@pytest.mark.parametrize("positive", [False, True])
def test_known_levels_are_returned_bit_by_bit(positive: bool) -> None:
    quantiles = _quantiles(0, positive)
    as_sktime_computes = [0.5 - 0.95 / 2, 0.5 - 0.8 / 2, 0.5, 0.5 + 0.8 / 2, 0.5 + 0.95 / 2]
    out = interpolate_quantiles(quantiles, LEVELS, as_sktime_computes, np.full(3, not positive))
    np.testing.assert_array_equal(out, quantiles)


@pytest.mark.parametrize("positive", [False, True])
def test_a_normal_distribution_is_exact_at_every_level(positive: bool) -> None:
    wanted = [0.001, 0.04, 0.3, 0.77, 0.999]
    known, expected = (3.0 + 0.5 * _z(levels)[:, None, None] for levels in (LEVELS, wanted))
    if positive:
        known, expected = np.exp(known), np.exp(expected)
    out = interpolate_quantiles(known, LEVELS, wanted, np.array([not positive]))
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_each_side_has_its_own_spread() -> None:
    known = np.array([-1.0, 0.0, 3.0])[:, None, None]
    out = interpolate_quantiles(known, (0.1, 0.5, 0.9), [0.01, 0.99]).ravel()
    assert out[1] == pytest.approx(-3.0 * out[0])


@given(st.integers(0, 1000), st.booleans(), st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2))
def test_monotone_in_the_level(seed: int, positive: bool, wanted: list[float]) -> None:
    levels = sorted({*wanted, *LEVELS})
    out = interpolate_quantiles(
        _quantiles(seed, positive), LEVELS, levels, np.full(3, not positive)
    )
    assert (np.diff(out, axis=0) >= -1e-12 * np.abs(out[1:])).all()
    assert np.isfinite(out).all()
    if positive:
        assert (out > 0.0).all()


def test_the_form_is_told_series_by_series() -> None:
    known = np.tile(np.array([0.1, 1.0, 2.0])[:, None, None], (1, 2, 1))
    low = interpolate_quantiles(known, (0.1, 0.5, 0.9), [0.001], np.array([False, True])).ravel()
    assert low[0] > 0.0 > low[1]


def test_no_logarithm_of_zero() -> None:
    known = np.array([0.0, 0.0, 2.0])[:, None, None]
    out = interpolate_quantiles(known, (0.1, 0.5, 0.9), [0.05, 0.7], np.array([False]))
    assert np.isfinite(out).all()


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 1.5, np.nan])
def test_levels_lie_between_zero_and_one(level: float) -> None:
    with pytest.raises(InputError, match="must lie between 0 and 1"):
        interpolate_quantiles(_quantiles(0, False), LEVELS, [0.5, level])


def test_the_median_alone_tells_nothing_else() -> None:
    one = np.zeros((1, 1, 1))
    assert interpolate_quantiles(one, [0.5], [0.5]).shape == (1, 1, 1)
    with pytest.raises(InputError, match=r"trained for the quantile level 0\.5 alone; got 0\.9"):
        interpolate_quantiles(one, [0.5], [0.9])
