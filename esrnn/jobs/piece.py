"""Forecasts of some series together: those that networks serve, those that they can't."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray
from esrnn.errors import EsrnnError, EsrnnWarning, InputError, Offenders, StaleSeriesWarning
from esrnn.files import Columns
from esrnn.forecaster import FittedPanel, TrainedModel, fit_panel, skip_fitted
from esrnn.forecaster.reading import LongColumns
from esrnn.forecaster.stale import name_stale
from esrnn.frames import FramedPanel, panel_to_long
from esrnn.frames.skipping import join_skipped, none_skipped
from esrnn.frames.times import as_steps
from esrnn.jobs.fallback import naive_quantiles, salvage
from esrnn.jobs.options import OnError, Output
from esrnn.jobs.reading import long_columns, read_rows, split_future
from esrnn.jobs.rejected import faults_of

__all__ = ["SAID", "Piece", "forecast_fitted", "forecast_rows", "warnings_logged"]

log = logging.getLogger("esrnn.jobs")

SAID = ("status", "method")
_BY_NETWORK = ("ok", "network")
_BY_FALLBACK = ("fallback", "seasonal_naive")


@dataclass(frozen=True, eq=False)
class Piece:
    """Forecasts of some series.

    Attributes
    ----------
    forecasts : pd.DataFrame
        A row for each series and step: id, time, numbers, ``status`` and ``method``. Series in the
        order of the input.
    faults : pd.DataFrame
        What is wrong with rejected series, as `esrnn.frames.skipping.fault_table`.
    n_series : int
        Series that have forecasts.
    rescued : frozenset of ids
        Those among them that the networks can't serve.
    n_ahead : int
        Rows that are still to come.
    """

    forecasts: pd.DataFrame
    faults: pd.DataFrame
    n_series: int
    rescued: frozenset[Hashable]
    n_ahead: int = 0


def forecast_rows(
    frame: pd.DataFrame,
    columns: Columns,
    model: TrainedModel,
    horizon: int,
    output: Output,
    on_error: OnError,
) -> Piece:
    """Forecast the series of a frame with trained networks.

    Parameters
    ----------
    frame : pd.DataFrame
        A row for each series and time stamp.
    columns : Columns
        Whose names are known.
    model : TrainedModel
    horizon : int
        Steps ahead.
    output : Output
    on_error : {"raise", "skip", "fallback"}

    Returns
    -------
    Piece

    Raises
    ------
    EsrnnError
        For a series that can't be forecast, if `on_error` is ``"raise"``.
    """
    names, skip = long_columns(columns), on_error != "raise"
    parts: list[pd.DataFrame] = []
    if frame.empty:
        return Piece(_joined(parts, frame, names, output), none_skipped(), 0, frozenset())
    split = split_future(frame, columns)
    framed, faults = read_rows(split.history, columns, model, skip)
    if framed is not None:
        with warnings_logged():
            parts, more = _by_networks(framed, split.X, model, horizon, output, skip)
        faults = join_skipped(faults, more)
    rescued: frozenset[Hashable] = frozenset()
    if on_error == "fallback" and len(faults):
        rejected = split.history[split.history[names.id].isin(faults["series"])]
        known = framed.times.freq if framed is not None else model.grid.freq
        sound = salvage(rejected, names, known)
        if sound is not None:
            period = next(iter(model.choice.periods), 1)
            levels = output.levels()
            numbers = naive_quantiles(sound.panel, horizon, period, levels)
            parts.append(_long(sound, numbers, output, _BY_FALLBACK))
            rescued = frozenset(sound.panel.ids)
    return Piece(
        _joined(parts, frame, names, output),
        faults,
        sum(len(part) for part in parts) // horizon,
        rescued,
        len(frame) - len(split.history),
    )


def forecast_fitted(
    fitted: FittedPanel, X: pd.DataFrame | None, horizon: int, output: Output
) -> pd.DataFrame:
    """Forecast the series of a fitted panel.

    Parameters
    ----------
    fitted : FittedPanel
    X : pd.DataFrame or None
        Further rows of the columns that are known in advance.
    horizon : int
    output : Output

    Returns
    -------
    pd.DataFrame
        As `Piece.forecasts`.
    """
    steps = as_steps(horizon, fitted.framed.n_series)
    levels = (0.5, *output.levels())
    numbers = fitted.quantiles(steps, X, levels, "auto")
    wild = np.flatnonzero(~np.isfinite(numbers).all(axis=(0, 2)))
    if wild.size:
        raise InputError.of_series(
            "forecasts must be finite; the values of these series are too large or too small",
            Offenders(fitted.framed.ids.take(wild)),
            "Give them in another unit, such as thousands.",
        )
    return _long(fitted.framed, numbers, output, _BY_NETWORK)


def _by_networks(
    framed: FramedPanel,
    X: pd.DataFrame | None,
    model: TrainedModel,
    horizon: int,
    output: Output,
    skip: bool,
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Forecast by networks: a part, or none if no series is served, and the faults of others."""
    if X is not None:
        X = X[X.index.get_level_values(0).isin(framed.ids)]
    if not skip:
        fitted = fit_panel(framed, X, model=model)
        name_stale(fitted.framed, model.horizon)
        return [forecast_fitted(fitted, None, horizon, output)], none_skipped()
    before = len(framed.skipped)
    faults = none_skipped()
    try:
        fitted = fit_panel(framed, X, model=model, errors="skip")
        faults = fitted.framed.skipped[before:]
        name_stale(fitted.framed, model.horizon)
        part, more = skip_fitted(lambda some: forecast_fitted(some, None, horizon, output), fitted)
    except EsrnnError as error:
        return [], join_skipped(faults, faults_of(error, framed.ids))
    return [part], join_skipped(faults, more)


def _long(
    framed: FramedPanel, numbers: FloatArray, output: Output, said: tuple[str, str]
) -> pd.DataFrame:
    """Write numbers of shape (1 + A, N, H) as rows, and how they came about."""
    columns: dict[Hashable, FloatArray] = dict(zip(output.columns(), numbers, strict=True))
    frame = panel_to_long(columns, framed, numbers.shape[2])
    return frame.assign(**dict(zip(SAID, said, strict=True)))


def _joined(
    parts: list[pd.DataFrame], frame: pd.DataFrame, names: LongColumns, output: Output
) -> pd.DataFrame:
    """Put parts together, series in the order of the input."""
    if not parts:
        numbers = {name: np.empty(0) for name in output.columns()}
        words = {name: pd.array([], dtype="str") for name in SAID}
        return frame[[names.id, names.time]].iloc[:0].assign(**numbers, **words)
    if len(parts) == 1:
        return parts[0]
    joined = pd.concat(parts, ignore_index=True)
    place = pd.Index(frame[names.id].unique()).get_indexer(pd.Index(joined[names.id]))
    return joined.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


@contextmanager
def warnings_logged() -> Iterator[None]:
    """Turn the package's warnings about series into lines of the log."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", EsrnnWarning)
        yield
    for one in caught:
        if isinstance(one.message, EsrnnWarning):
            text = str(one.message)
            if isinstance(one.message, StaleSeriesWarning):  # its remedy is one of the estimator
                text = text.removesuffix(one.message.remedy).rstrip()
            log.warning("%s", text)
        else:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
