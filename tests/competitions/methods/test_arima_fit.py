"""Estimates and forecasts of one ARIMA model, held against a state space and formulas."""

from math import inf

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.tsa.statespace.sarimax import SARIMAX

from competitions.methods.arima_fit import Fit, fit_arma, forecast_arima, known
from competitions.methods.arima_search import Order

SEED = 8
NONE = np.empty(0)


def _simulate(n: int, period: int = 4) -> np.ndarray:
    noise = np.random.default_rng(SEED).normal(0, 2, n + 50)
    w = np.zeros(n + 50)
    for t in range(period, n + 50):
        w[t] = 0.6 * w[t - 1] + noise[t] + 0.4 * noise[t - 1] + 0.3 * noise[t - period]
    return w[50:] + 3


W = _simulate(90)
ORDERS = [
    Order(),
    Order(1, 0),
    Order(0, 2, constant=True),
    Order(2, 1, 1, 0),
    Order(1, 1, 1, 1, True),
    Order(0, 0, 0, 2, True),
]


def _fit_with(order: Order, phi: list[float], theta: list[float], mean: float = 0.0) -> Fit:
    return Fit(order, np.array(phi), np.array(theta), NONE, NONE, mean, 4.0, 0.0, NONE)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_the_likelihood_is_the_state_space_models(order: Order) -> None:
    fit = fit_arma(W, order, 4, exact=True)
    model = SARIMAX(
        W - fit.mean, order=(order.p, 0, order.q), seasonal_order=(order.P, 0, order.Q, 4)
    )
    variance = fit.variance * (len(W) - order.n_coefficients) / len(W)
    coefficients = [fit.phi, fit.theta, fit.seasonal_phi, fit.seasonal_theta, [variance]]
    k = order.n_coefficients + 1
    expected = -2 * model.loglike(np.concatenate(coefficients)) + 2 * k
    expected += 2 * k * (k + 1) / (len(W) - k - 1)
    assert fit.aicc == pytest.approx(expected, rel=1e-9)


def test_no_better_coefficients_are_near() -> None:
    order = Order(1, 1, 0, 1)
    fit = fit_arma(W, order, 4, exact=True)
    model = SARIMAX(W, order=(1, 0, 1), seasonal_order=(0, 0, 1, 4), concentrate_scale=True)
    best = np.concatenate([fit.phi, fit.theta, fit.seasonal_theta])
    for change in 0.01 * np.vstack([np.eye(3), -np.eye(3)]):
        assert model.loglike(best + change) < model.loglike(best)


@pytest.mark.parametrize("order", [Order(1, 1, 0, 1, True), Order(2, 0, 1, 0)], ids=str)
def test_the_sum_of_squares_comes_near_the_likelihood(order: Order) -> None:
    w = _simulate(2000)
    exact, given = (fit_arma(w, order, 4, exact=exact) for exact in (True, False))
    for name in ("phi", "theta", "seasonal_phi", "seasonal_theta"):
        assert_allclose(getattr(given, name), getattr(exact, name), atol=0.02)
    assert given.variance == pytest.approx(exact.variance, rel=0.01)
    assert given.mean == pytest.approx(exact.mean, rel=0.05, abs=1e-12)


@pytest.mark.parametrize("exact", [True, False])
def test_the_mean_of_noise_is_the_samples(exact: bool) -> None:
    w = np.random.default_rng(SEED).normal(7, 1, 40)
    fit = fit_arma(w, Order(constant=True), 1, exact=exact)
    assert fit.mean == pytest.approx(w.mean())
    assert fit.variance == pytest.approx(w.var(ddof=1))


def test_a_root_near_the_unit_circle_is_refused() -> None:
    differenced_too_often = np.diff(np.random.default_rng(0).normal(0, 1, 100))
    assert fit_arma(differenced_too_often, Order(q=1), 1, exact=True).aicc == inf
    assert fit_arma(differenced_too_often, Order(p=1), 1, exact=True).aicc < inf


def test_more_coefficients_than_values_are_refused() -> None:
    assert fit_arma(W[:5], Order(2, 1, constant=True), 1, exact=True).aicc == inf
    assert fit_arma(W[:5], Order(P=2), 4, exact=False).aicc == inf


def test_a_start_is_only_a_start() -> None:
    order = Order(1, 1, 1, 0)
    first = fit_arma(W, order, 4, exact=False)
    again = fit_arma(W, order, 4, exact=True, start=first.unconstrained)
    direct = fit_arma(W, order, 4, exact=True)
    assert again.aicc == pytest.approx(direct.aicc, abs=1e-3)


def test_a_random_walk_repeats_its_last_value() -> None:
    y = np.array([3.0, 5.0, 4.0, 6.0])
    y_hat, errors = forecast_arima(y, _fit_with(Order(), [], []), (1, 0), 1, 4)
    assert_allclose(y_hat, 6.0)
    assert_allclose(errors, 2 * np.sqrt([1, 2, 3, 4]))


def test_a_drift_goes_on() -> None:
    y = np.array([3.0, 5.0, 4.0, 6.0])
    fit = _fit_with(Order(constant=True), [], [], mean=1.5)
    assert_allclose(forecast_arima(y, fit, (1, 0), 1, 3)[0], [7.5, 9.0, 10.5])
    seasonal, errors = forecast_arima(y, fit, (0, 1), 2, 4)
    assert_allclose(seasonal, [5.5, 7.5, 7.0, 9.0])
    assert_allclose(errors, 2 * np.sqrt([1, 1, 2, 2]))


def test_an_autoregression_goes_back_to_its_mean() -> None:
    fit = _fit_with(Order(1, 0, constant=True), [0.5], [], mean=10.0)
    y_hat, errors = forecast_arima(np.array([10.0, 14.0]), fit, (0, 0), 1, 3)
    assert_allclose(y_hat, [12.0, 11.0, 10.5])
    assert_allclose(errors, 2 * np.sqrt([1, 1.25, 1.3125]))


def test_two_differences_continue_a_line() -> None:
    y = 5 + 3 * np.arange(10.0)
    y_hat, errors = forecast_arima(y, _fit_with(Order(), [], []), (2, 0), 1, 3)
    assert_allclose(y_hat, [35.0, 38.0, 41.0])
    assert_allclose(errors, 2 * np.sqrt([1, 5, 14]))


def test_simple_smoothing_is_the_model_of_one_difference_and_one_moving_average() -> None:
    y = np.cumsum(np.random.default_rng(SEED).normal(0, 1, 200)) + 50
    y_hat, _ = forecast_arima(y, _fit_with(Order(q=1), [], [-0.4]), (1, 0), 1, 2)
    level = y[0]
    for value in y[1:]:
        level += 0.6 * (value - level)
    assert_allclose(y_hat, level)


def test_what_is_known_has_no_error() -> None:
    y_hat, errors = forecast_arima(np.array([2.0, 4.0, 6.0]), known(2.0), (1, 0), 1, 2)
    assert_allclose(y_hat, [8.0, 10.0])
    assert_array_equal(errors, 0.0)
