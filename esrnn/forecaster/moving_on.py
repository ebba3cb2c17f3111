"""Series move on with new rows: which ones keep their smoothing parameters, and which can't."""

from __future__ import annotations

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.forecaster.partner import replace_series_of
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel
from esrnn.panel.flat import any_of_each

__all__ = ["moved_on"]


def moved_on(
    model: TrainedModel, framed: FramedPanel, columns: pd.DataFrame | None, begin_anew: IntArray
) -> TrainedModel:
    """Return the model of series that have new rows, without training a network.

    Parameters
    ----------
    model : TrainedModel
        Of the series as they were.
    framed : FramedPanel
        The series with their new rows; new series are behind those of the model.
    columns : pd.DataFrame or None
        All rows of X.
    begin_anew : ndarray of int64
        Numbers of the series that are new, or begin at another step than before: initial seasonal
        factors count from the first step.

    Returns
    -------
    TrainedModel
        The series keep their smoothing parameters, except for those in `begin_anew`, and those
        that were positive and now have a zero or a negative value: these are fitted anew, the
        latter in the additive form.

    Raises
    ------
    InputError
        As `TrainedModel.for_new_series`.
    """
    panel, known = framed.panel, model.ensemble.smoothing.additive
    positive = np.zeros(panel.n_series, dtype=np.bool_)
    positive[: known.size] = ~known
    anew = positive & any_of_each(panel.values <= 0.0, panel.indptr)
    anew[begin_anew] = True
    if not anew.any():
        return model
    part = framed.subset(np.flatnonzero(anew))
    fresh = model.for_new_series(part, columns)
    return replace_series_of(model, fresh, panel.ids)
