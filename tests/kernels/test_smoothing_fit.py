"""The per-series fit: gradient, optimum against statsmodels, recovery, shrinkage, bad series."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from esrnn.kernels import smoothing_fit
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.smoothing import smooth
from esrnn.kernels.smoothing_fit import SmoothingPrior, fit_parameters
from esrnn.kernels.smoothing_objective import Problem, gradient, objective, workspace
from esrnn.kernels.threads import at_most
from esrnn.panel.flat import any_of_each

PERIODS = [(), (4,), (3, 7)]


def simulate(seed, n, alpha, beta=0.0, season=(0.0,), noise=1.0, additive=True):
    """Draw a series from the recursion itself; `season` in logarithms where multiplicative."""
    rng = np.random.default_rng(seed)
    period, y = len(season), np.empty(n)
    s = np.concatenate([season if additive else np.exp(season), np.empty(n)])
    level = 50.0
    for t in range(n):
        error = noise * rng.normal()
        if additive:
            y[t] = level + s[t] + error
            level += alpha * error
            s[t + period] = beta * (y[t] - level) + (1 - beta) * s[t]
        else:
            y[t] = level * s[t] * np.exp(error)
            level = alpha * y[t] / s[t] + (1 - alpha) * level
            s[t + period] = beta * y[t] / level + (1 - beta) * s[t]
    return y


def join(parts):
    """Return the flat values, the starts and the form of some series."""
    parts = [np.asarray(part, dtype=np.float64) for part in parts]
    values = np.concatenate(parts)
    indptr = np.concatenate([[0], np.cumsum([part.size for part in parts])]).astype(np.int64)
    return values, indptr, any_of_each(values <= 0.0, indptr)


def one_step_squares(values, indptr, fit, periods):
    """Return each series' sum of squared one-step errors, in units of y."""
    natural = natural_parameters(fit.rows, fit.unit, fit.additive, periods)
    level, s, _ = smooth(values, indptr, *natural, fit.additive)
    period, sums = sum(periods[:1]), []
    for i, (a, b) in enumerate(itertools.pairwise(indptr.tolist())):
        forecast = level[a : b - 1].copy()
        if period:
            factors = s[a + i * period + 1 : b + i * period]
            forecast = forecast + factors if fit.additive[i] else forecast * factors
        sums.append(((values[a + 1 : b] - forecast) ** 2).sum())
    return np.array(sums)


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("additive", [False, True])
@given(seed=st.integers(0, 10_000))
def test_gradient_of_the_objective(periods, additive, seed):
    rng = np.random.default_rng(seed)
    n_s, n_u = (*periods, 0, 0)[:2]
    y = np.exp(rng.normal(0.0, 0.3, 25)) * 10.0
    y[[5, 6, 20]] = np.nan
    row = rng.normal(0.0, 0.5, 3 + n_s + n_u)
    mean, spread = rng.normal(size=row.size), rng.uniform(0.5, 2.0, row.size)
    work = workspace(y.size, n_s, n_u)

    problem = Problem(y, additive, 2.5, n_s, n_u, mean, spread)

    def value(at):
        return objective(problem, at, work)[0]

    _, squares, count = objective(problem, row, work)
    gradient(problem, row, count / squares, work)
    found = work.gradient.copy()
    eps = 1e-5 * np.eye(row.size)
    differences = [(value(row + e) - value(row - e)) / 2e-5 for e in eps]
    assert_allclose(found, differences, rtol=1e-5, atol=1e-5)


def test_objective_by_hand():
    y, row = np.array([4.0, 8.0, np.nan, 5.0]), np.array([0.0, 1.0, 2.0])
    prior = np.array([1.0, 1.0, 0.0]), np.array([1.0, 1.0, 2.0])
    problem = Problem(y, True, 1.0, 0, 0, *prior)
    value, squares, count = objective(problem, row, workspace(4, 0, 0))
    # Levels 4, 6, 6; errors 4 and -1. The prior: 1/2 for the first logit, 1/2 for the last.
    assert (squares, count) == (pytest.approx(17.0), 2)
    assert value == pytest.approx(0.5 * 2 * np.log(8.5) + 0.5 + 0.5)


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("additive", [False, True])
def test_squares_are_those_of_the_smoothed_series(periods, additive):
    rng, unit = np.random.default_rng(3), 2.5 if additive else 1.0
    n_s, n_u = (*periods, 0, 0)[:2]
    y = np.exp(rng.normal(0.0, 0.3, 41)) * 10.0
    y[[5, 6, 40]] = np.nan
    row = rng.normal(0.0, 0.5, 3 + n_s + n_u)
    problem = Problem(y, additive, unit, n_s, n_u, row, np.ones(row.size))
    _, squares, count = objective(problem, row, workspace(y.size, n_s, n_u))
    form, at = np.array([additive]), np.array([0, y.size])
    natural = natural_parameters(row[None], np.array([unit]), form, periods)
    level, *factors = smooth(y, at, *natural, form)
    sum_of_squares = 0.0
    for t in np.flatnonzero(np.isfinite(y))[1:]:
        now = [flat[t] for flat in factors if flat.size]
        if additive:
            sum_of_squares += (y[t] - level[t - 1] - sum(now)) ** 2
        else:
            sum_of_squares += np.log(y[t] / (level[t - 1] * np.prod(now))) ** 2
    assert count == y.size - 4
    assert squares == pytest.approx(sum_of_squares, rel=1e-12)


def test_as_good_as_statsmodels_simple_smoothing():
    parts = [simulate(k, 1500, alpha) for k, alpha in enumerate((0.05, 0.3, 0.8))]
    values, indptr, _ = join(parts)
    fit = fit_parameters(values, indptr, np.ones(3, bool), ())
    ours = one_step_squares(values, indptr, fit, ())
    for i, y in enumerate(parts):
        theirs = SimpleExpSmoothing(y[1:], initialization_method="known", initial_level=y[0]).fit()
        assert ours[i] <= theirs.sse * (1.0 + 2e-4)
        alpha = 1.0 / (1.0 + np.exp(-fit.rows[i, 0]))
        assert alpha == pytest.approx(theirs.params["smoothing_level"], abs=0.01)
        assert fit.sigma[i] ** 2 * (y.size - 1) == pytest.approx(ours[i], rel=1e-6)


def test_as_good_as_statsmodels_seasonal_smoothing():
    season = [6.0, -4.0, 1.0, -3.0]
    y = simulate(5, 1000, 0.3, 0.3, season, 2.0)
    values, indptr, _ = join([y])
    fit = fit_parameters(values, indptr, np.ones(1, bool), (4,))
    theirs = ETSModel(y, error="add", seasonal="add", seasonal_periods=4).fit(disp=False)
    # They choose the first level freely, we pass through the first observation.
    ours = one_step_squares(values, indptr, fit, (4,))[0]
    assert ours <= (theirs.resid[1:] ** 2).sum() * 1.01
    alpha, beta = (1.0 / (1.0 + np.exp(-fit.rows[0, :2]))).tolist()
    assert alpha == pytest.approx(theirs.smoothing_level, abs=0.05)
    assert beta == pytest.approx(theirs.smoothing_seasonal / (1 - theirs.smoothing_level), abs=0.05)


@pytest.mark.parametrize("additive", [False, True])
def test_recovers_what_series_were_simulated_with(additive):
    season = np.array([0.3, -0.2, 0.1, 0.0, -0.4, 0.2])
    noise, unit = (2.0, 30.0) if additive else (0.04, 1.0)
    parts = [simulate(k, 480, 0.3, 0.3, season * unit, noise, additive) for k in range(12)]
    values, indptr, _ = join(parts)
    fit = fit_parameters(values, indptr, np.full(12, additive), (6,))
    coefficients, factors, _ = natural_parameters(fit.rows, fit.unit, fit.additive, (6,))
    assert_allclose(np.median(coefficients[:, :2], axis=0), [0.3, 0.3], atol=0.04)
    assert_allclose(fit.sigma, noise, rtol=0.15)
    found = factors if additive else np.log(factors)
    found -= found.mean(axis=1, keepdims=True)  # a common factor goes with the level
    assert_allclose(found.mean(axis=0), season * unit, atol=0.6 * noise)
    assert np.abs(found - season * unit).max() < 3.0 * noise


def test_two_seasonalities_beat_one():
    rng = np.random.default_rng(0)
    t = np.arange(400)
    week, day = rng.normal(0.0, 0.3, 15), rng.normal(0.0, 0.3, 4)
    y = 9.0 * np.exp(day[t % 4] + week[t % 15] + 0.02 * rng.normal(size=t.size))
    values, indptr, additive = join([y])
    both = fit_parameters(values, indptr, additive, (4, 15))
    one = fit_parameters(values, indptr, additive, (4,))
    # The noise itself, and what the levels and factors learn from it.
    assert both.sigma[0] < 0.03
    assert one.sigma[0] > 0.2


def test_a_season_within_a_longer_one_is_not_counted_twice():
    rng = np.random.default_rng(0)
    t = np.arange(400)
    short, long = rng.normal(0.0, 0.3, 4), rng.normal(0.0, 0.05, 12)
    y = 9.0 * np.exp(short[t % 4] + long[t % 12] + 0.02 * rng.normal(size=t.size))
    values, indptr, additive = join([y])
    nested, longer_alone = (fit_parameters(values, indptr, additive, p) for p in ((4, 12), (12,)))
    assert nested.sigma[0] < 1.05 * longer_alone.sigma[0]


@pytest.fixture(scope="module")
def trained_panel():
    """Long series of like smoothing and season, and what was fitted to them."""
    season = np.array([0.4, -0.1, -0.4, 0.1])
    parts = [simulate(k, 200, 0.8, 0.1, season, 0.05, False) for k in range(10)]
    values, indptr, additive = join(parts)
    return parts, fit_parameters(values, indptr, additive, (4,))


def test_prior_is_the_panels_spread(trained_panel):
    _, fit = trained_panel
    assert 1.0 / (1.0 + np.exp(-fit.prior.mean[0])) == pytest.approx(0.8, abs=0.06)
    assert (fit.prior.spread >= 0.3).all()
    assert (fit.prior.spread <= 1.5).all()
    assert len(fit.prior.noise_ratios) == 1


def test_short_series_look_like_the_panel(trained_panel):
    parts, alone = trained_panel
    short = [10.0, 14.0, 9.0]  # up and down again: by itself it calls for a low coefficient
    values, indptr, additive = join([*parts, short])
    fit = fit_parameters(values, indptr, additive, (4,))
    assert_allclose(fit.rows[-1, :3], fit.prior.mean, atol=0.6 * fit.prior.spread[0])
    assert_allclose(fit.rows[-1, 3:], 0.0, atol=0.05)
    by_itself = fit_parameters(*join([short]), (4,))
    assert by_itself.rows[0, 0] < fit.rows[-1, 0] - 1.5
    for i in range(len(parts)):
        assert_allclose(fit.rows[i], alone.rows[i], atol=0.2)


def test_one_observation_gets_the_prior_itself(trained_panel):
    parts, _ = trained_panel
    values, indptr, additive = join([*parts, [10.0]])
    fit = fit_parameters(values, indptr, additive, (4,))
    assert_allclose(fit.rows[-1, :3], fit.prior.mean, atol=1e-3)
    assert_array_equal(fit.rows[-1, 3:], 0.0)


def test_a_new_series_with_a_known_prior_is_fitted_as_in_its_panel(trained_panel):
    parts, whole = trained_panel
    together = fit_parameters(*join(parts), (4,), prior=whole.prior)
    assert_allclose(together.rows, whole.rows, atol=0.02)  # that of new series takes fewer steps
    assert_allclose(together.sigma, whole.sigma, rtol=1e-3)
    for i in (0, 7):
        values, indptr, additive = join([parts[i]])
        fit = fit_parameters(values, indptr, additive, (4,), prior=whole.prior)
        assert fit.prior is whole.prior
        assert_array_equal(fit.rows[0], together.rows[i])
        assert fit.sigma[0] == together.sigma[i]


def test_a_narrow_prior_holds_the_coefficients():
    y = simulate(1, 300, 0.8)
    prior = SmoothingPrior(np.array([-2.0, -2.0, -2.0]), np.full(3, 1e-3), ())
    values, indptr, _ = join([y])
    fit = fit_parameters(values, indptr, np.ones(1, bool), (), prior)
    assert_allclose(fit.rows[0], prior.mean, atol=0.05)


@pytest.mark.parametrize("scale", [1e-9, 1e7])
def test_units_do_not_matter(scale):
    parts = [simulate(k, 80, 0.4, 0.2, [8.0, -5.0, -3.0], 1.0) for k in range(6)]
    values, indptr, _ = join(parts)
    for additive in (False, True):
        forms = np.full(6, additive)
        fit = fit_parameters(values, indptr, forms, (3,))
        scaled = fit_parameters(values * scale, indptr, forms, (3,))
        assert_allclose(scaled.rows, fit.rows, atol=1e-4)
        assert_allclose(scaled.unit, fit.unit * (scale if additive else 1.0), rtol=1e-12)
        assert_allclose(scaled.sigma, fit.sigma * (scale if additive else 1.0), rtol=1e-6)


def noisy(n):
    return np.random.default_rng(n).normal(size=n)


HOSTILE = {
    "constant": np.full(30, 7.0),
    "zero": np.zeros(30),
    "one observation": np.array([3.0]),
    "one zero": np.zeros(1),
    "two observations": np.array([3.0, 4.0]),
    "two equal ones": np.array([3.0, 3.0]),
    "negative": -np.arange(1.0, 30.0),
    "zeros and ones": np.tile([1.0, 0.0, 0.0], 10),
    "gaps": np.where(np.arange(40) % 3 == 1, np.nan, np.exp(noisy(40))),
    "one observation and gaps": np.array([2.0, *[np.nan] * 20]),
    "two observations far apart": np.array([2.0, *[np.nan] * 20, 5.0]),
    "additive with gaps": np.where(np.arange(40) % 3 == 1, np.nan, noisy(40)),
    "huge": np.exp(noisy(40)) * 1e200,
    "tiny": np.exp(noisy(40)) * 1e-200,
    "huge and signed": noisy(40) * 1e100,
    "a jump": np.concatenate([np.ones(20), np.full(5, 1e12)]),
    "exactly periodic": np.tile(np.arange(1.0, 22.0), 4),
}


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_series_alone(name, periods):
    values, indptr, additive = join([HOSTILE[name]])
    check_finite(fit_parameters(values, indptr, additive, periods), values, indptr, periods)


@pytest.mark.parametrize("periods", PERIODS)
def test_hostile_series_together(periods):
    values, indptr, additive = join(list(HOSTILE.values()))
    check_finite(fit_parameters(values, indptr, additive, periods), values, indptr, periods)


def check_finite(fit, values, indptr, periods):
    assert np.isfinite(fit.rows).all()
    assert np.isfinite(fit.sigma).all()
    assert np.isfinite(fit.unit).all()
    assert (fit.unit > 0.0).all()
    assert np.isfinite(fit.prior.mean).all()
    assert (fit.prior.spread > 0.0).all()
    assert np.isfinite(fit.prior.noise_ratios).all()
    natural = natural_parameters(fit.rows, fit.unit, fit.additive, periods)
    for out in smooth(values, indptr, *natural, fit.additive):
        assert np.isfinite(out).all()


def test_a_constant_series_keeps_its_level_and_neutral_factors():
    for constant, neutral in ((7.0, 1.0), (0.0, 0.0), (-7.0, 0.0)):
        values, indptr, additive = join([np.full(20, constant)])
        fit = fit_parameters(values, indptr, additive, (4,))
        natural = natural_parameters(fit.rows, fit.unit, additive, (4,))
        level, s, _ = smooth(values, indptr, *natural, additive)
        assert_allclose(level, constant, rtol=1e-12)
        assert_allclose(s, neutral, rtol=1e-12, atol=1e-12)


def test_same_bits_on_every_run_and_at_any_thread_count(monkeypatch):
    values, indptr, additive = join(list(HOSTILE.values()))
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    monkeypatch.setattr(smoothing_fit, "_FEWEST", 1)
    fits = []
    for n_threads in (1, 1, 2):
        with at_most(n_threads):
            fits.append(fit_parameters(values, indptr, additive, (4,)))
    for other in fits[1:]:
        assert_array_equal(other.rows, fits[0].rows)
        assert_array_equal(other.sigma, fits[0].sigma)


def test_inputs_are_left_as_they_are():
    values, indptr, additive = join([HOSTILE["gaps"], HOSTILE["additive with gaps"]])
    before = [array.copy() for array in (values, indptr, additive)]
    fit_parameters(values, indptr, additive, (4,))
    for array, copy in zip((values, indptr, additive), before, strict=True):
        assert_array_equal(array, copy)


def test_gaps_in_every_season_leave_the_seasonality():
    """A shop closed every seventh day still has its week."""
    rng = np.random.default_rng(0)
    season = np.log([1.0, 1.0, 1.0, 1.1, 1.5, 2.0, 0.4])
    y = 100.0 * np.exp(np.tile(season, 30) + rng.normal(0.0, 0.02, 210))
    y[6::7] = np.nan
    fit = fit_parameters(y, np.array([0, 210]), np.array([False]), (7,))
    found = fit.rows[0, 3:9] - fit.rows[0, 3:9].mean()
    assert_allclose(found, season[:6] - season[:6].mean(), atol=0.05)
    assert fit.sigma[0] < 0.03
