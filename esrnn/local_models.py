"""Forecasts of each series by itself, without a network: the Theta method, a damped trend.

Series are seasonally adjusted as M4's benchmarks were (`esrnn.metrics.seasonal_adjustment`), then
fitted by kernels. Quantiles are normal, with the standard deviation that the model has h steps
ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from esrnn._checks import as_whole
from esrnn._typing import FloatArray, IntArray
from esrnn.config import LocalModel
from esrnn.errors import InputError
from esrnn.kernels.damped_trend import fit_damped_trend
from esrnn.kernels.theta import fit_theta
from esrnn.metrics import seasonal_adjustment
from esrnn.panel import Panel

__all__ = ["LOCAL_MODELS", "LocalForecast", "forecast_locally"]


@dataclass(frozen=True)
class LocalForecast:
    """Forecasts of a panel's series.

    Attributes
    ----------
    mean, std : ndarray of shape (N, H), float64
        Mean and standard deviation of each step, in units of y. The deviation knows of the one-step
        errors of the fit, and nothing of how uncertain the fit itself is.
    """

    mean: FloatArray
    std: FloatArray

    def quantiles(self, levels: Sequence[float]) -> FloatArray:
        """Return normal quantiles.

        Parameters
        ----------
        levels : sequence of float
            In (0, 1).

        Returns
        -------
        ndarray of shape (Q, N, H), float64
            In units of y, as `esrnn.ensemble.Ensemble.forecast` has them.

        Raises
        ------
        InputError
            If a level is not in (0, 1).

        Examples
        --------
        >>> LocalForecast(np.zeros((1, 1)), np.ones((1, 1))).quantiles([0.5, 0.975]).round(
        ...     2
        ... ).ravel()
        array([0.  , 1.96])
        """
        for level in levels:
            if not 0.0 < level < 1.0:
                raise InputError(f"levels must be in (0, 1); got {level!r}")
        z = np.array([NormalDist().inv_cdf(level) for level in levels])
        return self.mean + z[:, None, None] * self.std


def forecast_locally(
    panel: Panel, horizon: int, model: LocalModel = "theta", seasonal_period: int = 1
) -> LocalForecast:
    r"""Forecast every series by a model of its own.

    Parameters
    ----------
    panel : Panel
        Series of any length, with gaps.
    horizon : int
        Steps ahead, at least 1.
    model : {"theta", "damped_trend"}
        See `esrnn.kernels.theta` and `esrnn.kernels.damped_trend`.
    seasonal_period : int, default 1
        Steps per season; 1 for none. Series without a significant season are left as they are.

    Returns
    -------
    LocalForecast

    Raises
    ------
    InputError, InputTypeError
        If the model is unknown, or `horizon` or `seasonal_period` is no whole number of at least 1.

    Notes
    -----
    The variance h steps ahead is :math:`\sigma^2 (1 + \sum_{j=1}^{h-1} c_j^2)`, with
    :math:`c_j = \alpha` for Theta and :math:`c_j = \alpha + \beta (\phi + \dots + \phi^j)` for the
    damped trend (Hyndman et al. 2008, table 6.1), and :math:`\sigma` the root mean square of the
    one-step errors.

    Examples
    --------
    >>> panel = Panel.from_arrays([np.array([1.0, 2.0, 3.0, 4.0, 5.0])])
    >>> forecast_locally(panel, horizon=2).mean.round(2)
    array([[5.5, 6. ]])
    """
    if model not in LOCAL_MODELS:
        raise InputError(f"model must be one of {sorted(LOCAL_MODELS)}; got {model!r}")
    steps = as_whole("horizon", horizon)
    period = as_whole("seasonal_period", seasonal_period)
    adjusted = seasonal_adjustment(panel.values, steps, period, indptr=panel.indptr)
    scale = _scales(adjusted.values, panel.indptr)
    values = adjusted.values / np.repeat(scale, panel.lengths)
    mean, std = LOCAL_MODELS[model](values, panel.indptr, steps)
    mean, std = mean * scale[:, None], std * scale[:, None]
    factors = np.where(adjusted.additive[:, None], 1.0, adjusted.indices)
    return LocalForecast(adjusted.reseasonalise(mean), std * factors)


def _scales(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Return the largest absolute value of each series, or 1; squares of values may overflow."""
    known = np.where(np.isnan(values), 0.0, np.abs(values))
    largest = np.maximum.reduceat(known, indptr[:-1])
    return np.where(largest > 0.0, largest, 1.0)


def _theta(values: FloatArray, indptr: IntArray, horizon: int) -> tuple[FloatArray, FloatArray]:
    level, drift, alpha, ahead, sigma = fit_theta(values, indptr).T[:, :, None]
    h = np.arange(horizon)
    return level + drift * (h + ahead), sigma * np.sqrt(1.0 + h * alpha**2)


def _damped_trend(
    values: FloatArray, indptr: IntArray, horizon: int
) -> tuple[FloatArray, FloatArray]:
    level, trend, alpha, beta, phi, sigma = fit_damped_trend(values, indptr).T[:, :, None]
    damped = np.cumsum(phi ** np.arange(1, horizon + 1), axis=1)
    heard = np.cumsum((alpha + beta * damped) ** 2, axis=1)
    variance = 1.0 + np.hstack([np.zeros_like(alpha), heard[:, :-1]])
    return level + trend * damped, sigma * np.sqrt(variance)


LOCAL_MODELS = {"theta": _theta, "damped_trend": _damped_trend}
"""What makes means and deviations from adjusted values, by name."""
