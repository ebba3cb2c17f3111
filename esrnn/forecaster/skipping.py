"""Forecasts without the fitted series that can't be forecast, such as for want of values of X."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.partner import subset_model
from esrnn.frames.skipping import skip_series

__all__ = ["skip_fitted", "take_fitted"]

Result = TypeVar("Result")


def skip_fitted(
    forecast: Callable[[FittedPanel], Result], fitted: FittedPanel
) -> tuple[Result, pd.DataFrame]:
    """Forecast a fitted panel, without the series that errors name.

    Parameters
    ----------
    forecast : callable
        Takes the fitted panel, or some of its series, such as
        ``lambda some: some.forecast_frame(12, X)``.
    fitted : FittedPanel

    Returns
    -------
    result
        What `forecast` returned.
    skipped : pd.DataFrame
        A row for each fault, as of `esrnn.frames.skipping.skip_series`.

    Raises
    ------
    EsrnnError
        If no series can be forecast, or for a fault of X as a whole.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from esrnn.forecaster import fit_panel
    >>> from esrnn.frames import long_to_panel
    >>> df = pd.DataFrame({"unique_id": ["a"] * 9 + ["b"] * 9, "ds": [*range(9)] * 2, "y": 1.0})
    >>> X = df.assign(promo=[0, 1, 0] * 6).set_index(["unique_id", "ds"])[["promo"]]
    >>> tiny = {"horizon": 1, "n_members": 1, "n_epochs": 1, "hidden_size": 4}
    >>> fitted = fit_panel(long_to_panel(df), X, tiny)
    >>> ahead = pd.DataFrame({"promo": [1]}, pd.MultiIndex.from_tuples([("a", 9)]))
    >>> frame, skipped = skip_fitted(lambda some: some.forecast_frame(1, ahead), fitted)
    >>> frame["unique_id"].tolist(), skipped["series"].tolist(), skipped["step"].tolist()
    (['a'], ['b'], [9])
    """
    return skip_series(
        forecast,
        fitted,
        lambda some: some.framed.ids,
        lambda some, which: take_fitted(some, np.flatnonzero(which)),
    )


def take_fitted(fitted: FittedPanel, series: IntArray) -> FittedPanel:
    """Return some of the series, with their parameters as they are.

    Parameters
    ----------
    fitted : FittedPanel
    series : ndarray of shape (B,), int64
        Their numbers.

    Returns
    -------
    FittedPanel
    """
    return replace(
        fitted, framed=fitted.framed.subset(series), model=subset_model(fitted.model, series)
    )
