"""The picture of a run: a handful of series with history, forecast and interval."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from competitions.methods import Result
from competitions.task import TaskData

__all__ = ["draw_picture"]


def draw_picture(data: TaskData, result: Result, path: Path) -> str | None:
    """Draw the run's picture into a file.

    Parameters
    ----------
    data : TaskData
        The task and its series.
    result : Result
        Forecasts, and the fitted forecaster where the method has one, whose level and seasonality
        are drawn too.
    path : pathlib.Path
        The PNG file to write.

    Returns
    -------
    str or None
        Why there is no picture; None if there is.
    """
    try:
        plotting = import_module("esrnn.plotting")
    except ImportError as error:
        return f"no picture ({error}); pip install 'esrnn[plots]' brings what it needs"
    figure = plotting.plot_forecasts(
        data.train, result.forecasts, actual=data.test, forecaster=result.forecaster
    )
    figure.savefig(path)
    return None
