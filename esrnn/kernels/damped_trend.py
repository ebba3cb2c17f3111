r"""Exponential smoothing of each series with a damped trend.

.. math::

    e_t = y_t - l_{t-1} - \phi b_{t-1}, \quad l_t = l_{t-1} + \phi b_{t-1} + \alpha e_t, \quad
    b_t = \phi b_{t-1} + \beta e_t, \quad
    \hat y_{n+h} = l_n + (\phi + \dots + \phi^h) b_n

(Gardner and McKenzie 1985, doi:10.1287/mnsc.31.10.1237; ETS(A,Ad,N) of Hyndman et al. 2008). The
parameters have the smallest sum of squared one-step errors. Errors are linear in :math:`l_0` and
:math:`b_0`, so that the best ones for given coefficients follow from two equations, and the search
is over alpha, beta and phi alone. It is that of Nelder and Mead (1965,
doi:10.1093/comjnl/7.4.308), from the best point of a grid. A missing value leaves level and trend
to go on by themselves.
"""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.kernels.jit import jit
from esrnn.kernels.threads import over_series

__all__ = ["fit_damped_trend"]

_LEAST, _MOST = 1e-4, 0.9999  # of alpha, and of beta over alpha
_LEAST_PHI, _MOST_PHI = 0.8, 0.98
_N_STEPS = 150  # of the search
_TOLERANCE = 1e-10  # of the sum of squares, relative
_FEWEST_FOR_TREND = 4  # observations; fewer have no trend
_FEWEST = 1_000  # observations that are worth a thread


@jit
def _natural(place):  # type: ignore[no-untyped-def]
    """Return alpha, beta and phi from three numbers without bounds."""
    share = 1.0 / (1.0 + np.exp(-place))
    alpha = _LEAST + (_MOST - _LEAST) * share[0]
    beta = alpha * (_LEAST + (_MOST - _LEAST) * share[1])
    phi = _LEAST_PHI + (_MOST_PHI - _LEAST_PHI) * share[2]
    return alpha, beta, phi


@jit
def _run(y, alpha, beta, phi):  # type: ignore[no-untyped-def]
    """Return the sum of squares with the best start, and the last level and trend.

    Level and trend are sums of three parts: what follows from the observations alone, from a first
    level of 1, and from a first trend of 1.
    """
    l0, b0, l1, b1, l2, b2 = 0.0, 0.0, 1.0, 0.0, 0.0, 1.0
    s00, s01, s02, s11, s12, s22, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
    for value in y:
        l0, b0, l1, b1, l2, b2 = (
            l0 + phi * b0, phi * b0, l1 + phi * b1, phi * b1, l2 + phi * b2, phi * b2,
        )  # fmt: skip
        if np.isnan(value):
            continue
        e0, e1, e2 = value - l0, -l1, -l2
        l0, b0 = l0 + alpha * e0, b0 + beta * e0
        l1, b1 = l1 + alpha * e1, b1 + beta * e1
        l2, b2 = l2 + alpha * e2, b2 + beta * e2
        s00 += e0 * e0
        s01 += e0 * e1
        s02 += e0 * e2
        s11 += e1 * e1
        s12 += e1 * e2
        s22 += e2 * e2
        count += 1
    level, trend = -s01 / s11, 0.0
    determinant = s11 * s22 - s12 * s12
    if count >= _FEWEST_FOR_TREND and determinant > 1e-12 * s11 * s22:
        level = (s12 * s02 - s22 * s01) / determinant
        trend = (s12 * s01 - s11 * s02) / determinant
    total = s00 + level * (2.0 * s01 + level * s11 + 2.0 * trend * s12)
    total += trend * (2.0 * s02 + trend * s22)
    return max(total, 0.0), l0 + level * l1 + trend * l2, b0 + level * b1 + trend * b2, count


@jit
def _error(y, place):  # type: ignore[no-untyped-def]
    alpha, beta, phi = _natural(place)
    return _run(y, alpha, beta, phi)[0]


@jit
def _first_simplex(y, places, errors):  # type: ignore[no-untyped-def]
    """Write the best point of a grid, and three beside it."""
    smallest, place = np.inf, np.zeros(3)
    for a in (-2.5, -0.5, 1.0, 2.5):
        for b in (-4.0, -1.5):
            for p in (-1.0, 1.5):
                place[0], place[1], place[2] = a, b, p
                error = _error(y, place)
                if error < smallest:
                    smallest = error
                    places[0] = place
    for k in range(4):
        if k > 0:
            places[k] = places[0]
            places[k, k - 1] += 1.0
        errors[k] = _error(y, places[k])


@jit
def _search(y):  # type: ignore[no-untyped-def]
    """Return the place with the smallest sum of squares that the search comes to."""
    places, errors = np.empty((4, 3)), np.empty(4)
    _first_simplex(y, places, errors)
    for _ in range(_N_STEPS):
        order = np.argsort(errors)
        places, errors = places[order], errors[order]
        if errors[3] - errors[0] <= _TOLERANCE * errors[0]:
            break
        centre = (places[0] + places[1] + places[2]) / 3.0
        beyond = centre + (centre - places[3])
        at_beyond = _error(y, beyond)
        if at_beyond < errors[0]:
            further = centre + 2.0 * (centre - places[3])
            at_further = _error(y, further)
            if at_further < at_beyond:
                beyond, at_beyond = further, at_further
        elif at_beyond >= errors[2]:
            towards = beyond if at_beyond < errors[3] else places[3]
            at_best_so_far = min(at_beyond, errors[3])
            beyond = 0.5 * (centre + towards)
            at_beyond = _error(y, beyond)
            if at_beyond >= at_best_so_far:  # all of them move towards the best
                for k in range(1, 4):
                    places[k] = 0.5 * (places[0] + places[k])
                    errors[k] = _error(y, places[k])
                continue
        places[3], errors[3] = beyond, at_beyond
    return places[np.argmin(errors)]


@jit
def _fit_range(values, indptr, first, end, out):  # type: ignore[no-untyped-def]
    for i in range(first, end):
        y = values[indptr[i] : indptr[i + 1]]
        alpha, beta, phi = _natural(_search(y))
        total, level, trend, count = _run(y, alpha, beta, phi)
        out[i, 0] = level
        out[i, 1] = trend
        out[i, 2] = alpha
        out[i, 3] = beta
        out[i, 4] = phi
        out[i, 5] = np.sqrt(total / count)


def fit_damped_trend(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Fit exponential smoothing with a damped trend to every series.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        Each series has at least one observation; NaN where missing.
    indptr : ndarray of shape (N + 1,), int64

    Returns
    -------
    ndarray of shape (N, 6), float64
        Last level, last trend, alpha, beta, phi, and the root mean square of the one-step errors.
        Series of fewer than four observations have no first trend.

    Examples
    --------
    >>> y = 10.0 - 8.0 * 0.9 ** np.arange(30.0)  # a trend that fades by a tenth at each step
    >>> fit_damped_trend(y, np.array([0, 30]))[0, 4].round(2)
    np.float64(0.9)
    """
    out = np.empty((indptr.size - 1, 6))
    over_series(indptr, lambda first, end: _fit_range(values, indptr, first, end, out), _FEWEST)
    return out
