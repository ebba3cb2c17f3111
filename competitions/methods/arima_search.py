"""Which ARIMA model: the search of Hyndman and Khandakar, whatever library fits the models.

The differences come first, by tests on the series alone; then a walk over the orders, each step to
a neighbour with a smaller criterion. As in R's auto.arima, whose defaults these are. How a model is
fitted is not known here; the walk is given a function that says how good an order is.

References
----------
.. [1] R. J. Hyndman and Y. Khandakar (2008). Automatic time series forecasting: the forecast
   package for R. Journal of Statistical Software 27(3). doi:10.18637/jss.v027.i03
.. [2] X. Wang, K. Smith and R. Hyndman (2006). Characteristic-based clustering for time series
   data. Data Mining and Knowledge Discovery 13. doi:10.1007/s10618-005-0039-x
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Limits", "Order", "difference", "is_constant", "n_differences", "walk"]

Vector: TypeAlias = npt.NDArray[np.float64]

_N_MODELS = 94
_STRENGTH = 0.64  # seasonal strength from which auto.arima takes seasonal differences
_KPSS_CRITICAL = 0.463  # of the test of a constant level at 5%
_SEASONAL_STEPS = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]


@dataclass(frozen=True)
class Order:
    """Order of an ARMA model of the differenced series.

    Parameters
    ----------
    p, q : int
        Autoregressive and moving-average coefficients at lags 1, 2, ...
    P, Q : int
        The same at lags m, 2m, ... of a seasonal period m.
    constant : bool
        Whether the differenced series has a mean.
    """

    p: int = 0
    q: int = 0
    P: int = 0
    Q: int = 0
    constant: bool = False

    @property
    def n_coefficients(self) -> int:
        """Coefficients to be estimated, without the variance."""
        return self.p + self.q + self.P + self.Q + self.constant


@dataclass(frozen=True)
class Limits:
    """The largest order that the walk may try, and where it starts.

    Parameters
    ----------
    largest : Order
        The largest number of each; ``constant`` says whether there may be one.
    n_obs : int
        Length of the series; below 10 the walk starts from small models.
    """

    largest: Order
    n_obs: int

    @classmethod
    def of(cls, n_obs: int, period: int, n_diff: int) -> Limits:
        """Return auto.arima's limits for a series of this length and number of differences.

        Examples
        --------
        >>> Limits.of(12, period=4, n_diff=1).largest
        Order(p=3, q=3, P=1, Q=1, constant=True)
        """
        p = min(5, n_obs // 3)
        seasonal = min(2, n_obs // 3 // period) if period > 1 else 0
        if period > 1:
            p = min(p, period - 1)
        return cls(Order(p, p, seasonal, seasonal, n_diff <= 1), n_obs)

    def __contains__(self, order: Order) -> bool:
        """Say whether an order is within the limits."""
        top = self.largest
        return (
            0 <= order.p <= top.p
            and 0 <= order.q <= top.q
            and 0 <= order.P <= top.P
            and 0 <= order.Q <= top.Q
            and order.constant <= top.constant
        )

    def starts(self) -> list[Order]:
        """Return the models that are tried before the walk, in order."""
        top, large = self.largest, self.n_obs >= 10
        p, season = (2, 1) if large else (1, 0)
        start = Order(
            min(p, top.p), min(p, top.q), min(season, top.P), min(season, top.Q), top.constant
        )
        some = [
            start,
            Order(constant=top.constant),
            Order(p=min(1, top.p), P=min(1, top.P), constant=top.constant),
            Order(q=min(1, top.q), Q=min(1, top.Q), constant=top.constant),
            Order(),
        ]
        return list(dict.fromkeys(some))


def walk(criterion: Callable[[Order], float], limits: Limits) -> dict[Order, float]:
    """Walk from the best start model to ever better neighbours until there is none.

    Parameters
    ----------
    criterion : callable
        From an order to the criterion, which is to be small; infinite for a model that is refused.
    limits : Limits
        What may be tried.

    Returns
    -------
    dict of Order to float
        All models tried, at most 94, the best first, without those refused.

    Examples
    --------
    >>> limits = Limits.of(40, period=1, n_diff=0)
    >>> tried = walk(lambda order: (order.p - 3) ** 2 + order.q + order.constant, limits)
    >>> next(iter(tried))
    Order(p=3, q=0, P=0, Q=0, constant=False)
    """
    tried = {order: criterion(order) for order in limits.starts()}
    best = min(tried, key=lambda order: tried[order])
    improved = True
    while improved:
        improved = False
        for order in _neighbours(best):
            if order in tried or order not in limits:
                continue
            if len(tried) == _N_MODELS:
                break
            tried[order] = criterion(order)
            if tried[order] < tried[best]:
                best, improved = order, True
                break
    kept = [order for order in tried if tried[order] < inf]
    return {order: tried[order] for order in sorted(kept, key=lambda order: tried[order])}


def _neighbours(order: Order) -> Iterator[Order]:
    for dp, dq in _SEASONAL_STEPS:
        yield replace(order, P=order.P + dp, Q=order.Q + dq)
    for dp, dq in _SEASONAL_STEPS:
        yield replace(order, p=order.p + dp, q=order.q + dq)
    yield replace(order, constant=not order.constant)


def n_differences(y: Vector, period: int) -> tuple[int, int]:
    """Return the numbers of ordinary and of seasonal differences that a series needs.

    A seasonal difference is taken where the season is strong [2]_, then ordinary ones, at most
    two, until the KPSS test no longer refuses a constant level.

    Parameters
    ----------
    y : ndarray of shape (n,)
        The series.
    period : int
        Seasonal period; 1 for none.

    Returns
    -------
    tuple of int
        Ordinary and seasonal differences.

    Examples
    --------
    >>> n_differences(np.arange(40.0), 1)
    (1, 0)
    """
    scale = float(np.abs(y).max())
    n_seasonal = int(period > 1 and len(y) > 2 * period and _strength(y, period) > _STRENGTH)
    rest = difference(y, 0, n_seasonal, period)
    n_ordinary = 0
    while n_ordinary < 2 and not is_constant(rest, scale) and _kpss(rest) > _KPSS_CRITICAL:
        rest = np.diff(rest)
        n_ordinary += 1
    return n_ordinary, n_seasonal


def difference(y: Vector, d: int, seasonal_d: int, period: int) -> Vector:
    """Take `seasonal_d` differences at lag `period` and `d` at lag 1."""
    for _ in range(seasonal_d):
        y = y[period:] - y[:-period]
    return np.diff(y, d)


def is_constant(y: Vector, scale: float) -> bool:
    """Say whether all values are equal, but for rounding of numbers as large as `scale`."""
    return len(y) < 2 or float(np.ptp(y)) <= 1e-13 * scale


def _strength(y: Vector, period: int) -> float:
    """Share of the variance without trend that the season explains, in [0, 1]."""
    from statsmodels.tsa.seasonal import STL

    parts = STL(y, period=period, seasonal=13, seasonal_deg=0).fit()  # as R's mstl
    around = np.var(parts.resid + parts.seasonal)
    return float(max(0.0, 1 - np.var(parts.resid) / around)) if around > 0 else 0.0


def _kpss(y: Vector) -> float:
    """Statistic of Kwiatkowski, Phillips, Schmidt and Shin's test of a constant level."""
    n_lags = int(3 * np.sqrt(len(y)) / 13)
    errors = y - y.mean()
    variance = errors @ errors
    for lag in range(1, n_lags + 1):
        variance += 2 * (1 - lag / (n_lags + 1)) * (errors[lag:] @ errors[:-lag])
    return float(np.sum(np.cumsum(errors) ** 2) / (len(y) * variance))
