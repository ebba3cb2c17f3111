"""Intervals of networks that were not trained on a panel, calibrated on its own past."""

import numpy as np
import pytest

from esrnn.config import preset_config
from esrnn.ensemble import Ensemble, TrainingOptions, fit_ensemble
from esrnn.ensemble.own_errors import calibrated_on_own_errors, mixed_scores
from esrnn.panel import Panel
from esrnn.training import Holdout

H, LEVELS = 4, (0.025, 0.1, 0.5, 0.9, 0.975)
QUICK = {"n_members": 2, "n_epochs": 1, "hidden_size": 4, "calibration": 0.9}


def walks(n_series: int, n: int, noise: float, seed: int) -> Panel:
    rng = np.random.default_rng(seed)
    return Panel.from_arrays(100.0 * np.exp(rng.normal(0.0, noise, (n_series, n)).cumsum(axis=1)))


@pytest.fixture(scope="module")
def trained() -> Ensemble:
    config = preset_config("quarterly", H, **QUICK, quantile_levels=LEVELS)
    return fit_ensemble(walks(80, 40, 0.05, 0), config, seed=0, options=TrainingOptions(n_jobs=1))


def coverage(ensemble: Ensemble, panel: Panel, actual: np.ndarray, k: int) -> float:
    quantiles = ensemble.forecast(panel)
    inside = (quantiles[k] <= actual) & (actual <= quantiles[-1 - k])
    return float(inside.mean())


@pytest.mark.parametrize(("k", "nominal"), [(0, 0.95), (1, 0.8)])
def test_errors_that_grow_faster_than_in_training_are_covered(
    trained: Ensemble, k: int, nominal: float
) -> None:
    """Errors of one step say nothing of a trend that goes on: the panel's own past does."""
    rng = np.random.default_rng(1)
    steps = np.repeat(rng.normal(0.0, 0.05, (150, 15)), 4, axis=1)
    whole = Panel.from_arrays(100.0 * np.exp(steps.cumsum(axis=1)))
    panel, actual = whole.drop_last(H), whole.last(H).values.reshape(-1, H)
    moved = trained.for_new_series(panel)
    own = calibrated_on_own_errors(moved, panel)
    before, after = (coverage(one, panel, actual, k) for one in (moved, own))
    assert before < after - 0.02
    assert abs(after - nominal) < 0.05
    np.testing.assert_array_equal(own.forecast(panel)[2], moved.forecast(panel)[2])


def test_nothing_changes_where_series_are_short(trained: Ensemble) -> None:
    panel = walks(5, 12, 0.05, 2)
    moved = trained.for_new_series(panel)
    assert calibrated_on_own_errors(moved, panel) is moved


def test_a_forecast_of_the_past_knows_nothing_later(trained: Ensemble) -> None:
    """The last value is in no history that is forecast from, but in the first horizon's actuals."""
    values = [walks(1, 40, 0.05, seed).values for seed in range(3)]
    found = []
    for last in (1.0, 2.0):
        panel = Panel.from_arrays([np.append(v[:-1], v[-1] * last) for v in values])
        own = calibrated_on_own_errors(trained.for_new_series(panel), panel)
        found.append(np.sort(own.members[0].holdout.spacing[-1]))
    np.testing.assert_array_equal(*found)


def holdout(value: float, n: int) -> Holdout:
    scores = np.full((3, n), value)
    return Holdout(np.arange(2), scores, scores, np.full(n, value))


@pytest.mark.parametrize(
    ("n_known", "n_own", "n_horizons", "expected"),
    [
        (500, 12, 1, (500, 10)),  # one horizon counts for a fiftieth
        (500, 600, 50, (500, 500)),
        (500, 300, 50, (300, 300)),
        (500, 2400, 200, (500, 2000)),
        (500, 1200, 200, (300, 1200)),
        (0, 40, 5, (0, 40)),
    ],
)
def test_scores_are_mixed_by_the_number_of_horizons(
    n_known: int, n_own: int, n_horizons: int, expected: tuple[int, int]
) -> None:
    mixed = mixed_scores(holdout(1.0, n_known), holdout(2.0, n_own), n_horizons)
    counts = tuple(int((mixed.error_scale == value).sum()) for value in (1.0, 2.0))
    assert counts == expected
    assert mixed.scores.shape == mixed.spacing.shape == (3, sum(expected))
