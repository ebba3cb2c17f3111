"""Panels with the lengths of M4's groups, and what a step on them must at least do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esrnn.config import ModelConfig, preset_config
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.nn.stacked import StackedNetworks
from esrnn.panel import Panel
from esrnn.training import Job

__all__ = ["M4_LENGTHS", "floor_of", "make_job"]

# Numbers of series, and lengths at shares of them, as in M4's training parts.
M4_LENGTHS: dict[str, tuple[int, tuple[tuple[float, int], ...]]] = {
    "yearly": (23_000, ((0.0, 13), (0.25, 20), (0.5, 29), (0.75, 40), (0.99, 81), (1.0, 835))),
    "quarterly": (24_000, ((0.0, 16), (0.25, 62), (0.5, 88), (0.75, 115), (0.99, 250), (1.0, 866))),
    "monthly": (48_000, ((0.0, 42), (0.25, 82), (0.5, 202), (0.75, 306), (0.99, 667), (1.0, 2794))),
    "weekly": (359, ((0.0, 80), (0.25, 379), (0.5, 934), (0.75, 1603), (1.0, 2597))),
    "daily": (
        4_227,
        ((0.0, 93), (0.25, 323), (0.5, 2940), (0.75, 4197), (0.99, 4200), (1.0, 9919)),
    ),
    "hourly": (414, ((0.0, 700), (0.4, 700), (0.401, 960), (1.0, 960))),
}


def make_job(group: str, share: float, seed: int) -> Job:
    """Draw a panel with one M4 group's lengths, and parameters that might have been fitted."""
    config = preset_config(group)
    config = replace(config, training=replace(config.training, calibration=0.0))
    n_series, knots = M4_LENGTHS[group]
    n = max(int(n_series * share), 2 * config.training.batch_size)
    rng = np.random.default_rng(seed)
    shares, at_shares = np.array(knots).T
    lengths = np.interp(rng.random(n), shares, at_shares).round().astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    values = np.exp(rng.normal(3.0, 0.2, indptr[-1]))
    n_factors = sum(config.smoothing.seasonal_periods)
    rows = np.hstack([rng.normal(-1.0, 0.5, (n, 3)), rng.normal(0.0, 0.1, (n, n_factors))])
    n_levels = 1 + len(config.smoothing.seasonal_periods)
    prior = SmoothingPrior(rows[:, :n_levels].mean(0), np.ones(n_levels), ())
    additive = np.zeros(n, dtype=np.bool_)
    fit = SmoothingFit(rows, np.ones(n), additive, np.full(n, 0.2), prior)
    panel = Panel(values, indptr, tuple(range(n)))
    return Job(panel, fit, config, seed)


def floor_of(config: ModelConfig, n_windows: int, n_members: int) -> tuple[float, float]:
    """Return the operations of a step's matrix products, and the bytes that it must move."""
    network, training = config.network, config.training
    columns = n_members * n_windows * training.batch_size
    n_units, width, flop, numbers = network.hidden_size, network.input_window, 0.0, 0.0
    for block in network.dilations:
        for _ in block:
            # Forward, and back to inputs and to weights.
            flop += 3 * 2.0 * columns * 4 * n_units * (width + n_units)
            # Inputs, what they add to the gates, gates, cells, states: written and read, and again
            # on the way back, with the adjoints of the gates and of the inputs.
            numbers += columns * 2.0 * (2 * width + 16 * n_units + 4 * n_units)
            width = n_units
    n_outputs = len(network.quantile_levels) * network.horizon
    scored = columns / training.origin_step
    flop += 3 * 2.0 * scored * n_units * n_outputs
    numbers += scored * 2.0 * 4 * n_outputs
    # Weights and their gradients, read twice and moved by Adam with two moments.
    numbers += n_members * StackedNetworks(network).n_weights * 10.0
    return flop, 4.0 * numbers
