"""The seasonal adjustment of M4's benchmarks: a test, and classical decomposition where passed.

Test and decomposition are those of the competition's R script, with R's own defaults; the Python
script published beside it differs (no guard against short series, the first autocorrelation not
squared) and gives other numbers. Series of one length are worked on together, so that there is no
loop over series. The forecasts that are made of the adjusted series are not made here.

Beyond M4, whose series are positive and complete: gaps are filled by straight lines for the test
and the decomposition, and a series with values <= 0 is decomposed additively.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from esrnn._checks import as_whole
from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.metrics._inputs import as_floats
from esrnn.metrics._ragged import as_ragged, last_positions
from esrnn.panel.flat import series_at

__all__ = ["SeasonalAdjustment", "is_seasonal", "seasonal_adjustment"]

_ONE_SIDED_95 = 1.645  # the quantile as M4's script has it, so 90% two-sided
_Block: TypeAlias = tuple[IntArray, FloatArray]


@dataclass(frozen=True, eq=False)
class SeasonalAdjustment:
    """Seasonally adjusted series, and what puts the seasonality back into forecasts of them.

    Parameters
    ----------
    values : ndarray of shape (n_obs,)
        Adjusted observations, in the units of the series; NaN where missing. Series that are not
        seasonal are as they were.
    indices : ndarray of shape (N, H), or (H,) for one series
        Seasonal indices of the horizon: 1 (additive: 0) where there is no seasonality.
    additive : ndarray of bool of shape (N,), or () for one series
        Where indices are added, in the units of the series, rather than multiplied.
    """

    values: FloatArray
    indices: FloatArray
    additive: BoolArray

    def reseasonalise(self, forecasts: npt.ArrayLike) -> FloatArray:
        """Put the seasonality back into forecasts of the adjusted series.

        Parameters
        ----------
        forecasts : array of shape (N, H), or (H,) for one series
            Forecasts, or bounds of intervals, of the adjusted series.

        Returns
        -------
        ndarray of the same shape
            In the units of the series.

        Raises
        ------
        InputError
            If the shape is not that of the indices.
        InputTypeError
            If forecasts are a data frame or not numbers.

        Examples
        --------
        >>> import numpy as np
        >>> from esrnn.metrics import seasonal_adjustment
        >>> adjustment = seasonal_adjustment(np.tile([1.0, 2.0, 4.0, 3.0], 6), 4, 4)
        >>> adjustment.reseasonalise(np.full(4, 5.0)).round(6).tolist()
        [2.0, 4.0, 8.0, 6.0]
        """
        plain = as_floats("forecasts", forecasts)
        if plain.shape != self.indices.shape:
            raise InputError(
                f"forecasts must have the shape of the indices, {self.indices.shape}; got "
                f"{plain.shape}"
            )
        added = self.additive[..., None]
        return np.where(added, plain + self.indices, plain * self.indices)


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
    period = as_whole("seasonal_period", seasonal_period)
    last_positions(flat, bounds)
    seasonal = np.zeros(len(bounds) - 1, dtype=np.bool_)
    for rows, block in _blocks_of_equal_length(_without_gaps(flat, bounds), bounds):
        seasonal[rows] = _seasonal_rows(block, period)
    return seasonal


def seasonal_adjustment(
    values: npt.ArrayLike,
    horizon: int,
    seasonal_period: int,
    *,
    indptr: npt.ArrayLike | None = None,
) -> SeasonalAdjustment:
    """Take the seasonality out of those series that `is_seasonal` finds, as M4's benchmarks do.

    Parameters
    ----------
    values : array of shape (n_obs,)
        Observations of all series, one series after another; NaN = missing.
    horizon : int >= 1
        Steps to be forecast, H.
    seasonal_period : int >= 1
        Steps per season, m; 1 leaves every series as it is.
    indptr : array of shape (N + 1,), optional
        Series i is ``values[indptr[i]:indptr[i + 1]]``; by default all values are one series.

    Returns
    -------
    SeasonalAdjustment
        The adjusted series and the indices of the horizon.

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
    >>> from esrnn.metrics import seasonal_adjustment
    >>> adjustment = seasonal_adjustment(np.tile([1.0, 2.0, 4.0, 3.0], 6), 2, 4)
    >>> adjustment.values[:4].round(6).tolist(), adjustment.indices.round(6).tolist()
    ([2.5, 2.5, 2.5, 2.5], [0.4, 0.8])
    """
    flat, bounds = as_ragged(values, indptr)
    steps = as_whole("horizon", horizon)
    period = as_whole("seasonal_period", seasonal_period)
    last_positions(flat, bounds)
    n_series = len(bounds) - 1
    adjusted, additive = flat.copy(), np.zeros(n_series, dtype=np.bool_)
    ahead = np.ones((n_series, steps))
    for rows, block in _blocks_of_equal_length(_without_gaps(flat, bounds), bounds):
        picked = _seasonal_rows(block, period)
        positive = block.min(axis=1) > 0
        past, future = np.arange(block.shape[1]), block.shape[1] + np.arange(steps)
        for group, ratio in ((picked & positive, True), (picked & ~positive, False)):
            if not group.any():
                continue
            indices = _seasonal_indices(block[group], period, ratio=ratio)
            at = bounds[rows[group]][:, None] + past
            now = indices[:, past % period]
            adjusted[at] = adjusted[at] / now if ratio else adjusted[at] - now
            ahead[rows[group]] = indices[:, future % period]
            additive[rows[group]] = not ratio
    if indptr is None:
        return SeasonalAdjustment(adjusted, ahead[0], additive[0, ...])
    return SeasonalAdjustment(adjusted, ahead, additive)


def _without_gaps(values: FloatArray, indptr: IntArray) -> FloatArray:
    """Fill missing values by straight lines, at the ends by the nearest observation."""
    missing = np.isnan(values)
    if not missing.any():
        return values
    filled = values.copy()
    gappy = np.unique(series_at(indptr, np.flatnonzero(missing)))
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
