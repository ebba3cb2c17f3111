"""What training minimises, and the scores of forecasts beside those of a naive benchmark."""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray
from esrnn.config import ModelConfig
from esrnn.metrics import mase, naive2, seasonal_scale, smape
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.training.holdout import Origin, hold_back

__all__ = ["loss_spec", "naive_scores", "relative_score"]


def loss_spec(panel: Panel, config: ModelConfig) -> LossSpec:
    """Describe the loss, with Naive2's scores on the panel's last horizon for ``"owa"``.

    Parameters
    ----------
    panel : Panel
        The training data, and nothing after it.
    config : ModelConfig

    Returns
    -------
    LossSpec
    """
    training = config.training
    scores = None
    if training.loss == "owa":
        _, origins = hold_back(panel, config.network.horizon, 2)
        scores = naive_scores(origins[0], config.smoothing.lag) if origins else None
    naive_smape, naive_mase = scores or (LossSpec.naive_smape, LossSpec.naive_mase)
    return LossSpec(
        point=training.loss,
        quantile_levels=config.network.quantile_levels,
        training_level=training.training_level,
        interval=training.interval_loss,
        interval_weight=training.interval_weight,
        naive_smape=naive_smape,
        naive_mase=naive_mase,
    )


def relative_score(origin: Origin, forecast: FloatArray, lag: int) -> float:
    """Return the forecasts' OWA over the series for which it is defined.

    Parameters
    ----------
    origin : Origin
    forecast : ndarray of shape (K, H), float64
    lag : int
        Seasonal period of MASE and Naive2.

    Returns
    -------
    float
        NaN where it is defined for no series.
    """
    means = naive_scores(origin, lag)
    own = None if means is None else _mean_scores(origin, forecast, lag)
    if means is None or own is None:
        return float("nan")
    return 0.5 * (own[0] / means[0] + own[1] / means[1])


def naive_scores(origin: Origin, lag: int) -> tuple[float, float] | None:
    """Return Naive2's mean sMAPE and MASE on what is held back; None where they are useless.

    Parameters
    ----------
    origin : Origin
    lag : int

    Returns
    -------
    tuple of float, or None
        None where no series has both, or where one is 0.
    """
    history, horizon = origin.history, origin.actual.shape[1]
    means = _mean_scores(origin, naive2(history.values, horizon, lag, indptr=history.indptr), lag)
    return means if means is not None and min(means) > 0.0 else None


def _mean_scores(origin: Origin, forecast: FloatArray, lag: int) -> tuple[float, float] | None:
    """Return mean sMAPE and MASE over the series that have both; None where there is none."""
    history = origin.history
    scale = seasonal_scale(history.values, lag, indptr=history.indptr)
    percent = smape(origin.actual, forecast, per_series=True)
    scaled = mase(origin.actual, forecast, scale=scale, per_series=True)
    counts = np.isfinite(percent) & np.isfinite(scaled)
    if not counts.any():
        return None
    return float(percent[counts].mean()), float(scaled[counts].mean())
