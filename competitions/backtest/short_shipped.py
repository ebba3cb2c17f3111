"""Intervals of the package's networks after the last few observations of open series.

``python -m competitions.backtest.short_shipped DIR`` prints a table of
competitions/backtests/short.md; DIR holds ``daily.parquet`` and ``weekly.parquet`` with the columns
``unique_id``, ``ds`` and ``y``. The networks have learnt from these series, so that forecasts are
better than they would be elsewhere. Compared is how much a series' own errors may widen the
intervals of its short history; "wild" series are those whose errors are larger than usual.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from esrnn import ESRNN
from esrnn.quantiles import short_histories
from esrnn.quantiles.error_scale import relative_error_scale

_HORIZONS = {"daily": ("D", 28), "weekly": ("W", 13)}
_LENGTHS = (2, 3, 8, 16, 24)
_MOST = (np.inf, 2.0, 1.5, 1.25, 1.0)
_N_SERIES = 400
_COVERAGES = (0.5, 0.8, 0.95)


def print_group(path: Path, freq: str, horizon: int) -> None:
    """Print the rows of a group."""
    values = {
        str(name): own.to_numpy() for name, own in pd.read_parquet(path).groupby("unique_id").y
    }
    ids = list(values)[:: max(1, len(values) // _N_SERIES)]
    for n in _LENGTHS:
        ends = {name: values[name][-n - horizon :] for name in ids}
        known = [v for v in ends.values() if v.size == n + horizon and not np.isnan(v).any()]
        some = np.array([v for v in known if np.ptp(v[:n]) > 0.0])
        periods = pd.period_range("2020-01-05", periods=n, freq=freq)
        names = [f"s{k:04d}" for k in range(len(some))]
        index = pd.MultiIndex.from_product([names, periods])
        y = pd.DataFrame({"y": some[:, :n].ravel()}, index)
        actual, size = some[:, n:], np.abs(some[:, :n]).mean(axis=1)[:, None]
        for most in _MOST:
            short_histories.MOST_FOR_WILDNESS = most
            forecaster = ESRNN(horizon=horizon, strategy="zero_shot", n_jobs=1, random_state=1)
            bounds = forecaster.fit(y).predict_interval(coverage=list(_COVERAGES))["y"]
            ensemble = forecaster.ensemble_
            wild = relative_error_scale(ensemble.smoothing, ensemble.typical) > 1.0
            covered, width = [], np.empty(0)
            for level in _COVERAGES:
                low, high = (
                    bounds[level, side].to_numpy().reshape(-1, horizon)
                    for side in ("lower", "upper")
                )
                covered.append(((low <= actual) & (actual <= high))[wild].mean())
                width = ((high - low) / size)[wild]
            shares = "  ".join(f"{share:.2f}" for share in covered)
            start = f"{path.stem:<7} {n:>2} {wild.sum():>4} {most:>5g}"
            print(f"{start}  {shares}  {np.median(width):>9.2f}", flush=True)


if __name__ == "__main__":
    print("group    n wild  most   .50   .80   .95  width/mean")
    for group, (freq, horizon) in _HORIZONS.items():
        print_group(Path(sys.argv[1]) / f"{group}.parquet", freq, horizon)
