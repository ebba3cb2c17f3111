"""The table of scores: all measures of all methods, over groups of series, origins or steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.evaluation.units import FORECAST, NAIVE, NAIVE2, SEASONAL_NAIVE, Units
from esrnn.metrics import coverage, mase, msis, rmsse, smape

__all__ = ["By", "score_table"]

By = Literal["series", "window", "step"] | None

_SAME_LEVEL = 1e-6


@dataclass(frozen=True, eq=False)
class _Groups:
    """Groups of units: the number of each unit's group, and their names."""

    codes: IntArray
    names: pd.Index

    def mean(self, values: FloatArray) -> FloatArray:
        """Return the mean of each group's values, without those that are not defined."""
        known = ~np.isnan(values)
        return _divide(self.sum(np.where(known, values, 0.0)), self.sum(known))

    def sum(self, values: FloatArray | BoolArray) -> FloatArray:
        """Return the sum of each group's values."""
        return np.bincount(self.codes, values, len(self.names)).astype(np.float64)


def score_table(units: Units, by: By, cutoffs: pd.Index | None = None) -> pd.DataFrame:
    """Score forecasts and the naive ones beside them.

    Parameters
    ----------
    units : Units
    by : {None, "series", "window", "step"}
        Over what to score: everything, each series, each origin, or each step ahead.
    cutoffs : pd.Index, optional
        Names of the origins.

    Returns
    -------
    pd.DataFrame
        As `esrnn.evaluation.score` describes it.

    Raises
    ------
    InputError
        If `by` is unknown.
    """
    if by is not None and by not in get_args(get_args(By)[0]):
        raise InputError(f"by must be None, 'series', 'window' or 'step'; got {by!r}")
    if by == "step":
        units = units.each_step()
    groups = _groups(units, by, cutoffs)
    benchmark = _percent_and_scaled(units, NAIVE2)
    tables = []
    for method in (FORECAST, SEASONAL_NAIVE, NAIVE):
        table = pd.DataFrame(_measures(units, method, benchmark, groups), index=groups.names)
        if by is None:
            tables.append(table.set_axis(pd.Index([method], name="method"), axis=0))
        else:
            tables.append(table.assign(method=method).set_index("method", append=True))
    whole = pd.concat(tables)
    if by is not None:
        whole = whole.iloc[np.argsort(np.tile(np.arange(len(groups.names)), 3), kind="stable")]
    counts = ["n_series", "n_values", "n_without_scale"]
    return whole.astype(dict.fromkeys(counts, "int64"))


def _groups(units: Units, by: By, cutoffs: pd.Index | None) -> _Groups:
    """Return the groups that are scored."""
    if by is None:
        return _Groups(np.zeros(len(units.ids), dtype=np.int64), pd.RangeIndex(1))
    if by == "series":
        codes, names = pd.factorize(units.ids)
        if isinstance(units.ids, pd.MultiIndex):
            names = pd.MultiIndex.from_tuples(names.tolist(), names=units.ids.names)
        else:
            names = names.rename("series" if units.ids.name is None else units.ids.name)
        return _Groups(codes.astype(np.int64), names)
    if by == "window":
        own, codes = np.unique(units.windows, return_inverse=True)
        labels = pd.Index(own) if cutoffs is None else cutoffs.take(own)
        return _Groups(codes.astype(np.int64), labels.rename("cutoff"))
    steps, codes = np.unique(units.steps[:, 0], return_inverse=True)
    return _Groups(codes.astype(np.int64), pd.Index(steps, name="step"))


def _measures(
    units: Units, method: str, benchmark: tuple[FloatArray, FloatArray], groups: _Groups
) -> dict[str, FloatArray]:
    """Return all measures of a method, a value for each group."""
    y, y_hat = units.actual, units.points[method]
    percent, scaled = _percent_and_scaled(units, method)
    both = ~(np.isnan(percent) | np.isnan(scaled))
    ratios = [
        _divide(groups.sum(np.where(both, ours, 0.0)), groups.sum(np.where(both, theirs, 0.0)))
        for ours, theirs in zip((percent, scaled), benchmark, strict=True)
    ]
    seen, size = ~np.isnan(y), groups.sum(np.nansum(np.abs(y), axis=1))
    errors = groups.sum(np.nansum(np.abs(y_hat - y), axis=1))
    columns = {
        "smape": groups.mean(percent),
        "mase": groups.mean(scaled),
        "owa": 0.5 * (ratios[0] + ratios[1]),
        "rmsse": groups.mean(rmsse(y, y_hat, scale=units.root_scale, per_series=True)),
        "mae": _divide(errors, groups.sum(seen.sum(axis=1))),
        "wape": _divide(errors, size),
        "bias": _divide(groups.sum(np.nansum(y_hat - y, axis=1)), size),
    }
    own = method == FORECAST
    if units.levels:
        quantiles = units.quantiles if own else np.stack([y_hat] * len(units.levels))
        columns["quantile_loss"] = _divide(groups.sum(_losses(y, quantiles, units.levels)), size)
    for cover, low, high in _intervals(units):
        name = f"{100.0 * cover:g}"
        if own:
            inside = coverage(y, low, high, per_series=True)
            width = msis(y, low, high, scale=units.scale, nominal=cover, per_series=True)
            columns[f"coverage-{name}"], columns[f"msis-{name}"] = (
                groups.mean(inside),
                groups.mean(width),
            )
        else:
            nothing = np.full(len(groups.names), np.nan)
            columns[f"coverage-{name}"] = columns[f"msis-{name}"] = nothing
    any_seen: BoolArray = np.asarray(seen.any(axis=1))
    columns["n_series"] = groups.sum(any_seen)
    columns["n_values"] = groups.sum(seen.sum(axis=1).astype(np.float64))
    columns["n_without_scale"] = groups.sum(any_seen & np.isnan(scaled))
    return columns


def _percent_and_scaled(units: Units, method: str) -> tuple[FloatArray, FloatArray]:
    """Return sMAPE and MASE of each unit."""
    y, y_hat = units.actual, units.points[method]
    return smape(y, y_hat, per_series=True), mase(y, y_hat, scale=units.scale, per_series=True)


def _losses(y: FloatArray, quantiles: FloatArray, levels: tuple[float, ...]) -> FloatArray:
    """Return the sum of twice the pinball losses of each unit, the mean over the levels."""
    level = np.array(levels)[:, None, None]
    error = y - quantiles
    losses = np.nansum(np.maximum(level * error, (level - 1.0) * error), axis=2)
    means: FloatArray = 2.0 * losses.mean(axis=0)
    return means


def _intervals(units: Units) -> list[tuple[float, FloatArray, FloatArray]]:
    """Return the central intervals among the quantiles, narrowest first."""
    levels, found = np.array(units.levels), []
    for k in range(len(levels) - 1, -1, -1):
        if (
            levels[k] < 0.5
            and (pair := np.flatnonzero(abs(1.0 - levels - levels[k]) < _SAME_LEVEL)).size
        ):
            cover = float(round(1.0 - 2.0 * levels[k], 9))
            found.append((cover, units.quantiles[k], units.quantiles[pair[0]]))
    return found


def _divide(sums: FloatArray, counts: FloatArray) -> FloatArray:
    """Divide, with NaN where there is nothing to divide by."""
    ratio: FloatArray = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0.0)
    return ratio
