"""A first guess of each series' seasonality by classical decomposition, shrunk by its noise.

The guess is made on the scale on which the seasonality adds up: logarithms where it is
multiplicative, plain values where it is additive. The per-series fit (`smoothing_fit`) refines it.
"""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.kernels.jit import jit

__all__ = ["seasonal_start", "shrink_to_signal"]


@jit
def _moving_average(x, period, t):  # type: ignore[no-untyped-def]
    """Return the centred moving average over one season at step t; NaN near the ends."""
    half = period // 2
    if t - half < 0 or t + half >= x.size:
        return np.nan
    total = 0.0
    for k in range(-half, half + 1):
        total += x[t + k]
    if period % 2 == 0:  # both ends belong to the same season: half a weight each
        total -= 0.5 * (x[t - half] + x[t + half])
    return total / period


@jit
def _fill_gaps(x, period):  # type: ignore[no-untyped-def]
    """Return x with its gaps filled: by the same step of the seasons beside it, else in line."""
    filled, before = x.copy(), -1
    for t in range(x.size):
        if x[t] != x[t]:
            earlier = x[t - period] if t >= period else np.nan
            later = x[t + period] if t + period < x.size else np.nan
            if earlier == earlier and later == later:
                filled[t] = 0.5 * (earlier + later)
            elif earlier == earlier or later == later:
                filled[t] = earlier if earlier == earlier else later
            elif before >= 0:
                filled[t] = filled[t - 1]
            continue
        for k in range(before + 1, t):
            alone = k < period or x[k - period] != x[k - period]
            alone = alone and (k + period >= x.size or x[k + period] != x[k + period])
            if alone and before >= 0:
                filled[k] = x[before] + (x[t] - x[before]) * (k - before) / (t - before)
        before = t
    return filled


@jit
def _series_start(x, period, max_seasons, factors, stats):  # type: ignore[no-untyped-def]
    """Average the detrended values by season; ``stats`` = (noise variance, mean count)."""
    sums, counts, squares = np.zeros(period), np.zeros(period), 0.0
    filled = _fill_gaps(x, period)
    end = min(x.size, max_seasons * period + period // 2)
    for t in range(end):
        d = x[t] - _moving_average(filled, period, t)
        if d == d:
            sums[t % period] += d
            counts[t % period] += 1.0
            squares += d * d
    observed, centre, between = 0, 0.0, 0.0
    for j in range(period):
        if counts[j] > 0.0:
            observed += 1
            centre += sums[j] / counts[j]
            between += sums[j] * sums[j] / counts[j]
    for j in range(period):
        factors[j] = sums[j] / counts[j] - centre / observed if counts[j] > 0.0 else 0.0
    total = 0.0
    for j in range(period):
        total += counts[j]
    stats[0] = max(squares - between, 0.0) / (total - observed) if total > observed else np.nan
    stats[1] = total / period


@jit
def _panel_start(x, indptr, period, max_seasons, factors, stats):  # type: ignore[no-untyped-def]
    for i in range(indptr.size - 1):
        part = x[indptr[i] : indptr[i + 1]]
        _series_start(part, period, max_seasons, factors[i], stats[i])


def seasonal_start(
    x: FloatArray, indptr: IntArray, period: int, max_seasons: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimate each series' factors from its first seasons.

    Parameters
    ----------
    x : ndarray of shape (n_obs,), float64
        Values on the additive scale (logarithms of a multiplicative series); NaN where missing.
    indptr : ndarray of shape (N + 1,), int64
        Starts of the series.
    period : int
        Steps per season, at least 1.
    max_seasons : int
        How many seasons from the start on are averaged.

    Returns
    -------
    factors : ndarray of shape (N, period), float64
        Mean deviation from the centred moving average, summing to about zero; 0 for steps of the
        season never observed.
    noise : ndarray of shape (N,), float64
        Variance of single deviations around these means; NaN where every mean is of one value.
    n_seasons : ndarray of shape (N,), float64
        Mean number of deviations behind one factor.

    Examples
    --------
    >>> factors, noise, n = seasonal_start(np.tile([1.0, -1.0], 5), np.array([0, 10]), 2, 9)
    >>> factors
    array([[ 1., -1.]])
    """
    n = indptr.size - 1
    factors, stats = np.zeros((n, period)), np.empty((n, 2))
    _panel_start(x, indptr, period, max_seasons, factors, stats)
    return factors, stats[:, 0].copy(), stats[:, 1].copy()


def shrink_to_signal(
    factors: FloatArray, noise: FloatArray, n_seasons: FloatArray, noise_ratio: float | None
) -> tuple[FloatArray, FloatArray, float]:
    """Shrink factors towards neutral by how much of their spread is noise.

    Parameters
    ----------
    factors, noise, n_seasons
        As `seasonal_start` returns them.
    noise_ratio : float or None
        Noise variance over the factors' own variance in a typical series, for series too short to
        tell; None takes the median over those that can.

    Returns
    -------
    shrunk : ndarray of shape (N, period), float64
    noise : ndarray of shape (N,), float64
        Noise variance with the unknown ones filled in.
    noise_ratio : float
        The ratio used, to be handed on to new series.

    Notes
    -----
    The factors' variance is signal plus noise / n; the share of signal is what is kept, as in
    James and Stein's estimator.
    """
    spread = factors.var(axis=1)
    known = np.isfinite(noise) & (spread > 0.0)
    if noise_ratio is None:
        noise_ratio = float(np.median(noise[known] / spread[known])) if known.any() else 1.0
    noise = np.where(np.isfinite(noise), noise, noise_ratio * spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = 1.0 - noise / np.maximum(n_seasons, 1.0) / spread
    kept = np.where(spread > 0.0, np.clip(kept, 0.0, 1.0), 0.0)
    return factors * kept[:, None], noise, noise_ratio
