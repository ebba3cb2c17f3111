"""A panel and the networks that forecast it: from a frame to a `FittedPanel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from esrnn.errors import InputError
from esrnn.forecaster.arguments import as_seed
from esrnn.forecaster.fit_model import fit_model
from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel
from esrnn.frames.skipping import Errors, join_skipped, skip_series, skips

if TYPE_CHECKING:
    from esrnn.ensemble import MemberStore

__all__ = ["fit_panel"]


def fit_panel(
    framed: FramedPanel,
    X: pd.DataFrame | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    model: TrainedModel | None = None,
    errors: Errors = "raise",
    store: MemberStore | None = None,
) -> FittedPanel:
    """Train networks on the series of a panel, or use trained ones for them.

    Parameters
    ----------
    framed : FramedPanel
        The series, such as `esrnn.frames.long_to_panel` reads from a long frame.
    X : pd.DataFrame, optional
        Covariates, indexed by series and time: over the history, and over the future where they
        are known.
    settings : mapping of str to object, optional
        Arguments of `esrnn.ESRNN` by name, such as ``{"horizon": 8}``; those left out take their
        defaults.
    model : TrainedModel, optional
        Networks to use as they are. Only the smoothing parameters of each series are then fitted,
        and no settings may be given.
    errors : {"raise", "skip"}
        ``"skip"`` leaves out series with faults, such as an infinite value in X or a zero with
        ``seasonality="multiplicative"``, and totals over them. The forecasts of the others are
        those of a fit without them, and `framed.skipped` of the result says which and why.
    store : esrnn.ensemble.MemberStore, optional
        Keeps trained members, so that a fit that was ended can go on.

    Returns
    -------
    FittedPanel

    Raises
    ------
    InputTypeError, InputError
        If an argument is unknown or not valid, or the data can't be used with `model`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from esrnn.frames import long_to_panel
    >>> ds = pd.period_range("2022-01", periods=24, freq="M")
    >>> df = pd.DataFrame({"unique_id": "a", "ds": ds, "y": 10.0 + np.arange(24.0) % 12})
    >>> small = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4}
    >>> fitted = fit_panel(long_to_panel(df), settings=small)
    >>> forecast = fitted.forecast_frame(coverages=[0.95])
    >>> forecast.columns.tolist(), len(forecast)
    (['unique_id', 'ds', 'y_hat', 'lo-95', 'hi-95'], 2)
    """
    settings = dict(settings or {})
    if model is not None and settings:
        raise InputError(
            f"with a trained model no settings are taken; got {sorted(settings)}. Leave them out,"
            " or leave out model to train with them."
        )
    # A RandomState moves on once, however often it is tried.
    settings["random_state"] = as_seed(settings.get("random_state"))

    def fit(framed: FramedPanel) -> FittedPanel:
        if model is not None:
            moved = model.for_new_series(framed, X)
            return FittedPanel(framed, X, replace(moved, strategy="zero_shot"))
        fresh = fit_model(framed, X, settings.get("horizon"), settings, store=store)
        return FittedPanel(framed, X, fresh)

    if not skips(errors):
        return fit(framed)
    fitted, skipped = skip_series(
        fit,
        framed,
        lambda framed: framed.ids,
        lambda framed, which: framed.subset(np.flatnonzero(which)),
    )
    skipped = join_skipped(framed.skipped, skipped)
    return replace(fitted, framed=replace(fitted.framed, skipped=skipped))
