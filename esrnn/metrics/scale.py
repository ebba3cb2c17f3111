"""The scale of a series that MASE and MSIS divide by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from esrnn._checks import as_whole
from esrnn._typing import FloatArray
from esrnn.metrics._ragged import as_ragged
from esrnn.panel.flat import series_of

__all__ = ["seasonal_scale"]


def seasonal_scale(
    values: npt.ArrayLike,
    seasonal_period: int,
    *,
    indptr: npt.ArrayLike | None = None,
    squared: bool = False,
) -> FloatArray:
    r"""Mean absolute seasonal difference of each series' history.

    Parameters
    ----------
    values : array of shape (n_obs,)
        In-sample observations of all series, one series after another; NaN = missing. It must be
        the whole history, not the part that a model was trained on, and nothing of the test part.
    seasonal_period : int >= 1
        Steps per season *of the measure*. M4 takes 1 for Yearly, Weekly and Daily, 4, 12 and 24
        for Quarterly, Monthly and Hourly.
    indptr : array of shape (N + 1,), optional
        Series i is ``values[indptr[i]:indptr[i + 1]]``; by default all values are one series.
    squared : bool
        Return the root of the mean squared difference, for `rmsse`.

    Returns
    -------
    ndarray of shape (N,)
        In the units of the values. 0 for a constant series, NaN for one without two observations
        that lie one season apart.

    Raises
    ------
    InputError
        If a value is infinite, `indptr` does not fit, or `seasonal_period` is below 1.
    InputTypeError
        If values are a data frame or not numbers.

    Notes
    -----
    :math:`\frac{1}{n - m}\sum_{t > m} |y_t - y_{t - m}|`; pairs with a missing end are left out
    of the sum and of the count.

    References
    ----------
    Hyndman, R. J., Koehler, A. B. (2006). Another look at measures of forecast accuracy.
    International Journal of Forecasting 22(4), 679-688. doi:10.1016/j.ijforecast.2006.03.001

    Examples
    --------
    >>> from esrnn.metrics import seasonal_scale
    >>> seasonal_scale([1.0, 3.0, 2.0, 7.0], 2).tolist()
    [2.5]
    >>> seasonal_scale([1.0, 3.0, 2.0, 5.0, 5.0], 1, indptr=[0, 3, 5]).tolist()
    [1.5, 0.0]
    """
    flat, bounds = as_ragged(values, indptr)
    period = as_whole("seasonal_period", seasonal_period)
    n_series = len(bounds) - 1
    series = series_of(bounds)
    differences = np.abs(flat[period:] - flat[:-period])
    # A pair counts if both ends lie in one series and were observed.
    used = (series[period:] == series[:-period]) & ~np.isnan(differences)
    owner = series[period:][used]
    counts = np.bincount(owner, minlength=n_series)
    sizes = differences[used] ** 2 if squared else differences[used]
    means = np.bincount(owner, weights=sizes, minlength=n_series) / np.maximum(counts, 1)
    return np.where(counts > 0, np.sqrt(means) if squared else means, np.nan)
