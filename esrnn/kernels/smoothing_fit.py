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
`smoothing_objective` has the objective and its gradient.

`esrnn.kernels.parameters` describes a row of parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._arrays import ArrayRecord
from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.forms import to_form
from esrnn.kernels.jit import jit
from esrnn.kernels.scales import seasonal_unit
from esrnn.kernels.seasonal_start import seasonal_start, shrink_to_signal
from esrnn.kernels.smoothing_objective import Problem, gradient, objective, workspace
from esrnn.kernels.threads import over_series
from esrnn.panel.flat import series_of, step_of

__all__ = ["SmoothingFit", "SmoothingPrior", "fit_parameters"]

_GRID = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0])  # logits of .05 to .88
_SEASONAL_GRID = np.array([-4.0, -2.0, -0.5])  # logits of .02 to .38
_WEAK_MEAN, _WEAK_SPREAD = np.array([-0.5, -2.0, -2.0]), 1.5
_MIN_SPREAD = 0.3  # logits of a panel's series differ by this at least
_MIN_FACTOR_SPREAD = 1e-3
_MIN_PANEL = 5  # fewer series say too little about a panel
_MAX_SEASONS = 6
_FEWEST = 5_000  # observations that are worth a thread
# Steps of Rprop. With the prior of trained networks half of them are enough: no source's OWA in
# backtests of zero shot moved by more than .0004.
_N_STEPS, _N_STEPS_KNOWN = 40, 20


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
def _search_grid(problem, row, work, grid, seasonal_grid):  # type: ignore[no-untyped-def]
    """Set the row's coefficients to the best point of a coarse grid."""
    has_s, has_u = problem.n_s > 0, problem.n_u > 0
    trial, best = row.copy(), np.inf
    for a in grid:
        for b in seasonal_grid[: seasonal_grid.size if has_s else 1]:
            for g in seasonal_grid[: seasonal_grid.size if has_u else 1]:
                trial[0] = a
                trial[1] = b if has_s else problem.mean[1]
                trial[2] = g if has_u else problem.mean[2]
                value, _, _ = objective(problem, trial, work)
                if value < best:
                    best = value
                    for k in range(3):
                        row[k] = trial[k]


@jit
def _descend(problem, row, work, n_steps):  # type: ignore[no-untyped-def]
    """Walk down by Rprop (Riedmiller and Braun 1993), keeping the best point; return its error."""
    point, before, step = row.copy(), np.zeros(row.size), np.empty(row.size)
    for k in range(row.size):
        step[k] = min(0.1, 0.3 * problem.spread[k])
    best, error, slope = np.inf, 0.0, work.gradient
    for _ in range(n_steps):
        value, squares, count = objective(problem, point, work)
        gradient(problem, point, count / squares if squares > 0.0 else 0.0, work)
        if value < best:
            best, error = value, squares / count if squares > 0.0 else 0.0
            for k in range(row.size):
                row[k] = point[k]
        for k in range(row.size):
            turn = slope[k] * before[k]
            if turn > 0.0:
                step[k] = min(step[k] * 1.2, 1.0)
            elif turn < 0.0:
                step[k] *= 0.5
                slope[k] = 0.0
            point[k] -= np.sign(slope[k]) * step[k]
            before[k] = slope[k]
    return np.sqrt(error)


@jit
def _fit_series(panel, first, end, rows, sigma, n_steps, grid, seasonal_grid):  # type: ignore[no-untyped-def]
    """Fit the series from `first` to before `end` of a `Problem` whose fields are the panel's."""
    values, indptr, additive, unit, n_s, n_u, mean, spread = panel
    for i in range(first, end):
        y = values[indptr[i] : indptr[i + 1]]
        problem = Problem(y, additive[i], unit[i], n_s, n_u, mean[i], spread[i])
        work = workspace(y.size, n_s, n_u)
        _search_grid(problem, rows[i], work, grid, seasonal_grid)
        sigma[i] = _descend(problem, rows[i], work, n_steps)


def _start(
    values: FloatArray, indptr: IntArray, additive: BoolArray, unit: FloatArray,
    periods: tuple[int, ...], prior: SmoothingPrior | None,
) -> tuple[FloatArray, FloatArray, tuple[float, ...]]:  # fmt: skip
    """Return starting rows, the factors' spreads, and the noise ratios used."""
    rows = [np.zeros((additive.size, 3))]
    spreads = [np.zeros((additive.size, 3))]
    ratios: list[float] = []
    if periods:
        lengths = np.diff(indptr)
        x = values / np.repeat(unit, lengths)  # the unit of multiplicative ones is 1
        x = to_form(x, np.repeat(additive, lengths))
    for k, period in enumerate(periods):
        if k > 0:
            x = x - rows[k][series_of(indptr), step_of(indptr) % periods[k - 1]]
        raw, noise, n_seasons = seasonal_start(x, indptr, period, _MAX_SEASONS)
        ratio = None if prior is None else prior.noise_ratios[k]
        factors, noise, ratio = shrink_to_signal(raw, noise, n_seasons, ratio)
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
    n_steps = _N_STEPS if prior is None else _N_STEPS_KNOWN
    if prior is None:
        prior = SmoothingPrior(_WEAK_MEAN, np.full(3, _WEAK_SPREAD), ratios)
    if learn:
        coarse, _ = _descend_all(
            values, indptr, additive, unit, periods, rows, spread, prior, n_steps
        )
        prior = _panel_prior(coarse, np.diff(indptr), ratios)
    rows, sigma = _descend_all(
        values, indptr, additive, unit, periods, rows, spread, prior, n_steps
    )
    return SmoothingFit(rows, unit, additive, sigma, prior)


def _descend_all(
    values: FloatArray, indptr: IntArray, additive: BoolArray, unit: FloatArray,
    periods: tuple[int, ...], start: FloatArray, spread: FloatArray, prior: SmoothingPrior,
    n_steps: int,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    rows, mean, spread = start.copy(), start.copy(), spread.copy()
    rows[:, :3] = mean[:, :3] = prior.mean
    spread[:, :3] = prior.spread
    n_s = periods[0] if periods else 0
    n_u = periods[1] if len(periods) > 1 else 0
    sigma = np.empty(additive.size)
    panel = (values, indptr, additive, unit, n_s, n_u, mean, spread)
    over_series(
        indptr,
        lambda a, b: _fit_series(panel, a, b, rows, sigma, n_steps, _GRID, _SEASONAL_GRID),
        _FEWEST,
    )
    return rows, sigma


def _panel_prior(rows: FloatArray, lengths: IntArray, ratios: tuple[float, ...]) -> SmoothingPrior:
    """Summarise the longer series' coefficients by their median and median deviation."""
    longer = lengths >= np.quantile(lengths, 0.5)
    logits = rows[longer, :3]
    mean = np.median(logits, axis=0)
    spread = 1.4826 * np.median(np.abs(logits - mean), axis=0)
    return SmoothingPrior(mean, np.clip(spread, _MIN_SPREAD, _WEAK_SPREAD), ratios)
