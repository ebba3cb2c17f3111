"""A fold: one horizon of a task's training part, held out and forecast from what is before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from competitions.scoring.measure import decile_loss
from competitions.task.data import Array, TaskData
from esrnn.metrics import coverage, mase, msis, naive2, owa, seasonal_scale, smape
from esrnn.panel import Panel

# Of `HeldOut.quantile_measures`: the bounds of 95% intervals and the deciles
LEVELS = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Series up to an origin inside the training part, and the horizon that follows."""

    train: Panel  # up to the origin
    actual: Array  # to be forecast, shape (N, H); NaN where nothing was observed
    seasonal_period: int  # of the measures

    def subset(self, rows: npt.NDArray[np.int64]) -> HeldOut:
        """Return some of the series."""
        return HeldOut(self.train.subset(rows), self.actual[rows], self.seasonal_period)

    def measures(self, y_hat: Array, lower: Array, upper: Array) -> dict[str, Any]:
        """Score forecasts and their 95% intervals, each of shape (N, H), rounded for a log."""
        values, indptr, period = self.train.values, self.train.indptr, self.seasonal_period
        scale = seasonal_scale(values, period, indptr=indptr)
        benchmark = naive2(values, self.actual.shape[1], period, indptr=indptr)
        return {
            "owa": round(owa(self.actual, y_hat, benchmark=benchmark, scale=scale), 4),
            "smape": round(smape(self.actual, y_hat), 3),
            "mase": round(mase(self.actual, y_hat, scale=scale), 3),
            "msis": round(msis(self.actual, lower, upper, scale=scale), 3),
            "coverage": round(coverage(self.actual, lower, upper), 3),
        }

    def quantile_measures(self, quantiles: Array) -> dict[str, Any]:
        """Score quantiles at `LEVELS`, shape (11, N, H), rounded for a log."""
        lower, *inner, upper = quantiles
        loss = decile_loss(self.actual, np.stack(inner, axis=-1))
        return {
            **self.measures(inner[len(inner) // 2], lower, upper),
            "coverage_80": round(coverage(self.actual, inner[0], inner[-1]), 3),
            "wql": None if loss is None else float(f"{loss:.5g}"),
        }


def hold_out(data: TaskData, fold: int) -> HeldOut:
    """Hold out a horizon of the training part, counted from the end; the test part is not read.

    Returns the series that are long enough for it and not constant up to the origin, where MASE has
    no scale.

    Examples
    --------
    >>> from competitions.task import load_data, load_task
    >>> held = hold_out(load_data(load_task("m4-hourly-40")), fold=2)
    >>> held.actual.shape
    (40, 48)
    """
    return hold_out_panel(data.panel, data.task.horizon, data.task.seasonal_period, fold)


def hold_out_panel(panel: Panel, horizon: int, period: int, fold: int) -> HeldOut:
    """Hold out a horizon of series that may have missing values, as `hold_out`.

    Only series that were observed in at least half of the horizon are taken.
    """
    enough = panel.subset(np.flatnonzero(panel.lengths >= (fold + 1) * horizon + period))
    seen = enough.drop_last(horizon * (fold - 1))
    train = seen.drop_last(horizon)
    scale = seasonal_scale(train.values, period, indptr=train.indptr)
    actual = seen.last(horizon).values.reshape(-1, horizon)
    rows = np.flatnonzero((scale > 0.0) & (np.isfinite(actual).mean(axis=1) >= 0.5))
    return HeldOut(train.subset(rows), actual[rows], period)
