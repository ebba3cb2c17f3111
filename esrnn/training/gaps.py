"""What the per-series fit says about errors: where quantiles start, how the two forms compare."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import NetworkConfig
from esrnn.kernels.fit import SmoothingFit

__all__ = ["additive_gauge", "relative_spread", "starting_gaps", "typical_errors"]

_LEAST_GAP = 1e-3
_WIDEST = 10.0  # times as wild as others is as much as a few errors can tell


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
        logarithms, or seasonal differences where all series are additive.

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
    form = fit.additive == fit.additive.all()
    sigma = _typical_error(fit, form)
    alpha = 1.0 / (1.0 + np.exp(-float(np.median(fit.rows[form, 0]))))
    spread = sigma * np.sqrt(1.0 + np.arange(config.horizon) * alpha**2)
    z = np.array([abs(NormalDist().inv_cdf(level)) for level in config.quantile_levels])
    middle = z.size // 2
    towards = np.concatenate([z[1 : middle + 1], [0.0], z[middle:-1]])  # the neighbour inwards
    gaps = np.maximum(np.abs(z - towards)[:, None] * spread, _LEAST_GAP)
    return torch.from_numpy(gaps).float()


def additive_gauge(fit: SmoothingFit) -> float:
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
    >>> from esrnn.kernels.fit import fit_panel
    >>> rng = np.random.default_rng(0)
    >>> y = np.concatenate([np.exp(0.1 * rng.normal(size=500)), rng.normal(size=500)])
    >>> fit = fit_panel(y, np.array([0, 500, 1000]), np.array([False, True]), ())
    >>> round(additive_gauge(fit))
    9
    """
    positive, signed = _typical_error(fit, ~fit.additive), _typical_error(fit, fit.additive)
    return signed / positive if positive > 0.0 and signed > 0.0 else 1.0


def typical_errors(fit: SmoothingFit) -> tuple[float, float]:
    """Return the median one-step error of multiplicative and of additive series.

    Parameters
    ----------
    fit : SmoothingFit

    Returns
    -------
    tuple of float
        Relative, and in units of the fit; 0 for a form that no series has.
    """
    return _typical_error(fit, ~fit.additive), _typical_error(fit, fit.additive)


def relative_spread(fit: SmoothingFit, typical: tuple[float, float]) -> FloatArray:
    """Return how large the errors of each series' smoothing are, over those of a whole panel.

    Parameters
    ----------
    fit : SmoothingFit
    typical : tuple of float
        `typical_errors` of the panel that networks were trained on.

    Returns
    -------
    ndarray of shape (N,), float64
        Between a tenth and 10; 1 where nothing is known.

    Examples
    --------
    >>> from esrnn.kernels.fit import fit_panel
    >>> rng = np.random.default_rng(0)
    >>> y = np.exp(rng.normal(size=600) * np.repeat([0.1, 0.1, 0.2], 200))
    >>> fit = fit_panel(y, np.array([0, 200, 400, 600]), np.zeros(3, bool), ())
    >>> relative_spread(fit, typical_errors(fit)).round().tolist()
    [1.0, 1.0, 2.0]
    """
    usual = np.where(fit.additive, typical[1], typical[0])
    errors = fit.sigma / fit.unit
    known = (errors > 0.0) & (usual > 0.0)
    ratio = np.divide(errors, usual, out=np.ones_like(errors), where=known)
    return np.clip(ratio, 1.0 / _WIDEST, _WIDEST)


def _typical_error(fit: SmoothingFit, form: BoolArray) -> float:
    """Return the median one-step error of the series of one form; 0 where there is none."""
    errors = fit.sigma[form] / fit.unit[form]
    errors = errors[errors > 0.0]
    return float(np.median(errors)) if errors.size else 0.0
