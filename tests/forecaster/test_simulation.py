"""Means and paths: totals, scores beside those of the quantiles, dependence, sums."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.frames import long_to_panel

N, T, H = 30, 180, 10
SETTINGS = {
    "horizon": H,
    "n_members": 1,
    "n_epochs": 4,
    "hidden_size": 8,
    "n_jobs": 1,
    "random_state": 1,
    "start_from": None,
    "seasonal_periods": 7,
}
STEPS = np.tile(np.arange(1, H + 1), (N, 1))
LEVELS = ((np.arange(100) + 0.5) / 100).tolist()


def demand(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return intermittent counts, and what is expected of them."""
    rng = np.random.default_rng(seed)
    chance = rng.uniform(0.1, 0.6, (N, 1))
    week = 1.0 + 0.4 * np.sin(np.arange(T + H) * 2.0 * np.pi / 7.0)
    size = 1.0 + rng.gamma(2.0, 1.5, (N, 1))
    sold = rng.random((N, T + H)) < chance * week
    return sold * (1.0 + rng.poisson(size - 1.0, (N, T + H))), chance * week * size


def skewed(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positive values whose mean is well above their median, and the mean."""
    rng = np.random.default_rng(seed)
    level, spread = rng.uniform(50.0, 400.0, (N, 1)), rng.uniform(0.3, 0.8, (N, 1))
    mean = level * (1.0 + 0.3 * np.sin(np.arange(T + H) * 2.0 * np.pi / 7.0))
    noise = rng.normal(0.0, 1.0, (N, T + H)) * spread - spread**2 / 2.0
    return mean * np.exp(noise), mean


def fitted_to(values: np.ndarray, **settings: object) -> FittedPanel:
    days = pd.date_range("2024-01-01", periods=T)
    ids = np.repeat([f"s{k:02}" for k in range(N)], T)
    past = {"unique_id": ids, "ds": np.tile(days, N), "y": values[:, :T].ravel()}
    return fit_panel(long_to_panel(pd.DataFrame(past)), settings={**SETTINGS, **settings})


@pytest.fixture(scope="module")
def counts() -> FittedPanel:
    return fitted_to(demand(0)[0])


@pytest.fixture(scope="module")
def positive() -> FittedPanel:
    return fitted_to(skewed(0)[0])


def pinball_score(quantiles: np.ndarray, y: np.ndarray) -> float:
    """Return the CRPS of quantiles, twice the mean of their pinball losses."""
    level = np.array(LEVELS)[:, None, None]
    return float(
        2.0 * np.mean(np.maximum(level * (y - quantiles), (level - 1.0) * (y - quantiles)))
    )


def crps(paths: np.ndarray, y: np.ndarray) -> float:
    """Return the CRPS of a sample: the mean distance from y, and half that from each other."""
    n, ordered = len(paths), np.sort(paths, axis=0)
    weights = (2.0 * np.arange(1, n + 1) - n - 1.0)[:, None, None]
    spread = (weights * ordered).sum(axis=0) / (n * (n - 1))
    return float(np.mean(np.abs(paths - y).mean(axis=0) - spread))


@pytest.mark.parametrize("seed", range(3))
def test_means_of_intermittent_counts_add_up(seed):
    values, expected = demand(seed)
    fitted = fitted_to(values)
    total = expected[:, T:].sum()
    means = fitted.forecast(STEPS, None, "cpu", "mean")
    assert means.sum() == pytest.approx(total, rel=0.05)
    assert means.min() >= 0.0
    assert (means != np.rint(means)).any()
    weekdays = means.mean(axis=0)[:7]
    assert np.corrcoef(weekdays, expected[:, T : T + 7].mean(axis=0))[0, 1] > 0.5


def test_means_of_skewed_values_add_up(positive):
    _, expected = skewed(0)
    total = expected[:, T:].sum()
    median, mean = (positive.forecast(STEPS, None, "cpu", p) for p in ("median", "mean"))
    assert abs(mean.sum() / total - 1.0) < 0.06
    assert median.sum() / total < 0.93
    assert (mean > median).mean() > 0.9


def test_paths_score_no_worse_than_the_quantiles(counts, positive):
    for fitted, values in ((counts, demand(0)[0]), (positive, skewed(0)[0])):
        y = values[:, T:]
        quantiles = fitted.quantiles(STEPS, None, LEVELS, "cpu")
        paths = fitted.simulate(STEPS, None, "cpu", n_paths=400, seed=0)
        assert crps(paths, y) < 1.01 * pinball_score(quantiles, y)


def test_paths_have_the_quantiles_at_each_step(positive):
    paths = positive.simulate(STEPS, None, "cpu", n_paths=4000, seed=0)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    own = positive.quantiles(STEPS, None, levels, "cpu")
    share = np.mean(paths[:, None] <= own[None], axis=0)
    assert_allclose(share.mean(axis=(1, 2)), levels, atol=0.005)
    assert_allclose(share, np.array(levels)[:, None, None] * np.ones((1, N, H)), atol=0.04)


def test_the_paths_of_intermittent_series_are_stretches_of_their_past(counts):
    paths = counts.simulate(STEPS, None, "cpu", n_paths=50, seed=3)
    for k in range(N):
        past = counts.framed.panel.series(k)
        starts = [t for t in range(T - H + 1) if (T - t) % 7 == 0]
        windows = {tuple(past[t : t + H]) for t in starts}
        assert {tuple(path) for path in paths[:, k]} <= windows
    means = counts.forecast(STEPS, None, "cpu", "mean")
    many = counts.simulate(STEPS, None, "cpu", n_paths=4000, seed=4)
    assert_allclose(many.mean(axis=(0, 2)), means.mean(axis=1), rtol=0.1)


def test_steps_go_together_and_series_as_asked(positive):
    apart = positive.simulate(STEPS, None, "cpu", n_paths=3000, seed=0)
    joint = positive.simulate(STEPS, None, "cpu", n_paths=3000, seed=0, series="together")
    assert np.corrcoef(apart[:, 0, 0], apart[:, 1, 0])[0, 1] == pytest.approx(0.0, abs=0.06)
    assert np.corrcoef(joint[:, 0, 0], joint[:, 1, 0])[0, 1] > 0.9
    assert_allclose(apart.mean(axis=0), joint.mean(axis=0), rtol=0.1)
    widths = [np.diff(np.quantile(p.sum(axis=(1, 2)), [0.1, 0.9]))[0] for p in (apart, joint)]
    assert widths[1] > 2.0 * widths[0]


def test_a_wandering_level_makes_wide_sums():
    """Errors of a random walk go together; sums over the horizon must be as wide as they are."""
    rng = np.random.default_rng(5)
    walks = np.exp(rng.normal(0.0, 0.02, (N, T + 40)).cumsum(axis=1)) * 100.0
    fitted = fitted_to(walks, seasonal_periods=(), n_epochs=8)
    sums = fitted.simulate(STEPS, None, "cpu", n_paths=800, seed=0).sum(axis=2)
    low, high = np.quantile(sums, [0.1, 0.9], axis=0)
    true = rng.normal(0.0, 0.02, (4000, H)).cumsum(axis=1)
    width = np.diff(np.quantile((np.exp(true) * 100.0).sum(axis=1), [0.1, 0.9]))[0]
    ends = walks[:, T - 1] / 100.0
    assert np.median((high - low) / ends) == pytest.approx(width, rel=0.35)
    alone = fitted.quantiles(STEPS, None, [0.1, 0.9], "cpu")
    independent = np.sqrt(((alone[1] - alone[0]) ** 2).sum(axis=1))
    assert np.median((high - low) / independent) > 1.5


def test_any_steps_and_seeds(positive):
    some = STEPS[:, [0, 4, 8]]
    paths = positive.simulate(some, None, "cpu", n_paths=20, seed=7)
    again = positive.simulate(some, None, "cpu", n_paths=20, seed=7)
    assert_array_equal(paths, again)
    assert not np.array_equal(paths, positive.simulate(some, None, "cpu", n_paths=20, seed=8))
    further = positive.simulate(STEPS + 20, None, "cpu", n_paths=50, seed=0)
    assert np.isfinite(further).all()
    assert np.isfinite(positive.forecast(STEPS + 20, None, "cpu", "mean")).all()
    mixed = positive.forecast(STEPS - 5, None, "cpu", "mean")
    assert_array_equal(mixed[:, :5], positive.forecast(STEPS - 5, None, "cpu")[:, :5])


@pytest.mark.parametrize("lengths", [(1, 3, 9), (200,)])
def test_short_and_single_series(lengths):
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame({"unique_id": k, "ds": range(n), "y": rng.poisson(0.7, n).astype(float)})
        for k, n in enumerate(lengths)
    ]
    fitted = fit_panel(long_to_panel(pd.concat(parts), freq=1), settings=SETTINGS)
    steps = STEPS[: len(lengths)]
    for values in (
        fitted.forecast(steps, None, "cpu", "mean"),
        fitted.simulate(steps, None, "cpu"),
    ):
        assert np.isfinite(values).all()
        assert values.min() >= 0.0


def test_a_long_frame_may_have_means(counts):
    frame = counts.forecast_frame(point="mean", coverages=[0.8])
    means = counts.forecast(STEPS, None, "cpu", "mean")
    assert_array_equal(frame["y_hat"].to_numpy().reshape(N, H), means)


def test_what_is_refused(counts):
    with pytest.raises(InputError, match="point must be one of"):
        counts.forecast(STEPS, None, "cpu", "mode")
    with pytest.raises(InputError, match="point must be one of"):
        fitted_to(demand(0)[0], point="mode")
    with pytest.raises(InputError, match="series must be one of"):
        counts.simulate(STEPS, None, "cpu", series="both")
    for n_paths, error in ((0, InputError), (2.5, InputTypeError)):
        with pytest.raises(error, match="n_paths"):
            counts.simulate(STEPS, None, "cpu", n_paths=n_paths)
