"""Seasonal periods found in the data, for time stamps that say nothing.

A period is judged on the whole panel: what share of each series' variance, once its trend is gone,
is the same in every season, and whether chance could do that. Numbers 1, 2, 3, ... in place of time
stamps are what this is for; where time stamps tell the season, they know better than a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.panel import Panel
from esrnn.panel.flat import series_of

__all__ = ["USUAL_CANDIDATES", "detect_seasonal_periods"]

USUAL_CANDIDATES = (4, 5, 6, 7, 12, 13, 24, 26, 48, 52, 60, 96, 144, 168, 288, 336, 672, 1440, 2016)

_SEASONS_SEEN = 3  # the least from which a season is told from a coincidence
_SHARE_OF_SERIES = 0.25
_LEAST_EXPLAINED = 0.1
# The chance of a series without a season to pass. One series has to be beyond doubt; of many a
# quarter passes by chance never, unless they share their shocks: hence no larger than for a few.
_CHANCE_PER_SERIES, _MOST_CHANCE = 0.002, 0.01
_CHANCE_OF_WEEK = 0.1  # once the day is found, a week is to be expected
_DAYS_PER_WEEK = 7
_NEARLY_AS_GOOD = 0.8
_LARGEST_JUMP = 4.0  # of typical ones; outliers and shifts of the level count as this much
_ROUNDING = 1e-12  # jumps relative to the largest value that are no more than rounding
_MOST_VALUES = 1_000_000


def detect_seasonal_periods(
    panel: Panel, candidates: Iterable[int] = USUAL_CANDIDATES
) -> tuple[int, ...]:
    r"""Find the seasonal periods that a panel's series have in common.

    Parameters
    ----------
    panel : Panel
        Series of any length, with gaps; of very many values, some of the series are read.
    candidates : iterable of int
        Periods that are tried, each at least 2; only those that most series span three times.

    Returns
    -------
    tuple of int
        None, one, or a day and a week of seven such days, the shorter one first.

    Raises
    ------
    InputError
        If a candidate is below 2.

    Notes
    -----
    Of positive series logarithms are judged; jumps far beyond the typical are cut down. The trend
    is the centred moving average over one season. Deviations from it are grouped by their place in
    the season. With variances :math:`w` within places, free of bias, and :math:`v` in all,
    :math:`1 - w / v` is the share that the season explains: on average 0 where there is none,
    whatever the autocorrelation, since only what returns season after season adds up. The ratio
    :math:`F` of the variance between places to that within has the chance
    :math:`(1 + F / k)^{-k}`, :math:`k` being the number of seasons less one: the F distribution's
    tail for a season of two degrees of freedom, such as a sine. Most seasons have more, which makes
    it cautious; deviations of a random walk have hardly more.

    A period is taken if a quarter of the series show it beyond chance (of few series half; a
    single one has to be beyond doubt) and it explains a tenth of the variance, on average over all
    series. A quarter, since seasons are fitted to each series: those without lose little by it,
    those with gain much. Of M4's monthly and quarterly series a third have one. Of multiples, which
    explain the same again, the shortest is taken. A season that is not strong takes five of its
    length to be found.

    Cost: a pass over the values for each candidate, about a second for a million in long series.

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
        raise InputError(f"a candidate must be a period of at least 2 steps; got {periods[0]}")
    if panel.n_series == 0:
        return ()
    series = _standardised(_some_series(panel))
    long_enough = {period: series.lengths >= _SEASONS_SEEN * period for period in periods}
    judged = {period: rows for period, rows in long_enough.items() if 2 * rows.sum() >= rows.size}
    explained = {}
    for period, rows in judged.items():
        chance = min(_CHANCE_PER_SERIES * float(rows.sum()), _MOST_CHANCE)
        share = _evidence(_detrended(series, rows, period), period).passing(chance)
        if share > 0.0:
            explained[period] = share
    if not explained:
        return ()
    enough = _NEARLY_AS_GOOD * max(explained.values())
    first = next(period for period, share in explained.items() if share >= enough)
    week = _DAYS_PER_WEEK * first
    if week in judged:
        beyond_the_day = _evidence(_detrended(series, judged[week], week), week, first)
        if beyond_the_day.passing(_CHANCE_OF_WEEK) > 0.0:
            return first, week
    return (first,)


@dataclass(frozen=True)
class _Series:
    """Series with gaps filled and large jumps cut down, each in a unit of its own.

    Each value has the number of its series and its step there, and whether it was seen.
    """

    values: FloatArray
    series: IntArray
    step: IntArray
    seen: BoolArray
    lengths: IntArray


@dataclass(frozen=True)
class _Deviations:
    """Deviations from the trend, the series and step each belongs to, and which series are judged.

    Those of other series are not among them.
    """

    values: FloatArray
    series: IntArray
    step: IntArray
    judged: BoolArray


@dataclass(frozen=True)
class _Evidence:
    """How much of each series' variance a season explains, and the chance of that; shape (N,)."""

    explained: FloatArray
    log_chance: FloatArray

    def passing(self, chance: float) -> float:
        """Return the share explained on average if the period is to be taken, else 0."""
        # Of few series more than a quarter: both of two, two of three or four.
        quarter = np.quantile(self.log_chance, _SHARE_OF_SERIES, method="higher")
        share = float(self.explained.mean())
        return share if quarter <= np.log(chance) and share >= _LEAST_EXPLAINED else 0.0


def _some_series(panel: Panel) -> Panel:
    """Return series spread evenly over the panel, of about as many values as are read at most."""
    every = -(-panel.values.size // _MOST_VALUES)
    return panel if every <= 1 else panel.subset(np.arange(0, panel.n_series, every))


def _standardised(panel: Panel) -> _Series:
    """Take logarithms of positive series, and bring all to jumps of about one size."""
    starts, n_series = panel.indptr[:-1], panel.n_series
    series = series_of(panel.indptr)
    place = np.arange(panel.values.size)
    seen = np.isfinite(panel.values)
    values = np.where(seen, panel.values, 0.0)
    size = np.maximum.reduceat(np.abs(values), starts)
    positive = np.minimum.reduceat(np.where(seen, panel.values, np.inf), starts) > 0.0
    values /= np.where(size > 0.0, size, 1.0)[series]
    logarithm = positive[series] & (values > 0.0)  # 0 where huge values leave no digits
    values[logarithm] = np.log(values[logarithm])
    values = values[np.maximum.accumulate(np.where(seen, place, starts[series]))]  # last seen
    jumps = np.diff(values, prepend=0.0)
    jumps[starts] = 0.0
    counts = np.maximum(np.bincount(series, seen, n_series), 1.0)
    # A mean that a few large jumps hardly move, and that takes no sorting.
    typical = (np.bincount(series, np.sqrt(np.abs(jumps)), n_series) / counts) ** 2
    typical[typical < _ROUNDING] = np.inf
    jumps = np.clip(jumps / typical[series], -_LARGEST_JUMP, _LARGEST_JUMP)
    return _Series(np.cumsum(jumps), series, place - starts[series], seen, panel.lengths)


def _detrended(s: _Series, judged: BoolArray, period: int) -> _Deviations:
    """Return deviations from the centred moving average over one season."""
    half = period // 2
    end = np.where(judged, s.lengths - half, 0)
    at = np.flatnonzero(s.seen & (s.step >= half) & (s.step < end[s.series]))
    sums = np.concatenate([[0.0], np.cumsum(s.values)])
    trend = sums[at + half + 1] - sums[at - half]
    if period % 2 == 0:  # both ends are of the same place in the season: half a weight each
        trend -= 0.5 * (s.values[at - half] + s.values[at + half])
    return _Deviations(s.values[at] - trend / period, s.series[at], s.step[at], judged)


def _evidence(d: _Deviations, period: int, shorter: int = 1) -> _Evidence:
    """Return what a season explains beyond a shorter one that divides it; 1 for beyond the mean."""
    n_series = d.judged.size
    n = np.bincount(d.series, minlength=n_series)
    total = np.bincount(d.series, d.values**2, n_series)
    between, places = _between(d, period)
    between_before, places_before = _between(d, shorter)
    before = total - between_before
    usable = (before > 1e-9 * total) & (n > places) & (places > places_before)
    before = np.where(usable, before, 1.0)
    within = np.where(usable, np.maximum(total - between, 1e-12 * total), 1.0)
    free, gained = np.maximum(n - places, 1), np.maximum(places - places_before, 1)
    share = 1.0 - within / free / before * np.maximum(n - places_before, 1)
    ratio = np.maximum(between - between_before, 0.0) / gained / within * free
    seasons = np.maximum(n / period - 1.0, 0.5)
    log_chance = -seasons * np.log1p(np.where(usable, ratio, 0.0) / seasons)
    return _Evidence(np.where(usable, share, 0.0)[d.judged], log_chance[d.judged])


def _between(d: _Deviations, period: int) -> tuple[FloatArray, IntArray]:
    """Return the sum of squares of the means by place in the season, and how many places occur."""
    shape = d.judged.size, period
    place = d.series * period + d.step % period
    sums = np.bincount(place, d.values, shape[0] * period)
    counts = np.bincount(place, minlength=shape[0] * period)
    squares = sums**2 / np.maximum(counts, 1)
    return squares.reshape(shape).sum(axis=1), (counts > 0).reshape(shape).sum(axis=1)
