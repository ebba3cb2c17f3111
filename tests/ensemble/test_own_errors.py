"""Intervals of networks that were not trained on a panel, calibrated on its own past."""

from dataclasses import replace

import numpy as np
import pytest

from esrnn.config import preset_config
from esrnn.ensemble import Ensemble, TrainingOptions, fit_ensemble
from esrnn.ensemble.arrays import ensemble_arrays, ensemble_from_arrays, series_arrays
from esrnn.ensemble.interval_widths import pooled_scores
from esrnn.ensemble.own_errors import calibrated_on_own_errors, mixed_scores
from esrnn.networks import adapt
from esrnn.panel import Panel
from esrnn.quantiles.calibration import calibration_factors
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


def weighted(ensemble: Ensemble) -> Ensemble:
    config = ensemble.config
    return replace(
        ensemble, config=replace(config, ensemble=replace(config.ensemble, combination="weighted"))
    )


def test_members_that_forecast_a_past_better_have_more_weight(trained: Ensemble) -> None:
    panel = walks(12, 60, 0.05, 3)
    own = calibrated_on_own_errors(weighted(trained.for_new_series(panel)), panel)
    errors = np.zeros((2, H))  # by a loop over members, steps and origins
    for member, step in np.ndindex(2, H):
        logs = []
        for back in (H, 2 * H, 3 * H):
            past, actual = panel.drop_last(back), panel.drop_last(back - H).last(H).values
            y_hat = trained.for_new_series(past).quantiles_by_member(past)[member, 2]
            distance = np.abs(y_hat - actual.reshape(-1, H))[:, : step + 1]
            logs += np.log(distance.sum(axis=1)).tolist()
        errors[member, step] = np.mean(logs)
    expected = np.exp(-5.0 * errors)
    np.testing.assert_allclose(own.weights, expected / expected.sum(axis=0), rtol=1e-6)
    assert (own.weights[0] != own.weights[1]).all()
    by_member = own.quantiles_by_member(panel)
    mean = own.weights[0] * by_member[0] + own.weights[1] * by_member[1]
    np.testing.assert_allclose(own.forecast(panel)[2], mean[2], rtol=1e-12)
    np.testing.assert_allclose(  # torch's exp of a number depends on where it is in its tensor
        adapt(own, horizon=2).forecast(panel), own.forecast(panel)[:, :, :2], rtol=1e-12
    )


def test_members_that_cannot_be_compared_weigh_the_same(trained: Ensemble) -> None:
    panel = walks(3, 12, 0.05, 4)
    own = calibrated_on_own_errors(weighted(trained.for_new_series(panel)), panel)
    assert own.weights is None
    expected = trained.for_new_series(panel).forecast(panel)[2]
    np.testing.assert_array_equal(own.forecast(panel)[2], expected)


def test_weights_are_kept_in_a_file_and_by_fewer_members(trained: Ensemble) -> None:
    panel = walks(12, 60, 0.05, 3)
    own = calibrated_on_own_errors(weighted(trained.for_new_series(panel)), panel)
    again = ensemble_from_arrays(own.config, ensemble_arrays(own), own.ids, series_arrays(own))
    np.testing.assert_array_equal(again.forecast(panel), own.forecast(panel))
    assert (adapt(own, n_members=1).weights == 1.0).all()


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
    mixed = mixed_scores(holdout(1.0, n_known), holdout(2.0, n_own), n_own // n_horizons)
    counts = tuple(int((mixed.error_scale == value).sum()) for value in (1.0, 2.0))
    assert counts == expected
    assert mixed.scores.shape == mixed.spacing.shape == (3, sum(expected))


@pytest.mark.parametrize(("n_known_of_kind", "known_value"), [(0, 1.0), (200, 3.0)])
def test_intermittent_series_are_mixed_apart(n_known_of_kind: int, known_value: float) -> None:
    def of_kind(value: float, n: int) -> Holdout:
        return replace(holdout(value, n), intermittent=np.ones(n, dtype=np.bool_))

    some, other = holdout(1.0, 400), of_kind(3.0, n_known_of_kind)
    known = Holdout.joined(np.arange(2), [some, other])
    own = Holdout.joined(np.arange(2), [holdout(2.0, 600), of_kind(4.0, 1200)])
    mixed = mixed_scores(known, own, 12)
    for kind, values in ((False, {1.0, 2.0}), (True, {known_value, 4.0})):
        assert set(mixed.scores[0, mixed.intermittent == kind]) == values


def test_slow_series_leave_the_intervals_of_busy_ones_as_they_are(trained: Ensemble) -> None:
    rng = np.random.default_rng(2)
    busy = [rng.poisson(30.0, 60) + 1.0 for _ in range(40)]
    slow = [rng.poisson(0.3, 60).astype(float) for _ in range(80)]
    slow[0][:8] = 1.0
    widths = []
    for series in (busy, busy + slow):
        panel = Panel.from_arrays(series)
        own = calibrated_on_own_errors(trained.for_new_series(panel), panel)
        widths.append(own.interval_factors())
        if len(series) > len(busy):
            many = pooled_scores(own.members, own.config, intermittent=True)[0]
            factors = calibration_factors(many, own.config.network.quantile_levels)
            assert not np.allclose(factors, widths[1])
    np.testing.assert_array_equal(*widths)
