"""What training minimises and what early stopping watches."""

from __future__ import annotations

import numpy as np

from esrnn._typing import FloatArray
from esrnn.config import ModelConfig
from esrnn.metrics import mase, naive2, seasonal_scale, smape
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.smoothing import seasonal_lag

__all__ = ["hold_back", "loss_spec", "relative_score"]


def hold_back(panel: Panel, horizon: int, min_train: int) -> tuple[Panel, Panel]:
    """Split off the last horizon of every series that is long enough for it.

    Parameters
    ----------
    panel : Panel
    horizon : int
    min_train : int
        Observations that must be left for a series to be split.

    Returns
    -------
    train : Panel
        These series without their last horizon.
    actual : Panel
        Their last horizon.
    """
    enough = panel.subset(np.flatnonzero(panel.lengths >= horizon + min_train))
    if enough.n_series == 0:
        return enough, enough
    return enough.drop_last(horizon), enough.last(horizon)


def relative_score(
    actual: FloatArray, forecast: FloatArray, benchmark: FloatArray, scale: FloatArray
) -> float:
    """Return OWA over the series for which it is defined.

    Parameters
    ----------
    actual, forecast, benchmark : ndarray of shape (N, H), float64
        Observations with NaN where missing, forecasts, and Naive2's.
    scale : ndarray of shape (N,), float64
        MASE's denominator.

    Returns
    -------
    float
        NaN where no series counts.
    """
    means = []
    for f in (forecast, benchmark):
        s = smape(actual, f, per_series=True)
        m = mase(actual, f, scale=scale, per_series=True)
        counts = np.isfinite(s) & np.isfinite(m)
        if not counts.any():
            return float("nan")
        means.append((s[counts].mean(), m[counts].mean()))
    (s, m), (s0, m0) = means
    return 0.5 * float(s / s0 + m / m0) if s0 > 0.0 and m0 > 0.0 else float("nan")


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
    training, horizon = config.training, config.network.horizon
    lag = seasonal_lag(config.smoothing)
    naive_smape, naive_mase = LossSpec.naive_smape, LossSpec.naive_mase
    train, actual = hold_back(panel, horizon, 2)
    if training.loss == "owa" and train.n_series:
        forecast = naive2(train.values, horizon, lag, indptr=train.indptr)
        scale = seasonal_scale(train.values, lag, indptr=train.indptr)
        y = actual.values.reshape(-1, horizon)
        s = smape(y, forecast, per_series=True)
        m = mase(y, forecast, scale=scale, per_series=True)
        known = np.isfinite(s) & np.isfinite(m)
        if known.any() and s[known].mean() > 0.0 and m[known].mean() > 0.0:
            naive_smape, naive_mase = float(s[known].mean()), float(m[known].mean())
    return LossSpec(
        point=training.loss,
        quantile_levels=config.network.quantile_levels,
        training_level=training.training_level,
        interval=training.interval_loss,
        interval_weight=training.interval_weight,
        naive_smape=naive_smape,
        naive_mase=naive_mase,
    )
