"""The experiment ``counts``: small panels of slow sellers, whose sales are small counts and zeros.

`made_counts` makes series whose rate moves and may have a season: the number of buyers is Poisson,
and in panels called "lumpy" each buys a geometric number of pieces. "weekly surv" are four series
of reported cases in German districts (Robert Koch Institute) in ``open/weekly.parquet`` of the data
folder, from which the package's networks have learnt; they have not from the others. `ESRNN()` gets
1, 10 or 50 series at a time, in all the same ones. Scores of points are those of medians;
``mean/actual`` is the sum of mean forecasts over the sum of what came. Croston's method and simple
exponential smoothing give rates, whose quantiles are Poisson's; "own past" are the quantiles and
the mean of all that a series has been.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.stats import poisson

from competitions.backtest.held_out import LEVELS, HeldOut, hold_out_panel
from competitions.backtest.logs import Outcome
from competitions.source_commit import commit
from competitions.task.data import Array
from esrnn.datasets import DatasetNotFoundError
from esrnn.panel import Panel
from esrnn.quantiles.intermittent import find_intermittent

_FREQUENCIES = {"monthly": ("M", 12, 12, 84), "daily": ("D", 7, 28, 400), "weekly": ("W", 1, 13, 0)}
_SIZES, _N_SERIES, _ALPHA = (1, 10, 50), 50, 0.1

# From the series up to the origin, the horizon and the period to quantiles at `LEVELS`, shape
# (11, N, H), and means, shape (N, H)
Method: TypeAlias = Callable[[Panel, int, int], tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class CountCase:
    """One line of the log to be: a method on a panel."""

    panel: str  # such as "monthly lumpy"
    variant: str
    method: Method
    data_dir: Path | None
    fold = 1

    @property
    def key(self) -> tuple[str, str, int, int]:
        """The `Outcome.key` of its outcome."""
        return self.panel, self.variant, self.fold, 0

    def run(self) -> Outcome:
        """Forecast and score."""
        held = load_counts(self.panel, self.data_dir)
        before = time.process_time()
        quantiles, means = self.method(held.train, held.actual.shape[1], held.seasonal_period)
        cpu_s = time.process_time() - before
        return Outcome(
            task=self.panel,
            variant=self.variant,
            fold=self.fold,
            seed=0,
            n_series=held.train.n_series,
            **held.quantile_measures(quantiles),
            bias=round(float(means.sum() / np.nansum(held.actual)), 3),
            cpu_s=round(cpu_s, 2),
            commit=commit() or "",
        )


def count_cases(data_dir: Path | None) -> Iterator[CountCase]:
    """Give a case for each panel and method."""
    for panel in ("monthly even", "monthly lumpy", "daily even", "daily lumpy", "weekly surv"):
        frequency = _FREQUENCIES[panel.partition(" ")[0]][0]
        sizes = _SIZES if panel != "weekly surv" else (1, 4)
        methods: dict[str, Method] = {
            f"ESRNN(), {n} at a time": partial(by_esrnn, frequency, n) for n in sizes
        }
        for variant, method in (methods | dict(OTHERS)).items():
            yield CountCase(panel, variant, method, data_dir)


@cache
def load_counts(panel: str, data_dir: Path | None) -> HeldOut:
    """Return a panel up to its last horizon, and that horizon; only intermittent series."""
    group, _, kind = panel.partition(" ")
    _, period, horizon, length = _FREQUENCIES[group]
    if kind == "surv":
        found = _surv(data_dir)
    else:
        found = made_counts(4 * _N_SERIES, length, period, lumpy=kind == "lumpy")
    held = hold_out_panel(found, horizon, period, 1)
    return held.subset(np.flatnonzero(find_intermittent(held.train))[:_N_SERIES])


def made_counts(n_series: int, length: int, period: int, *, lumpy: bool, seed: int = 5) -> Panel:
    """Make counts whose rate, from 0.1 to 1.2 at the start, moves; every other one has a season."""
    rng, series = np.random.default_rng(seed), []
    for k in range(n_series):
        drift = rng.normal(0.0, 1.0 / np.sqrt(length), length).cumsum()
        season = 0.6 * (k % 2) * np.sin(2.0 * np.pi * (np.arange(length) / period + rng.random()))
        rate = np.exp(rng.uniform(np.log(0.1), np.log(1.2)) + drift) * (1.0 + season)
        buyers = rng.poisson(rate / 3.0 if lumpy else rate)
        pieces = buyers + rng.negative_binomial(np.maximum(buyers, 1), 1.0 / 3.0) * (buyers > 0)
        series.append((pieces if lumpy else buyers).astype(np.float64))
    return Panel.from_arrays(series, [f"s{k:03d}" for k in range(n_series)])


def _surv(data_dir: Path | None) -> Panel:
    path = (data_dir or Path(os.environ.get("ESRNN_DATA_DIR", "."))) / "open" / "weekly.parquet"
    if not path.is_file():
        raise DatasetNotFoundError(f"{path} is not there; it is described in {__name__}")
    whole = pd.read_parquet(path)
    own = whole[whole["unique_id"].str.startswith("surv-")]
    series = {str(name): y.to_numpy(np.float64) for name, y in own.groupby("unique_id")["y"]}
    return Panel.from_arrays(list(series.values()), list(series))


def by_esrnn(
    frequency: str, at_once: int, panel: Panel, horizon: int, period: int
) -> tuple[Array, Array]:
    """Forecast so many series at a time by `ESRNN()`."""
    from esrnn import ESRNN  # here, since it loads sktime

    quantiles, means = [], []
    for first in range(0, panel.n_series, at_once):
        some = range(first, min(first + at_once, panel.n_series))
        stamps = [
            pd.period_range("2020-01", periods=panel.lengths[k], freq=frequency) for k in some
        ]
        own = {
            panel.ids[k]: pd.Series(panel.series(k), s) for k, s in zip(some, stamps, strict=True)
        }
        forecaster = ESRNN(n_jobs=1, point="mean", random_state=1)
        forecaster.fit(pd.concat(own).to_frame("y"), fh=range(1, horizon + 1))
        found = forecaster.predict_quantiles(alpha=list(LEVELS)).to_numpy().T
        quantiles.append(found.reshape(len(LEVELS), -1, horizon))
        means.append(forecaster.predict().to_numpy().reshape(-1, horizon))
    return np.concatenate(quantiles, axis=1), np.concatenate(means)


def croston(y: Array) -> float:
    """Return a rate: the smoothed size of sales over the smoothed number of steps between them."""
    at = np.flatnonzero(y)
    gaps = np.diff(at, prepend=-1)
    size, gap = y[at[0]], gaps.mean()
    for k, place in enumerate(at):
        size += _ALPHA * (y[place] - size)
        gap += _ALPHA * (gaps[k] - gap)
    return float(size / gap)


def smoothed(y: Array) -> float:
    """Return the last level of simple exponential smoothing, from the mean of the first tenth."""
    level = float(y[: -(-y.size // 10)].mean())
    for value in y:
        level += _ALPHA * (value - level)
    return level


def by_rate(
    rate: Callable[[Array], float], panel: Panel, horizon: int, period: int
) -> tuple[Array, Array]:
    """Forecast every step of a series by the Poisson distribution of one rate."""
    rates = np.array([rate(panel.series(k)) for k in range(panel.n_series)])
    quantiles = poisson.ppf(np.array(LEVELS)[:, None], rates)
    return _every_step(quantiles, horizon), _every_step(rates, horizon)


def by_own_past(panel: Panel, horizon: int, period: int) -> tuple[Array, Array]:
    """Forecast every step of a series by all that it has been."""
    past = [panel.series(k) for k in range(panel.n_series)]
    quantiles = np.stack([np.quantile(y, LEVELS, method="inverted_cdf") for y in past], axis=1)
    return _every_step(quantiles, horizon), _every_step(np.array([y.mean() for y in past]), horizon)


def by_last_season(panel: Panel, horizon: int, period: int) -> tuple[Array, Array]:
    """Repeat the last season: all quantiles are the forecast itself."""
    season = panel.last(period).values.reshape(-1, period)
    y_hat = season[:, np.arange(horizon) % period]
    return np.repeat(y_hat[None], len(LEVELS), axis=0), y_hat


def _every_step(values: Array, horizon: int) -> Array:
    return np.repeat(values[..., None], horizon, axis=-1)


OTHERS: Mapping[str, Method] = MappingProxyType(
    {
        "Croston, Poisson": partial(by_rate, croston),
        "SES, Poisson": partial(by_rate, smoothed),
        "own past": by_own_past,
        "seasonal naive": by_last_season,
    }
)
