"""The covariates that a forecaster is given in a window of a backtest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from esrnn._typing import IntArray
from esrnn.evaluation.windows import Window
from esrnn.frames import FramedPanel
from esrnn.frames.time_stamps import match_kind

__all__ = ["KnownCovariates", "known_covariates"]


class KnownCovariates(NamedTuple):
    """Rows of X up to a cutoff, and up to a horizon after it."""

    past: pd.DataFrame
    future: pd.DataFrame


def known_covariates(
    X: pd.DataFrame | None, window: Window, history: FramedPanel, horizon: int
) -> KnownCovariates | None:
    """Return what is known of covariates in a window.

    A step that is forecast and has a row neither in y nor in X, such as a day on which a shop was
    closed, is not scored. But networks read the whole horizon, so there numbers are those of the
    row before; categories are missing. The same holds for series that had ended before, which
    forecasters of sktime forecast, too.

    Parameters
    ----------
    X : pd.DataFrame or None
    window : Window
    history : FramedPanel
        Its series.
    horizon : int

    Returns
    -------
    KnownCovariates or None
    """
    if X is None:
        return None
    time = X.index.get_level_values(-1)
    past, future = X[time <= window.cutoff[0]], X[time <= window.limit[0]]
    tested = window.tested
    ended = np.setdiff1d(np.arange(history.n_series), tested)
    ahead = _steps_ahead(history, tested, horizon).difference(window.future.index)
    after = _steps_ahead(history, ended, horizon)
    new = ahead.append(after) if ended.size else ahead
    if not len(new) or X.index.nlevels != new.nlevels:
        return KnownCovariates(past, future)
    match_kind(time, new.get_level_values(-1), "X")
    future = _with_rows(future, new.difference(future.index))
    return KnownCovariates(past, _without_missing_numbers(future, after))


def _steps_ahead(history: FramedPanel, series: IntArray, horizon: int) -> pd.Index:
    """Return series and time stamp of the steps after the ends of some series."""
    steps = np.tile(np.arange(1, horizon + 1), series.size)
    return history.index(np.repeat(series, horizon), steps)


def _without_missing_numbers(X: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Put 0 for missing numbers in rows that nobody looks at."""
    rows = X.index.isin(index)
    numbers = [name for name, dtype in X.dtypes.items() if is_numeric_dtype(dtype)]
    lacking = [name for name in numbers if X[name].isna().to_numpy()[rows].any()]
    X = X.copy() if lacking else X
    for name in lacking:
        X[name] = X[name].mask(rows & X[name].isna(), 0)
    return X


def _with_rows(X: pd.DataFrame, new: pd.Index) -> pd.DataFrame:
    """Add rows, whose numbers are those of the row before in their series."""
    if not len(new):
        return X
    numbers = [name for name, dtype in X.dtypes.items() if is_numeric_dtype(dtype)]
    X = X.astype(dict.fromkeys(numbers, "float64"))  # also truth values, of which none is missing
    rows = X.iloc[:0].reindex(new)
    both = pd.concat([X[numbers], rows[numbers]])
    both = both.iloc[both.index.get_level_values(-1).argsort(kind="stable")]
    levels = list(range(both.index.nlevels - 1))
    known = both.groupby(level=levels, sort=False).ffill() if levels else both.ffill()
    known = known.loc[new]
    for name in numbers:
        rows[name] = known[name]
    return pd.concat([X, rows])
