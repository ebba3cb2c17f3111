"""One exponential smoothing model: its search, its forecasts and their variances."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from competitions.methods.ets_fit import R_OF_2018, R_OF_TODAY, Fit, fit_ets
from competitions.methods.ets_form import Form, start_point

FORMS = [
    Form(error, trend, damped, season, 4 if season != "N" else 1)  # type: ignore[arg-type]
    for error in "AM"
    for trend, damped in ((False, False), (True, False), (True, True))
    for season in ("NA" if error == "A" else "NAM")
]


def _series(n: int = 60, seed: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    season = np.array([0.8, 1.0, 1.3, 0.9])[np.arange(n) % 4]
    return (50 + np.cumsum(rng.normal(0.5, 1.0, n))) * season * rng.uniform(0.97, 1.03, n)


def _statsmodels(y: np.ndarray, form: Form) -> ETSModel:
    return ETSModel(
        y,
        error={"A": "add", "M": "mul"}[form.error],
        trend="add" if form.trend else None,
        damped_trend=form.damped,
        seasonal={"N": None, "A": "add", "M": "mul"}[form.season],
        seasonal_periods=form.period if form.season != "N" else None,
    )


def _fitted(y: np.ndarray, form: Form) -> Fit:
    fit = fit_ets(y, form, R_OF_TODAY)
    assert fit is not None
    return fit


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_forecasts_and_criterion_are_statsmodels_at_the_same_parameters(form: Form) -> None:
    y = _series()
    fit = _fitted(y, form)
    model = _statsmodels(y, form)
    result = model.smooth(form.complete(fit.point))
    assert_allclose(fit.forecast(11), result.forecast(11), rtol=1e-9)
    k = form.n_coefficients + form.n_states + 1
    constant = len(y) * (1 + np.log(2 * np.pi / len(y)))
    expected = -2 * result.llf - constant + 2 * k + 2 * k * (k + 1) / (len(y) - k - 1)
    assert fit.aicc == pytest.approx(expected, rel=1e-9)
    assert fit.variance == pytest.approx(float(result.resid @ result.resid) / (60 - k))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_search_ends_no_worse_than_it_began(form: Form) -> None:
    y = _series()
    model = _statsmodels(y, form)
    start = form.complete(start_point(y, form, 0.2))
    found = form.complete(_fitted(y, form).point)
    assert form.allows(found)
    assert model.loglike(found) > model.loglike(start) + 1


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_variances_are_those_of_simulated_paths(form: Form) -> None:
    """Against 40,000 futures drawn from the model's own equations, with much noise."""
    coefficients = [0.4, *[0.2] * form.trend, *[0.3] * (form.season != "N"), *[0.9] * form.damped]
    fit = _fitted(_series(), form)
    point = np.concatenate([coefficients, fit.point[form.n_coefficients :]])
    fit = replace(fit, point=point, variance=0.01 if form.error == "M" else 20.0)
    horizon, n_paths = 7, 40_000
    alpha, beta, gamma, phi = form.coefficients(fit.point)
    errors = np.random.default_rng(1).normal(0, np.sqrt(fit.variance), (horizon, n_paths))
    level, slope = np.full(n_paths, fit.level), np.full(n_paths, fit.slope)
    seasons = [np.full(n_paths, index) for index in fit.indices]
    paths = []
    for h in range(horizon):
        trended, season = level + phi * slope, seasons[h % form.period]
        mean = trended * season if form.season == "M" else trended + season
        paths.append(mean + errors[h] * (mean if form.error == "M" else 1))
        # what the error is worth in the units of the level
        shock = errors[h] * (trended if form.season == "M" else mean if form.error == "M" else 1)
        level, slope = trended + alpha * shock, phi * slope + beta * shock
        gain = season * errors[h] if form.season == "M" else shock
        seasons[h % form.period] = season + gamma * gain
    assert_allclose(fit.standard_errors(horizon), np.std(paths, axis=1), rtol=0.02)
    assert_allclose(fit.forecast(horizon), np.mean(paths, axis=1), rtol=0.01)


def test_bounds_are_normal_quantiles() -> None:
    fit = _fitted(_series(), Form())
    lower, upper = fit.bounds(3, (95,))[95]
    assert_allclose((lower + upper) / 2, fit.forecast(3))
    assert_allclose((upper - lower) / 2, 1.959964 * fit.standard_errors(3), rtol=1e-6)
    assert (np.diff(upper - lower) > 0).all()
    assert set(fit.bounds(3, (80, 95))) == {80, 95}
    assert fit.bounds(3, ()) == {}


def test_both_searches_end_near_the_minimum_of_a_well_behaved_series() -> None:
    rng = np.random.default_rng(2)
    y = 100 + np.cumsum(rng.normal(0.5, 1.0, 80))
    for form in (Form(), Form(trend=True)):
        fits = [fit_ets(y, form, search) for search in (R_OF_2018, R_OF_TODAY)]
        result = _statsmodels(y, form).fit(disp=False)
        for fit in fits:
            assert fit is not None
            assert_allclose(fit.forecast(4), result.forecast(4), rtol=2e-3)


def test_series_too_short_for_a_form_have_no_fit() -> None:
    y = _series(12)
    assert fit_ets(y[:3], Form(), R_OF_TODAY) is None
    assert fit_ets(y[:4], Form(), R_OF_TODAY) is not None
    assert fit_ets(y[:5], Form(trend=True), R_OF_TODAY) is None
    assert fit_ets(y[:6], Form(trend=True), R_OF_TODAY) is not None
    assert fit_ets(y[:11], Form(season="A", period=4), R_OF_TODAY) is None  # not three seasons
    assert fit_ets(y, Form(season="A", period=4), R_OF_TODAY) is not None


@pytest.mark.parametrize("search", [R_OF_2018, R_OF_TODAY])
def test_series_that_a_model_meets_exactly(search) -> None:  # type: ignore[no-untyped-def]
    line = np.arange(10.0, 40.0)
    fit = fit_ets(line, Form(trend=True), search)
    assert fit is not None
    assert_allclose(fit.forecast(3), [40.0, 41.0, 42.0], rtol=1e-6)
    constant = fit_ets(np.full(30, 5.0), Form(), search)
    assert constant is not None
    assert_allclose(constant.forecast(2), [5.0, 5.0], rtol=1e-12)
    assert_allclose(constant.standard_errors(2), 0.0, atol=1e-9)


def test_numbers_beyond_the_range_of_floats_have_no_fit() -> None:
    assert fit_ets(1e200 * _series(), Form(), R_OF_TODAY) is None
