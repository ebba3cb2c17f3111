"""How large the errors of each series are beside those of the others.

Errors are those of each series' own exponential smoothing, one step ahead: relative for
multiplicative series, in units of the seasonal difference for additive ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from esrnn._typing import BoolArray, FloatArray

if TYPE_CHECKING:
    from esrnn.kernels.smoothing_fit import SmoothingFit

__all__ = ["relative_error_scale", "typical_error", "typical_errors"]

_WIDEST = 10.0  # times as wild as others; a few errors cannot show more


def typical_error(fit: SmoothingFit, which: BoolArray) -> float:
    """Return the median one-step error of some series; 0 where there is none.

    Parameters
    ----------
    fit : SmoothingFit
    which : ndarray of shape (N,), bool

    Returns
    -------
    float
    """
    errors = fit.sigma[which] / fit.unit[which]
    errors = errors[errors > 0.0]
    return float(np.median(errors)) if errors.size else 0.0


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
    return typical_error(fit, ~fit.additive), typical_error(fit, fit.additive)


def relative_error_scale(fit: SmoothingFit, typical: tuple[float, float]) -> FloatArray:
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
    >>> from esrnn.kernels.smoothing_fit import fit_parameters
    >>> rng = np.random.default_rng(0)
    >>> y = np.exp(rng.normal(size=600) * np.repeat([0.1, 0.1, 0.2], 200))
    >>> fit = fit_parameters(y, np.array([0, 200, 400, 600]), np.zeros(3, bool), ())
    >>> relative_error_scale(fit, typical_errors(fit)).round().tolist()
    [1.0, 1.0, 2.0]
    """
    usual = np.where(fit.additive, typical[1], typical[0])
    errors = fit.sigma / fit.unit
    known = (errors > 0.0) & (usual > 0.0)
    ratio = np.divide(errors, usual, out=np.ones_like(errors), where=known)
    return np.clip(ratio, 1.0 / _WIDEST, _WIDEST)
