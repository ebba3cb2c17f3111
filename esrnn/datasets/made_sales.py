"""Made-up daily sales: stores and articles, with weeks, closed days, promotions and holidays.

Real sales may not be passed on with the package. These panels have what such sales have in common,
with settings drawn anew for each seed; they know nothing of any model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["articles", "stores"]

Array = npt.NDArray[np.float64]
_START = "2021-01-04"  # a Monday
_HOLIDAYS = ("01-01", "05-01", "10-03", "11-01", "12-25", "12-26")
_SUNDAY = 6


@dataclass(frozen=True)
class _Calendar:
    """Days that all series share."""

    days: pd.DatetimeIndex
    holiday: Array

    @classmethod
    def of(cls, n_days: int) -> _Calendar:
        days = pd.date_range(_START, periods=n_days, freq="D")
        return cls(days, np.isin(days.strftime("%m-%d"), _HOLIDAYS).astype(np.float64))

    @property
    def weekday(self) -> npt.NDArray[np.int64]:
        """0 for Monday, of shape (n_days,)."""
        weekday: npt.NDArray[np.int64] = self.days.weekday.to_numpy(np.int64)
        return weekday

    def year(self, height: Array, peak: Array) -> Array:
        """Return logarithms of a yearly wave of shape (N, n_days), and December's trade on top."""
        day = self.days.dayofyear.to_numpy(np.float64)
        wave = np.cos(2.0 * np.pi * (day - peak[:, None]) / 365.25)
        december = np.clip((day - 330.0) / 28.0, 0.0, 1.0) * (day <= 358.0)
        return height[:, None] * (wave + 2.0 * december)

    def frame(self, sales: Array, promo: Array, starts: npt.NDArray[np.int64]) -> pd.DataFrame:
        """Return a long frame of series that begin at some day and end together."""
        parts = {
            f"s{k:03d}": pd.DataFrame(
                {"sales": row[start:], "promo": on[start:], "holiday": self.holiday[start:]},
                self.days[start:],
            )
            for k, (row, on, start) in enumerate(zip(sales, promo, starts, strict=True))
        }
        return pd.concat(parts, names=["series", "day"])


def stores(seed: int, n_series: int = 39, n_days: int = 942) -> pd.DataFrame:
    """Make daily sales of stores.

    Parameters
    ----------
    seed : int
    n_series : int
    n_days : int

    Returns
    -------
    pd.DataFrame
        Index of series and day; columns ``sales`` (whole numbers in the thousands), ``promo`` and
        ``holiday`` (0 or 1).

    Notes
    -----
    All stores share the days of their promotions, Monday to Friday of every second week or so, and
    each has its own lift from them. Two thirds are closed on Sundays; nearly all on holidays, and
    sell more on the day before. The level is a random walk around a yearly wave with a peak in
    December.

    Examples
    --------
    >>> sales = stores(seed=1, n_series=3, n_days=28)["sales"].to_numpy().reshape(3, 4, 7)
    >>> bool((sales[:, :, :6] > 0.0).all())  # Monday to Saturday
    True
    """
    rng = np.random.default_rng([seed, 1])
    calendar = _Calendar.of(n_days)
    weekday, shape = calendar.weekday, (n_series, n_days)
    week = np.array([0.18, 0.03, -0.03, 0.0, 0.08, -0.02, -0.3])
    week = week + rng.normal(0.0, 0.08, (n_series, 7))
    on = rng.random(n_days // 7 + 1) < 0.5
    promo = np.tile(on[np.arange(n_days) // 7] & (weekday < 5), (n_series, 1)).astype(np.float64)
    closed = np.outer(rng.random(n_series) < 0.67, weekday == _SUNDAY)
    closed |= np.outer(rng.random(n_series) < 0.9, calendar.holiday > 0.0)
    eve = np.append(calendar.holiday[1:], 0.0)
    log_mean = (
        rng.normal(8.6, 0.35, n_series)[:, None]
        + _walk(rng, shape, 0.006)
        + calendar.year(rng.uniform(0.0, 0.12, n_series), rng.uniform(150.0, 200.0, n_series))
        + week[:, weekday]
        + rng.normal(0.3, 0.08, n_series)[:, None] * promo
        + 0.25 * eve
    )
    noise = rng.uniform(0.06, 0.14, n_series)[:, None] * rng.standard_t(6, shape)
    sales = np.where(closed, 0.0, np.round(np.exp(log_mean + noise)))
    return calendar.frame(sales, promo, np.zeros(n_series, np.int64))


def articles(seed: int, n_series: int = 600, n_days: int = 730) -> pd.DataFrame:
    """Make daily sales of articles.

    Parameters
    ----------
    seed : int
    n_series : int
    n_days : int
        Of the longest; others were brought in up to 500 days later.

    Returns
    -------
    pd.DataFrame
        As `stores`; sales are counts, most of them between 1 and 60.

    Notes
    -----
    Ten kinds of goods have a week of their own, each article a variation of it. Promotions of one
    week come at random to each article. Counts are negative binomial around a random walk; now and
    then an article is out of stock for four days.

    Examples
    --------
    >>> sales = articles(seed=1, n_series=20, n_days=200)["sales"]
    >>> bool((sales == sales.round()).all()), bool((sales == 0.0).any())
    (True, True)
    """
    rng = np.random.default_rng([seed, 2])
    calendar = _Calendar.of(n_days)
    weekday, shape = calendar.weekday, (n_series, n_days)
    kind = rng.integers(0, 10, n_series)
    weeks = rng.normal(0.0, 0.15, (10, 7)) + np.array([0.0, -0.1, -0.1, 0.0, 0.15, 0.35, -0.2])
    week = weeks[kind] + rng.normal(0.0, 0.06, (n_series, 7))
    on = rng.random((n_series, n_days // 7 + 1)) < 0.08
    promo = on[:, np.arange(n_days) // 7].astype(np.float64)
    log_mean = (
        rng.normal(2.3, 0.8, n_series)[:, None]
        + _walk(rng, shape, 0.012)
        + calendar.year(rng.uniform(0.0, 0.25, n_series), rng.uniform(0.0, 365.0, n_series))
        + week[:, weekday]
        + rng.uniform(0.3, 0.9, n_series)[:, None] * promo
        + rng.normal(0.0, 0.04, (10, n_days))[kind]  # what all goods of a kind share
    )
    mean = np.exp(log_mean)
    dispersion = rng.uniform(5.0, 25.0, n_series)[:, None]
    counts = rng.poisson(mean * rng.gamma(dispersion, 1.0 / dispersion, shape)).astype(np.float64)
    began = rng.random(shape) < 0.003
    gone = began.copy()
    for after in range(1, 4):
        gone[:, after:] |= began[:, :-after]
    open_days = 1.0 - 0.9 * calendar.holiday
    starts = rng.integers(0, min(500, n_days - n_days // 4), n_series)
    starts[rng.random(n_series) < 0.4] = 0
    return calendar.frame(np.round(np.where(gone, 0.0, counts) * open_days), promo, starts)


def _walk(rng: np.random.Generator, shape: tuple[int, int], step: float) -> Array:
    """Return random walks that are drawn back to 0 slowly, of shape (N, n_days)."""
    walk = np.zeros(shape)
    for day in range(1, shape[1]):
        walk[:, day] = 0.995 * walk[:, day - 1] + rng.normal(0.0, step, shape[0])
    return walk
