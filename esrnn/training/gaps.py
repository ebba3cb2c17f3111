"""Where the quantiles start from: what the per-series fit says about errors."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from esrnn.config import NetworkConfig
from esrnn.kernels.fit import SmoothingFit

__all__ = ["starting_gaps"]

_LEAST_GAP = 1e-3


def starting_gaps(fit: SmoothingFit, config: NetworkConfig) -> Tensor:
    r"""Return the distances between quantiles that exponential smoothing alone would give.

    Few steps of training then suffice for intervals of about the right width.

    Parameters
    ----------
    fit : SmoothingFit
    config : NetworkConfig

    Returns
    -------
    Tensor of shape (Q, H), float32
        Distance of each quantile from its neighbour towards the middle, in the network's units:
        logarithms, or seasonal differences where most series are additive.

    Notes
    -----
    Simple exponential smoothing's variance h steps ahead is
    :math:`\sigma^2 (1 + (h - 1) \alpha^2)` (Hyndman et al. 2008, table 6.1); sigma and alpha are
    the median over the series.

    Examples
    --------
    >>> from esrnn.kernels.fit import fit_panel
    >>> y = np.exp(0.1 * np.random.default_rng(0).normal(size=500))
    >>> fit = fit_panel(y, np.array([0, 500]), np.array([False]), ())
    >>> starting_gaps(fit, NetworkConfig(input_window=4, horizon=2))[2].numpy().round(
    ...     1
    ... ).tolist()
    [0.2, 0.2]
    """
    form = fit.additive == (fit.additive.mean() > 0.5)
    sigma = float(np.median(fit.sigma[form] / fit.unit[form]))
    alpha = 1.0 / (1.0 + np.exp(-float(np.median(fit.rows[form, 0]))))
    spread = sigma * np.sqrt(1.0 + np.arange(config.horizon) * alpha**2)
    z = np.array([abs(NormalDist().inv_cdf(level)) for level in config.quantile_levels])
    middle = z.size // 2
    towards = np.concatenate([z[1 : middle + 1], [0.0], z[middle:-1]])  # the neighbour inwards
    gaps = np.maximum(np.abs(z - towards)[:, None] * spread, _LEAST_GAP)
    return torch.from_numpy(gaps).float()
