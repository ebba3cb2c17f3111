r"""The per-series fit: smoothing coefficients and initial seasonality of every series.

Each series minimises, by itself, what its one-step-ahead errors say plus what the panel says,

.. math::

    \frac{n}{2} \log \overline{e^2} + \frac{1}{2} \sum_j \frac{(\theta_j - \mu_j)^2}{\tau_j^2},
    \qquad e_t = g(y_t) - g(\hat y_{t|t-1}),

with g the logarithm for a multiplicative series and the identity for an additive one. The prior
:math:`\mu, \tau` of the coefficients' logits is learnt from the panel (empirical Bayes). The prior
of the initial factors is a classical decomposition shrunk by its noise (`seasonal_start`). So long
series are fitted to their own data, and short ones are drawn towards the panel. A grid search finds
good coefficients; from there Rprop, with the gradient of the adjoint kernel, fits all parameters.

`esrnn.kernels.parameters` describes a row of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import prange

from esrnn._arrays import ArrayRecord
from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.forms import to_form
from esrnn.kernels.jit import jit, jit_parallel
from esrnn.kernels.parameters import natural_row
from esrnn.kernels.scales import seasonal_unit
from esrnn.kernels.seasonal_start import seasonal_start, shrink_to_signal
from esrnn.kernels.smoothing import smooth_series, smooth_series_adjoint
from esrnn.panel.flat import series_of, step_of

__all__ = ["SmoothingFit", "SmoothingPrior", "fit_parameters"]

_GRID = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0])  # logits of .05 to .88
_SEASONAL_GRID = np.array([-4.0, -2.0, -0.5])  # logits of .02 to .38
_WEAK_MEAN, _WEAK_SPREAD = np.array([-0.5, -2.0, -2.0]), 1.5
_MIN_SPREAD = 0.3  # logits of a panel's series differ by this at least
_MIN_FACTOR_SPREAD = 1e-3
_MIN_PANEL = 5  # fewer series say too little about a panel
_MAX_SEASONS = 6
_N_STEPS = 40
_EXACT = 1e-9  # one-step errors below this, in units of the series, are rounding


@dataclass(frozen=True)
class SmoothingPrior(ArrayRecord):
    """What the series of a panel have in common; short and new series are shrunk towards it.

    Attributes
    ----------
    mean, spread : ndarray of shape (3,), float64
        Centre and width of the smoothing coefficients' logits.
    noise_ratios : tuple of float
        Noise over signal variance of the initial factors, one for each seasonality.
    """

    mean: FloatArray
    spread: FloatArray
    noise_ratios: tuple[float, ...]


@dataclass(frozen=True)
class SmoothingFit(ArrayRecord):
    """Per-series parameters of a panel.

    Attributes
    ----------
    rows : ndarray of shape (N, 3 + S + S2), float64
        Logits of the coefficients, then initial factors (`esrnn.kernels.parameters`).
    unit : ndarray of shape (N,), float64
        Scale of an additive series' factors in units of y; 1 for multiplicative series.
    additive : ndarray of shape (N,), bool
    sigma : ndarray of shape (N,), float64
        Root mean square of the one-step errors, relative for multiplicative series.
    prior : SmoothingPrior
    """

    rows: FloatArray
    unit: FloatArray
    additive: BoolArray
    sigma: FloatArray
    prior: SmoothingPrior

    def subset(self, indices: IntArray) -> SmoothingFit:
        """Return the parameters of some series, in the order of `indices`."""
        return SmoothingFit(
            self.rows[indices],
            self.unit[indices],
            self.additive[indices],
            self.sigma[indices],
            self.prior,
        )


@jit
def _objective(  # type: ignore[no-untyped-def]
    y, row, additive, unit, n_s, n_u, mean, spread, work, gradient, with_gradient
):
    """Return the penalised objective and the mean squared one-step error of one series."""
    coefficients, level, s, u, level_bar, s_bar, u_bar, coefficients_bar = work
    n = y.size
    natural_row(row, additive, unit, n_s, n_u, coefficients, s, u)
    smooth_series(y, coefficients, additive, level[:n], s, u, n_s, n_u)
    neutral = 0.0 if additive else 1.0
    squares, count = 0.0, 0
    level_bar[:] = 0.0
    s_bar[:] = 0.0
    u_bar[:] = 0.0
    for t in range(1, n):
        if y[t] == y[t]:
            s_t = s[t] if n_s > 0 else neutral
            u_t = u[t] if n_u > 0 else neutral
            if additive:
                e = y[t] - level[t - 1] - s_t - u_t
                level_bar[t - 1] = -e
                scale_s, scale_u = -e, -e
            else:
                e = np.log(y[t] / (level[t - 1] * s_t * u_t))
                level_bar[t - 1] = -e / level[t - 1]
                scale_s, scale_u = -e / s_t, -e / u_t
            if n_s > 0:
                s_bar[t] = scale_s
            if n_u > 0:
                u_bar[t] = scale_u
            squares += e * e
            count += 1
    penalty = 0.0
    for k in range(row.size):
        z = (row[k] - mean[k]) / spread[k]
        penalty += 0.5 * z * z
        gradient[k] = z / spread[k]
    floor = count * (_EXACT * unit) ** 2
    if squares <= floor:  # nothing, or nothing but rounding, to learn from: the prior decides
        return penalty + (0.5 * count * np.log(floor / count) if count > 0 else 0.0), 0.0
    if with_gradient:
        smooth_series_adjoint(
            y, coefficients, additive, level[:n], s, u, n_s, n_u,
            level_bar, s_bar, u_bar, coefficients_bar,
        )  # fmt: skip
        weight = count / squares
        for k in range(3):
            slope = coefficients[k] * (1.0 - coefficients[k])
            gradient[k] += weight * coefficients_bar[k] * slope
        for j in range(n_s):
            gradient[3 + j] += weight * s_bar[j] * (unit if additive else s[j])
        for j in range(n_u):
            gradient[3 + n_s + j] += weight * u_bar[j] * (unit if additive else u[j])
    return 0.5 * count * np.log(squares / count) + penalty, squares / count


@jit
def _workspace(n, n_s, n_u):  # type: ignore[no-untyped-def]
    s_size = n + n_s if n_s > 0 else 0
    u_size = n + n_u if n_u > 0 else 0
    return (
        np.zeros(3), np.zeros(n), np.zeros(s_size), np.zeros(u_size),
        np.zeros(n), np.zeros(s_size), np.zeros(u_size), np.zeros(3),
    )  # fmt: skip


@jit
def _search_grid(  # type: ignore[no-untyped-def]
    y, row, additive, unit, n_s, n_u, mean, spread, work, gradient, grid, seasonal_grid
):
    """Set the row's coefficients to the best point of a coarse grid."""
    trial, best = row.copy(), np.inf
    for a in grid:
        for b in seasonal_grid[: seasonal_grid.size if n_s > 0 else 1]:
            for g in seasonal_grid[: seasonal_grid.size if n_u > 0 else 1]:
                trial[0] = a
                trial[1] = b if n_s > 0 else mean[1]
                trial[2] = g if n_u > 0 else mean[2]
                value, _ = _objective(
                    y, trial, additive, unit, n_s, n_u, mean, spread, work, gradient, False
                )
                if value < best:
                    best = value
                    row[:3] = trial[:3]


@jit
def _descend(  # type: ignore[no-untyped-def]
    y, row, additive, unit, n_s, n_u, mean, spread, work, gradient, n_steps
):
    """Walk down by Rprop (Riedmiller and Braun 1993), keeping the best point; return its error."""
    point, before = row.copy(), np.zeros(row.size)
    step = np.minimum(0.1, 0.3 * spread)
    best, error = np.inf, 0.0
    for _ in range(n_steps):
        value, squared = _objective(
            y, point, additive, unit, n_s, n_u, mean, spread, work, gradient, True
        )
        if value < best:
            best, error = value, squared
            row[:] = point
        for k in range(row.size):
            turn = gradient[k] * before[k]
            if turn > 0.0:
                step[k] = min(step[k] * 1.2, 1.0)
            elif turn < 0.0:
                step[k] *= 0.5
                gradient[k] = 0.0
            point[k] -= np.sign(gradient[k]) * step[k]
            before[k] = gradient[k]
    return np.sqrt(error)


@jit_parallel
def _fit_series(  # type: ignore[no-untyped-def]
    values, indptr, additive, unit, n_s, n_u, mean, spread, rows, sigma, n_steps,
    grid, seasonal_grid,
):  # fmt: skip
    for i in prange(indptr.size - 1):
        y = values[indptr[i] : indptr[i + 1]]
        work, gradient = _workspace(y.size, n_s, n_u), np.zeros(rows.shape[1])
        _search_grid(
            y, rows[i], additive[i], unit[i], n_s, n_u, mean[i], spread[i], work, gradient,
            grid, seasonal_grid,
        )  # fmt: skip
        sigma[i] = _descend(
            y, rows[i], additive[i], unit[i], n_s, n_u, mean[i], spread[i], work, gradient, n_steps
        )


def _start(
    values: FloatArray, indptr: IntArray, additive: BoolArray, unit: FloatArray,
    periods: tuple[int, ...], prior: SmoothingPrior | None,
) -> tuple[FloatArray, FloatArray, tuple[float, ...]]:  # fmt: skip
    """Return starting rows, the factors' spreads, and the noise ratios used."""
    series, step = series_of(indptr), step_of(indptr)
    x = to_form(values / unit[series], additive[series])  # the unit of multiplicative ones is 1
    rows = [np.zeros((additive.size, 3))]
    spreads = [np.zeros((additive.size, 3))]
    ratios: list[float] = []
    for k, period in enumerate(periods):
        raw, noise, n_seasons = seasonal_start(x, indptr, period, _MAX_SEASONS)
        ratio = None if prior is None else prior.noise_ratios[k]
        factors, noise, ratio = shrink_to_signal(raw, noise, n_seasons, ratio)
        x = x - factors[series, step % period]
        rows.append(factors)
        spread = np.sqrt(noise / np.maximum(n_seasons, 1.0))
        spreads.append(np.broadcast_to(np.maximum(spread, _MIN_FACTOR_SPREAD)[:, None],
                                       factors.shape))  # fmt: skip
        ratios.append(ratio)
    return np.hstack(rows), np.hstack(spreads), tuple(ratios)


def fit_parameters(
    values: FloatArray,
    indptr: IntArray,
    additive: BoolArray,
    periods: tuple[int, ...],
    prior: SmoothingPrior | None = None,
) -> SmoothingFit:
    """Fit every series' smoothing coefficients and initial factors to its own data.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        Series one after another; NaN where missing, but not at the start of a series; positive
        where the series is multiplicative.
    indptr : ndarray of shape (N + 1,), int64
        Starts of the series.
    additive : ndarray of shape (N,), bool
        The form of each series.
    periods : tuple of int
        Steps per season of each seasonality; none, one or two, the shorter one first.
    prior : SmoothingPrior, optional
        What series look like, from an earlier fit; by default learnt from this panel.

    Returns
    -------
    SmoothingFit

    Notes
    -----
    O(n_obs) for each of some dozens of passes; series in parallel; the result of a series
    depends on the others through the prior only.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = 100.0 + np.cumsum(
    ...     rng.normal(size=300)
    ... )  # a random walk: yesterday is all that counts
    >>> fit = fit_parameters(y, np.array([0, 300]), np.array([False]), ())
    >>> bool(1.0 / (1.0 + np.exp(-fit.rows[0, 0])) > 0.8)
    True
    """
    lag = periods[0] if periods else 1
    unit = seasonal_unit(values, indptr, additive, lag)
    rows, spread, ratios = _start(values, indptr, additive, unit, periods, prior)
    learn = prior is None and additive.size >= _MIN_PANEL
    if prior is None:
        prior = SmoothingPrior(_WEAK_MEAN, np.full(3, _WEAK_SPREAD), ratios)
    if learn:
        coarse, _ = _descend_all(values, indptr, additive, unit, periods, rows, spread, prior)
        prior = _panel_prior(coarse, np.diff(indptr), ratios)
    rows, sigma = _descend_all(values, indptr, additive, unit, periods, rows, spread, prior)
    return SmoothingFit(rows, unit, additive, sigma, prior)


def _descend_all(
    values: FloatArray, indptr: IntArray, additive: BoolArray, unit: FloatArray,
    periods: tuple[int, ...], start: FloatArray, spread: FloatArray, prior: SmoothingPrior,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    rows, mean, spread = start.copy(), start.copy(), spread.copy()
    rows[:, :3] = mean[:, :3] = prior.mean
    spread[:, :3] = prior.spread
    n_s = periods[0] if periods else 0
    n_u = periods[1] if len(periods) > 1 else 0
    sigma = np.empty(additive.size)
    _fit_series(
        values, indptr, additive, unit, n_s, n_u, mean, spread, rows, sigma, _N_STEPS,
        _GRID, _SEASONAL_GRID,
    )  # fmt: skip
    return rows, sigma


def _panel_prior(rows: FloatArray, lengths: IntArray, ratios: tuple[float, ...]) -> SmoothingPrior:
    """Summarise the longer series' coefficients by their median and median deviation."""
    longer = lengths >= np.quantile(lengths, 0.5)
    logits = rows[longer, :3]
    mean = np.median(logits, axis=0)
    spread = 1.4826 * np.median(np.abs(logits - mean), axis=0)
    return SmoothingPrior(mean, np.clip(spread, _MIN_SPREAD, _WEAK_SPREAD), ratios)
