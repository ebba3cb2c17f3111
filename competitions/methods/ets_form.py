"""The forms of exponential smoothing, and where R's ``ets`` starts the search for their parameters.

A form has an additive or a multiplicative error, no trend or an additive one that may be damped,
and no, additive or multiplicative seasonality [1]_. With level l, slope b and indices s, and f the
forecast of y,

    q = l + phi b,  f = q + s  or  q s,
    l' = q + alpha (y - f),  b' = phi b + beta (y - f),  s' = s + gamma (y - f)

with additive seasonality; a multiplicative error enters as a share of f, which changes the
likelihood and not these recursions.

References
----------
.. [1] R. J. Hyndman, A. B. Koehler, J. K. Ord and R. D. Snyder (2008). Forecasting with Exponential
   Smoothing: The State Space Approach. Springer. doi:10.1007/978-3-540-71918-2
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from statsmodels.tsa.seasonal import seasonal_decompose

from esrnn.errors import InputError

__all__ = ["Form", "Seasonality", "start_point"]

Vector: TypeAlias = npt.NDArray[np.float64]
Seasonality: TypeAlias = Literal["N", "A", "M"]

# R's bounds: of alpha, beta and gamma, and of phi.
_LOW, _HIGH = 1e-4, 0.9999
_LOW_PHI, _HIGH_PHI = 0.8, 0.98
_LEAST_INDEX = 0.01  # multiplicative indices start at least here
_N_REGRESSED = 10  # observations that level and slope start from, or two seasons


@dataclass(frozen=True)
class Form:
    """Which components a model has.

    A point of its parameters holds alpha, beta, gamma and phi, then level, slope and the m - 1
    latest seasonal indices before the first observation, latest first; what the form has not is
    left out.

    Parameters
    ----------
    error : {"A", "M"}
        Additive or multiplicative.
    trend : bool
        Whether there is an additive trend.
    damped : bool
        Whether it is damped.
    season : {"N", "A", "M"}
        None, additive or multiplicative.
    period : int
        Steps per season, m; 1 where there is none.

    Raises
    ------
    InputError
        If the components do not go together, or are those that R's ``ets`` leaves out for their
        numerical trouble: an additive error with multiplicative seasonality.

    Examples
    --------
    >>> Form("M", trend=True, damped=True).name
    'MAdN'
    """

    error: Literal["A", "M"] = "A"
    trend: bool = False
    damped: bool = False
    season: Seasonality = "N"
    period: int = 1

    def __post_init__(self) -> None:
        if self.damped and not self.trend:
            raise InputError("a damped trend needs a trend")
        if (self.period > 1) != (self.season != "N"):
            raise InputError(
                "a season needs a period > 1, and no season the period 1; got season "
                f"{self.season!r}, period {self.period}"
            )
        if self.error == "A" and self.season == "M":
            raise InputError("multiplicative seasonality needs a multiplicative error here")

    @property
    def name(self) -> str:
        """Return the usual short name: error, trend, seasonality."""
        return f"{self.error}{'A' if self.trend else 'N'}{'d' if self.damped else ''}{self.season}"

    @property
    def n_coefficients(self) -> int:
        """Count alpha, beta, gamma and phi as far as the form has them."""
        return 1 + self.trend + self.damped + (self.season != "N")

    @property
    def n_states(self) -> int:
        """Count what is estimated of the states before the first observation."""
        return 1 + self.trend + (self.period - 1 if self.season != "N" else 0)

    def coefficients(self, point: Vector) -> tuple[float, float, float, float]:
        """Return alpha, beta, gamma and phi; 0, 0 and 1 for those that the form has not."""
        rest = point[: self.n_coefficients].tolist()
        alpha = rest.pop(0)
        beta = rest.pop(0) if self.trend else 0.0
        gamma = rest.pop(0) if self.season != "N" else 0.0
        return alpha, beta, gamma, rest.pop(0) if self.damped else 1.0

    def complete(self, point: Vector) -> Vector:
        """Append the earliest index, which makes the indices' mean 0, or 1 if multiplicative."""
        if self.season == "N":
            return point
        full = np.empty(len(point) + 1)
        full[:-1] = point
        full[-1] = (self.period if self.season == "M" else 0) - point[1 - self.period :].sum()
        return full

    def allows(self, point: Vector) -> bool:
        """Say whether a complete point lies within R's bounds.

        These are the usual ones for each coefficient, and for seasonal forms that the influence of
        past observations dies out. With a trend and m = 12 or 24 much of what the former admit
        fails the latter.
        """
        alpha, beta, gamma, phi = self.coefficients(point)
        if not _LOW <= alpha <= _HIGH:
            return False
        if self.trend and not _LOW <= beta <= alpha:
            return False
        if self.damped and not _LOW_PHI <= phi <= _HIGH_PHI:
            return False
        if self.season == "N":
            return True
        if not _LOW <= gamma <= 1 - alpha:
            return False
        if self.season == "M" and point[-self.period :].min() < 0:
            return False
        return _are_inside(self._characteristic(alpha, beta, gamma, phi))

    def _characteristic(self, alpha: float, beta: float, gamma: float, phi: float) -> list[float]:
        """Return the polynomial whose roots are the rates of that, constant first.

        R's: for a damped trend it has beta where beta phi would be right.
        """
        if not self.trend:
            return [alpha + gamma - 1, *[alpha] * (self.period - 1), 1.0]
        rest = alpha + beta - alpha * phi
        first = [phi * (1 - alpha - gamma), rest + gamma - 1]
        return [*first, *[rest] * (self.period - 2), alpha + beta - phi, 1.0]


def start_point(y: Vector, form: Form, first: float) -> Vector:
    """Return the point where R's ``ets`` starts.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series; at least three seasons for a seasonal form.
    form : Form
        The form of the model.
    first : float
        Where alpha starts between its bounds, for a season of one step.

    Returns
    -------
    ndarray
        Coefficients, and states: the level is the mean of the first observations or, together with
        the slope, their regression on time; indices come from classical decomposition.

    Examples
    --------
    >>> start_point(np.arange(20.0), Form(trend=True), 0.5).round(2).tolist()
    [0.5, 0.05, -1.0, 1.0]
    """
    alpha = _between(_LOW, _HIGH, first / form.period)
    coefficients = [alpha]
    if form.trend:
        coefficients.append(_between(_LOW, alpha, 0.1))
    if form.season != "N":
        coefficients.append(_between(_LOW, 1 - alpha, 0.05))
    if form.damped:
        coefficients.append(_between(_LOW_PHI, _HIGH_PHI, 0.99))
    adjusted, indices = _without_season(y, form)
    head = adjusted[: max(_N_REGRESSED, 2 * form.period)]
    if not form.trend:
        return np.concatenate([coefficients, [head.mean()], indices])
    steps = np.arange(1.0, len(head) + 1)
    centred = steps - steps.mean()
    slope = float(centred @ head / (centred @ centred))
    level = float(head.mean() - slope * steps.mean())
    if abs(level + slope) < 1e-8:  # a forecast of zero has no relative error
        level, slope = level * (1 + 1e-3), slope * (1 - 1e-3)
    return np.concatenate([coefficients, [level, slope], indices])


def _are_inside(polynomial: list[float]) -> bool:
    """Say whether all roots are within the unit circle, by Schur and Cohn's recursion."""
    while len(polynomial) > 1:
        ratio = polynomial[0] / polynomial[-1]
        if not -1 < ratio < 1:
            return False
        pairs = zip(polynomial[1:], polynomial[-2::-1], strict=True)
        polynomial = [a - ratio * b for a, b in pairs]
    return True


def _between(low: float, high: float, share: float) -> float:
    return low + share * (high - low)


def _without_season(y: Vector, form: Form) -> tuple[Vector, Vector]:
    """Return the seasonally adjusted series and the indices of a point."""
    if form.season == "N":
        return y, np.empty(0)
    kind = "additive" if form.season == "A" else "multiplicative"
    seasonal = seasonal_decompose(y, model=kind, period=form.period).seasonal
    indices = seasonal[1 : form.period][::-1]
    if form.season == "A":
        return y - seasonal, indices
    indices = np.maximum(indices, _LEAST_INDEX)
    if indices.sum() > form.period:  # the one left over would be negative
        indices = indices / (indices + _LEAST_INDEX).sum()
    return y / np.maximum(seasonal, _LEAST_INDEX), indices
