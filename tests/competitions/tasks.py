"""A small task of two series, so that scores can be worked out by hand."""

import numpy as np
import pandas as pd

from competitions.task import Task, TaskData, values_sha256


def small_task() -> TaskData:
    """Two series of unequal length, two steps ahead, no seasonality: Naive2 is Naive."""
    train = small_frame({"b": ([1.0, 3.0, 4.0], 1), "a": ([10.0, 12.0], 1)})
    test = small_frame({"b": ([6.0, 2.0], 4), "a": ([12.0, 16.0], 3)})
    task = Task(
        name="small",
        title="Small",
        competition="m4",
        group="yearly",
        files={"train": "m4/yearly_train.parquet", "test": "m4/yearly_test.parquet"},
        horizon=2,
        seasonal_period=1,
        measures=("smape", "mase", "owa", "msis", "acd", "coverage"),
        levels=(95,),
        n_series=2,
        n_in_group=2,
        n_truncated=0,
        ids=("b", "a"),
        train_lengths=(),
        sha256=values_sha256(train, test),
    )
    return TaskData(task, train, test)


def small_forecasts() -> pd.DataFrame:
    """Forecasts of the small task in another order than the task's."""
    return pd.DataFrame(
        {
            "unique_id": ["a", "a", "b", "b"],
            "ds": [3, 4, 4, 5],
            "y_hat": [12.0, 12.0, 6.0, 4.0],
            "lo-95": [10.0, 10.0, 5.0, 3.0],
            "hi-95": [14.0, 14.0, 7.0, 5.0],
        }
    )


def small_frame(series: dict[str, tuple[list[float], int]]) -> pd.DataFrame:
    """Lay out series, each its values and its first step, as a task's frame."""
    rows = [
        (name, first + i, value)
        for name, (values, first) in series.items()
        for i, value in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["unique_id", "ds", "y"])
    return frame.astype({"ds": np.int64}).set_index(["unique_id", "ds"])
