"""The best and the worst series of a result, cut out of the data for drawing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from competitions.store.read import StoredResult
from competitions.task import TaskData

_MIN_TAIL, _HORIZONS = 24, 3


@dataclass(frozen=True, eq=False)
class Picture:
    """One series with its forecast."""

    series: str
    rank: str
    method: str
    mase: float  # of the forecast
    smape: float
    history: npt.NDArray[np.float64]  # the last observations before the forecast
    actual: npt.NDArray[np.float64]  # what came, and what was forecast, shape (H,)
    y_hat: npt.NDArray[np.float64]
    # Lower and upper ones of the task's first level
    bounds: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]] | None


def draw_from(data: TaskData, result: StoredResult) -> tuple[Picture, ...]:
    """Return a result's best and worst series, as its sample has them."""
    sample, task = result.sample, data.task
    places = {series: i for i, series in enumerate(data.ids)}
    tail = max(_MIN_TAIL, _HORIZONS * task.horizon, 2 * task.seasonal_period)
    level = task.levels[0]
    pictures = []
    for rank in ("best", "worst"):
        for series in getattr(sample, rank):
            i, k = places[series], sample.ids.index(series)
            rows = result.forecasts[result.forecasts["unique_id"] == series]
            bounds = None
            if sample.msis is not None:
                bounds = (rows[f"lo-{level}"].to_numpy(), rows[f"hi-{level}"].to_numpy())
            start = max(data.indptr[i], data.indptr[i + 1] - tail)
            picture = Picture(
                series=series,
                rank=rank,
                method=result.run.method,
                mase=sample.mase[k],
                smape=sample.smape[k],
                history=data.values[start : data.indptr[i + 1]],
                actual=data.actual[i],
                y_hat=rows["y_hat"].to_numpy(),
                bounds=bounds,
            )
            pictures.append(picture)
    return tuple(pictures)
