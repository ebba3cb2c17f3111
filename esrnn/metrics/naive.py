"""M4's naive benchmarks over a panel of unequal histories: Naive, sNaive and Naive2.

Naive2 is the benchmark that OWA divides by. It takes the seasonality out of those series that pass
a test for it, repeats the last value, and puts the seasonality back. The test and the decomposition
are those of `esrnn.metrics.seasonal`; nothing here loops over series.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from esrnn._checks import as_whole
from esrnn._typing import FloatArray
from esrnn.metrics._arrays import as_ragged, last_positions
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
    values : array of shape (n_obs,)
        Observations of all series, one series after another; NaN = missing.
    horizon : int >= 1
        Steps to forecast, H.
    seasonal_period : int >= 1
        Steps per season; 1 gives `naive`.
    indptr : array of shape (N + 1,), optional
        Series i is ``values[indptr[i]:indptr[i + 1]]``; by default all values are one series.

    Returns
    -------
    ndarray of shape (N, H), or (H,) without `indptr`
        Forecasts in the units of the values. Where a series was never observed at a place in the
        season, its last observation stands in.

    Raises
    ------
    InputError
        If a series has no observation, a value is infinite, `indptr` does not fit, or `horizon` or
        `seasonal_period` is below 1.
    InputTypeError
        If values are a data frame or not numbers.

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
    # Seasons back from the end, until an observation is met or the series begins.
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
    values : array of shape (n_obs,)
        Observations of all series, one series after another; NaN = missing.
    horizon : int >= 1
        Steps to forecast, H.
    seasonal_period : int >= 1
        Steps per season, m. M4 takes 1 for Yearly, Weekly and Daily, where Naive2 is `naive`.
    indptr : array of shape (N + 1,), optional
        Series i is ``values[indptr[i]:indptr[i + 1]]``; by default all values are one series.

    Returns
    -------
    ndarray of shape (N, H), or (H,) without `indptr`
        Forecasts in the units of the values. Series that `is_seasonal` refuses get `naive`.

    Raises
    ------
    InputError
        If a series has no observation, a value is infinite, `indptr` does not fit, or `horizon` or
        `seasonal_period` is below 1.
    InputTypeError
        If values are a data frame or not numbers.

    Notes
    -----
    `naive` of the series that `seasonal_adjustment` gives, reseasonalised.

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
    """Drop the series' axis where the caller gave one series without boundaries."""
    return forecasts[0] if indptr is None else forecasts
