"""Forecasts of each series by itself, without a network, to be mixed with those of the networks."""

from __future__ import annotations

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import ModelConfig
from esrnn.local_models import forecast_locally
from esrnn.panel import Panel

__all__ = ["local_forecasts"]


def local_forecasts(
    panel: Panel, horizon: int, config: ModelConfig, additive: BoolArray
) -> FloatArray:
    """Forecast every series by each of an ensemble's local models.

    Parameters
    ----------
    panel : Panel
        Without linear effects.
    horizon : int
        Steps H ahead.
    config : ModelConfig
        The ensemble's.
    additive : ndarray of shape (N,), bool
        Which series are; the others are positive, and so no forecast of them is below 0.

    Returns
    -------
    ndarray of shape (L, N, H), float64
        In units of y.
    """
    (period, *_) = config.smoothing.seasonal_periods or (1,)
    models = [model for model, _ in config.ensemble.local_models]
    means = np.stack([forecast_locally(panel, horizon, model, period).mean for model in models])
    return np.where(additive[:, None], means, np.maximum(means, 0.0))
