r"""One exponential smoothing model of given form: its estimates and its forecasts.

The recursions and the likelihood are statsmodels'; the search is R's, see
`competitions.methods.nelder_mead`. Variances of the forecasts are those of Hyndman, Koehler, Ord
and Snyder [1]_, with errors taken as normal and parameters as known. Let

.. math:: c_j = \alpha + \beta \sum_{i=1}^{j} \phi^i + \gamma [m \mid j]

be what an error adds j steps later. With additive errors the variance at step h is
:math:`\sigma^2 (1 + \sum_{j<h} c_j^2)`; with multiplicative ones it is
:math:`(1 + \sigma^2) \theta_h - \mu_h^2` with
:math:`\theta_h = \mu_h^2 + \sigma^2 \sum_{j<h} c_j^2 \theta_{h-j}`. With multiplicative
seasonality level and slope alone have such :math:`\mu_h` and :math:`\theta_h`, from :math:`c_j`
without its last term, and k whole seasons ahead the index s makes of it

.. math::

   s^2 \Bigl[(1 + \sigma^2) \Bigl((1 + \gamma^2 \sigma^2)^k \theta_h
   + 2 \gamma \sigma^2 \mu_h \sum_{i=1}^{k} c_{im} \mu_{h-im}\Bigr) - \mu_h^2\Bigr].

The sum is for the errors that moved level and index together. All this is exact but for the last
formula beyond the first season.

References
----------
.. [1] R. J. Hyndman, A. B. Koehler, J. K. Ord and R. D. Snyder (2005). Prediction intervals for
   exponential smoothing using two new classes of state space models. Journal of Forecasting 24,
   17-37. doi:10.1002/for.938
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, pi
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from competitions.methods.ets_form import Form, start_point
from competitions.methods.nelder_mead import nelder_mead

__all__ = ["R_OF_2018", "R_OF_TODAY", "Fit", "Search", "fit_ets"]

Vector: TypeAlias = npt.NDArray[np.float64]

_NAMES = {"A": "add", "M": "mul", "N": None}
_PERFECT = -1e10  # a likelihood beyond it is as good as any; so that it is a number


@dataclass(frozen=True)
class Search:
    """What R's ``ets`` searched for and where it began.

    Parameters
    ----------
    first : float
        Where alpha starts between its bounds, for a season of one step.
    by_mse : bool
        Whether the mean squared error is minimised rather than minus twice the log likelihood. With
        additive errors both have the same minimum but not the same end of the search.
    """

    first: float
    by_mse: bool


R_OF_2018 = Search(0.5, by_mse=True)
R_OF_TODAY = Search(0.2, by_mse=False)


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model at the end of its series.

    Parameters
    ----------
    form : Form
        Its components.
    point : ndarray
        Parameters as `Form` orders them.
    level, slope : float
        Last states; the slope is 0 without a trend.
    indices : ndarray of shape (m,)
        Seasonal indices of the next m steps; 0 without seasonality, 1 if multiplicative.
    variance : float
        Of the errors; relative ones if the error is multiplicative.
    aicc : float
        Akaike's criterion with the correction for short series.
    """

    form: Form
    point: Vector
    level: float
    slope: float
    indices: Vector
    variance: float
    aicc: float

    def forecast(self, horizon: int) -> Vector:
        """Return the forecasts, shape (H,)."""
        trended, seasonal = self._trended(horizon), self._seasonal(horizon)
        return trended * seasonal if self.form.season == "M" else trended + seasonal

    def standard_errors(self, horizon: int) -> Vector:
        """Return the standard deviations of the forecasts' errors, shape (H,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # callers look whether they are finite
            return np.sqrt(self._variances(horizon))

    def _variances(self, horizon: int) -> Vector:
        alpha, beta, gamma, _ = self.form.coefficients(self.point)
        multiplicative = self.form.season == "M"
        steps = np.arange(1, horizon + 1)
        weights = alpha + beta * self._damping(horizon)
        if not multiplicative:
            weights = weights + gamma * (steps % self.form.period == 0)
        if self.form.error == "A":
            spread = 1 + np.append(0.0, np.cumsum(weights**2)[:-1])
            return self.variance * spread
        mean = self._trended(horizon) if multiplicative else self.forecast(horizon)
        theta = mean**2
        for h in range(1, horizon):
            theta[h] += self.variance * float(weights[:h] ** 2 @ theta[:h][::-1])
        if not multiplicative:
            return (1 + self.variance) * theta - mean**2
        seasons = (steps - 1) // self.form.period
        growth = (1 + gamma**2 * self.variance) ** seasons
        # an error moves level and index together, which counts from the next season on
        both = np.zeros(horizon)
        for lag in range(self.form.period, horizon, self.form.period):
            both[lag:] += weights[lag - 1] * mean[:-lag] * mean[lag:]
        squares = growth * theta + 2 * gamma * self.variance * both
        relative = np.maximum((1 + self.variance) * squares - mean**2, 0.0)
        return relative * self._seasonal(horizon) ** 2

    def bounds(self, horizon: int, levels: Sequence[int]) -> dict[int, tuple[Vector, Vector]]:
        """Return lower and upper bounds, each of shape (H,), for each level in percent."""
        y_hat, errors = self.forecast(horizon), self.standard_errors(horizon)
        quantiles = {level: NormalDist().inv_cdf(0.5 + level / 200) for level in levels}
        return {level: (y_hat - q * errors, y_hat + q * errors) for level, q in quantiles.items()}

    def _damping(self, horizon: int) -> Vector:
        """Return what one unit of slope adds up to over 1 to H steps."""
        phi = self.form.coefficients(self.point)[3]
        return np.cumsum(phi ** np.arange(1.0, horizon + 1))

    def _trended(self, horizon: int) -> Vector:
        return self.level + self.slope * self._damping(horizon)

    def _seasonal(self, horizon: int) -> Vector:
        return self.indices[np.arange(horizon) % self.form.period]


def fit_ets(y: Vector, form: Form, search: Search) -> Fit | None:
    """Fit a model as R's ``ets`` does.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series, > 0 for a multiplicative error or seasonality.
    form : Form
        Form of the model.
    search : Search
        What is minimised, and where the search begins.

    Returns
    -------
    Fit or None
        None if the series is too short for the number of parameters (for a seasonal form: shorter
        than three seasons) or the model is not defined at the start.

    Examples
    --------
    >>> fit = fit_ets(np.arange(10.0, 40.0), Form(trend=True), R_OF_TODAY)
    >>> fit.forecast(3).round(3).tolist()
    [40.0, 41.0, 42.0]
    """
    n, n_parameters = len(y), form.n_coefficients + form.n_states
    if n_parameters >= n - 1 or (form.season != "N" and n < 3 * form.period):
        return None
    model = ETSModel(
        y,
        error=_NAMES[form.error],
        trend="add" if form.trend else None,
        damped_trend=form.damped,
        seasonal=_NAMES[form.season],
        seasonal_periods=form.period if form.season != "N" else None,
    )

    def deviance(point: Vector) -> float:
        """Minus twice the log likelihood, without the terms that only depend on n."""
        full = form.complete(point)
        if not form.allows(full):
            return inf
        found = -2 * float(model.loglike(full)) - n * (1 + log(2 * pi / n))
        return max(found, _PERFECT)

    def objective(point: Vector) -> float:
        found = deviance(point)
        return exp(min(found / n, 700.0)) / n if search.by_mse and found < inf else found

    with np.errstate(all="ignore"):  # points far off overflow and are not taken
        start = start_point(y, form, search.first)
        if not np.isfinite(deviance(start)):
            return None
        point, _ = nelder_mead(objective, start)
        return _finish(model, form, point, deviance(point))


def _finish(model: ETSModel, form: Form, point: Vector, deviance: float) -> Fit:
    """Read the last states and the errors' variance off a model's recursion."""
    smoothed, states = model.smooth(form.complete(point), return_raw=True)
    y = model.endog
    errors = (y - smoothed) / smoothed if form.error == "M" else y - smoothed
    n, k = len(y), form.n_coefficients + form.n_states + 1  # the variance is a parameter too
    rest = n - k - 1
    return Fit(
        form=form,
        point=point,
        level=float(states[-1, 0]),
        slope=float(states[-1, 1]) if form.trend else 0.0,
        indices=states[-form.period :, -1].copy() if form.season != "N" else np.zeros(1),
        variance=float(errors @ errors) / (n - k),
        aicc=deviance + 2 * k + (2 * k * (k + 1) / rest if rest > 0 else inf),
    )
