"""The picture of a run: a handful of series with history, forecast and interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from competitions.methods import Result
from competitions.task import TaskData
from esrnn.frames import sktime_to_panel
from esrnn.plotting import plot_forecast

if TYPE_CHECKING:
    from esrnn.components import Components
    from esrnn.ensemble import Ensemble


def draw_picture(data: TaskData, result: Result, path: Path) -> str | None:
    """Draw a run into a PNG file, level and seasonality too where its networks smooth.

    Returns why there is no picture; None if there is.
    """
    forecasts = result.forecasts.set_index(["unique_id", "ds"])
    bounds = {
        ("y", level / 100, side): forecasts[f"{name}-{level}"]
        for level in data.task.levels
        for name, side in (("lo", "lower"), ("hi", "upper"))
    }
    intervals = pd.DataFrame(bounds).dropna(how="all")
    try:
        figure = plot_forecast(
            data.train,
            forecasts[["y_hat"]],
            intervals if len(intervals) else None,
            data.test,
            _components(data, result.ensemble),
        )
    except ImportError as error:
        return f"no picture ({error})"
    figure.savefig(path, format="png")
    return None


def _components(data: TaskData, ensemble: Ensemble | None) -> Components | None:
    """Return level and seasonality where the method smooths."""
    if ensemble is None or ensemble.config.smoothing.level == "last":
        return None
    from esrnn.components import smoothed_components  # here, since it loads torch

    return smoothed_components(ensemble, sktime_to_panel(data.train).panel)
