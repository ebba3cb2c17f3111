"""Forecasts as `ESRNN`, its quantiles and intervals, and commands write them, read as one table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import cast

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray
from esrnn.errors import InputError, InputTypeError, Offenders

__all__ = ["Forecast", "ForecastTable", "read_forecast", "with_index"]

Forecast = pd.Series | pd.DataFrame | Sequence[pd.Series | pd.DataFrame]

_POINT = "y_hat"
_SIDES = {"lower": -1, "upper": 1, "lo": -1, "hi": 1}


@dataclass(frozen=True, eq=False)
class ForecastTable:
    """A point forecast and quantiles for some series and time stamps.

    Attributes
    ----------
    index : pd.Index of length n
        Series and time stamp of each row.
    point : ndarray of shape (n,), float64
    levels : tuple of float, length Q
        Increasing.
    quantiles : ndarray of shape (Q, n), float64
    """

    index: pd.Index
    point: FloatArray
    levels: tuple[float, ...]
    quantiles: FloatArray


def read_forecast(forecast: Forecast, names: Sequence[Hashable]) -> ForecastTable:
    """Read forecasts in any of the forms in which the package writes them.

    Parameters
    ----------
    forecast : pd.Series, pd.DataFrame, or a sequence of these
        Indexed by series and time, or with these as columns. A Series, a single column or the
        column ``y_hat`` is the point forecast; without it the median is. Quantiles are columns such
        as those of `predict_quantiles` and `predict_interval`, or ``lo-95`` and ``hi-95``.
    names : sequence
        Names of the index levels, to find ids and time among the columns.

    Returns
    -------
    ForecastTable

    Raises
    ------
    InputTypeError, InputError
        If it is no frame, has columns that can't be read, no point forecast, rows twice, or values
        that are missing or infinite.
    """
    parts = [forecast] if isinstance(forecast, pd.Series | pd.DataFrame) else list(forecast)
    if not parts or not all(isinstance(part, pd.Series | pd.DataFrame) for part in parts):
        raise InputTypeError(
            "forecast must be a frame of forecasts, or a sequence of them, such as"
            " [forecaster.predict(), forecaster.predict_interval(coverage=0.9)]"
        )
    frames = [with_index(part, names) for part in parts]
    index, point = frames[0].index, None
    _refuse_repeated(index)
    quantiles: dict[float, FloatArray] = {}
    for frame in frames:
        if len(frame) != len(index) or not frame.index.isin(index).all():
            raise InputError(
                f"all parts of a forecast must have the same rows; got {len(index)} and"
                f" {len(frame)}. Forecast the same series and steps."
            )
        frame = frame if frame.index.equals(index) else frame.reindex(index)
        for place, name in enumerate(frame.columns):
            level = _level_of(name, frame.shape[1] == 1)
            values = frame.iloc[:, place].to_numpy(dtype=np.float64, na_value=np.nan)
            _require_finite(values, index, name)
            if level is None:
                point = values
            else:
                quantiles[level] = values
    levels = tuple(sorted(quantiles))
    if point is None:
        if 0.5 not in quantiles:
            raise InputError(
                "forecast must have a point forecast, or the median; got the levels"
                f" {list(levels)}. Pass [forecaster.predict(), intervals]."
            )
        point = quantiles[0.5]
    stacked = np.array([quantiles[level] for level in levels]).reshape(len(levels), len(index))
    return ForecastTable(index, point, levels, stacked)


def with_index(frame: pd.Series | pd.DataFrame, names: Sequence[Hashable]) -> pd.DataFrame:
    """Return a frame whose series and time are in its index.

    Parameters
    ----------
    frame : pd.Series or pd.DataFrame
        With these in its index, or as columns.
    names : sequence
        Names of the levels.

    Returns
    -------
    pd.DataFrame
    """
    if isinstance(frame, pd.Series):
        return frame.to_frame(_POINT)
    wanted = list(names)
    inside = None not in wanted and set(wanted) <= set(frame.columns)
    return frame.set_index(wanted) if inside else frame


def _level_of(name: Hashable, alone: bool) -> float | None:
    """Return the quantile level of a column; None for the point forecast."""
    parts = name if isinstance(name, tuple) else (name,)
    last = parts[-1]
    if len(parts) >= 2 and last in ("lower", "upper") and isinstance(parts[-2], Real):
        return _side(float(parts[-2]), str(last))
    if len(parts) >= 2 and isinstance(last, Real):
        return round(float(last), 10)
    if isinstance(last, str) and last[:3] in ("lo-", "hi-"):
        try:
            return _side(float(last[3:]) / 100.0, last[:2])
        except ValueError:
            pass
    if last == _POINT or (alone and len(parts) == 1):
        return None
    raise InputError(
        f"columns of a forecast must be y_hat, lo-95 and hi-95, or those of predict,"
        f" predict_quantiles or predict_interval; got {name!r}. Rename it, or leave it out."
    )


def _side(coverage: float, side: str) -> float:
    """Return the level of one bound of a central interval."""
    return round(0.5 + 0.5 * _SIDES[side] * coverage, 10)


def _refuse_repeated(index: pd.Index) -> None:
    """Refuse rows that are there again."""
    again = index[index.duplicated()]
    if len(again):
        raise InputError(
            "forecast must have one row for each series and time stamp; there again:"
            f" {again[0]!r} and {len(again) - 1} more. Pass the forecasts of one origin, or score"
            " several by backtest."
        )


def _require_finite(values: FloatArray, index: pd.Index, name: Hashable) -> None:
    """Refuse forecasts that are missing or infinite."""
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        some = index.take(bad)
        series = (
            cast("pd.MultiIndex", some).droplevel(-1)
            if some.nlevels > 1
            else pd.Index([0] * bad.size)
        )
        raise InputError.of_series(
            f"forecasts must be finite; missing or infinite in {name!r}",
            Offenders(series, some.get_level_values(-1)),
            "Replace them, for example by naive forecasts, or leave the series out everywhere.",
        )
