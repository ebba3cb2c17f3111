"""Wider intervals for series of which little is known.

A network forecasts a series of one observation as if its level were known, and the errors of a few
steps say little about how wild a series is. So the intervals of short histories are calibrated by
themselves, on held-back horizons that are forecast from the last few observations before them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from esrnn._arrays import ArrayRecord
from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.quantiles.calibration import calibration_factors, error_scale_power, tells_quantiles

__all__ = [
    "ShortHistories",
    "calibrate_short_histories",
    "lengths_to_calibrate",
    "spread_out",
]

_LENGTHS = (1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300)
_LEAST_ENOUGH = 12  # observations
# After one observation intervals are wider by so much at least, and where too little was held back
# to tell; it falls with the root of the number of observations. With about the usual numbers on
# backtests of M3 and M4 (competitions/backtests/short.md) few panels are off by much.
_LEAST_WIDENING = 0.5
_USUAL_WIDENING = 1.2
_USUAL_POWER = 0.5
# A wild series is forecast with wide intervals by the network already, and these are multiplied.
# Chosen on the ends of open panels (competitions/backtests/short.md).
_MOST_FOR_WILDNESS = 1.25


@dataclass(frozen=True)
class ShortHistories(ArrayRecord):
    """How wide intervals are after short histories.

    Attributes
    ----------
    lengths : ndarray of shape (L,), int64
        Observations, increasing from 1; what holds for each holds up to the next one.
    powers : ndarray of shape (L,), float64
        Power of a series' error scale (`esrnn.quantiles.calibration.error_scale_power`).
    factors : ndarray of shape (L, Q), float64
        What each quantile's distance from the median is multiplied by; not increasing with the
        length, but where a seasonality begins to be estimated.
    enough : int
        From so many observations on a series is not short.
    """

    lengths: IntArray
    powers: FloatArray
    factors: FloatArray
    enough: int

    def widths(
        self,
        usual: FloatArray,
        observed: IntArray,
        error_scale: FloatArray,
        most: float = _MOST_FOR_WILDNESS,
    ) -> FloatArray:
        """Return what each quantile's distance from the median is multiplied by.

        Parameters
        ----------
        usual : ndarray of shape (Q, N), float64
            For series that are not short.
        observed : ndarray of shape (N,), int64
            Observations of each series, at least 1.
        error_scale : ndarray of shape (N,), float64
            `esrnn.quantiles.error_scale.relative_error_scale`.
        most : float
            By how much error scales multiply widths at most.

        Returns
        -------
        ndarray of shape (Q, N), float64

        Examples
        --------
        >>> short = ShortHistories(
        ...     np.array([1, 3]), np.zeros(2), np.array([[2.0, 1.0, 2.5], [1.5, 1.0, 1.5]]), 12
        ... )
        >>> short.widths(np.ones((3, 4)), np.array([1, 2, 11, 12]), np.ones(4))[2]
        array([2.5, 2.5, 1.5, 1. ])
        """
        row = np.searchsorted(self.lengths, observed, side="right") - 1
        wildness = np.minimum(error_scale ** self.powers[row], most)
        own = self.factors[row].T * wildness
        return np.where(observed < self.enough, own, usual)


def spread_out(
    quantiles: FloatArray, levels: Sequence[float], size: FloatArray, alpha: float
) -> FloatArray:
    r"""Return quantiles as far from their median as those of exponential smoothing.

    For additive series that have not moved so far, which the networks forecast with certainty.

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
    levels : sequence of float, length Q
    size : ndarray of shape (N,), float64
        Standard deviation of one-step errors, in units of y.
    alpha : float
        Smoothing coefficient of the level; it says how fast errors grow with the steps ahead.

    Returns
    -------
    ndarray of shape (Q, N, H), float64

    Examples
    --------
    >>> spread_out(np.zeros((3, 1, 2)), [0.1, 0.5, 0.9], np.array([2.0]), 1.0)[2].round(2)
    array([[2.56, 3.62]])
    """
    ahead = np.sqrt(1.0 + np.arange(quantiles.shape[2]) * alpha**2)
    z = np.array([NormalDist().inv_cdf(level) for level in levels])
    spread: FloatArray = quantiles + z[:, None, None] * size[:, None] * ahead
    return spread


def lengths_to_calibrate(config: ModelConfig) -> tuple[IntArray, int]:
    """Return the lengths of short histories to calibrate, and how many observations are enough.

    Enough fill the input window and three seasons. The lengths from which a seasonality is
    estimated are among those to calibrate: there, errors look smaller than they are.

    Parameters
    ----------
    config : ModelConfig

    Returns
    -------
    ndarray of shape (L,), int64
    int

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> lengths_to_calibrate(preset_config("quarterly", 8))
    (array([1, 2, 3, 5, 6, 8]), 12)
    """
    periods = config.smoothing.seasonal_periods
    windows = config.ensemble.input_windows or (config.network.input_window,)
    enough = max(_LEAST_ENOUGH, *windows, *(3 * period for period in periods))
    seasonal = (n for period in periods for n in (period + 1, period + 2, 2 * period))
    lengths = sorted({n for n in (*_LENGTHS, *seasonal) if n < enough})
    return np.array(lengths, dtype=np.int64), enough


def calibrate_short_histories(
    scores: Sequence[FloatArray],
    spacing: Sequence[FloatArray],
    error_scale: Sequence[FloatArray],
    usual: FloatArray,
    config: ModelConfig,
) -> ShortHistories:
    """Calibrate the intervals of short series on forecasts after histories that were cut.

    Parameters
    ----------
    scores, spacing : sequence of ndarray of shape (Q, K), float64
        `esrnn.quantiles.calibration.conformity_scores` and `quantile_spacing` after histories of
        each of the lengths of `lengths_to_calibrate`.
    error_scale : sequence of ndarray of shape (K,), float64
        Of the cut histories that they belong to.
    usual : ndarray of shape (Q,), float64
        Factors after whole histories.
    config : ModelConfig

    Returns
    -------
    ShortHistories
    """
    levels = config.network.quantile_levels
    lengths, enough = lengths_to_calibrate(config)
    seasons = config.smoothing.seasonal_periods
    powers = np.full(lengths.size, _USUAL_POWER)
    factors = np.outer(1.0 + _USUAL_WIDENING / np.sqrt(lengths), usual)
    for row, (own, distances, scale) in enumerate(zip(scores, spacing, error_scale, strict=True)):
        if tells_quantiles(own, levels):
            powers[row] = error_scale_power(own, distances, scale, levels)
            factors[row] = calibration_factors(own / scale ** powers[row], levels)
    least = np.outer(1.0 + _LEAST_WIDENING / np.sqrt(lengths), np.maximum(usual, 1.0))
    factors = np.maximum(factors, least)
    begins = [0, *np.searchsorted(lengths, [n + 1 for n in seasons]).tolist(), lengths.size]
    for begin, end in itertools.pairwise(begins):
        factors[begin:end] = np.maximum.accumulate(factors[begin:end][::-1])[::-1]
    factors[:, usual.size // 2] = 1.0
    return ShortHistories(lengths, powers, factors, enough)
