"""What can be wrong with a frame of forecasts; everything is listed, nothing is mended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competitions.task import TaskData
from esrnn.errors import Offenders


def check_forecasts(data: TaskData, forecasts: pd.DataFrame) -> list[str]:
    """List everything that is wrong with a frame of forecasts, as `score` takes it."""
    task = data.task
    columns = [str(column) for column in forecasts.columns]
    absent = [column for column in task.forecast_columns if column not in columns]
    deciles = [column for column in task.decile_columns if column in columns]
    if deciles:  # all of them or none
        absent += [column for column in task.decile_columns if column not in columns]
    unknown = [column for column in columns if column not in (*task.forecast_columns, *deciles)]
    problems = [f"no column {column!r}" for column in absent]
    problems += [f"column {column!r} is not expected" for column in unknown]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    problems += [f"column {column!r} is there more than once" for column in twice]
    if absent or twice:
        return problems
    return problems + _wrong_rows(data, forecasts) + _wrong_values(data, forecasts)


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
            problems.append(f"{text}, {Offenders(some.tolist())}")
    known = given.get_level_values(0).isin(data.ids)
    for text, rows in (
        ("rows that are there twice", given[given.duplicated()]),
        ("steps that the task does not ask for", given[known & ~given.isin(asked)]),
        ("steps without a forecast", asked[asked.isin(ids, level=0) & ~asked.isin(given)]),
    ):
        if len(rows):
            series = rows.get_level_values(0).tolist()
            problems.append(f"{text}, {Offenders(series, data.times(rows))}")
    return problems


def _wrong_values(data: TaskData, forecasts: pd.DataFrame) -> list[str]:
    """List forecasts that are not finite, and bounds that are not or that cross."""
    task, problems = data.task, []
    numbers = forecasts.drop(columns=["unique_id", "ds"])
    for column in numbers.columns.intersection([*task.forecast_columns, *task.decile_columns]):
        if not pd.api.types.is_numeric_dtype(numbers[column]):
            return [f"column {column!r} does not hold numbers"]
    given = ["y_hat"]
    for bounds in (task.interval_columns, task.decile_columns):
        some = [column for column in bounds if column in numbers]
        given += some if not numbers[some].isna().to_numpy().all() else []
    for column in given:
        bad = ~np.isfinite(numbers[column].to_numpy(dtype=np.float64, na_value=np.nan))
        if bad.any():
            problems.append(f"{column} is not finite, {_offenders(data, forecasts[bad], column)}")
    for level in task.asked_levels:
        if f"lo-{level}" not in given:
            continue
        crossed = (numbers[f"lo-{level}"] > numbers[f"hi-{level}"]).to_numpy()
        if crossed.any():
            listed = _offenders(data, forecasts[crossed], f"lo-{level}")
            problems.append(f"lo-{level} is above hi-{level}, {listed}")
    return problems


def _offenders(data: TaskData, rows: pd.DataFrame, column: str) -> Offenders:
    index = pd.MultiIndex.from_frame(rows[["unique_id", "ds"]])
    return Offenders(rows["unique_id"].tolist(), data.times(index), rows[column].tolist())
