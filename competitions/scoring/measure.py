"""Scores of forecasts: a pure step from forecasts and task to measures, as the competition's.

Nothing here knows how or where the forecasts were made, or writes a file. The measures are those of
`esrnn.metrics`; checks of forecasts are in `checks`, totals over several tasks in `totals`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.scoring.checks import check_forecasts
from competitions.scoring.scores import ByStep, Scores
from competitions.task import Task, TaskData
from esrnn.errors import InputError, Offenders
from esrnn.metrics import (
    acd,
    coverage,
    mase,
    msis,
    naive2,
    owa,
    seasonal_scale,
    smape,
    weighted_quantile_loss,
)

_DECILES = np.arange(1, 10) / 10
_LARGEST = 1e100  # sums over series of much larger errors are infinite


def score(data: TaskData, forecasts: pd.DataFrame) -> Scores:
    """Score forecasts as the task's competition did: means over all series.

    Forecasts have the columns ``unique_id``, ``ds``, ``y_hat`` and the bounds ``lo-95``, ``hi-95``,
    in any order of rows; all bounds NaN where a method gives none. The task's `decile_columns` may
    follow. Raises InputError if `check_forecasts` finds anything, MASE is not defined for a series,
    or a forecast is so large that a measure overflows.
    """
    arrays = _Arrays.of(data, forecasts)
    y, y_hat, scale = arrays.y, arrays.y_hat, arrays.scale
    benchmark = _naive2(data)
    intervals: dict[str, float | None] = {"msis": None, "acd": None, "coverage": None}
    if arrays.bounds is not None:
        nominal = data.task.levels[0] / 100
        intervals = {
            "msis": msis(y, *arrays.bounds, scale=scale, nominal=nominal),
            "acd": acd(y, *arrays.bounds, nominal=nominal),
            "coverage": coverage(y, *arrays.bounds),
        }
    return Scores(
        n_series=len(y),
        smape=smape(y, y_hat),
        mase=mase(y, y_hat, scale=scale),
        owa=owa(y, y_hat, benchmark=benchmark, scale=scale),
        **intervals,
        by_step=_by_step(arrays),
        naive2_smape=smape(y, benchmark),
        naive2_mase=mase(y, benchmark, scale=scale),
        wql=None if arrays.deciles is None else decile_loss(y, arrays.deciles),
        mean_abs=float(np.abs(y).mean()),
    )


def series_scores(data: TaskData, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Score each series by itself; the means of the columns are the task's scores.

    Columns are ``unique_id``, ``smape``, ``mase`` and ``msis``, which is NaN where a method gives
    no intervals; OWA is not defined for one series. Forecasts and errors are those of `score`.
    """
    arrays = _Arrays.of(data, forecasts)
    y, scale = arrays.y, arrays.scale
    columns: dict[str, npt.ArrayLike] = {
        "unique_id": data.ids,
        "smape": smape(y, arrays.y_hat, per_series=True),
        "mase": mase(y, arrays.y_hat, scale=scale, per_series=True),
        "msis": np.full(len(y), np.nan),
    }
    if arrays.bounds is not None:
        nominal = data.task.levels[0] / 100
        columns["msis"] = msis(y, *arrays.bounds, scale=scale, nominal=nominal, per_series=True)
    return pd.DataFrame(columns)


def naive2_means(data: TaskData) -> tuple[float, float]:
    """Return sMAPE and MASE of Naive2 on a task's series, by which OWA divides."""
    y, benchmark = data.actual, _naive2(data)
    return smape(y, benchmark), mase(y, benchmark, scale=_scale(data))


def decile_loss(y: npt.NDArray[np.float64], deciles: npt.NDArray[np.float64]) -> float | None:
    """Return `esrnn.metrics.weighted_quantile_loss` at the nine deciles.

    `y` of shape (N, H) is NaN where nothing was observed, `deciles` have the shape (N, H, 9). None
    if all that was observed is zero: there is nothing to weight by.

    Examples
    --------
    >>> decile_loss(np.array([[4.0, np.nan]]), np.full((1, 2, 9), 3.0))
    0.25
    """
    if not np.nansum(np.abs(y)):
        return None
    return weighted_quantile_loss(y, deciles, quantile_level=_DECILES)


@dataclass(frozen=True, eq=False)
class _Arrays:
    """What the measures take: arrays of shape (N, H), and the scales of shape (N,)."""

    y: npt.NDArray[np.float64]
    y_hat: npt.NDArray[np.float64]
    bounds: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None
    scale: npt.NDArray[np.float64]
    deciles: npt.NDArray[np.float64] | None  # (N, H, 9)

    @classmethod
    def of(cls, data: TaskData, forecasts: pd.DataFrame) -> _Arrays:
        """Check the forecasts, and lay them out in the order of the task's test part."""
        problems = check_forecasts(data, forecasts)
        if problems:
            raise InputError(
                f"these forecasts cannot be scored on {data.task.name}: " + "; ".join(problems)
            )
        _refuse_overflow(data.task, forecasts)
        y, level = data.actual, data.task.levels[0]
        ordered = forecasts.set_index(["unique_id", "ds"]).reindex(data.test.index)
        y_hat, lower, upper = (
            ordered[column].to_numpy(dtype=np.float64, na_value=np.nan).reshape(y.shape)
            for column in ("y_hat", f"lo-{level}", f"hi-{level}")
        )
        bounds = None if np.isnan(lower).all() else (lower, upper)
        return cls(y, y_hat, bounds, _scale(data), _deciles(data.task, ordered))


def _refuse_overflow(task: Task, forecasts: pd.DataFrame) -> None:
    numbers = forecasts.drop(columns=["unique_id", "ds"]).abs().max(axis=1)
    rows = forecasts[(numbers > _LARGEST).to_numpy()]
    if len(rows):
        raise InputError.of_series(
            f"these forecasts cannot be scored on {task.name}: measures overflow for "
            f"forecasts and bounds beyond {_LARGEST:g};",
            Offenders(rows["unique_id"].tolist(), rows["ds"].tolist()),
        )


def _deciles(task: Task, ordered: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """Return the deciles, shape (N, H, 9); None if a method gives none."""
    columns = list(task.decile_columns)
    if columns[0] not in ordered or ordered[columns].isna().to_numpy().all():
        return None
    columns.insert(len(columns) // 2, "y_hat")
    return ordered[columns].to_numpy(dtype=np.float64).reshape(-1, task.horizon, len(columns))


def _naive2(data: TaskData) -> npt.NDArray[np.float64]:
    period = data.task.seasonal_period
    return naive2(data.values, data.task.horizon, period, indptr=data.indptr)


def _scale(data: TaskData) -> npt.NDArray[np.float64]:
    scale = seasonal_scale(data.values, data.task.seasonal_period, indptr=data.indptr)
    undefined = np.flatnonzero(~(scale > 0))
    if undefined.size:
        raise InputError.of_series(
            f"MASE, MSIS and OWA are not defined on {data.task.name}: the training part "
            "repeats the same season throughout or is not longer than one;",
            Offenders([data.ids[i] for i in undefined]),
            "Score a task without these series.",
        )
    return scale


def _by_step(arrays: _Arrays) -> ByStep:
    """Take each step's forecasts as a panel of horizon 1."""
    y, y_hat, steps = arrays.y, arrays.y_hat, range(arrays.y.shape[1])
    covered = None
    if arrays.bounds is not None:
        lower, upper = arrays.bounds
        covered = tuple(
            coverage(y[:, h, None], lower[:, h, None], upper[:, h, None]) for h in steps
        )
    return ByStep(
        tuple(smape(y[:, h, None], y_hat[:, h, None]) for h in steps),
        tuple(mase(y[:, h, None], y_hat[:, h, None], scale=arrays.scale) for h in steps),
        covered,
    )
