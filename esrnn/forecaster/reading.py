"""Reading series for networks that were trained before, with the step that they were trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from pandas.tseries.offsets import BDay

from esrnn.errors import InputError
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel, long_to_panel, sktime_to_panel
from esrnn.frames.skipping import Errors
from esrnn.frames.steps_found import step_like
from esrnn.frames.times import Frequency

__all__ = ["LongColumns", "read_long", "read_series"]

_THREE_WEEKS = 15


def read_series(y: pd.DataFrame, model: TrainedModel | None) -> FramedPanel:
    """Convert one of sktime's containers to a panel.

    Parameters
    ----------
    y : pd.DataFrame
        With one column.
    model : TrainedModel or None
        Trained networks. Few time stamps do not tell their step: that of a series with one is
        unknown, and two may be a week apart in daily data. Where they lie on the steps of
        training, these are taken.

    Returns
    -------
    FramedPanel

    Raises
    ------
    InputTypeError, InputError
        As `sktime_to_panel`, or if the time stamps do not lie on the steps of training.
    """
    if model is None:
        return sktime_to_panel(y)
    return _with_step_of(
        model,
        lambda: step_like(model.grid, y.index.get_level_values(-1)),
        lambda freq: sktime_to_panel(y, freq=freq, may_mix=False),
    )


@dataclass(frozen=True)
class LongColumns:
    """What the columns of a long frame are called: ids, time stamps and values."""

    id: str = "unique_id"
    time: str = "ds"
    value: str = "y"


def read_long(
    df: pd.DataFrame,
    model: TrainedModel | None,
    columns: LongColumns,
    errors: Errors = "raise",
) -> FramedPanel:
    """Convert a long frame to a panel.

    Parameters
    ----------
    df : pd.DataFrame
        One row for each series and time stamp.
    model : TrainedModel or None
        As for `read_series`.
    columns : LongColumns
    errors : {"raise", "skip"}
        As for `esrnn.frames.long_to_panel`.

    Returns
    -------
    FramedPanel

    Raises
    ------
    InputTypeError, InputError
        As `long_to_panel`, or if the time stamps do not lie on the steps of training.
    """

    def read(freq: Frequency | None) -> FramedPanel:
        return long_to_panel(
            df,
            id_col=columns.id,
            time_col=columns.time,
            target_col=columns.value,
            freq=freq,
            may_mix=False,
            errors=errors,
        )

    if model is None:
        return read(None)

    def step_of_training() -> Frequency | None:
        dtype = df[columns.time].dtype
        known = isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype) or dtype.kind in "iuM"
        return step_like(model.grid, pd.Index(df[columns.time].dropna())) if known else None

    return _with_step_of(model, step_of_training, read)


def _with_step_of(
    model: TrainedModel,
    step_of_training: Callable[[], Frequency | None],
    read: Callable[[Frequency | None], FramedPanel],
) -> FramedPanel:
    """Read a panel with the step that its time stamps tell, or else with the step of training."""
    framed = None
    try:
        framed = read(None)
        model.require_steps(framed)
    except InputError:
        step = step_of_training()
        if step is None or (framed is not None and _has_business_days(framed)):
            raise
    else:
        return framed
    try:
        return read(step)
    except InputError:
        if framed is not None:
            model.require_steps(framed)
        raise


def _has_business_days(framed: FramedPanel) -> bool:
    """Return whether weekends are missing too often for a chance; they lie on the steps of days."""
    weekdays = isinstance(framed.times.freq, BDay)
    return weekdays and int(framed.panel.lengths.max()) >= _THREE_WEEKS
