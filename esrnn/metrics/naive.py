"""M4's naive benchmarks over series of different lengths: Naive, sNaive and Naive2.

OWA divides by the errors of Naive2. It takes the seasonality out of those series that pass a test
for it, repeats the last value, and puts the seasonality back. Test and decomposition are those of
`esrnn.metrics.seasonal`. There is no loop over series.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from esrnn._checks import as_whole
from esrnn._typing import FloatArray
from esrnn.metrics._ragged import as_ragged, last_positions
from esrnn.metrics.seasonal import seasonal_adjustment

__all__ = ["naive", "naive2", "seasonal_naive"]


def naive(
    values: npt.ArrayLike, horizon: int, *, indptr: npt.ArrayLike | None = None
) -> FloatArray:
    """Forecast every step by the last observation.

    Parameters
    ----------
    values : array of shape (n_obs,)
        Observations of all series, one series after another; NaN = missing.
    horizon : int >= 1
        Steps to forecast, H.
    indptr : array of shape (N + 1,), optional
        Series i is ``values[indptr[i]:indptr[i + 1]]``; by default all values are one series.

    Returns
    -------
    ndarray of shape (N, H), or (H,) without `indptr`
        Forecasts in the units of the values.

    Raises
    ------
    InputError
        If a series has no observation, a value is infinite, `indptr` does not fit, or `horizon` is
        below 1.
    InputTypeError
        If values are a data frame or not numbers.

    Examples
    --------
    >>> from esrnn.metrics import naive
    >>> naive([3.0, 5.0, 4.0], 2).tolist()
    [4.0, 4.0]
    """
    flat, bounds = as_ragged(values, indptr)
    steps = as_whole("horizon", horizon)
    last = flat[last_positions(flat, bounds)]
    return _as_asked(np.repeat(last[:, None], steps, axis=1), indptr)


def seasonal_naive(
    values: npt.ArrayLike,
    horizon: int,
    seasonal_period: int,
    *,
    indptr: npt.ArrayLike | None = None,
) -> FloatArray:
    """Forecast every step by the last observation at the same place in the season.

    Parameters
    ----------
    values, horizon, indptr
        As for `naive`.
    seasonal_period : int >= 1
        Steps per season; 1 gives `naive`.

    Returns
    -------
    ndarray of shape (N, H), or (H,) without `indptr`
        Forecasts in the units of the values. For a place in the season without any observation,
        the last observation of the series is taken.

    Raises
    ------
    InputError, InputTypeError
        As for `naive`; also if `seasonal_period` is below 1.

    Examples
    --------
    >>> from esrnn.metrics import seasonal_naive
    >>> seasonal_naive([1.0, 9.0, 2.0, 8.0], 3, 2).tolist()
    [2.0, 8.0, 2.0]
    """
    flat, bounds = as_ragged(values, indptr)
    steps = as_whole("horizon", horizon)
    period = as_whole("seasonal_period", seasonal_period)
    last = last_positions(flat, bounds)
    starts, ends = bounds[:-1, None], bounds[1:, None]
    positions = ends - period + np.arange(steps) % period
    # Go back season by season until there is an observation, or the series begins.
    while True:
        outside = positions < starts
        missing = ~outside & np.isnan(flat[np.maximum(positions, 0)])
        if not missing.any():
            break
        positions = np.where(missing, positions - period, positions)
    return _as_asked(flat[np.where(outside, last[:, None], positions)], indptr)


def naive2(
    values: npt.ArrayLike,
    horizon: int,
    seasonal_period: int,
    *,
    indptr: npt.ArrayLike | None = None,
) -> FloatArray:
    """Forecast by the last seasonally adjusted observation, M4's Naive2.

    Parameters
    ----------
    values, horizon, indptr
        As for `naive`.
    seasonal_period : int >= 1
        Steps per season, m. M4 takes 1 for Yearly, Weekly and Daily, where Naive2 is `naive`.

    Returns
    -------
    ndarray of shape (N, H), or (H,) without `indptr`
        Forecasts in the units of the values. Series that are not `is_seasonal` get `naive`.

    Raises
    ------
    InputError, InputTypeError
        As for `naive`; also if `seasonal_period` is below 1.

    Notes
    -----
    This is `naive` of the series that `seasonal_adjustment` returns, with the seasonality put back.

    Examples
    --------
    >>> import numpy as np
    >>> from esrnn.metrics import naive2
    >>> naive2(np.tile([1.0, 2.0, 4.0, 3.0], 6), 5, 4).round(6).tolist()
    [1.0, 2.0, 4.0, 3.0, 1.0]
    """
    flat, bounds = as_ragged(values, indptr)
    steps = as_whole("horizon", horizon)
    period = as_whole("seasonal_period", seasonal_period)
    last = last_positions(flat, bounds)
    adjustment = seasonal_adjustment(flat, steps, period, indptr=bounds)
    latest = np.repeat(adjustment.values[last][:, None], steps, axis=1)
    return _as_asked(adjustment.reseasonalise(latest), indptr)


def _as_asked(forecasts: FloatArray, indptr: npt.ArrayLike | None) -> FloatArray:
    """Drop the axis of series if one series was given without boundaries."""
    return forecasts[0] if indptr is None else forecasts
