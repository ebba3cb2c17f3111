"""Reading series for networks that were trained before, with the step that they were trained on."""

from __future__ import annotations

import pandas as pd
from pandas.tseries.offsets import BDay

from esrnn.errors import InputError
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel, sktime_to_panel
from esrnn.frames.steps_found import step_like

__all__ = ["read_series"]

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
    framed = None
    stamps = y.index.get_level_values(-1)
    step = step_like(model.grid, stamps)
    try:
        framed = sktime_to_panel(y)
        model.require_steps(framed)
    except InputError:
        if step is None or (framed is not None and _has_business_days(framed)):
            raise
    else:
        return framed
    try:
        return sktime_to_panel(y, freq=step, may_mix=False)
    except InputError:
        if framed is not None:
            model.require_steps(framed)
        raise


def _has_business_days(framed: FramedPanel) -> bool:
    """Return whether weekends are missing too often for a chance; they lie on the steps of days."""
    weekdays = isinstance(framed.times.freq, BDay)
    return weekdays and int(framed.panel.lengths.max()) >= _THREE_WEEKS
