"""Measures over all series together, relative to the total of y: bias, quantile loss."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from esrnn._typing import FloatArray
from esrnn.errors import InputError
from esrnn.metrics._inputs import as_floats, as_forecast, as_rows, check_finite, check_observed

__all__ = ["bias", "weighted_quantile_loss"]


@overload
def bias(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, per_series: Literal[False] = False
) -> float: ...
@overload
def bias(y: npt.ArrayLike, y_hat: npt.ArrayLike, *, per_series: Literal[True]) -> FloatArray: ...
def bias(y: npt.ArrayLike, y_hat: npt.ArrayLike, *, per_series: bool = False) -> float | FloatArray:
    r"""Sum of the errors over the sum of the observations' sizes: what forecasts add up to.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of the same shape
        Point forecasts.
    per_series : bool
        Return one value for each series, in place of that of all together.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        -0.22 where forecasts of positive values sum to 78% of what came, 0 where sums are equal.
        NaN in the array where a series is all 0 or has no observations.

    Raises
    ------
    InputError
        If shapes differ, a forecast is NaN or infinite, an observation is infinite, or all
        observations are 0 or missing.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    :math:`\sum (\hat y - y) / \sum |y|` over all steps and series.

    Examples
    --------
    >>> from esrnn.metrics import bias
    >>> bias([[1.0, 3.0], [4.0, 2.0]], [[1.0, 1.0], [3.0, 3.0]])
    -0.2
    """
    observed = as_rows("y", y)
    check_observed(observed)
    errors = as_forecast("y_hat", y_hat, y) - observed
    return _ratio("Bias", errors, observed, per_series)


@overload
def weighted_quantile_loss(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    quantile_level: npt.ArrayLike,
    per_series: Literal[False] = False,
) -> float: ...
@overload
def weighted_quantile_loss(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    quantile_level: npt.ArrayLike,
    per_series: Literal[True],
) -> FloatArray: ...
def weighted_quantile_loss(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    quantile_level: npt.ArrayLike,
    per_series: bool = False,
) -> float | FloatArray:
    r"""Sum of the pinball losses, doubled, over the sum of the observations' sizes.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of shape (H,) or (N, H), with a last axis Q for several levels
        Forecast quantiles.
    quantile_level : float, or array of shape (Q,)
        Level or levels in (0, 1); the loss is averaged over them.
    per_series : bool
        Return one value for each series, in place of that of all together.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        At the level 0.5 alone it is the sum of the absolute errors over the sum of the sizes
        (WAPE). NaN in the array where a series is all 0 or has no observations.

    Raises
    ------
    InputError
        As `pinball`, and if all observations are 0 or missing.
    InputTypeError
        If an argument is a data frame or not numbers.

    Notes
    -----
    :math:`2 \sum \rho_\tau(y - \hat q_\tau) / \sum |y|`, averaged over the levels
    :math:`\tau`, with :math:`\rho` as in `pinball`.

    Examples
    --------
    >>> from esrnn.metrics import weighted_quantile_loss
    >>> weighted_quantile_loss([10.0, 10.0], [9.0, 12.0], quantile_level=0.5)
    0.15
    """
    observed = as_rows("y", y)
    check_observed(observed)
    levels = as_floats("quantile_level", quantile_level)
    if levels.ndim > 1 or levels.size == 0 or not ((levels > 0) & (levels < 1)).all():
        raise InputError(
            f"quantile_level must be a number, or numbers, in (0, 1); got {quantile_level!r}"
        )
    quantiles = as_floats("y_hat", y_hat)
    if quantiles.shape != np.shape(y) + levels.shape:
        raise InputError(
            f"y_hat must have the shape {np.shape(y) + levels.shape}: that of y, and one axis for"
            f" levels where these are a list; got {quantiles.shape}"
        )
    quantiles = quantiles.reshape(*observed.shape, levels.size)
    check_finite("y_hat", quantiles)
    error = observed[:, :, None] - quantiles
    losses = 2.0 * np.maximum(levels * error, (levels - 1.0) * error).mean(axis=2)
    return _ratio("Weighted quantile loss", losses, observed, per_series)


def _ratio(measure: str, terms: FloatArray, y: FloatArray, per_series: bool) -> float | FloatArray:
    """Return the sum of terms over that of |y|, of all series together or of each."""
    sums, sizes = np.nansum(terms, axis=1), np.nansum(np.abs(y), axis=1)
    if per_series:
        ratios: FloatArray = np.divide(
            sums, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0.0
        )
        return ratios
    if not sizes.sum() > 0.0:
        raise InputError(
            f"{measure} is undefined: all observations are 0 or missing. Report errors in the units"
            " of y."
        )
    return float(sums.sum() / sizes.sum())
