"""How long a member's training takes, roughly, before it has begun."""

from __future__ import annotations

import math

from esrnn.model import HybridModel
from esrnn.training import Job

__all__ = ["estimate_seconds"]

# Of a training step, measured on one core with the presets: what it takes at least, for each window
# of each series, and for each product of a weight with a window. Right to a factor of two.
_STEP_S = 4e-3
_WINDOW_S = 3e-6
_PRODUCT_S = 1e-10


def estimate_seconds(job: Job) -> float:
    """Estimate the processor seconds of a training, if no early stopping or clock ends it.

    Parameters
    ----------
    job : Job

    Returns
    -------
    float
    """
    training, lengths = job.config.training, job.panel.lengths
    n_steps = training.n_epochs * math.ceil(lengths.size / training.batch_size)
    n_steps = min(n_steps, training.n_steps or n_steps)
    longest = int(lengths.max())
    n_windows = min(training.training_window or longest, longest)
    n_windows *= min(training.batch_size, lengths.size)
    model = HybridModel(job.config, 0, 1.0)  # weights without values
    n_weights = sum(weight.numel() for weight in model.network.parameters())
    return n_steps * (_STEP_S + n_windows * (_WINDOW_S + _PRODUCT_S * n_weights))
