"""How wide an ensemble's intervals are: what was held back from training, of all members together.

Intermittent series are calibrated apart from the others. Most of their observations are 0, at or
below every quantile, and scores of such series say nothing about the spread of a busy one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import UNBOUNDED_CELLS, ModelConfig
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.quantiles.calibration import (
    calibration_factors,
    error_scale_power,
    tells_quantiles,
    widen,
)
from esrnn.quantiles.short_histories import spread_out
from esrnn.training import Holdout, Member

__all__ = ["calibrate", "interval_widths", "pooled_scores", "tells_spread"]


def pooled_scores(
    members: Sequence[Member], config: ModelConfig, intermittent: bool = False
) -> tuple[FloatArray, float]:
    """Return the conformity scores of one kind of series, and the power of the error scale.

    Parameters
    ----------
    members : sequence of Member
        Of them those that tell how far quantiles are spread.
    config : ModelConfig
        The ensemble's.
    intermittent : bool, default False
        Of which series. Those of all series where too little of this kind was held back.

    Returns
    -------
    scores : ndarray of shape (Q, K), float64
        Divided by the power of the error scale.
    power : float
        0 where calibration was switched off: then the networks' quantiles stay.
    """
    levels = config.network.quantile_levels
    tells = tells_spread(members)
    held_back = [m.holdout for m, told in zip(members, tells, strict=True) if told]
    every = Holdout.joined(held_back[0].series, held_back)
    held = every.some(every.intermittent == intermittent)
    if not tells_quantiles(held.scores, levels):
        held = every
    power = 0.0
    if config.training.calibration > 0.0:
        power = error_scale_power(held.scores, held.spacing, held.error_scale, levels)
    return held.scores / held.error_scale**power, power


def interval_widths(
    members: Sequence[Member],
    config: ModelConfig,
    error_scale: FloatArray,
    intermittent: BoolArray,
) -> FloatArray:
    """Return what each quantile's distance from the median is multiplied by.

    Parameters
    ----------
    members : sequence of Member
    config : ModelConfig
        The ensemble's.
    error_scale : ndarray of shape (N,), float64
        `esrnn.quantiles.error_scale.relative_error_scale` of the series to forecast.
    intermittent : ndarray of shape (N,), bool
        Which of them are (`esrnn.quantiles.intermittent`).

    Returns
    -------
    ndarray of shape (Q, N), float64
    """
    widths = np.empty((len(config.network.quantile_levels), error_scale.size))
    for kind in (False, True):
        which = intermittent == kind
        if which.any():
            scores, power = pooled_scores(members, config, kind)
            factors = calibration_factors(scores, config.network.quantile_levels)
            widths[:, which] = factors[:, None] * error_scale[which] ** power
    return widths


def tells_spread(members: Sequence[Member]) -> BoolArray:
    """Return which members say how far quantiles are from the median.

    A linear map of the window is no measure of how uncertain a forecast is, and other cells without
    a bound have outer quantiles that are far off for a few series. Beside other members they have a
    part in the median alone.

    Parameters
    ----------
    members : sequence of Member

    Returns
    -------
    ndarray of shape (n_members,), bool
    """
    tells = np.array([m.config.network.cell not in UNBOUNDED_CELLS for m in members])
    return tells if tells.any() else ~tells


def calibrate(
    quantiles: FloatArray,
    widths: FloatArray,
    short: BoolArray,
    levels: Sequence[float],
    fit: SmoothingFit,
    typical: tuple[float, float],
) -> FloatArray:
    """Widen or narrow quantiles around their median.

    Short additive series that have not moved are spread out first (`spread_out`).

    Parameters
    ----------
    quantiles : ndarray of shape (Q, N, H), float64
    widths : ndarray of shape (Q, N), float64
        What each quantile's distance from the median is multiplied by.
    short : ndarray of shape (N,), bool
        Which series have a short history.
    levels : sequence of float, length Q
    fit : SmoothingFit
    typical : tuple of float
        Usual errors of multiplicative and of additive series (`esrnn.ensemble.Ensemble`).

    Returns
    -------
    ndarray of shape (Q, N, H), float64
    """
    still = np.flatnonzero(short & fit.additive & (quantiles[0] == quantiles[-1]).all(axis=1))
    if still.size:
        size = (typical[1] or typical[0]) * fit.unit[still]
        alpha = 1.0 / (1.0 + np.exp(-fit.prior.mean[0]))
        quantiles = quantiles.copy()
        quantiles[:, still] = spread_out(quantiles[:, still], levels, size, float(alpha))
    return widen(quantiles, widths, fit.additive)
