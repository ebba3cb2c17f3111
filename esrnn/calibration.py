"""Calibration of intervals on what members held back from training.

Split conformal prediction with the normalised distance from the median as its score (Lei et al.
2018, doi:10.1080/01621459.2017.1307116): the trained quantiles get their levels by
`calibration_factors` and `widen`, levels between and beyond them by the shape of the held-back
errors, `level_axis`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import ModelConfig
from esrnn.panel import Panel

__all__ = [
    "calibration_factors",
    "level_axis",
    "spread_power",
    "widen",
    "without_idle_calibration",
]

_MIN_BEYOND = 10.0  # observations beyond a quantile, to tell where it should be
_MIN_HELD_BACK = 5.0  # series
_LEAST_FACTOR = 0.2
_POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
# Where nothing can be held back there is little to train on either. On backtests of 40 to 60 series
# of M3 Monthly, M4 Quarterly and Weekly this power took 26 to 42% off MSIS.
_USUAL_POWER = 0.75


def calibration_factors(misses: FloatArray, levels: Sequence[float]) -> FloatArray:
    """Return the factors that give each quantile its level on held-back observations.

    Parameters
    ----------
    misses : ndarray of shape (Q, K), float64
        `esrnn.training.held_back.miss_ratios`.
    levels : sequence of float, length Q

    Returns
    -------
    ndarray of shape (Q,), float64
        1 for the median, and where fewer than ten observations are expected beyond the quantile.

    Examples
    --------
    >>> misses = np.linspace(0.0, 2.0, 201)[None].repeat(3, 0)
    >>> calibration_factors(misses, [0.1, 0.5, 0.9])
    array([1.8, 1. , 1.8])
    """
    factors = np.ones(len(levels))
    for k, level in enumerate(levels):
        known = misses[k][np.isfinite(misses[k])]
        beyond = min(level, 1.0 - level)
        if level != 0.5 and known.size * beyond >= _MIN_BEYOND:
            factors[k] = max(float(np.quantile(known, 1.0 - beyond)), _LEAST_FACTOR)
    return factors


def spread_power(
    misses: FloatArray, gaps: FloatArray, spread: FloatArray, levels: Sequence[float]
) -> float:
    """Return the power of each series' spread that makes intervals best on what was held back.

    A network that was trained enough knows from its inputs which series are wild, and the power is
    0. One that was not makes intervals of one width for all.

    Parameters
    ----------
    misses, gaps : ndarray of shape (Q, K), float64
        `esrnn.training.held_back.miss_ratios` and `quantile_gaps`.
    spread : ndarray of shape (K,), float64
        `esrnn.training.gaps.relative_spread` of the series that each belongs to.
    levels : sequence of float, length Q

    Returns
    -------
    float
        0, 1/4, 1/2, 3/4 or 1, by the mean interval score (Gneiting and Raftery 2007) of the
        outermost quantiles; 3/4 where too little was held back to tell.
    """
    tail = min(levels[0], 1.0 - levels[-1])
    seen = np.isfinite(misses[[0, -1]]).all(axis=0) if misses.size else np.zeros(0, np.bool_)
    if tail == 0.5 or seen.sum() * tail < _MIN_BEYOND:
        return _USUAL_POWER
    misses, gaps, spread = misses[:, seen], gaps[:, seen], spread[seen]
    above = misses[-1] * gaps[-1]
    scores = []
    for power in _POWERS:
        by = spread**power
        factors = calibration_factors(misses / by, levels)
        low, high = factors[0] * gaps[0] * by, factors[-1] * gaps[-1] * by
        beyond = np.maximum(above - high, 0.0) + np.maximum(-above - low, 0.0)
        scores.append(float(np.mean(low + high + beyond / tail)))
    return _POWERS[int(np.argmin(scores))]


def level_axis(misses: FloatArray, levels: Sequence[float]) -> Callable[[float], float]:
    """Return where each level lies between the median and the outermost trained quantile.

    Parameters
    ----------
    misses : ndarray of shape (Q, K), float64
        `esrnn.training.held_back.miss_ratios`.
    levels : sequence of float, length Q

    Returns
    -------
    callable
        Maps a level in (0, 1) to a number that increases with it, 0 for the median and the normal
        quantile for the outermost levels. Between these it goes as the quantiles of the held-back
        errors do, further out as well while ten errors are expected there, then as those of a
        normal distribution; as these everywhere where too little was held back.

    Examples
    --------
    >>> axis = level_axis(np.linspace(-2.0, 2.0, 401)[None].repeat(3, 0), [0.1, 0.5, 0.9])
    >>> round(axis(0.7) / axis(0.9), 2)  # errors that are spread evenly
    0.5
    """
    normal = NormalDist().inv_cdf
    sides = {}
    for sign, k in ((-1.0, 0), (1.0, -1)):
        known = np.sort(misses[k][np.isfinite(misses[k])]) if misses.size else np.empty(0)
        sides[sign] = (known, normal(levels[k]), _tail(levels[k]))

    def axis(level: float) -> float:
        if level == 0.5:
            return 0.0
        known, outermost, tail = sides[1.0 if level > 0.5 else -1.0]
        if known.size * tail < _MIN_BEYOND or tail == 0.5:
            return normal(level)
        reach = float(np.quantile(known, 1.0 - tail))
        furthest = max(_tail(level), _MIN_BEYOND / known.size)
        share = max(float(np.quantile(known, 1.0 - furthest)), 0.0) / reach if reach > 0.0 else 1.0
        further = normal(_tail(level)) / normal(furthest)  # beyond what was held back
        return outermost * share * further

    return axis


def _tail(level: float) -> float:
    return min(level, 1.0 - level)


def widen(quantiles: FloatArray, factors: FloatArray, additive: BoolArray) -> FloatArray:
    """Multiply each quantile's distance from the median, of logarithms for positive series.

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
    factors : ndarray of shape (Q,) or (Q, N), float64
    additive : ndarray of shape (N,), bool

    Returns
    -------
    ndarray of shape (Q, N, H), float64
        Not decreasing along Q.

    Examples
    --------
    >>> widen(
    ...     np.array([[[8.0]], [[10.0]], [[11.0]]]), np.array([2.0, 1.0, 3.0]), np.array([True])
    ... )
    array([[[ 6.]],
    <BLANKLINE>
           [[10.]],
    <BLANKLINE>
           [[13.]]])
    """
    middle = quantiles.shape[0] // 2
    by = factors.reshape(factors.shape[0], -1, 1)
    centre = quantiles[middle]
    wide: FloatArray = centre + by * (quantiles - centre)
    logs = ~additive
    own = np.broadcast_to(by, (by.shape[0], additive.size, 1))[:, logs]
    wide[:, logs] = centre[logs] * (quantiles[:, logs] / centre[logs]) ** own
    wide[middle] = centre
    for k in range(middle + 1, wide.shape[0]):
        np.maximum(wide[k], wide[k - 1], out=wide[k])
    for k in range(middle - 1, -1, -1):
        np.minimum(wide[k], wide[k + 1], out=wide[k])
    return wide


def without_idle_calibration(config: ModelConfig, panel: Panel) -> ModelConfig:
    """Hold nothing back where that would be too little to calibrate on.

    Parameters
    ----------
    config : ModelConfig
    panel : Panel

    Returns
    -------
    ModelConfig
    """
    horizon, training = config.network.horizon, config.training
    long_enough = panel.lengths >= horizon + max(2, config.smoothing.lag + 1)
    expected = config.ensemble.n_members * training.calibration * long_enough.sum()
    beyond = min(config.network.quantile_levels[0], 1.0 - config.network.quantile_levels[-1])
    if expected >= _MIN_HELD_BACK and expected * horizon * beyond >= _MIN_BEYOND:
        return config
    return replace(config, training=replace(training, calibration=0.0))
