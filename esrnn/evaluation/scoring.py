"""`score`: forecasts of a panel held against what came, aligned by series and time stamp."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from esrnn._checks import as_whole
from esrnn.errors import InputError, Offenders
from esrnn.evaluation.forecast_tables import Forecast, ForecastTable, read_forecast
from esrnn.evaluation.measures import By, score_table
from esrnn.evaluation.units import make_units
from esrnn.forecaster.frequency_presets import preset_of_frequency
from esrnn.frames import FramedPanel, Frequency, sktime_to_panel
from esrnn.frames.checks import only_column, require_frame
from esrnn.frames.containers import accept_container
from esrnn.frames.framed import find_steps, time_order
from esrnn.frames.rows import Rows, encode_ids
from esrnn.frames.time_stamps import match_kind, parse_stamps

__all__ = ["as_column", "score", "step_of", "usual_period"]


def score(
    actual: pd.Series | pd.DataFrame,
    forecast: Forecast,
    history: pd.Series | pd.DataFrame | None = None,
    *,
    by: By = None,
    seasonal_period: int | None = None,
    freq: str | Frequency | None = None,
) -> pd.DataFrame:
    """Score forecasts against what came, beside naive ones.

    Rows are aligned by series and time stamp, so series may have gaps, and begin and end where they
    like. Forecasts without an observation count in nothing, and so do observations without a
    forecast.

    Parameters
    ----------
    actual : pd.Series or pd.DataFrame with one column
        What came, indexed by series and time, or by time alone. Other rows do no harm: it may be
        the whole data.
    forecast : pd.Series, pd.DataFrame, or a sequence of these
        What `predict`, `predict_quantiles` or `predict_interval` returned, several of them as a
        list, or a frame with the columns ``y_hat``, ``lo-95`` and ``hi-95``.
    history : pd.Series or pd.DataFrame with one column, optional
        What was known; by default it is read from `actual`. Of each series only the rows before its
        first forecast are used, for naive forecasts and the scales of MASE, RMSSE and MSIS.
    by : {None, "series", "step"}
        Give one row for all, or rows for each series or each step ahead.
    seasonal_period : int, optional
        Steps per season of the naive forecasts and the scales; by default the shortest one that is
        usual for the step: 24 for hours, 7 for days, 12 for months, 4 for quarters, else 1. (M4
        took 1 for days.)
    freq : int, str or pandas offset, optional
        The step; found from the time stamps if not given.

    Returns
    -------
    pd.DataFrame
        A row for each of the methods ``forecast``, ``seasonal naive`` and ``naive``. Columns:
        ``smape``, in percent; ``mase``; ``owa``, relative to Naive2; ``rmsse``; ``mae``, the mean
        absolute error; ``wape``, the sum of absolute errors over the sum of sizes; ``bias``, the
        sum of errors over the sum of sizes; ``quantile_loss``, weighted, over the levels that were
        given, all of which a naive forecast has at its point; ``coverage-95`` and ``msis-95`` of
        each interval, NaN for naive forecasts, which have none; ``n_series`` and ``n_values`` that
        were scored, and ``n_without_scale``. MASE, OWA, RMSSE and MSIS leave series without a scale
        out: those that are constant, or shorter than a season.

    Raises
    ------
    InputTypeError, InputError
        If a frame can't be read, no observation meets a forecast, a series has no history, a
        forecast is missing or infinite, or time stamps are not regular.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2024-01-01", periods=16)
    >>> y = pd.Series([4.0, 5, 6, 5, 4, 9, 8, 4, 5, 6, 5, 4, 9, 8, 4, 6], days)
    >>> y_hat = pd.Series([4.0, 5.0], days[14:])
    >>> score(y, y_hat)[["smape", "bias", "n_values"]].round(2)
                    smape  bias  n_values
    method
    forecast         9.09  -0.1         2
    seasonal naive   9.09  -0.1         2
    naive           47.62   0.6         2
    """
    came = as_column(actual, "actual")
    past = came if history is None else as_column(history, "history")
    names = list(came.index.names)
    table = read_forecast(forecast, names)
    if table.index.nlevels != came.index.nlevels or past.index.nlevels != came.index.nlevels:
        raise InputError(
            "actual, forecast and history must have the same index levels; got"
            f" {came.index.nlevels}, {table.index.nlevels} and {past.index.nlevels}. Index all by"
            " series and time."
        )
    table = ForecastTable(
        _alike(table.index, came.index), table.point, table.levels, table.quantiles
    )
    step = _step(came.index, past.index, table.index) if freq is None else freq
    framed = _before(past, table.index, step)
    units = make_units(table, came, framed, usual_period(framed, seasonal_period))
    if np.isnan(units.actual).all():
        raise InputError(
            "actual must have values at some of the forecast time stamps; forecasts go from"
            f" {table.index.get_level_values(-1).min()} to"
            f" {table.index.get_level_values(-1).max()}, and nothing was observed there. Score"
            " forecasts of a past that is known, or make them by backtest."
        )
    return score_table(units, by)


def as_column(frame: pd.Series | pd.DataFrame, what: str) -> pd.Series:
    """Return the only column of a frame in the form that `ESRNN` takes.

    Parameters
    ----------
    frame : pd.Series or pd.DataFrame
    what : str
        For messages.

    Returns
    -------
    pd.Series

    Raises
    ------
    InputTypeError, InputError
        As `esrnn.frames.containers.accept_container`, or if there are several columns.
    """
    require_frame(frame, what, or_series=True)
    frame = accept_container(frame, "y")
    return frame if isinstance(frame, pd.Series) else only_column(frame)


def step_of(indexes: list[pd.Index]) -> Frequency:
    """Return the step between the time stamps of some frames together.

    Parameters
    ----------
    indexes : list of pd.Index
        Of series and time, or of time alone.

    Returns
    -------
    int or pandas offset

    Raises
    ------
    InputError
        If the time stamps are not regular.
    """
    index = indexes[0]
    for other in indexes[1:]:
        index = index.union(other, sort=False)
    if index.nlevels > 1:
        rows = encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
    else:
        rows = Rows(np.zeros(len(index), dtype=np.int64), pd.RangeIndex(1))
    time = index.get_level_values(-1)
    rows = Rows(rows.codes, rows.ids, parse_stamps(pd.Series(time, name=time.name), rows))
    order = time_order(rows)
    return find_steps(rows if order is None else rows.take(order)).grid.freq


def _step(came: pd.Index, past: pd.Index, forecast: pd.Index) -> Frequency:
    """Return the step of all, or that of the data where only forecasts are off it."""
    try:
        return step_of([came, past, forecast])
    except InputError:
        return step_of([came, past])  # the forecasts that are off it are named later


def usual_period(framed: FramedPanel, given: int | None) -> int:
    """Return the seasonal period of naive forecasts and scales.

    Parameters
    ----------
    framed : FramedPanel
    given : int or None

    Returns
    -------
    int
        The one given, or the shortest that is usual for the step, or 1.

    Raises
    ------
    InputTypeError, InputError
        If it is given and no whole number of at least 1.
    """
    if given is not None:
        return as_whole("seasonal_period", given)
    known = preset_of_frequency(framed.times.freq)
    return known[1][0] if known is not None and known[1] else 1


def _alike(index: pd.Index, like: pd.Index) -> pd.Index:
    """Return the index of forecasts with time stamps of the kind of what came."""
    if index.nlevels == 1:
        return match_kind(index, like, "forecast").rename(like.name)
    time = match_kind(index.get_level_values(-1), like.get_level_values(-1), "forecast")
    levels = [index.get_level_values(k) for k in range(index.nlevels - 1)]
    return pd.MultiIndex.from_arrays([*levels, time], names=like.names)


def _before(past: pd.Series, index: pd.Index, step: str | Frequency) -> FramedPanel:
    """Return what was known of each series before its first forecast."""
    time = past.index.get_level_values(-1)
    if past.index.nlevels == 1:
        kept = past[time < index.min()]
        if kept.notna().any():
            return sktime_to_panel(kept, freq=step)
        raise _no_history(pd.RangeIndex(1), index[:1])
    first = pd.Series(index.get_level_values(-1)).groupby(_ids(index).to_numpy(), sort=False).min()
    place = pd.Index(first.index).get_indexer(_ids(past.index).to_numpy())
    starts = first.array.take(np.maximum(place, 0))
    kept = past[(place >= 0) & np.asarray(time.array < starts)]
    known = _ids(kept[kept.notna()].index).to_numpy()
    without = np.flatnonzero(~pd.Index(first.index).isin(known))
    if without.size:
        raise _no_history(pd.Index(first.index)[without], first.iloc[without])
    return sktime_to_panel(kept, freq=step)


def _no_history(series: pd.Index, first: pd.Index | pd.Series) -> InputError:
    """Make the error about series that were forecast without any history."""
    return InputError.of_series(
        "every series that is forecast needs a value before its first forecast, for naive forecasts"
        " and scales; these have none",
        Offenders(series, list(first)),
        "Pass their history, or leave them out of the forecasts.",
    )


def _ids(index: pd.Index) -> pd.Index:
    """Return the id of each row, a tuple where there are several levels."""
    if index.nlevels == 2:
        return index.get_level_values(0)
    return cast("pd.MultiIndex", index).droplevel(-1)
