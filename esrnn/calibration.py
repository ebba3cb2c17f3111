"""Calibration of intervals on what members held back from training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import ModelConfig
from esrnn.panel import Panel

__all__ = ["calibration_factors", "widen", "without_idle_calibration"]

_MIN_BEYOND = 10.0  # observations beyond a quantile, to tell where it should be
_MIN_HELD_BACK = 5.0  # series
_LEAST_FACTOR = 0.2


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

    Notes
    -----
    Split conformal prediction with the normalised distance as its score (Lei et al. 2018), each
    quantile by itself.

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


def widen(quantiles: FloatArray, factors: FloatArray, additive: BoolArray) -> FloatArray:
    """Multiply each quantile's distance from the median, of logarithms for positive series.

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
    factors : ndarray of shape (Q,), float64
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
    by = factors[:, None, None]
    centre = quantiles[middle]
    wide: FloatArray = centre + by * (quantiles - centre)
    logs = ~additive
    wide[:, logs] = centre[logs] * (quantiles[:, logs] / centre[logs]) ** by
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
