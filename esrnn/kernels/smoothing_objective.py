"""What the per-series fit minimises (`smoothing_fit`), and its gradient.

Loops over steps without a branch stand apart from those with one, so that they run on several steps
at once. The adjoints of errors are only computed where the gradient is asked for: the search of a
grid needs none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from esrnn._typing import FloatArray
from esrnn.kernels.jit import jit
from esrnn.kernels.parameters import natural_row
from esrnn.kernels.smoothing import smooth_series, smooth_series_adjoint

__all__ = ["Problem", "Workspace", "gradient", "objective", "workspace"]

_EXACT = 1e-9  # one-step errors below this, in units of the series, are rounding


class Problem(NamedTuple):
    """What one series' parameters are fitted to.

    Attributes
    ----------
    y : ndarray of shape (n,), float64
    additive : bool
    unit : float
        Scale of additive factors in units of y.
    n_s, n_u : int
        Steps per season; 0 for no seasonality.
    mean, spread : ndarray of shape (P,), float64
        The prior of the row of parameters.
    """

    y: FloatArray
    additive: bool
    unit: float
    n_s: int
    n_u: int
    mean: FloatArray
    spread: FloatArray


class Workspace(NamedTuple):
    """Where the fit of one series writes: what is smoothed, adjoints, and the gradient of the row.

    Attributes
    ----------
    coefficients, coefficients_bar : ndarray of shape (3,), float64
    level, level_bar : ndarray of shape (n,), float64
    s, s_bar : ndarray of shape (n + S,), float64
        Empty for no seasonality, as are the next two.
    u, u_bar : ndarray of shape (n + S2,), float64
    gradient : ndarray of shape (P,), float64
    errors : ndarray of shape (n,), float64
        One step ahead, from the second step on.
    """

    coefficients: FloatArray
    coefficients_bar: FloatArray
    level: FloatArray
    level_bar: FloatArray
    s: FloatArray
    s_bar: FloatArray
    u: FloatArray
    u_bar: FloatArray
    gradient: FloatArray
    errors: FloatArray


@jit
def workspace(n, n_s, n_u):  # type: ignore[no-untyped-def]
    """Return a `Workspace` for a series of n steps."""
    n_factors = n + n_s if n_s > 0 else 0
    n_factors_2 = n + n_u if n_u > 0 else 0
    return Workspace(
        np.zeros(3), np.zeros(3), np.zeros(n), np.zeros(n), np.zeros(n_factors),
        np.zeros(n_factors), np.zeros(n_factors_2), np.zeros(n_factors_2),
        np.zeros(3 + n_s + n_u), np.zeros(n),
    )  # fmt: skip


@jit
def _subtract(x, factors, period):  # type: ignore[no-untyped-def]
    for t in range(x.size if period > 0 else 0):
        x[t] -= factors[t]


@jit
def _multiply(x, factors, period):  # type: ignore[no-untyped-def]
    for t in range(x.size if period > 0 else 0):
        x[t] *= factors[t]


@jit
def _slopes(errors, by, additive, bar):  # type: ignore[no-untyped-def]
    """Write the adjoints that half the squares of errors leave at what was divided `by`."""
    for t in range(errors.size):
        bar[t] = -errors[t] if additive else -errors[t] / by[t]


@jit
def _errors(problem, row, work):  # type: ignore[no-untyped-def]
    """Write the one-step errors of a row, 0 where missing; return their squares' sum and number."""
    y, additive, unit, n_s, n_u, _, _ = problem
    level, s, u, errors = work.level, work.s, work.u, work.errors
    natural_row(row, additive, unit, n_s, n_u, work.coefficients, s, u)
    smooth_series(y, work.coefficients, additive, level, s, u, n_s, n_u)
    # First what is the same for all steps, without a branch, so that several are done at once.
    known, before, ahead = y[1:], level[:-1], errors[1:]
    if additive:
        for t in range(known.size):
            ahead[t] = known[t] - before[t]
        _subtract(ahead, s[1:], n_s)
        _subtract(ahead, u[1:], n_u)
    else:
        for t in range(known.size):
            ahead[t] = before[t]
        _multiply(ahead, s[1:], n_s)
        _multiply(ahead, u[1:], n_u)
        for t in range(known.size):
            ahead[t] = known[t] / ahead[t]
    squares, count = 0.0, 0
    for t in range(1, y.size):
        if y[t] == y[t]:
            e = errors[t] if additive else np.log(errors[t])
            errors[t] = e
            squares += e * e
            count += 1
        else:
            errors[t] = 0.0
    return squares, count


@jit
def _penalised(problem, row, squares, count):  # type: ignore[no-untyped-def]
    """Return the penalised objective, and the sum of squares: 0 where the errors are rounding."""
    penalty = 0.0
    for k in range(row.size):
        z = (row[k] - problem.mean[k]) / problem.spread[k]
        penalty += 0.5 * z * z
    floor = count * (_EXACT * problem.unit) ** 2
    if squares <= floor:  # the prior decides
        return penalty + (0.5 * count * np.log(floor / count) if count > 0 else 0.0), 0.0
    return 0.5 * count * np.log(squares / count) + penalty, squares


@jit
def objective(problem, row, work):  # type: ignore[no-untyped-def]
    """Return the penalised objective, the sum of squared one-step errors, and their number.

    The sum is 0 where there is nothing to learn from but rounding.
    """
    squares, count = _errors(problem, row, work)
    value, squares = _penalised(problem, row, squares, count)
    return value, squares, count


@jit
def gradient(problem, row, weight, work):  # type: ignore[no-untyped-def]
    """Write the gradient of the objective, after `objective`; `weight` is that of the errors."""
    y, additive, unit, n_s, n_u, mean, spread = problem
    slope, level, s, u, e = work.gradient, work.level, work.s, work.u, work.errors
    for k in range(row.size):
        slope[k] = (row[k] - mean[k]) / spread[k] / spread[k]
    if weight == 0.0:
        return
    n = y.size
    _slopes(e[1:], level, additive, work.level_bar)
    work.level_bar[n - 1] = 0.0
    for period, factors, bar in ((n_s, s, work.s_bar), (n_u, u, work.u_bar)):
        if period > 0:
            bar[0] = 0.0
            _slopes(e[1:], factors[1:], additive, bar[1:])
            bar[n:] = 0.0
    smooth_series_adjoint(
        y, work.coefficients, additive, level, s, u, n_s, n_u,
        work.level_bar, work.s_bar, work.u_bar, work.coefficients_bar,
    )  # fmt: skip
    for k in range(3):
        alpha = work.coefficients[k]
        slope[k] += weight * work.coefficients_bar[k] * (alpha * (1.0 - alpha))
    for j in range(n_s):
        slope[3 + j] += weight * work.s_bar[j] * (unit if additive else s[j])
    for j in range(n_u):
        slope[3 + n_s + j] += weight * work.u_bar[j] * (unit if additive else u[j])
