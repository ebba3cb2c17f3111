"""Scores of forecasts: a pure step from forecasts and task to measures, as the competition's.

Nothing here knows how or where the forecasts were made, or writes a file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.task import Task, TaskData
from esrnn.errors import InputError, describe_offenders
from esrnn.metrics import acd, coverage, mase, msis, naive2, owa, seasonal_scale, smape

__all__ = ["Scores", "check_forecasts", "score"]


@dataclass(frozen=True)
class Scores:
    """Measures over all series of a task.

    Parameters
    ----------
    n_series : int
        Number of series, N.
    smape : float
        In percent.
    mase, owa : float
        OWA is relative to Naive2 on the same series.
    msis, acd, coverage : float or None
        Of the intervals of the task's first level; None where a method gives no intervals.
    """

    n_series: int
    smape: float
    mase: float
    owa: float
    msis: float | None
    acd: float | None
    coverage: float | None

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the measures by name."""
        return asdict(self)


def score(data: TaskData, forecasts: pd.DataFrame) -> Scores:
    """Score forecasts as the task's competition did.

    Parameters
    ----------
    data : TaskData
        The task and its series.
    forecasts : pandas.DataFrame
        Columns ``unique_id``, ``ds``, ``y_hat`` and the bounds ``lo-95``, ``hi-95``, in any order
        of rows; all bounds NaN where a method gives none.

    Returns
    -------
    Scores
        Means over all series.

    Raises
    ------
    InputError
        If `check_forecasts` finds anything.
    """
    ordered = _in_order(data, forecasts)
    y = data.actual
    y_hat = _matrix(ordered, "y_hat", y.shape)
    period = data.task.seasonal_period
    scale = seasonal_scale(data.values, period, indptr=data.indptr)
    benchmark = naive2(data.values, data.task.horizon, period, indptr=data.indptr)
    level = data.task.levels[0]
    lower, upper = (_matrix(ordered, f"{side}-{level}", y.shape) for side in ("lo", "hi"))
    intervals: dict[str, float | None] = {"msis": None, "acd": None, "coverage": None}
    if not np.isnan(lower).all():
        intervals = {
            "msis": msis(y, lower, upper, scale=scale, nominal=level / 100),
            "acd": acd(y, lower, upper, nominal=level / 100),
            "coverage": coverage(y, lower, upper),
        }
    return Scores(
        n_series=len(y),
        smape=smape(y, y_hat),
        mase=mase(y, y_hat, scale=scale),
        owa=owa(y, y_hat, benchmark=benchmark, scale=scale),
        **intervals,
    )


def check_forecasts(data: TaskData, forecasts: pd.DataFrame) -> list[str]:
    """List everything that is wrong with a frame of forecasts.

    Parameters
    ----------
    data : TaskData
        The task and its series.
    forecasts : pandas.DataFrame
        As for `score`.

    Returns
    -------
    list of str
        Empty if the forecasts can be scored.
    """
    task = data.task
    columns = [str(column) for column in forecasts.columns]
    absent = [column for column in task.forecast_columns if column not in columns]
    unknown = [column for column in columns if column not in task.forecast_columns]
    problems = [f"no column {column!r}" for column in absent]
    problems += [f"column {column!r} is not expected" for column in unknown]
    if absent:
        return problems
    return problems + _wrong_rows(data, forecasts) + _wrong_values(task, forecasts)


def _wrong_rows(data: TaskData, forecasts: pd.DataFrame) -> list[str]:
    """List series and steps that are absent, not asked for, or there twice."""
    given = pd.MultiIndex.from_frame(forecasts[["unique_id", "ds"]])
    asked = data.test.index
    ids = pd.Index(given.get_level_values(0).unique())
    problems = []
    for text, some in (
        ("series without a forecast", pd.Index(data.ids).difference(ids, sort=False)),
        ("series that the task has not", ids.difference(pd.Index(data.ids), sort=False)),
    ):
        if len(some):
            problems.append(f"{text}, {describe_offenders(some.tolist())}")
    known = given.get_level_values(0).isin(data.ids)
    for text, rows in (
        ("rows that are there twice", given[given.duplicated()]),
        ("steps that the task does not ask for", given[known & ~given.isin(asked)]),
        ("steps without a forecast", asked[asked.isin(ids, level=0) & ~asked.isin(given)]),
    ):
        if len(rows):
            series, steps = (rows.get_level_values(level).tolist() for level in (0, 1))
            problems.append(f"{text}, {describe_offenders(series, steps)}")
    return problems


def _wrong_values(task: Task, forecasts: pd.DataFrame) -> list[str]:
    """List forecasts that are not finite, and bounds that are not or that cross."""
    problems = []
    numbers = forecasts[list(task.forecast_columns[2:])]
    for column in numbers.columns:
        if not pd.api.types.is_numeric_dtype(numbers[column]):
            return [f"column {column!r} does not hold numbers"]
    bounds = list(task.interval_columns)
    has_intervals = not numbers[bounds].isna().to_numpy().all()
    for column in ["y_hat", *(bounds if has_intervals else [])]:
        bad = ~np.isfinite(numbers[column].to_numpy(dtype=np.float64, na_value=np.nan))
        if bad.any():
            problems.append(f"{column} is not finite, {_offenders(forecasts[bad], column)}")
    for level in task.levels if has_intervals else ():
        crossed = (numbers[f"lo-{level}"] > numbers[f"hi-{level}"]).to_numpy()
        if crossed.any():
            listed = _offenders(forecasts[crossed], f"lo-{level}")
            problems.append(f"lo-{level} is above hi-{level}, {listed}")
    return problems


def _offenders(rows: pd.DataFrame, column: str) -> str:
    return describe_offenders(
        rows["unique_id"].tolist(), rows["ds"].tolist(), rows[column].tolist()
    )


def _in_order(data: TaskData, forecasts: pd.DataFrame) -> pd.DataFrame:
    """Return the forecasts in the order of the task's test part, after checking them."""
    problems = check_forecasts(data, forecasts)
    if problems:
        raise InputError(
            f"these forecasts cannot be scored on {data.task.name}: " + "; ".join(problems)
        )
    return forecasts.set_index(["unique_id", "ds"]).reindex(data.test.index)


def _matrix(frame: pd.DataFrame, column: str, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    return frame[column].to_numpy(dtype=np.float64, na_value=np.nan).reshape(shape)
