"""Exponential smoothing without seasonality: its search, its forecasts and their variances."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from competitions.methods.exponential_fit import (
    DAMPED,
    HOLT,
    SES,
    Fit,
    Form,
    fit_exponential,
    start_point,
)

FORMS = {"SES": SES, "Holt": HOLT, "Damped": DAMPED}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


def _series(n: int = 60) -> np.ndarray:
    return 50 + np.cumsum(np.random.default_rng(4).normal(0.5, 1.0, n))


def _statsmodels(y: np.ndarray, form: Form) -> ETSModel:
    return ETSModel(y, trend="add" if form.trend else None, damped_trend=form.damped)


def _fitted(y: np.ndarray, form: Form) -> Fit:
    fit = fit_exponential(y, form)
    assert fit is not None
    return fit


@each_form
def test_forecasts_are_statsmodels_at_the_same_parameters(form: Form) -> None:
    y = _series()
    fit = _fitted(y, form)
    model = _statsmodels(y, form)
    assert len(fit.point) == form.n_parameters
    result = model.smooth(fit.point)
    assert_allclose(fit.forecast(11), result.forecast(11), rtol=1e-9)
    n_free = 60 - form.n_parameters - 1
    assert fit.variance == pytest.approx(float(result.resid @ result.resid) / n_free)


@each_form
def test_the_search_ends_no_worse_than_it_began(form: Form) -> None:
    y = _series()
    model, fit = _statsmodels(y, form), _fitted(y, form)
    assert form.allows(fit.point)
    assert model.loglike(fit.point) > model.loglike(start_point(y, form)) + 1


@each_form
def test_variances_are_those_of_simulated_paths(form: Form) -> None:
    """Against 40,000 futures drawn from the model's own equations, with much noise."""
    coefficients = [0.4, *[0.2] * form.trend, *[0.9] * form.damped]
    fit = _fitted(_series(), form)
    point = np.concatenate([coefficients, fit.point[len(coefficients) :]])
    fit = replace(fit, point=point, variance=20.0)
    horizon, n_paths = 7, 40_000
    alpha, beta, phi = form.coefficients(fit.point)
    errors = np.random.default_rng(1).normal(0, np.sqrt(fit.variance), (horizon, n_paths))
    level, slope = np.full(n_paths, fit.level), np.full(n_paths, fit.slope)
    paths = []
    for h in range(horizon):
        mean = level + phi * slope
        paths.append(mean + errors[h])
        level, slope = mean + alpha * errors[h], phi * slope + beta * errors[h]
    assert_allclose(fit.standard_errors(horizon), np.std(paths, axis=1), rtol=0.02)
    assert_allclose(fit.forecast(horizon), np.mean(paths, axis=1), rtol=0.01)


def test_the_search_ends_near_the_minimum_of_a_well_behaved_series() -> None:
    y = 100 + np.cumsum(np.random.default_rng(2).normal(0.5, 1.0, 80))
    for form in (SES, HOLT):
        result = _statsmodels(y, form).fit(disp=False)
        assert_allclose(_fitted(y, form).forecast(4), result.forecast(4), rtol=2e-3)


def test_series_too_short_for_a_form_have_no_fit() -> None:
    y = _series(12)
    for form, n_needed in ((SES, 4), (HOLT, 6), (DAMPED, 7)):
        assert fit_exponential(y[: n_needed - 1], form) is None
        assert fit_exponential(y[:n_needed], form) is not None


def test_series_that_a_model_meets_exactly() -> None:
    assert_allclose(_fitted(np.arange(10.0, 40.0), HOLT).forecast(3), [40, 41, 42], rtol=1e-6)
    constant = _fitted(np.full(30, 5.0), SES)
    assert_allclose(constant.forecast(2), [5.0, 5.0], rtol=1e-12)
    assert_allclose(constant.standard_errors(2), 0.0, atol=1e-9)


def test_numbers_beyond_the_range_of_floats_have_no_fit() -> None:
    assert fit_exponential(1e200 * _series(), SES) is None


def test_the_search_starts_where_rs_does() -> None:
    damped = start_point(np.random.default_rng(0).uniform(5, 6, 48), DAMPED)
    assert_allclose(damped[:3], [0.5, 0.05009, 0.9782], rtol=1e-6)
    # Level and slope come from the first ten observations.
    y = np.concatenate([3 + 2 * np.arange(1.0, 11.0), np.full(20, -50.0)])
    assert start_point(y, SES)[-1] == 14.0
    assert_allclose(start_point(y, HOLT)[-2:], [3.0, 2.0])
    level, slope = start_point(np.arange(20.0), HOLT)[-2:]
    assert level + slope != 0


@pytest.mark.parametrize(
    ("place", "value"), [(0, 0.99995), (0, 0.001), (1, 0.0), (2, 0.79), (2, 0.99)]
)
def test_bounds(place: int, value: float) -> None:
    point = start_point(_series(), DAMPED)
    assert DAMPED.allows(point)
    point[place] = value  # alpha above, alpha below beta, beta below, phi below, phi above
    assert not DAMPED.allows(point)
