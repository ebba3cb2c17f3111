"""The root mean squared scaled error, M5's measure of a point forecast."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from esrnn._typing import FloatArray
from esrnn.metrics._inputs import as_forecast, as_rows, as_scale, check_observed
from esrnn.metrics._means import mean_defined, mean_observed

__all__ = ["rmsse"]


@overload
def rmsse(
    y: npt.ArrayLike,
    y_hat: npt.ArrayLike,
    *,
    scale: npt.ArrayLike,
    per_series: Literal[False] = False,
) -> float: ...
@overload
def rmsse(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, scale: npt.ArrayLike, per_series: Literal[True]
) -> FloatArray: ...
def rmsse(
    y: npt.ArrayLike, y_hat: npt.ArrayLike, *, scale: npt.ArrayLike, per_series: bool = False
) -> float | FloatArray:
    r"""Root mean squared scaled error.

    Parameters
    ----------
    y : array of shape (H,) or (N, H)
        Observations; NaN = missing, left out.
    y_hat : array of the same shape
        Point forecasts. This measure is smallest for the mean, MASE for the median.
    scale : float or array of shape (N,)
        The root mean squared seasonal difference of each series' history:
        ``seasonal_scale(..., squared=True)``.
    per_series : bool
        Return one value for each series instead of their mean.

    Returns
    -------
    float, or ndarray of shape (N,) with ``per_series=True``
        NaN in the array where the scale is 0 or NaN, as in `mase`.

    Raises
    ------
    InputError, InputTypeError
        As `mase`.

    Notes
    -----
    :math:`\sqrt{\frac{1}{H}\sum_h (y_h - \hat y_h)^2} \,/\, \mathrm{scale}`. M5 took one step for
    the differences, and history from the first sale on.

    References
    ----------
    Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2022). M5 accuracy competition. International
    Journal of Forecasting 38(4), 1346-1364. doi:10.1016/j.ijforecast.2021.11.013

    Examples
    --------
    >>> from esrnn.metrics import rmsse, seasonal_scale
    >>> scale = seasonal_scale([1.0, 3.0, 1.0], 1, squared=True)
    >>> rmsse([4.0, 5.0], [2.0, 3.0], scale=scale)
    1.0
    """
    observed = as_rows("y", y)
    check_observed(observed)
    errors = as_forecast("y_hat", y_hat, y) - observed
    values = np.sqrt(mean_observed(errors**2, observed)) / as_scale(scale, len(observed))
    return values if per_series else mean_defined("RMSSE", values)
