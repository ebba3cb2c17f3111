r"""Exponential smoothing without seasonality, fitted as R's package forecast did in 2018.

The models are those of SES, Holt and Damped [1]_. With level l, slope b and error e,

    y = l + phi b + e,  l' = l + phi b + alpha e,  b' = phi b + beta e

statsmodels computes the likelihood. The search is R's: from R's starting point (alpha in the middle
of its bounds, level and slope from the first ten observations) by R's variant of Nelder and Mead's
search, with the mean squared error as the objective. On long series the result depends on the
search: on M4's Hourly series the OWA of Holt is 2.75 as published and with this search, 2.07 with
statsmodels' ``ETSModel.fit``, 2.59 with its ``Holt.fit`` and 1.05 with statsforecast. Today's R
starts from alpha = 0.2 and gives other numbers (Holt on Yearly: OWA 0.956 instead of 0.947).

An error adds :math:`c_j = \alpha + \beta \sum_{i=1}^{j} \phi^i` to the forecast j steps later, so
the variance at step h is :math:`\sigma^2 (1 + \sum_{j<h} c_j^2)`, with normal errors and known
parameters.

References
----------
.. [1] R. J. Hyndman, A. B. Koehler, J. K. Ord and R. D. Snyder (2008). Forecasting with Exponential
   Smoothing: The State Space Approach. Springer. doi:10.1007/978-3-540-71918-2
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log, pi
from typing import NamedTuple

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from competitions.methods.nelder_mead import nelder_mead
from competitions.task.data import Array

# R's bounds: of alpha and beta, and of phi.
_LOW, _HIGH = 1e-4, 0.9999
_LOW_PHI, _HIGH_PHI = 0.8, 0.98
_N_REGRESSED = 10  # observations that level and slope start from
_PERFECT = -1e10  # a likelihood beyond it is as good as any; so that it is a number


class Form(NamedTuple):
    """Whether a model has a trend, and whether the trend is damped.

    The parameters of a model are alpha, beta and phi, then level and slope before the first
    observation, as far as the form has them.
    """

    trend: bool = False
    damped: bool = False

    @property
    def n_parameters(self) -> int:
        """Number of coefficients and states that are estimated."""
        return 2 + 2 * self.trend + self.damped

    def coefficients(self, point: Array) -> tuple[float, float, float]:
        """Return alpha, beta and phi; beta is 0 and phi is 1 where the form has none."""
        alpha, *rest = point[: 1 + self.trend + self.damped].tolist()
        return alpha, rest[0] if self.trend else 0.0, rest[1] if self.damped else 1.0

    def allows(self, point: Array) -> bool:
        """Say whether a point lies within R's bounds."""
        alpha, beta, phi = self.coefficients(point)
        return (
            _LOW <= alpha <= _HIGH
            and (not self.trend or _LOW <= beta <= alpha)
            and (not self.damped or _LOW_PHI <= phi <= _HIGH_PHI)
        )


SES, HOLT, DAMPED = Form(), Form(trend=True), Form(trend=True, damped=True)


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model at the end of its series."""

    form: Form
    point: Array  # parameters as `Form` orders them
    level: float
    slope: float
    variance: float  # of the errors

    def forecast(self, horizon: int) -> Array:
        """Return the forecasts, shape (H,)."""
        return self.level + self.slope * self._damping(horizon)

    def standard_errors(self, horizon: int) -> Array:
        """Return the standard deviations of the forecasts' errors, shape (H,)."""
        alpha, beta, _ = self.form.coefficients(self.point)
        with np.errstate(over="ignore", invalid="ignore"):  # callers check that they are finite
            weights = alpha + beta * self._damping(horizon)
            growth = 1 + np.append(0.0, np.cumsum(weights**2)[:-1])
            return np.sqrt(self.variance * growth)

    def _damping(self, horizon: int) -> Array:
        """Return what one unit of slope adds up to over 1 to H steps."""
        phi = self.form.coefficients(self.point)[2]
        return np.cumsum(phi ** np.arange(1.0, horizon + 1))


def fit_exponential(y: Array, form: Form) -> Fit | None:
    """Fit a model to a series of shape (n,) as R did in 2018.

    None if the series is too short for the number of parameters, or the model is not defined at the
    start.
    """
    n = len(y)
    if form.n_parameters >= n - 1:
        return None
    trend = "add" if form.trend else None
    model = ETSModel(y, error="add", trend=trend, damped_trend=form.damped, seasonal=None)

    def mean_squared_error(point: Array) -> float:
        if not form.allows(point):
            return inf
        # minus twice the log likelihood, without the terms that only depend on n
        deviance = -2 * float(model.loglike(point)) - n * (1 + log(2 * pi / n))
        found = max(deviance, _PERFECT)
        return exp(min(found / n, 700.0)) / n if found < inf else found

    with np.errstate(all="ignore"):  # points far off overflow and are not taken
        start = start_point(y, form)
        if not np.isfinite(mean_squared_error(start)):
            return None
        point, _ = nelder_mead(mean_squared_error, start)
        smoothed, states = model.smooth(point, return_raw=True)
        errors = y - smoothed
        return Fit(
            form,
            point,
            level=float(states[-1, 0]),
            slope=float(states[-1, 1]) if form.trend else 0.0,
            variance=float(errors @ errors) / (n - form.n_parameters - 1),
        )


def start_point(y: Array, form: Form) -> Array:
    """Return the parameters where R's search of 2018 starts."""
    alpha = _between(_LOW, _HIGH, 0.5)
    head = y[:_N_REGRESSED]
    if not form.trend:
        return np.array([alpha, head.mean()])
    coefficients = [alpha, _between(_LOW, alpha, 0.1)]
    if form.damped:
        coefficients.append(_between(_LOW_PHI, _HIGH_PHI, 0.99))
    steps = np.arange(1.0, len(head) + 1)
    centred = steps - steps.mean()
    slope = float(centred @ head / (centred @ centred))
    level = float(head.mean() - slope * steps.mean())
    if abs(level + slope) < 1e-8:  # R avoids a first forecast of zero
        level, slope = level * (1 + 1e-3), slope * (1 - 1e-3)
    return np.array([*coefficients, level, slope])


def _between(low: float, high: float, share: float) -> float:
    return low + share * (high - low)
