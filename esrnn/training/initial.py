"""Where training starts: quantiles of a new network are as wide as the errors of the fit."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import torch
from torch import Generator, Tensor

from esrnn.config import NetworkConfig
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.model import HybridModel
from esrnn.ops.layout import choose_first_origin
from esrnn.quantiles.error_scale import typical_error, typical_errors
from esrnn.training.problem import Job

__all__ = ["choose_additive_scale", "initial_model", "starting_spacing"]

_LEAST_SPACING = 1e-3


def initial_model(job: Job, generator: Generator) -> HybridModel:
    """Draw a network, or take the one to train further.

    Parameters
    ----------
    job : Job
    generator : Generator
        On the CPU; draws the weights.

    Returns
    -------
    HybridModel
    """
    config, fit = job.config, job.fit
    if job.start is not None:
        return replace(job.start.network, config=config).model()
    first_origin = choose_first_origin(job.panel.lengths, config.network.input_window)
    model = HybridModel(config, first_origin, choose_additive_scale(fit)).draw(generator)
    model.network.head.start_from(starting_spacing(fit, config.network))
    return model


def starting_spacing(fit: SmoothingFit, config: NetworkConfig) -> Tensor:
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
        logarithms, or seasonal differences where all series are additive.

    Notes
    -----
    Simple exponential smoothing's variance h steps ahead is
    :math:`\sigma^2 (1 + (h - 1) \alpha^2)` (Hyndman et al. 2008, table 6.1); sigma and alpha are
    the median over the series.

    Examples
    --------
    >>> from esrnn.kernels.smoothing_fit import fit_parameters
    >>> y = np.exp(0.1 * np.random.default_rng(0).normal(size=500))
    >>> fit = fit_parameters(y, np.array([0, 500]), np.array([False]), ())
    >>> starting_spacing(fit, NetworkConfig(input_window=4, horizon=2))[2].numpy().round(
    ...     1
    ... ).tolist()
    [0.2, 0.2]
    """
    which = fit.additive == fit.additive.all()
    sigma = typical_error(fit, which)
    alpha = 1.0 / (1.0 + np.exp(-float(np.median(fit.rows[which, 0]))))
    errors = sigma * np.sqrt(1.0 + np.arange(config.horizon) * alpha**2)
    z = np.array([abs(NormalDist().inv_cdf(level)) for level in config.quantile_levels])
    middle = z.size // 2
    towards = np.concatenate([z[1 : middle + 1], [0.0], z[middle:-1]])  # the neighbour inwards
    spacing = np.maximum(np.abs(z - towards)[:, None] * errors, _LEAST_SPACING)
    return torch.from_numpy(spacing).float()


def choose_additive_scale(fit: SmoothingFit) -> float:
    """Return the unit of additive series that makes their errors as large as the others'.

    Parameters
    ----------
    fit : SmoothingFit

    Returns
    -------
    float
        In seasonal differences; 1 in a panel of one form, and where one form has no errors.

    Examples
    --------
    >>> from esrnn.kernels.smoothing_fit import fit_parameters
    >>> rng = np.random.default_rng(0)
    >>> y = np.concatenate([np.exp(0.1 * rng.normal(size=500)), rng.normal(size=500)])
    >>> fit = fit_parameters(y, np.array([0, 500, 1000]), np.array([False, True]), ())
    >>> round(choose_additive_scale(fit))
    9
    """
    multiplicative, additive = typical_errors(fit)
    return additive / multiplicative if multiplicative > 0.0 and additive > 0.0 else 1.0
