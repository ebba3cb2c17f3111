r"""Accuracy of forecasts as the M4 competition measures it, and its naive benchmarks.

What lives here needs numpy only and knows nothing of models or data frames:

- point forecasts: `smape`, `mase`, `owa`, `rmsse`, `bias`;
- quantiles and intervals: `pinball`, `weighted_quantile_loss`, `msis`, `coverage`, `acd`;
- the denominator of MASE, RMSSE and MSIS: `seasonal_scale`;
- the benchmarks that these measures compare with: `naive`, `seasonal_naive`, `naive2` and what is
  behind the last, `is_seasonal` and `seasonal_adjustment`. They stand here rather than with the
  competitions since OWA is defined by Naive2: who wants OWA on data of their own needs both.

Conventions of all measures. One series is an array of shape (H,), a panel one of shape (N, H).
The result is one number, the plain mean over the series, each of weight one; ``per_series=True``
gives the N values instead. `bias` and `weighted_quantile_loss` are ratios of sums over all series.
NaN in ``y`` is a step without an observation and is left out of its series' mean; a forecast must
be finite. A measure that is not defined for a series (no observation at all, or a scale of zero) is
NaN under ``per_series=True``, and the mean over a panel with such a series raises: leaving series
out is the caller's decision.

In-sample histories of different lengths are passed flat, ``values`` and ``indptr`` as in
`esrnn.panel.Panel`: series i is ``values[indptr[i]:indptr[i + 1]]``.

References
----------
Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2020). The M4 competition: 100,000 time
series and 61 forecasting methods. International Journal of Forecasting 36(1), 54-74.
doi:10.1016/j.ijforecast.2019.04.014
"""

from esrnn.metrics.interval import acd, coverage, msis
from esrnn.metrics.naive import naive, naive2, seasonal_naive
from esrnn.metrics.point import mase, owa, pinball, smape
from esrnn.metrics.scale import seasonal_scale
from esrnn.metrics.seasonal import SeasonalAdjustment, is_seasonal, seasonal_adjustment
from esrnn.metrics.squared import rmsse
from esrnn.metrics.total import bias, weighted_quantile_loss

__all__ = [
    "SeasonalAdjustment",
    "acd",
    "bias",
    "coverage",
    "is_seasonal",
    "mase",
    "msis",
    "naive",
    "naive2",
    "owa",
    "pinball",
    "rmsse",
    "seasonal_adjustment",
    "seasonal_naive",
    "seasonal_scale",
    "smape",
    "weighted_quantile_loss",
]
