"""What a backtest runs at each origin: settings of `ESRNN`, trained networks, or a forecaster."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.errors import InputError, InputTypeError, StaleSeriesWarning
from esrnn.evaluation.forecast_tables import ForecastTable, read_forecast
from esrnn.forecaster.fit import fit_panel
from esrnn.forecaster.fitted_panel import FittedPanel
from esrnn.forecaster.skipping import skip_fitted, take_fitted
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import CovariateEncoder, FramedPanel
from esrnn.frames.skipping import Errors
from esrnn.frames.times import as_steps

__all__ = ["Forecaster", "Method", "forecast_window", "horizon_of", "require_covariates"]


class Forecaster(Protocol):
    """What a forecaster of sktime can do."""

    def clone(self) -> Forecaster: ...  # noqa: D102

    def fit(self, y: Any, X: Any = None, fh: Any = None) -> Forecaster: ...  # noqa: D102

    def predict(self, fh: Any = None, X: Any = None) -> pd.Series | pd.DataFrame: ...  # noqa: D102

    def predict_quantiles(self, fh: Any = None, X: Any = None, alpha: Any = None) -> pd.DataFrame:  # noqa: D102
        ...

    def get_tag(self, tag_name: str, tag_value_default: Any = None) -> Any: ...  # noqa: D102


Method: TypeAlias = Mapping[str, Any] | TrainedModel | Forecaster | None


def horizon_of(method: Method, horizon: int | None) -> int:
    """Return the steps ahead that are asked for, or that a method knows.

    Parameters
    ----------
    method : Method
    horizon : int or None

    Returns
    -------
    int

    Raises
    ------
    InputTypeError
        If the method is none.
    InputError
        If there is no horizon.
    """
    if isinstance(method, type):
        raise InputTypeError(
            f"forecaster must be an object; got the class {method.__name__}. Make one, such as"
            f" {method.__name__}()."
        )
    if method is None:
        own = None
    elif isinstance(method, Mapping):
        own = method.get("horizon")
    elif isinstance(method, TrainedModel):
        own = method.horizon
    elif all(hasattr(method, name) for name in ("clone", "fit", "predict", "get_tag")):
        own = getattr(method, "horizon", None)
    else:
        raise InputTypeError(
            "forecaster must be an ESRNN or another forecaster of sktime, settings of ESRNN such as"
            f" {{'horizon': 7}}, or a TrainedModel; got {type(method).__name__}"
        )
    if horizon is None and own is None:
        raise InputError("backtest needs a horizon; pass horizon=, the steps ahead to forecast.")
    return cast("int", own if horizon is None else horizon)


def require_covariates(
    method: Method,
    history: FramedPanel,
    X: tuple[pd.DataFrame, pd.DataFrame] | None,
    tested: IntArray,
    horizon: int,
) -> None:
    """Refuse an X that lacks values of the steps to forecast, before anything is fitted.

    Parameters
    ----------
    method : Method
        Only settings of `ESRNN` are looked at; what other forecasters need they say themselves.
    history : FramedPanel
    X : tuple of pd.DataFrame or None
        As for `forecast_window`.
    tested : ndarray of int
    horizon : int

    Raises
    ------
    InputTypeError, InputError
        As `esrnn.frames.CovariateEncoder`.
    """
    skips = isinstance(method, Mapping) and method.get("errors") == "skip"
    if X is not None and not skips and (method is None or isinstance(method, Mapping)):
        past, future = X
        CovariateEncoder.fit(past, history).require(history.subset(tested), future, horizon)


def forecast_window(
    method: Method,
    history: FramedPanel,
    y: pd.Series,
    X: tuple[pd.DataFrame, pd.DataFrame] | None,
    tested: IntArray,
    horizon: int,
    levels: Sequence[float],
) -> ForecastTable:
    """Fit a method to what is known, and forecast.

    Parameters
    ----------
    method : Method
    history : FramedPanel
    y : pd.Series
        The frame that it was made of.
    X : tuple of pd.DataFrame or None
        Rows up to the cutoff, and up to a horizon after it.
    tested : ndarray of int
        Numbers of the series to forecast.
    horizon : int
    levels : sequence of float
        Quantile levels, 0.5 among them.

    Returns
    -------
    ForecastTable
        Series after series, without those that a forecaster with ``errors="skip"`` left out.

    Raises
    ------
    InputError
        If a forecaster of sktime leaves out steps, or series without being told to.
    """
    past, future = (None, None) if X is None else X
    if method is None or isinstance(method, Mapping | TrainedModel):
        return _by_networks(method, history, (past, future), tested, horizon, levels)
    index = history.index(
        np.repeat(tested, horizon), np.tile(np.arange(1, horizon + 1), tested.size)
    )
    every = np.arange(history.n_series)
    ahead = history.index(np.repeat(every, horizon), np.tile(np.arange(1, horizon + 1), every.size))
    forecaster = method.clone()
    if forecaster.get_tag("X-y-must-have-same-index", True):
        past, future = _at(past, y.index), _at(future, ahead)
    with warnings.catch_warnings():
        # Series that ended before the cutoff are trained on, and not scored.
        warnings.simplefilter("ignore", StaleSeriesWarning)
        forecaster.fit(
            _regular(y), X=past, fh=list(range(1, horizon + 1))
        )  # fmt: skip
        parts = [forecaster.predict(X=future)]
        if len(levels) > 1 and forecaster.get_tag("capability:pred_int", False):
            alpha = list(levels)
            parts.append(forecaster.predict_quantiles(X=future, alpha=alpha))
    if getattr(method, "errors", None) == "skip":
        index = _of_series_in(index, parts[0].index)
    some = [part.loc[part.index.isin(index)] for part in parts]
    if not len(index) or len(some[0]) != len(index):
        raise InputError(
            f"{type(method).__name__} must forecast every series at each step after the cutoff,"
            f" {tested.size * horizon} rows; got {len(some[0])} of them. It left out series, or its"
            " time stamps are others."
        )
    return read_forecast([part.reindex(index) for part in some], list(index.names))


def _by_networks(
    method: Mapping[str, Any] | TrainedModel | None,
    history: FramedPanel,
    X: tuple[pd.DataFrame | None, pd.DataFrame | None],
    tested: IntArray,
    horizon: int,
    levels: Sequence[float],
) -> ForecastTable:
    """Forecast by trained networks, or by those that settings describe."""
    model, settings = None, None
    if isinstance(method, TrainedModel):
        model = method
    else:
        settings = {**(method or {}), "horizon": horizon}
    errors: Errors = "raise" if settings is None else settings.pop("errors", "raise")
    device = "auto" if settings is None else str(settings.get("device", "auto"))
    is_mean = settings is not None and settings.get("point") == "mean"

    def forecast(some: FittedPanel) -> ForecastTable:
        steps = as_steps(horizon, some.framed.n_series)
        flat = some.quantiles(steps, X[1], levels, device).reshape(len(levels), -1)
        point = flat[list(levels).index(0.5)]
        if is_mean:
            point = some.forecast(steps, X[1], device, "mean").ravel()
        series = history.ids.get_indexer(some.framed.ids)
        index = history.index(np.repeat(series, horizon), steps.ravel())
        return ForecastTable(index, point, tuple(levels), flat)

    fitted = fit_panel(history, X[0], settings, model=model, errors=errors)
    place = fitted.framed.ids.get_indexer(history.ids.take(tested))
    fitted = take_fitted(fitted, place[place >= 0])
    if errors == "raise":
        return forecast(fitted)
    if not fitted.framed.n_series:
        raise InputError(
            "no series that is tested can be forecast: errors='skip' leaves out all of them. Say"
            " errors='raise' to see why."
        )
    return skip_fitted(forecast, fitted)[0]


def _of_series_in(index: pd.Index, forecast: pd.Index) -> pd.Index:
    """Return the rows of an index whose series were forecast."""
    if index.nlevels == 1:
        return index
    asked, got = (cast("pd.MultiIndex", one).droplevel(-1) for one in (index, forecast))
    return index[asked.isin(got)]


def _at(X: pd.DataFrame | None, index: pd.Index) -> pd.DataFrame | None:
    """Return the rows of X at an index."""
    return None if X is None else X.reindex(index)


def _regular(y: pd.Series) -> pd.DataFrame:
    """Return a column as a frame; that of one series with the frequency of its time stamps."""
    frame = y.to_frame("y" if y.name is None else y.name)
    index = frame.index
    if isinstance(index, pd.DatetimeIndex) and len(index) > 2:
        found = pd.infer_freq(index)
        if found is not None:
            return frame.set_axis(pd.DatetimeIndex(index, freq=found), axis=0)
    return frame
