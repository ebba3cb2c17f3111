"""One ARIMA model of given order: its estimates and its forecasts, by statsmodels.

The likelihood is that of the differenced series [1]_: statsmodels' compiled innovations algorithm
gives the one-step errors u_t and their variances v_t in units of the noise variance, for the series
and, in the same pass, for a column of ones, so that the mean follows by generalised least squares
and the noise variance as the mean of u_t^2 / v_t. Only the coefficients are left to the optimiser,
which moves over partial autocorrelations and so never leaves the stationary and invertible models.

References
----------
.. [1] P. J. Brockwell and R. A. Davis (2016). Introduction to Time Series and Forecasting, section
   5.2. doi:10.1007/978-3-319-29854-2
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log, pi
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.signal import lfilter
from statsmodels.tsa.innovations.arma_innovations import arma_innovations
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.tools import constrain_stationary_univariate

from competitions.methods.arima_search import Order

__all__ = ["Fit", "fit_arma", "forecast_arima", "known"]

Vector: TypeAlias = npt.NDArray[np.float64]

_NEAREST_ROOT = 1.01  # auto.arima refuses models with roots nearer to the unit circle
_WORST = 1e10  # stands for the criterion where a model cannot be computed


@dataclass(frozen=True)
class Fit:
    """A fitted ARMA model.

    Parameters
    ----------
    order : Order
        Its order.
    phi, theta, seasonal_phi, seasonal_theta : ndarray of shape (p,), (q,), (P,), (Q,)
        Coefficients; a moving-average coefficient has the sign of the lagged error.
    mean, variance : float
        Mean of the series, and variance of the noise, for which the coefficients count as lost
        observations.
    aicc : float
        Akaike's criterion with the correction for short series; infinite for a model to be refused.
    unconstrained : ndarray
        Where the optimiser ended.
    """

    order: Order
    phi: Vector
    theta: Vector
    seasonal_phi: Vector
    seasonal_theta: Vector
    mean: float
    variance: float
    aicc: float
    unconstrained: Vector


def known(mean: float) -> Fit:
    """Return the model of a series that always has the same value.

    Examples
    --------
    >>> known(2.0).variance
    0.0
    """
    nothing = np.empty(0)
    order = Order(constant=mean != 0)
    return Fit(order, nothing, nothing, nothing, nothing, mean, 0.0, -inf, nothing)


def fit_arma(
    w: Vector, order: Order, period: int, *, exact: bool, start: Vector | None = None
) -> Fit:
    """Fit a seasonal ARMA model to a series without trend.

    Parameters
    ----------
    w : ndarray of shape (n,)
        The series, not constant.
    order : Order
        Order of the model.
    period : int
        Its seasonal period.
    exact : bool
        Whether to use the exact likelihood rather than the conditional sum of squares, in which
        the first p + P m values are taken as given.
    start : ndarray or None
        `Fit.unconstrained` of an earlier fit of this order.

    Returns
    -------
    Fit
        The model.
    """
    evaluate = _exact if exact else _conditional
    start = np.zeros(order.n_coefficients - order.constant) if start is None else start

    def criterion(free: Vector) -> float:
        try:
            return evaluate(w, order, period, _coefficients(free, order))[0] / len(w)
        except (ValueError, np.linalg.LinAlgError):
            return _WORST

    best = minimize(criterion, start, method="L-BFGS-B").x if start.size else start
    coefficients = _coefficients(best, order)
    try:
        deviance, mean, variance = evaluate(w, order, period, coefficients)
    except (ValueError, np.linalg.LinAlgError):
        deviance, mean, variance = inf, 0.0, inf
    n_parameters = order.n_coefficients + 1
    rest = len(w) - n_parameters - 1
    if rest <= 0 or _nearest_root(coefficients, period) < _NEAREST_ROOT:
        aicc = inf
    else:
        aicc = deviance + 2 * n_parameters * (1 + (n_parameters + 1) / rest)
    variance *= len(w) / max(len(w) - order.n_coefficients, 1)
    return Fit(order, *coefficients, mean, variance, aicc, best)


_Coefficients: TypeAlias = tuple[Vector, Vector, Vector, Vector]


def _coefficients(free: Vector, order: Order) -> _Coefficients:
    """Split the optimiser's numbers and make each factor stationary or invertible."""
    ends = np.cumsum([order.p, order.q, order.P])
    phi, theta, seasonal_phi, seasonal_theta = (
        constrain_stationary_univariate(part) if part.size else part
        for part in np.split(free, ends)
    )
    return phi, -theta, seasonal_phi, -seasonal_theta


def _product(short: Vector, seasonal: Vector, period: int) -> Vector:
    """Multiply 1 + a_1 B + ... by 1 + A_1 B^m + ...; returns all coefficients, the 1 first."""
    spread = np.zeros(period * len(seasonal) + 1)
    spread[0] = 1.0
    spread[period::period] = seasonal
    return np.convolve(np.concatenate([[1.0], short]), spread)


def _polynomials(coefficients: _Coefficients, period: int) -> tuple[Vector, Vector]:
    phi, theta, seasonal_phi, seasonal_theta = coefficients
    return _product(-phi, -seasonal_phi, period), _product(theta, seasonal_theta, period)


def _exact(
    w: Vector, order: Order, period: int, coefficients: _Coefficients
) -> tuple[float, float, float]:
    """Return minus twice the exact log likelihood, the mean and the variance of the noise."""
    ar, ma = _polynomials(coefficients, period)
    columns = np.column_stack([w, np.ones(len(w))]) if order.constant else w[:, None]
    errors, spread = arma_innovations(columns, -ar[1:], ma[1:])
    whitened = errors / np.sqrt(spread)[:, None]
    mean = 0.0
    if order.constant:
        mean = float(whitened[:, 0] @ whitened[:, 1] / (whitened[:, 1] @ whitened[:, 1]))
    rest = whitened[:, 0] - mean * whitened[:, -1] if order.constant else whitened[:, 0]
    variance = float(np.mean(rest**2))
    deviance = len(w) * (log(2 * pi * variance) + 1) + float(np.sum(np.log(spread)))
    return deviance, mean, variance


def _conditional(
    w: Vector, order: Order, period: int, coefficients: _Coefficients
) -> tuple[float, float, float]:
    """Return the same from the errors behind the first p + P m values, earlier ones being zero."""
    ar, ma = _polynomials(coefficients, period)
    n_given = len(ar) - 1
    if n_given >= len(w):
        raise ValueError("the series is shorter than the model's memory")
    errors = lfilter([1.0], ma, np.convolve(w, ar, mode="valid"))
    mean = 0.0
    if order.constant:
        ones = lfilter([1.0], ma, np.full(len(errors), ar.sum()))
        mean = float(errors @ ones / (ones @ ones))
        errors = errors - mean * ones
    variance = float(np.mean(errors**2))
    return len(w) * (log(2 * pi * variance) + 1), mean, variance


def _nearest_root(coefficients: _Coefficients, period: int) -> float:
    """Modulus of the root nearest to the unit circle of all polynomials in the lag."""
    nearest = inf
    for k, part in enumerate(coefficients):
        sign, steps = (-1 if k % 2 == 0 else 1), (period if k >= 2 else 1)
        if part.size and np.abs(part).max() > 1e-8:
            # roots of the reversed polynomial are one over those wanted
            inverse = np.abs(np.roots(np.concatenate([[1.0], sign * part]))).max()
            nearest = min(nearest, float((1 / inverse) ** (1 / steps)) if inverse > 0 else inf)
    return nearest


def forecast_arima(
    y: Vector, fit: Fit, differences: tuple[int, int], period: int, horizon: int
) -> tuple[Vector, Vector]:
    """Forecast the series whose differences a model was fitted to.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    fit : Fit
        Model of its differences.
    differences : tuple of int
        Ordinary and seasonal ones.
    period, horizon : int
        Seasonal period and steps ahead.

    Returns
    -------
    tuple of ndarray of shape (H,)
        Forecasts and their standard errors, those of known coefficients.
    """
    order, (d, seasonal_d) = fit.order, differences
    # A mean of the differences is a straight line in the series.
    steps = np.arange(len(y) + horizon, dtype=np.float64)
    slope = fit.mean / period if seasonal_d else fit.mean
    line = slope * steps if d + seasonal_d else np.full(len(steps), fit.mean)
    scale = np.sqrt(fit.variance) if fit.variance > 0 else 1.0
    seasonal = (order.P, seasonal_d, order.Q, period) if period > 1 else (0, 0, 0, 0)
    model = SARIMAX(
        (y - line[: len(y)]) / scale,
        order=(order.p, d, order.q),
        seasonal_order=seasonal,
        enforce_stationarity=False,
        enforce_invertibility=False,
        use_exact_diffuse=True,
    )
    params = np.concatenate([fit.phi, fit.theta, fit.seasonal_phi, fit.seasonal_theta, [1.0]])
    ahead = model.filter(params, cov_type="none").get_forecast(horizon)
    errors = np.sqrt(np.maximum(ahead.var_pred_mean, 0.0)) * np.sqrt(fit.variance)
    return ahead.predicted_mean * scale + line[len(y) :], errors
