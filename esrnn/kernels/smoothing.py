"""The smoothing recursion over a ragged panel, compiled by Numba, and its adjoint.

Step (`recursion`), series, panel: three levels, each a loop over the one below. Kernels own no
memory, check nothing and raise nothing; `smooth` and `smooth_adjoint` allocate for them. Series
are independent, so threads write to disjoint places and results don't depend on their number.

Layout: series i holds ``values[indptr[i]:indptr[i + 1]]``. Its factors are S longer than its
observations, since the last S of them lie beyond the end: they start at ``indptr[i] + i * S``.
Several series in one SIMD register were tried and gave nothing on top (see benchmarks/kernels.py):
the divisions of one series already keep the unit busy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.kernels import recursion
from esrnn.kernels.jit import jit
from esrnn.kernels.threads import over_series

__all__ = ["factor_starts", "factors_at_observations", "smooth", "smooth_adjoint"]

_FEWEST = 100_000  # observations that are worth a thread

_initial_level = jit(recursion.initial_level)
_step = jit(recursion.smoothing_step)
_step_adjoint = jit(recursion.smoothing_step_adjoint)


@jit
def smooth_series(y, coefficients, additive, level, s, u, n_s, n_u):  # type: ignore[no-untyped-def]
    """Smooth one series; the first `n_s` and `n_u` places of `s` and `u` hold initial factors."""
    alpha, beta, gamma = coefficients[0], coefficients[1], coefficients[2]
    neutral = 0.0 if additive else 1.0
    now = _initial_level(y[0], s[0] if n_s > 0 else neutral, u[0] if n_u > 0 else neutral, additive)
    level[0] = now
    if n_s > 0:
        s[n_s] = s[0]
    if n_u > 0:
        u[n_u] = u[0]
    # Three loops, one step: whatever a loop drops, the compiler drops from its copy of the step.
    if n_u > 0:
        for t in range(1, y.size):
            now, s[t + n_s], u[t + n_u] = _step(y[t], now, s[t], u[t], alpha, beta, gamma, additive)
            level[t] = now
    elif n_s > 0:
        for t in range(1, y.size):
            now, s[t + n_s], _ = _step(y[t], now, s[t], neutral, alpha, beta, 0.0, additive)
            level[t] = now
    else:
        for t in range(1, y.size):
            now, _, _ = _step(y[t], now, neutral, neutral, alpha, 0.0, 0.0, additive)
            level[t] = now


@jit
def smooth_series_adjoint(  # type: ignore[no-untyped-def]
    y, coefficients, additive, level, s, u, n_s, n_u, level_bar, s_bar, u_bar, coefficients_bar
):
    """Turn adjoints of one series' outputs into those of its inputs.

    `s_bar` and `u_bar` come in as adjoints of all factors; on return their first `n_s` and `n_u`
    places hold the adjoints of the initial factors. `level_bar` is read only.
    """
    alpha, beta, gamma = coefficients[0], coefficients[1], coefficients[2]
    neutral = 0.0 if additive else 1.0
    alpha_bar, beta_bar, gamma_bar = 0.0, 0.0, 0.0
    carried = 0.0  # the adjoint of level[t] that steps after t send back
    if n_u > 0:  # three loops, as in `smooth_series`
        for t in range(y.size - 1, 0, -1):
            carried, s_t_bar, u_t_bar, a_bar, b_bar, g_bar = _step_adjoint(
                y[t], level[t - 1], level[t], s[t], u[t], alpha, beta, gamma, additive,
                level_bar[t] + carried, s_bar[t + n_s], u_bar[t + n_u],
            )  # fmt: skip
            s_bar[t] += s_t_bar
            u_bar[t] += u_t_bar
            alpha_bar += a_bar
            beta_bar += b_bar
            gamma_bar += g_bar
    elif n_s > 0:
        for t in range(y.size - 1, 0, -1):
            carried, s_t_bar, _, a_bar, b_bar, _ = _step_adjoint(
                y[t], level[t - 1], level[t], s[t], neutral, alpha, beta, 0.0, additive,
                level_bar[t] + carried, s_bar[t + n_s], 0.0,
            )  # fmt: skip
            s_bar[t] += s_t_bar
            alpha_bar += a_bar
            beta_bar += b_bar
    else:
        for t in range(y.size - 1, 0, -1):
            carried, _, _, a_bar, _, _ = _step_adjoint(
                y[t], level[t - 1], level[t], neutral, neutral, alpha, 0.0, 0.0, additive,
                level_bar[t] + carried, 0.0, 0.0,
            )  # fmt: skip
            alpha_bar += a_bar
    first_bar = level_bar[0] + carried
    slope = 1.0 if additive else level[0]  # -d level[0] / d log s, or / d s where additive
    if n_s > 0:
        s_bar[0] += s_bar[n_s] - first_bar * (slope if additive else slope / s[0])
    if n_u > 0:
        u_bar[0] += u_bar[n_u] - first_bar * (slope if additive else slope / u[0])
    coefficients_bar[0] = alpha_bar
    coefficients_bar[1] = beta_bar
    coefficients_bar[2] = gamma_bar


@jit
def _smooth_range(  # type: ignore[no-untyped-def]
    first, end, values, indptr, coefficients, additive, n_s, n_u, level, s, u
):
    """Smooth the series from `first` to before `end`."""
    for i in range(first, end):
        a, b = indptr[i], indptr[i + 1]
        smooth_series(
            values[a:b], coefficients[i], additive[i], level[a:b],
            s[a + i * n_s : b + (i + 1) * n_s], u[a + i * n_u : b + (i + 1) * n_u], n_s, n_u,
        )  # fmt: skip


@jit
def _smooth_range_adjoint(  # type: ignore[no-untyped-def]
    first, end, values, indptr, coefficients, additive, n_s, n_u, level, s, u,
    level_bar, s_bar, u_bar, coefficients_bar,
):  # fmt: skip
    for i in range(first, end):
        a, b = indptr[i], indptr[i + 1]
        s_part = slice(a + i * n_s, b + (i + 1) * n_s)
        u_part = slice(a + i * n_u, b + (i + 1) * n_u)
        smooth_series_adjoint(
            values[a:b], coefficients[i], additive[i], level[a:b], s[s_part], u[u_part],
            n_s, n_u, level_bar[a:b], s_bar[s_part], u_bar[u_part], coefficients_bar[i],
        )  # fmt: skip


def smooth_panel(*panel: Any) -> None:
    """Run `_smooth_range` over all series, given its arguments after the range."""
    over_series(panel[1], lambda first, end: _smooth_range(first, end, *panel), _FEWEST)


def smooth_panel_adjoint(*panel: Any) -> None:
    """Run `_smooth_range_adjoint` over all series, given its arguments after the range."""
    over_series(panel[1], lambda first, end: _smooth_range_adjoint(first, end, *panel), _FEWEST)


def factor_starts(indptr: IntArray, period: int) -> IntArray:
    """Return where each series' factors start in a flat array of factors.

    Parameters
    ----------
    indptr : ndarray of shape (N + 1,), int64
        Starts of the series in the flat values.
    period : int
        Steps per season; 0 for no seasonality.

    Returns
    -------
    ndarray of shape (N + 1,), int64

    Examples
    --------
    >>> factor_starts(np.array([0, 5, 8]), 4)
    array([ 0,  9, 16])
    """
    starts: IntArray = indptr + period * np.arange(indptr.size)
    return starts


def smooth(
    values: FloatArray,
    indptr: IntArray,
    coefficients: FloatArray,
    seasonality_init: FloatArray,
    seasonality2_init: FloatArray,
    additive: BoolArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Smooth every series of a ragged panel.

    Parameters
    ----------
    values : ndarray of shape (n_obs,), float64
        Series one after another; NaN where missing, but not at the start of a series. Greater
        than zero where the series is multiplicative.
    indptr : ndarray of shape (N + 1,), int64
        Series i is ``values[indptr[i]:indptr[i + 1]]``.
    coefficients : ndarray of shape (N, 3), float64
        Smoothing coefficients of level, first and second seasonality, each in (0, 1).
    seasonality_init : ndarray of shape (N, S), float64
        Initial factors of the first S steps; S = 0 for no seasonality.
    seasonality2_init : ndarray of shape (N, S2), float64
        The same for the second seasonality; S2 > 0 needs S > 0.
    additive : ndarray of shape (N,), bool
        The form of each series.

    Returns
    -------
    level : ndarray of shape (n_obs,), float64
        Level after each observation, in units of y.
    seasonality : ndarray of shape (n_obs + N * S,), float64
        Factors of each step and of the S steps after the last one.
    seasonality2 : ndarray of shape (n_obs + N * S2,), float64
        The same for the second seasonality.

    Examples
    --------
    >>> level, _, _ = smooth(
    ...     np.array([4.0, 8.0]),
    ...     np.array([0, 2]),
    ...     np.array([[0.5, 0.5, 0.5]]),
    ...     np.empty((1, 0)),
    ...     np.empty((1, 0)),
    ...     np.array([False]),
    ... )
    >>> level
    array([4., 6.])
    """
    n_s, n_u = seasonality_init.shape[1], seasonality2_init.shape[1]
    level = np.empty(values.size)
    s = _with_initial(seasonality_init, indptr)
    u = _with_initial(seasonality2_init, indptr)
    smooth_panel(values, indptr, coefficients, additive, n_s, n_u, level, s, u)
    return level, s, u


def smooth_adjoint(
    values: FloatArray,
    indptr: IntArray,
    coefficients: FloatArray,
    additive: BoolArray,
    smoothed: tuple[FloatArray, FloatArray, FloatArray],
    smoothed_bar: tuple[FloatArray, FloatArray, FloatArray],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the vector-Jacobian product of `smooth` for its three kinds of parameters.

    Parameters
    ----------
    values, indptr, coefficients, additive
        As given to `smooth`.
    smoothed : tuple of ndarray
        Level, seasonality and second seasonality, as `smooth` returned them.
    smoothed_bar : tuple of ndarray
        Adjoints of these three, of the same shapes; left as they are.

    Returns
    -------
    coefficients_bar : ndarray of shape (N, 3), float64
    seasonality_init_bar : ndarray of shape (N, S), float64
    seasonality2_init_bar : ndarray of shape (N, S2), float64

    Notes
    -----
    Needs no tape: the outputs are all that the backward pass reads. O(n_obs) time.

    Examples
    --------
    >>> one = np.array([False])
    >>> y, indptr, c = np.array([4.0, 8.0]), np.array([0, 2]), np.array([[0.5, 0.5, 0.5]])
    >>> none = np.empty((1, 0))
    >>> out = smooth(y, indptr, c, none, none, one)
    >>> bar = (np.array([0.0, 1.0]), np.empty(0), np.empty(0))
    >>> smooth_adjoint(y, indptr, c, one, out, bar)[0]
    array([[4., 0., 0.]])
    """
    level, s, u = smoothed
    n = indptr.size - 1
    n_s, n_u = (max(flat.size - values.size, 0) // n for flat in (s, u))
    level_bar, s_bar, u_bar = smoothed_bar
    s_bar, u_bar = s_bar.copy(), u_bar.copy()
    coefficients_bar = np.empty((n, 3))
    smooth_panel_adjoint(
        values, indptr, coefficients, additive, n_s, n_u, level, s, u,
        level_bar, s_bar, u_bar, coefficients_bar,
    )  # fmt: skip
    return coefficients_bar, _initial(s_bar, indptr, n_s), _initial(u_bar, indptr, n_u)


def factors_at_observations(flat: FloatArray, indptr: IntArray, period: int) -> FloatArray:
    """Return the factor of every observation, without those of the season after the end.

    Parameters
    ----------
    flat : ndarray of shape (n_obs + N * period,), float64
        As `smooth` returns it.
    indptr : ndarray of shape (N + 1,), int64
    period : int
        Steps per season.

    Returns
    -------
    ndarray of shape (n_obs,), float64

    Examples
    --------
    >>> factors_at_observations(np.arange(7.0), np.array([0, 1, 3]), 2)
    array([0., 3., 4.])
    """
    lengths = np.diff(indptr)
    shift = factor_starts(indptr, period)[:-1] - indptr[:-1]
    at: FloatArray = flat[np.arange(int(indptr[-1])) + np.repeat(shift, lengths)]
    return at


def _initial_places(indptr: IntArray, period: int) -> IntArray:
    places: IntArray = factor_starts(indptr, period)[:-1, None] + np.arange(period)
    return places


def _with_initial(initial: FloatArray, indptr: IntArray) -> FloatArray:
    """Allocate a flat array of factors and put the initial ones in place."""
    period = initial.shape[1]
    if period == 0:
        return np.empty(0)
    flat = np.empty(int(indptr[-1]) + initial.size)
    flat[_initial_places(indptr, period)] = initial
    return flat


def _initial(flat: FloatArray, indptr: IntArray, period: int) -> FloatArray:
    """Read the initial factors' places out of a flat array of factors."""
    if period == 0:
        return np.empty((indptr.size - 1, 0))
    initial: FloatArray = flat[_initial_places(indptr, period)]
    return initial
