"""Seasonal periods found in the data, for time stamps without a known frequency.

A period is judged by all series together. The question is which share of each series' variance
around its trend repeats from season to season, and whether chance alone could explain that share.
This is used when time stamps are just numbers 1, 2, 3, ...; where they have a frequency, the
frequency decides.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.panel import Panel
from esrnn.panel.flat import series_of, step_of

__all__ = ["USUAL_CANDIDATES", "detect_seasonal_periods", "most_series_show"]

USUAL_CANDIDATES = (4, 5, 6, 7, 12, 13, 24, 26, 48, 52, 60, 96, 144, 168, 288, 336, 672, 1440, 2016)

# A period is tried only on series that contain it this many times.
_LEAST_SEASONS = 3
# A period is taken if this share of the series passes the test of chance, and if it explains this
# share of the variance, averaged over all series.
_SHARE_OF_SERIES = 0.25
_LEAST_EXPLAINED = 0.1
# The probability that a series without a season passes is at most _CHANCE_PER_SERIES times the
# number of series, so a single series needs the strongest evidence. With many series it is
# practically impossible that a quarter of them pass by chance. But series can share their shocks,
# so the probability is never larger than _MOST_CHANCE.
_CHANCE_PER_SERIES, _MOST_CHANCE = 0.002, 0.01
# Less evidence is needed for a week once the day is found, and for a period that is usual for the
# frequency, since such a season is no surprise.
_CHANCE_OF_WEEK = _CHANCE_OF_USUAL = 0.1
_DAYS_PER_WEEK = 7
# The shortest period is taken that explains at least this share of what the best one explains.
_NEARLY_AS_GOOD = 0.8
# Differences between neighbours are clipped to this many typical ones, because of outliers.
_LARGEST_JUMP = 4.0
# Differences below this share of the largest value are rounding errors.
_ROUNDING = 1e-12
_MOST_VALUES = 1_000_000


def detect_seasonal_periods(
    panel: Panel, candidates: Iterable[int] = USUAL_CANDIDATES
) -> tuple[int, ...]:
    r"""Find the seasonal periods that a panel's series have in common.

    Parameters
    ----------
    panel : Panel
        Series of any length, with gaps. Of a panel with more than a million values only some of the
        series are read.
    candidates : iterable of int
        Periods to try, each at least 2. One is tried if at least half of the series contain it
        three times.

    Returns
    -------
    tuple of int
        Empty, one period, or two: a day and a week of seven such days.

    Raises
    ------
    InputError
        If a candidate is below 2.

    Notes
    -----
    Positive series are judged by their logarithms. Differences between neighbouring values are
    clipped to four times their typical size. The trend is the centred moving average over one
    season; the deviations from it are grouped by their position in the season.

    Let :math:`w` be the unbiased variance within positions and :math:`v` the total variance. The
    season explains the share :math:`1 - w / v`. Without a season it is 0 on average, also for
    autocorrelated series, because only a pattern that repeats every season adds up. With
    :math:`F` the ratio of the variance between positions to the variance within them, and :math:`k`
    the number of seasons less one, the probability of such a ratio by chance is taken as
    :math:`(1 + F / k)^{-k}`. This is the tail of the F distribution for a season with two degrees
    of freedom, such as a sine wave. Most seasons have more, so the test is cautious. The deviations
    of a random walk have hardly more than two.

    A period is taken if a quarter of the series pass the test (both of two, two of three or four),
    and if it explains a tenth of the variance on average over all series. A quarter is enough
    because seasons are fitted to each series: series without a season lose little by it, and series
    with one gain much. In M4, a third of the monthly and quarterly series have one. Multiples of a
    period explain the same variance, so the shortest is taken. A weak season is found only in
    series that contain it about five times.

    Cost: one pass over the values for each candidate, about a second for a million values.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(20, 80))
    >>> year = np.tile([0.0, 4.0, 1.0, -5.0], 20)
    >>> detect_seasonal_periods(Panel.from_arrays(noise + year))
    (4,)
    >>> detect_seasonal_periods(Panel.from_arrays(noise.cumsum(axis=1)))
    ()
    """
    periods = sorted(set(candidates))
    if periods and periods[0] < 2:
        raise InputError(
            f"candidates must be periods of at least 2 steps; got {periods[0]}. Leave it out."
        )
    if panel.n_series == 0:
        return ()
    sample = _sample(panel)
    series, step, lengths = series_of(sample.indptr), step_of(sample.indptr), sample.lengths
    standard = _standardise(sample)
    long_enough = {period: lengths >= _LEAST_SEASONS * period for period in periods}
    judged = {period: rows for period, rows in long_enough.items() if 2 * rows.sum() >= rows.size}
    explained = {}
    for period, rows in judged.items():
        chance = min(_CHANCE_PER_SERIES * float(rows.sum()), _MOST_CHANCE)
        deviations, at = _remove_trend(standard, sample, rows, period)
        evidence = _evidence(deviations, series[at], step[at], rows, period)
        share = _share_if_passed(*evidence, chance)
        if share > 0.0:
            explained[period] = share
    if not explained:
        return ()
    enough = _NEARLY_AS_GOOD * max(explained.values())
    first = next(period for period, share in explained.items() if share >= enough)
    week = _DAYS_PER_WEEK * first
    if week in judged:
        deviations, at = _remove_trend(standard, sample, judged[week], week)
        evidence = _evidence(deviations, series[at], step[at], judged[week], week, first)
        if _share_if_passed(*evidence, _CHANCE_OF_WEEK) > 0.0:
            return first, week
    return (first,)


def most_series_show(panel: Panel, period: int) -> bool:
    """Return whether most of a panel's series show a season that is usual for their steps.

    Parameters
    ----------
    panel : Panel
        Series of any length, with gaps. Those that contain the period less than three times are
        not asked. Of a panel with more than a million values only some of the series are read.
    period : int
        At least 2.

    Returns
    -------
    bool
        False where no series is long enough.

    Notes
    -----
    The shares of variance and the probabilities are those of `detect_seasonal_periods`. A series
    shows the season if it explains a tenth of the variance around the trend. In a quarter of the
    series, chance must explain such a pattern with a probability of at most 10%. That keeps the
    noise of a few short series from being taken for a season, and many short series can still show
    one together.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(size=(20, 80))
    >>> week = np.tile([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, -2.0], 12)[:80]
    >>> most_series_show(Panel.from_arrays(noise + week), 7)
    True
    >>> most_series_show(Panel.from_arrays(noise), 7)
    False
    """
    if panel.n_series == 0:
        return False
    sample = _sample(panel)
    rows = sample.lengths >= _LEAST_SEASONS * period
    if not rows.any():
        return False
    series, step = series_of(sample.indptr), step_of(sample.indptr)
    deviations, at = _remove_trend(_standardise(sample), sample, rows, period)
    explained, log_chance = _evidence(deviations, series[at], step[at], rows, period)
    half = np.quantile(explained, 0.5, method="lower") >= _LEAST_EXPLAINED
    return bool(half and _quarter(log_chance) <= np.log(_CHANCE_OF_USUAL))


def _quarter(log_chance: FloatArray) -> float:
    """Return the chance that a quarter of the series are at or below, as a logarithm."""
    # The upper one of two neighbours: of two to four series two must pass.
    return float(np.quantile(log_chance, _SHARE_OF_SERIES, method="higher"))


def _share_if_passed(explained: FloatArray, log_chance: FloatArray, chance: float) -> float:
    """Return the share of the variance explained on average, or 0 if the period is not taken."""
    share, passed = float(explained.mean()), _quarter(log_chance) <= np.log(chance)
    return share if passed and share >= _LEAST_EXPLAINED else 0.0


def _sample(panel: Panel) -> Panel:
    """Return every k-th series, so that there are about a million values at most."""
    every = -(-panel.values.size // _MOST_VALUES)
    return panel if every <= 1 else panel.subset(np.arange(0, panel.n_series, every))


def _standardise(panel: Panel) -> FloatArray:
    """Take logarithms of positive series, fill gaps, and scale and clip the differences."""
    starts, n_series = panel.indptr[:-1], panel.n_series
    series = series_of(panel.indptr)
    place = np.arange(panel.values.size)
    seen = np.isfinite(panel.values)
    values = np.where(seen, panel.values, 0.0)
    size = np.maximum.reduceat(np.abs(values), starts)
    positive = np.minimum.reduceat(np.where(seen, panel.values, np.inf), starts) > 0.0
    values /= np.where(size > 0.0, size, 1.0)[series]
    logarithm = positive[series] & (values > 0.0)  # tiny values beside huge ones are rounded to 0
    values[logarithm] = np.log(values[logarithm])
    # A gap takes the last value before it.
    values = values[np.maximum.accumulate(np.where(seen, place, starts[series]))]
    jumps = np.diff(values, prepend=0.0)
    jumps[starts] = 0.0
    counts = np.maximum(np.bincount(series, seen, n_series), 1.0)
    # The squared mean of square roots: few large jumps hardly change it, and it needs no sorting.
    typical = (np.bincount(series, np.sqrt(np.abs(jumps)), n_series) / counts) ** 2
    typical[typical < _ROUNDING] = np.inf
    jumps = np.clip(jumps / typical[series], -_LARGEST_JUMP, _LARGEST_JUMP)
    return np.cumsum(jumps)


def _remove_trend(
    standard: FloatArray, sample: Panel, judged: BoolArray, period: int
) -> tuple[FloatArray, IntArray]:
    """Return deviations from the moving average over one season, and the places of their values."""
    half, series, step = period // 2, series_of(sample.indptr), step_of(sample.indptr)
    end = np.where(judged, sample.lengths - half, 0)
    at = np.flatnonzero(np.isfinite(sample.values) & (step >= half) & (step < end[series]))
    sums = np.concatenate([[0.0], np.cumsum(standard)])
    trend = sums[at + half + 1] - sums[at - half]
    if period % 2 == 0:  # both ends are at the same position of the season: half a weight each
        trend -= 0.5 * (standard[at - half] + standard[at + half])
    return standard[at] - trend / period, at


def _evidence(
    deviations: FloatArray,
    series: IntArray,
    step: IntArray,
    judged: BoolArray,
    period: int,
    shorter: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Return the share of variance that a season explains, and the logarithm of its chance.

    Both are of shape (n_judged,), and beyond what a shorter season that divides it explains; a
    shorter season of 1 stands for the mean.
    """
    n_series = judged.size
    n = np.bincount(series, minlength=n_series)
    total = np.bincount(series, deviations**2, n_series)
    between, positions = _between(deviations, series * period + step % period, n_series, period)
    before_at = series * shorter + step % shorter
    between_before, positions_before = _between(deviations, before_at, n_series, shorter)
    before = total - between_before
    usable = (before > 1e-9 * total) & (n > positions) & (positions > positions_before)
    before = np.where(usable, before, 1.0)
    within = np.where(usable, np.maximum(total - between, 1e-12 * total), 1.0)
    free = np.maximum(n - positions, 1)
    gained = np.maximum(positions - positions_before, 1)
    share = 1.0 - within / free / before * np.maximum(n - positions_before, 1)
    ratio = np.maximum(between - between_before, 0.0) / gained / within * free
    seasons = np.maximum(n / period - 1.0, 0.5)
    log_chance = -seasons * np.log1p(np.where(usable, ratio, 0.0) / seasons)
    return np.where(usable, share, 0.0)[judged], log_chance[judged]


def _between(
    deviations: FloatArray, position: IntArray, n_series: int, period: int
) -> tuple[FloatArray, IntArray]:
    """Return the sum of squares between positions in the season, and how many positions occur."""
    shape = n_series, period
    sums = np.bincount(position, deviations, n_series * period)
    counts = np.bincount(position, minlength=n_series * period)
    squares = sums**2 / np.maximum(counts, 1)
    return squares.reshape(shape).sum(axis=1), (counts > 0).reshape(shape).sum(axis=1)
