"""Intervals of the package's networks after the last few observations of open series.

``python -m competitions.backtest.short_shipped DIR`` prints a table of
competitions/backtests/short.md; DIR holds ``daily.parquet`` and ``weekly.parquet`` with the columns
``unique_id``, ``ds`` and ``y``. The networks have learnt from these series, so that forecasts are
better than they would be elsewhere. Compared is how much a series' own errors may widen the
intervals of its short history; "wild" series are those whose errors are larger than usual.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from esrnn.forecaster import fit_panel
from esrnn.frames import long_to_panel
from esrnn.quantiles.error_scale import relative_error_scale
from esrnn.quantiles.short_histories import ShortHistories

_HORIZONS = {"daily": ("D", 28), "weekly": ("W", 13)}
_LENGTHS = (2, 3, 8, 16, 24)
_MOST = (np.inf, 2.0, 1.5, 1.25, 1.0)
_N_SERIES = 400
_COVERAGES = (0.5, 0.8, 0.95)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _AtMost(ShortHistories):
    """Short histories whose error scales widen intervals by another factor at most."""

    limit: float = np.inf

    def widths(
        self, usual: Floats, observed: npt.NDArray[np.int64], error_scale: Floats, most: float = 0.0
    ) -> Floats:
        return super().widths(usual, observed, error_scale, self.limit)


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
        times = pd.period_range("2020-01-05", periods=n, freq=freq)
        index = pd.MultiIndex.from_product(
            [[f"s{k:04d}" for k in range(len(some))], times], names=["unique_id", "ds"]
        )
        y = pd.DataFrame({"y": some[:, :n].ravel()}, index).reset_index()
        settings = {"horizon": horizon, "strategy": "zero_shot", "n_jobs": 1, "random_state": 1}
        fitted = fit_panel(long_to_panel(y), settings=settings)
        ensemble, short = fitted.model.ensemble, fitted.model.ensemble.short_histories
        assert short is not None  # of all shipped networks
        actual, size = some[:, n:], np.abs(some[:, :n]).mean(axis=1)[:, None]
        wild = relative_error_scale(ensemble.smoothing, ensemble.typical) > 1.0
        for most in _MOST:
            own = replace(ensemble, short_histories=_AtMost(**vars(short), limit=most))
            of_limit = replace(fitted, model=replace(fitted.model, ensemble=own))
            frame = of_limit.forecast_frame(coverages=_COVERAGES)
            covered, width = [], np.empty(0)
            for level in (f"{100 * c:g}" for c in _COVERAGES):
                low, high = (
                    frame[f"{side}-{level}"].to_numpy().reshape(-1, horizon)
                    for side in ("lo", "hi")
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
