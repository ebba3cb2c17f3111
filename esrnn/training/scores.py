"""What training minimises."""

from __future__ import annotations

from esrnn.config import ModelConfig
from esrnn.ops.losses import LossSpec
from esrnn.panel import Panel
from esrnn.training.held_back import hold_back, naive_scores

__all__ = ["loss_spec"]


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
