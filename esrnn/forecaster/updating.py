"""A fitted panel that moves on: new rows, and training that goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from esrnn.forecaster.fit_model import fit_model
from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.moving_on import moved_on
from esrnn.forecaster.train import train_model
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames.append import Appended, append, append_columns

__all__ = ["train_further", "update_panel"]


def update_panel(
    fitted: FittedPanel,
    y: pd.DataFrame | None,
    X: pd.DataFrame | None,
    parameters: Mapping[str, Any] | None = None,
    pretrained: TrainedModel | None = None,
    *,
    rewind: bool = False,
) -> FittedPanel:
    """Merge new rows into the series, and do what a fit does on all of them if that is wanted.

    Parameters
    ----------
    fitted : FittedPanel
    y : pd.DataFrame or None
        New rows as sktime's containers have them; None where only X has new ones.
    X : pd.DataFrame or None
    parameters : mapping, optional
        The arguments of `esrnn.ESRNN`, to fit all data; by default no network is trained, and
        series keep their smoothing parameters (`esrnn.forecaster.moving_on`).
    pretrained : TrainedModel, optional
        As for `esrnn.forecaster.fit_model.fit_model`.
    rewind : bool, default False
        As for `esrnn.frames.append.append`.

    Returns
    -------
    FittedPanel

    Raises
    ------
    InputError
        As `esrnn.frames.append.append` and `esrnn.forecaster.fit_model.fit_model`.
    """
    appended = Appended(fitted.framed, np.empty(0, dtype=np.int64))
    if y is not None:
        appended = append(fitted.framed, y, rewind=rewind)
    framed, model = appended.framed, fitted.model
    columns = append_columns(fitted.columns, X, framed, framed.ids[fitted.framed.n_series :])
    if parameters is None:
        with framed.dating_errors():
            model = moved_on(model, framed, columns, appended.begin_anew)
    else:
        start = None if pretrained is None else replace(pretrained, starts=None)
        model = fit_model(framed, columns, model.horizon, parameters, start)
    return FittedPanel(framed, columns, model)


def train_further(fitted: FittedPanel, parameters: Mapping[str, Any]) -> FittedPanel:
    """Train the networks further on the series at hand; a partner's stay as they are.

    Parameters
    ----------
    fitted : FittedPanel
    parameters : mapping
        The arguments of `esrnn.ESRNN`.

    Returns
    -------
    FittedPanel
    """
    before = fitted.model
    model = train_model(fitted.framed, fitted.columns, before.horizon, parameters, before)
    strategy = "fine_tune" if before.strategy == "zero_shot" else before.strategy
    return replace(fitted, model=replace(model, strategy=strategy, partner=before.partner))
