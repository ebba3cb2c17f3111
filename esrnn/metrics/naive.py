"""M4's naive benchmarks over a panel of unequal histories: Naive, sNaive and Naive2.

Naive2 is the benchmark that OWA divides by. It takes the seasonality out of those series that pass
a test for it, repeats the last value, and puts the seasonality back. The test and the decomposition
are those of the competition's R script, with R's own defaults; the Python script published beside
it differs (no guard against short series, the first autocorrelation not squared) and gives other
numbers. Series of one length are worked on together, so that there is no loop over series.

Beyond M4, whose series are positive and complete: gaps are filled by straight lines for the test
and the decomposition, and a series with values <= 0 is decomposed additively.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.metrics._arrays import as_count, as_ragged, last_observed, list_rows

__all__ = ["is_seasonal", "naive", "naive2", "seasonal_naive"]

_ONE_SIDED_95 = 1.645  # the quantile as M4's script has it, so 90% two-sided
_Block: TypeAlias = tuple[IntArray, FloatArray]


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
    steps = as_count("horizon", horizon)
    last = flat[_last_positions(flat, bounds)]
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
    steps = as_count("horizon", horizon)
    period = as_count("seasonal_period", seasonal_period)
    last = _last_positions(flat, bounds)
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


def is_seasonal(
    values: npt.ArrayLike, seasonal_period: int, *, indptr: npt.ArrayLike | None = None
) -> BoolArray:
    r"""Test each series for seasonality as M4 does, at 90%.

    Parameters
    ----------
    values : array of shape (n_obs,)
        Observations of all series, one series after another; NaN = missing, filled by straight
        lines between the neighbours.
    seasonal_period : int >= 1
        Steps per season, m; 1 means no seasonality.
    indptr : array of shape (N + 1,), optional
        Series i is ``values[indptr[i]:indptr[i + 1]]``; by default all values are one series.

    Returns
    -------
    ndarray of bool of shape (N,)
        False also where the test cannot be made: fewer than 3 m values, a constant series, or a
        season longer than the lags that R's ``acf`` gives by default, 10 log10(n).

    Raises
    ------
    InputError
        If a series has no observation, a value is infinite, `indptr` does not fit, or
        `seasonal_period` is below 1.
    InputTypeError
        If values are a data frame or not numbers.

    Notes
    -----
    With autocorrelations :math:`r_k` (mean and denominator of the full sample) a series is seasonal
    if :math:`|r_m| > 1.645 \sqrt{(1 + 2 \sum_{k=1}^{m-1} r_k^2) / n}`.

    Examples
    --------
    >>> import numpy as np
    >>> from esrnn.metrics import is_seasonal
    >>> is_seasonal(np.tile([1.0, 2.0, 4.0, 3.0], 6), 4).tolist()
    [True]
    """
    flat, bounds = as_ragged(values, indptr)
    period = as_count("seasonal_period", seasonal_period)
    _last_positions(flat, bounds)
    seasonal = np.zeros(len(bounds) - 1, dtype=np.bool_)
    for rows, block in _blocks_of_equal_length(_without_gaps(flat, bounds), bounds):
        seasonal[rows] = _seasonal_rows(block, period)
    return seasonal


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
    Classical decomposition as R's ``decompose``: ratios to the centred moving average over one
    season (half weights at both ends for even m), their means per place in the season, divided by
    the mean of these. The last m seasonal indices are repeated over the horizon. Series with values
    <= 0, which M4 has not, take differences in place of ratios.

    Examples
    --------
    >>> import numpy as np
    >>> from esrnn.metrics import naive2
    >>> naive2(np.tile([1.0, 2.0, 4.0, 3.0], 6), 5, 4).round(6).tolist()
    [1.0, 2.0, 4.0, 3.0, 1.0]
    """
    flat, bounds = as_ragged(values, indptr)
    steps = as_count("horizon", horizon)
    period = as_count("seasonal_period", seasonal_period)
    last = _last_positions(flat, bounds)
    forecasts = np.repeat(flat[last][:, None], steps, axis=1)
    for rows, block in _blocks_of_equal_length(_without_gaps(flat, bounds), bounds):
        picked = _seasonal_rows(block, period)
        rows, block = rows[picked], block[picked]
        if not len(rows):
            continue
        positive = block.min(axis=1) > 0
        ahead = (block.shape[1] + np.arange(steps)) % period
        now = (last[rows] - bounds[rows]) % period
        for group, ratio in ((positive, True), (~positive, False)):
            indices = _seasonal_indices(block[group], period, ratio=ratio)
            at_last = np.take_along_axis(indices, now[group][:, None], axis=1)
            latest = forecasts[rows[group]]
            forecasts[rows[group]] = (
                latest / at_last * indices[:, ahead]
                if ratio
                else latest - at_last + indices[:, ahead]
            )
    return _as_asked(forecasts, indptr)


def _as_asked(forecasts: FloatArray, indptr: npt.ArrayLike | None) -> FloatArray:
    """Drop the series' axis where the caller gave one series without boundaries."""
    return forecasts[0] if indptr is None else forecasts


def _last_positions(values: FloatArray, indptr: IntArray) -> IntArray:
    """Return where each series was last observed; refuse series that never were."""
    last, found = last_observed(values, indptr)
    if not found.all():
        raise InputError(
            f"every series must have an observation; empty or all NaN: {list_rows(~found)}. Leave "
            "them out"
        )
    return last


def _without_gaps(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Fill missing values by straight lines, at the ends by the nearest observation."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    filled = values.copy()
    gappy = np.unique(np.searchsorted(indptr, np.flatnonzero(missing), side="right") - 1)
    for start, end in zip(indptr[gappy], indptr[gappy + 1], strict=True):
        hole = missing[start:end]
        steps = np.arange(end - start)
        filled[start:end][hole] = np.interp(steps[hole], steps[~hole], values[start:end][~hole])
    return filled


def _blocks_of_equal_length(values: FloatArray, indptr: IntArray) -> Iterator[_Block]:
    """Yield the rows of the series of each length n, and their values as an array (rows, n)."""
    lengths = np.diff(indptr)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        yield rows, values[indptr[rows][:, None] + np.arange(length)]


def _seasonal_rows(block: FloatArray, period: int) -> BoolArray:
    """Test the rows of (rows, n) for seasonality; see `is_seasonal`."""
    n = block.shape[1]
    seasonal = np.zeros(len(block), dtype=np.bool_)
    if period == 1 or n < 3 * period or period > math.floor(10 * math.log10(n)):
        return seasonal
    varying = np.flatnonzero(block.max(axis=1) > block.min(axis=1))
    # Unit size first: squares of very large or small values would leave the range of floats.
    centred = block[varying] - block[varying].mean(axis=1, keepdims=True)
    centred /= np.abs(centred).max(axis=1, keepdims=True)
    variance = (centred**2).sum(axis=1)
    squares = np.zeros(len(varying))
    correlation = np.zeros(len(varying))
    for lag in range(1, period + 1):
        squares += correlation**2
        correlation = (centred[:, :-lag] * centred[:, lag:]).sum(axis=1) / variance
    limit = _ONE_SIDED_95 * np.sqrt((1 + 2 * squares) / n)
    seasonal[varying] = np.abs(correlation) > limit
    return seasonal


def _seasonal_indices(block: FloatArray, period: int, *, ratio: bool) -> FloatArray:
    """Classical seasonal indices of the rows of (rows, n), as (rows, period)."""
    n = block.shape[1]
    weights = np.full(period + 1 - period % 2, 1 / period)
    if period % 2 == 0:
        weights[[0, -1]] /= 2
    n_centred = n - len(weights) + 1
    trend = np.zeros((len(block), n_centred))
    for offset, weight in enumerate(weights):
        trend += weight * block[:, offset : offset + n_centred]
    first = len(weights) // 2
    middle = block[:, first : first + n_centred]
    detrended = middle / trend if ratio else middle - trend
    place = (first + np.arange(n_centred)) % period
    # Contiguous, so that a row is summed in the same order whatever rows stand beside it.
    seasons = [np.ascontiguousarray(detrended[:, place == season]) for season in range(period)]
    indices = np.stack([values.mean(axis=1) for values in seasons], axis=1)
    centre = indices.mean(axis=1, keepdims=True)
    centred: FloatArray = indices / centre if ratio else indices - centre
    return centred
