"""Frames of forecasts, behind the training part's steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.task import TaskData

__all__ = ["forecast_frame"]

Matrix = npt.NDArray[np.float64]


def forecast_frame(
    data: TaskData, y_hat: Matrix, bounds: Mapping[int, tuple[Matrix, Matrix]]
) -> pd.DataFrame:
    """Lay out forecasts as a frame with the task's `forecast_columns`.

    Parameters
    ----------
    data : TaskData
        The task and its series.
    y_hat : ndarray of shape (N, H)
        Forecasts, in the order of the series.
    bounds : mapping of int to (lower, upper), each of shape (N, H)
        By level in percent; a level that is not there gets NaN.

    Returns
    -------
    pandas.DataFrame
        One row per series and step.
    """
    horizon = data.task.horizon
    last = data.train.index.to_frame(index=False).groupby("unique_id", sort=False)["ds"].last()
    columns: dict[str, npt.ArrayLike] = {
        "unique_id": np.repeat(last.index.to_numpy(), horizon),
        "ds": (last.to_numpy()[:, None] + np.arange(1, horizon + 1)).ravel(),
        "y_hat": y_hat.ravel(),
    }
    nothing = np.full_like(y_hat, np.nan)
    for level in data.task.levels:
        lower, upper = bounds.get(level, (nothing, nothing))
        columns[f"lo-{level}"], columns[f"hi-{level}"] = lower.ravel(), upper.ravel()
    return pd.DataFrame(columns)
