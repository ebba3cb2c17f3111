"""Measures of point and quantile forecasts: sMAPE, MASE, OWA and the pinball loss."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from esrnn._typing import FloatArray
from esrnn.errors import InputError
from esrnn.metrics._inputs import (
    as_floats,
    as_forecast,
    as_rows,
    as_scale,
    check_finite,
    check_observed,
)
from esrnn.metrics._means import mean_defined, mean_observed

__all__ = ["mase", "owa", "pinball", "smape"]


@overload
def smape(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, per_series: Literal[False] = False
) -> float: ...
@overload
def smape(y: npt.ArrayLike, y_hat: npt.ArrayLike, *, per_series: Literal[True]) -> FloatArray: ...
def smape(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, per_series: bool = False
) -> float | FloatArray:
    r"""Symmetric mean absolute percentage error, in percent from 0 to 200.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of the same shape
        Point forecasts.
    per_series : bool
        Return one value for each series instead of their mean.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        NaN in the array for a series without observations.

    Raises
    ------
    InputError
        If shapes differ, a forecast is NaN or infinite, an observation is infinite, or the mean is
        asked for and a series has no observations.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    :math:`\frac{1}{H}\sum_h \frac{200\,|y_h - \hat y_h|}{|y_h| + |\hat y_h|}` as in M4; a step
    where both are zero counts as 0.

    Examples
    --------
    >>> from esrnn.metrics import smape
    >>> smape([100.0, 0.0], [300.0, 0.0])
    50.0
    >>> smape([[1.0, 1.0], [1.0, 1.0]], [[3.0, 1.0], [1.0, 1.0]], per_series=True).tolist()
    [50.0, 0.0]
    """
    observed, forecast = _pair(y, y_hat, "y_hat")
    values = _smape_rows(observed, forecast)
    return values if per_series else mean_defined("sMAPE", values)


@overload
def mase(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    scale: npt.ArrayLike,
    per_series: Literal[False] = False,
) -> float: ...
@overload
def mase(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, scale: npt.ArrayLike, per_series: Literal[True]
) -> FloatArray: ...
def mase(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, scale: npt.ArrayLike, per_series: bool = False
) -> float | FloatArray:
    r"""Mean absolute scaled error.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of the same shape
        Point forecasts.
    scale : float or array of shape (N,)
        The series' mean absolute seasonal difference in their history: `seasonal_scale`. One number
        per series; a single number only for a single series.
    per_series : bool
        Return one value for each series instead of their mean.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        NaN in the array where the scale is 0 or NaN: the error of a constant or too short history
        cannot be scaled, not even where the forecast is right.

    Raises
    ------
    InputError
        If shapes differ, a forecast is NaN or infinite, an observation is infinite, a scale is
        negative or infinite, or the mean is asked for and is undefined for a series.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    :math:`\frac{1}{H}\sum_h |y_h - \hat y_h| \,/\, \mathrm{scale}`.

    References
    ----------
    Hyndman, R. J., Koehler, A. B. (2006). Another look at measures of forecast accuracy.
    International Journal of Forecasting 22(4), 679-688. doi:10.1016/j.ijforecast.2006.03.001

    Examples
    --------
    >>> from esrnn.metrics import mase, seasonal_scale
    >>> history = [1.0, 3.0, 2.0]
    >>> mase([4.0, 5.0], [1.0, 2.0], scale=seasonal_scale(history, 1))
    2.0
    """
    observed, forecast = _pair(y, y_hat, "y_hat")
    values = _mase_rows(observed, forecast, as_scale(scale, len(observed)))
    return values if per_series else mean_defined("MASE", values)


def owa(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, benchmark: npt.ArrayLike, scale: npt.ArrayLike
) -> float:
    r"""Overall weighted average of sMAPE and MASE relative to a benchmark's, as in M4.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of the same shape
        Point forecasts.
    benchmark : array of the same shape
        The benchmark's forecasts; in M4 those of `naive2`.
    scale : float or array of shape (N,)
        `seasonal_scale` of the series' history.

    Returns
    -------
    float
        Below 1 where the forecasts are better than the benchmark. There is no value per series:
        OWA is a ratio of means over series, and means of ratios do not add up to it.

    Raises
    ------
    InputError
        As in `smape` and `mase`, and if the benchmark is without error.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    :math:`\frac12\left(\frac{\overline{\mathrm{sMAPE}}}{\overline{\mathrm{sMAPE}}_{b}}
    + \frac{\overline{\mathrm{MASE}}}{\overline{\mathrm{MASE}}_{b}}\right)`, bars for means over
    all series. Over several groups take the measures of all series together; the mean of the
    groups' OWA is something else.

    Examples
    --------
    >>> from esrnn.metrics import owa
    >>> owa([4.0, 5.0], [4.0, 4.0], benchmark=[3.0, 3.0], scale=1.0)
    0.31...
    """
    observed, forecast = _pair(y, y_hat, "y_hat")
    reference = as_forecast("benchmark", benchmark, y)
    scales = as_scale(scale, len(observed))
    ratios = []
    for measure, ours, theirs in (
        ("sMAPE", _smape_rows(observed, forecast), _smape_rows(observed, reference)),
        (
            "MASE",
            _mase_rows(observed, forecast, scales),
            _mase_rows(observed, reference, scales),
        ),
    ):
        numerator = mean_defined(measure, ours)
        denominator = mean_defined(measure, theirs)
        if denominator == 0:
            raise InputError(
                f"OWA is undefined: the benchmark's {measure} is 0, it meets every observation; "
                "report sMAPE and MASE themselves"
            )
        ratios.append(numerator / denominator)
    return (ratios[0] + ratios[1]) / 2


@overload
def pinball(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    quantile_level: npt.ArrayLike,
    per_series: Literal[False] = False,
) -> float: ...
@overload
def pinball(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    quantile_level: npt.ArrayLike,
    per_series: Literal[True],
) -> FloatArray: ...
def pinball(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    quantile_level: npt.ArrayLike,
    per_series: bool = False,
) -> float | FloatArray:
    r"""Pinball (quantile) loss, in the units of y.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of shape (H,) or (N, H), with a last axis Q for several levels
        Forecast quantiles.
    quantile_level : float, or array of shape (Q,)
        Level or levels in (0, 1); the loss is averaged over them.
    per_series : bool
        Return one value for each series instead of their mean.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        NaN in the array for a series without observations.

    Raises
    ------
    InputError
        If shapes do not fit, a level is outside (0, 1), a forecast is NaN or infinite, an
        observation is infinite, or the mean is asked for and a series has no observations.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    :math:`\max(\tau e, (\tau - 1) e)` with :math:`e = y - \hat q_\tau`: at 0.9 a forecast that is
    too low by 1 costs 0.9, one too high by 1 costs 0.1. At 0.5 it is half the absolute error.

    References
    ----------
    Koenker, R., Bassett, G. (1978). Regression quantiles. Econometrica 46(1), 33-50.
    doi:10.2307/1913643

    Examples
    --------
    >>> from esrnn.metrics import pinball
    >>> pinball([10.0], [9.0], quantile_level=0.9)
    0.9
    >>> pinball([10.0, 12.0], [[9.0, 11.0], [10.0, 13.0]], quantile_level=[0.1, 0.9])
    0.125
    """
    observed = as_rows("y", y)
    check_observed(observed)
    levels = as_floats("quantile_level", quantile_level)
    if levels.ndim > 1 or levels.size == 0 or not ((levels > 0) & (levels < 1)).all():
        raise InputError(
            f"quantile_level must be a number, or numbers, in (0, 1); got {quantile_level!r}"
        )
    expected = np.shape(y) + levels.shape
    quantiles = as_floats("y_hat", y_hat)
    if quantiles.shape != expected:
        raise InputError(
            f"y_hat must have y's shape, followed by one axis for the {levels.size} levels where "
            f"quantile_level is a list: {expected}; got {quantiles.shape}"
        )
    quantiles = quantiles.reshape(*observed.shape, levels.size)
    check_finite("y_hat", quantiles)
    error = observed[:, :, None] - quantiles
    losses = np.maximum(levels * error, (levels - 1) * error).mean(axis=2)
    values = mean_observed(losses, observed)
    return values if per_series else mean_defined("Pinball loss", values)


def _pair(y: npt.ArrayLike, forecast: npt.ArrayLike, name: str) -> tuple[FloatArray, FloatArray]:
    """Return observations and forecasts, (N, H), checked against each other."""
    observed = as_rows("y", y)
    check_observed(observed)
    return observed, as_forecast(name, forecast, y)


def _smape_rows(y: FloatArray, y_hat: FloatArray) -> FloatArray:
    """Return sMAPE of each series."""
    size = np.abs(y) + np.abs(y_hat)
    terms = 200.0 * np.abs(y - y_hat) / np.where(size == 0, 1.0, size)
    return mean_observed(terms, y)


def _mase_rows(y: FloatArray, y_hat: FloatArray, scales: FloatArray) -> FloatArray:
    """Return MASE of each series."""
    return mean_observed(np.abs(y - y_hat), y) / scales
