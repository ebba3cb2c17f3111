"""Correlations of the errors of a horizon's steps, and paths that have them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from esrnn.quantiles.dependence import error_correlation, standardised_errors, uniform_paths

RNG = np.random.default_rng(0)
TRUE = 0.8 ** np.abs(np.subtract.outer(range(5), range(5)))


def errors_of(n: int) -> np.ndarray:
    """Draw errors with the true correlations, skewed, of other sizes at each step."""
    normal = RNG.standard_normal((n, 5)) @ np.linalg.cholesky(TRUE).T
    return np.exp(normal) * np.arange(1.0, 6.0)


def test_many_errors_give_their_correlations_whatever_their_shape():
    assert_allclose(error_correlation(errors_of(20_000), 5), TRUE, atol=0.02)


def test_missing_errors_and_ties_do_no_harm():
    errors = errors_of(20_000)
    errors[RNG.random(errors.shape) < 0.3] = np.nan
    assert_allclose(error_correlation(errors, 5), TRUE, atol=0.03)
    coarse = np.round(np.log(errors_of(20_000)))
    found = error_correlation(coarse, 5)
    assert np.all(np.abs(found - TRUE) < 0.15)
    same = error_correlation(np.zeros((50, 5)), 5)
    assert np.isfinite(same).all()


def test_few_errors_are_mixed_with_a_random_walk():
    walk = error_correlation(None, 5)
    steps = np.arange(1, 6)
    assert_allclose(walk, np.sqrt(np.minimum.outer(steps, steps) / np.maximum.outer(steps, steps)))
    assert_allclose(error_correlation(np.full((3, 5), np.nan), 5), walk, atol=1e-6)
    few = error_correlation(-errors_of(2), 5)
    assert np.abs(few - walk).max() < 0.2


@pytest.mark.parametrize("horizon", [3, 5, 6, 17])
def test_any_horizon_gives_a_correlation_matrix(horizon):
    found = error_correlation(errors_of(200), horizon)
    assert found.shape == (horizon, horizon)
    assert_allclose(np.diag(found), 1.0)
    assert_allclose(found, found.T)
    assert np.linalg.eigvalsh(found).min() > -1e-9
    assert_allclose(error_correlation(errors_of(20_000), 17)[:5, :5], TRUE, atol=0.05)


def test_further_blocks_are_drawn_as_they_are_forecast():
    """A plain loop: each block begins at the last error of the block before it."""
    n, block = 200_000, 3
    within = error_correlation(errors_of(500)[:, :3], block)
    root = np.linalg.cholesky(within)
    end, steps = np.zeros(n), []
    for k in range(7):
        if k % block == 0:
            own, start = RNG.standard_normal((n, block)) @ root.T, end
        steps.append(start + np.sqrt(1.0 + k % block) * own[:, k % block])
        end = steps[-1]
    assert_allclose(np.corrcoef(np.array(steps)), error_correlation_of(within, 7), atol=0.01)


def error_correlation_of(within: np.ndarray, horizon: int) -> np.ndarray:
    """Continue known correlations: those of so many errors that nothing else counts."""
    from esrnn.quantiles.dependence import _in_blocks

    return _in_blocks(within, horizon)


def test_paths_are_uniform_at_each_step_and_have_the_correlations():
    paths = uniform_paths(TRUE, 4000, 5, np.random.default_rng(1))
    assert paths.shape == (4000, 5, 5)
    assert 0.0 < paths.min() < paths.max() < 1.0
    assert_allclose(np.quantile(paths, [0.1, 0.5, 0.9], axis=(0, 1)).T, [[0.1, 0.5, 0.9]] * 5,
                    atol=0.02)  # fmt: skip
    assert_allclose(np.corrcoef(paths.reshape(-1, 5).T), TRUE, atol=0.04)
    assert abs(np.corrcoef(paths[:, 0, 0], paths[:, 1, 0])[0, 1]) < 0.05


def test_errors_are_in_units_of_the_outer_quantiles():
    quantiles = np.array([[[8.0, 1.0]], [[10.0, 1.0]], [[14.0, 1.0]]])
    found = standardised_errors(np.array([[13.0, 2.0]]), quantiles, np.array([True]))
    assert_allclose(found, [[0.5, np.nan]])
    logs = standardised_errors(np.array([[20.0, np.nan]]), quantiles, np.array([False]))
    assert_allclose(logs, [[np.log(2.0) / np.log(14.0 / 8.0), np.nan]])
