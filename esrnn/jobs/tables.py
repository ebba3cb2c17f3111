"""Jobs whose result is a table to be read: scores of forecasts, and backtests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from esrnn.errors import InputError
from esrnn.files import Columns, Source, Survey, read_partition
from esrnn.files.formats import open_format
from esrnn.files.joined_ids import with_parts
from esrnn.frames.skipping import join_skipped, skip_series
from esrnn.jobs.call import as_horizon, checked_settings, surveyed
from esrnn.jobs.options import OnError
from esrnn.jobs.reading import long_columns, read_rows, split_future
from esrnn.jobs.rejected import rejected_table, rows_of_each

if TYPE_CHECKING:
    from esrnn.evaluation import Backtest

__all__ = ["TableReport", "backtest", "evaluate", "forecast_columns", "read_all"]

By = Literal["series", "step"]


@dataclass(frozen=True, eq=False)
class TableReport:
    """A table, and the series that are not in it.

    Attributes
    ----------
    command : str
    table : pd.DataFrame
    rejected : pd.DataFrame
        A row for each series that could not be served, with its reason.
    forecasts : pd.DataFrame or None
        Of a backtest: a row for each window, series and step.
    """

    command: str
    table: pd.DataFrame
    rejected: pd.DataFrame
    forecasts: pd.DataFrame | None = None

    @property
    def is_complete(self) -> bool:
        """Whether no series was left out."""
        return self.rejected.empty

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON; numbers that are missing are None."""
        table = self.table.reset_index().astype(object)
        rows = table.where(table.notna(), None).to_dict("records")
        return {
            "command": self.command,
            "table": [{str(name): _plain(value) for name, value in row.items()} for row in rows],
            "rejected": self.rejected[["series", "reason", "step"]].to_dict("records"),
        }

    def lines(self) -> Sequence[str]:
        """Return the table as text, and a line for each reason to leave series out."""
        text = self.table.to_string(float_format=lambda x: f"{x:.4g}", max_rows=40)
        reasons = self.rejected["reason"].value_counts()
        return [text, *(f"{n} series left out: {reason}" for reason, n in reasons.items())]


def evaluate(
    forecasts: str | Source,
    data: str | Source,
    *,
    columns: Columns | None = None,
    by: By | None = None,
) -> TableReport:
    """Score files of forecasts against what came.

    Parameters
    ----------
    forecasts : str or Source
        What `forecast` or `predict` wrote.
    data : str or Source
        The data, with what came; the rows before the forecasts give the scales of the scores.
    columns : Columns, optional
        Names of the columns of the data; those left out are found.
    by : {"series", "step"}, optional
        Give rows for each series, or for each step ahead.

    Returns
    -------
    TableReport
        Its table is that of `esrnn.evaluation.score`.

    Raises
    ------
    InputError
        If no value meets a forecast, or a frame can't be used.
    FileError
        If a file can't be read.
    """
    from esrnn.evaluation import score

    found = surveyed(data, columns)
    names = long_columns(found.columns)
    table = _read_forecasts(forecasts, found.columns)
    history, rejected = _read_sound(found, "skip", table.index.unique(0))
    y = history.set_index([names.id, names.time])[names.value]
    return TableReport("evaluate", score(y, table, by=by), rejected)


def backtest(
    data: str | Source,
    horizon: int,
    *,
    n_windows: int = 3,
    columns: Columns | None = None,
    settings: Mapping[str, Any] | None = None,
    on_error: OnError = "skip",
) -> TableReport:
    """Forecast the past from several dates, each with what was known on it, and score that.

    Parameters
    ----------
    data : str or Source
    horizon : int
        Steps ahead.
    n_windows : int, default 3
        Dates to forecast from, a horizon apart; the last one lies a horizon before the end.
    columns : Columns, optional
        Names of the columns; those left out are found.
    settings : mapping of str to object, optional
        Arguments of `esrnn.ESRNN`, as of `forecast`.
    on_error : {"skip", "raise"}, default "skip"
        Whether series with faults are left out, or an error.

    Returns
    -------
    TableReport

    Raises
    ------
    InputError
        As `esrnn.evaluation.backtest`.
    FileError
        If a file can't be read.
    """
    from esrnn.evaluation import backtest as run_backtest

    found = surveyed(data, columns)
    names = long_columns(found.columns)
    chosen = {**checked_settings(settings), "horizon": as_horizon(horizon)}
    history, rejected = _read_sound(found, on_error)

    def attempt(frame: pd.DataFrame) -> Backtest:
        split = split_future(frame, found.columns)
        y = split.history.set_index([names.id, names.time])[names.value]
        return run_backtest(
            y, split.X, forecaster=chosen, horizon=chosen["horizon"], n_windows=n_windows
        )

    if on_error == "raise":
        result = attempt(history)
    else:
        result, faults = skip_series(
            attempt, history, lambda frame: pd.Index(frame[names.id]), lambda frame, own: frame[own]
        )
        more = rejected_table(faults, rows_of_each(history[names.id]), "")
        rejected = join_skipped(rejected, more)
    forecasts = with_parts(result.forecasts, names.id)
    return TableReport("backtest", result.scores(), rejected, forecasts)


def forecast_columns(path: str | Source, columns: Columns) -> Survey:
    """Find the columns of files of forecasts.

    Parameters
    ----------
    path : str or Source
    columns : Columns
        Of the data that were forecast; ids and time are called alike.

    Returns
    -------
    Survey
        Its `future` columns are intervals and quantiles.
    """
    names = long_columns(columns)
    first = surveyed(path, Columns(names.id, names.time, "y_hat"))
    there = open_format(first.source, first.partitions[0], first.columns).names
    bounds = tuple(n for n in there if n[:3] in ("lo-", "hi-") or n[:2] == "q-")
    return surveyed(first.source, replace(first.columns, future=bounds))


def read_all(found: Survey) -> pd.DataFrame:
    """Read all files as one frame.

    Parameters
    ----------
    found : Survey

    Returns
    -------
    pd.DataFrame
    """
    frames = [read_partition(found.source, p, found.columns).frame for p in found.partitions]
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]


def _read_forecasts(path: str | Source, columns: Columns) -> pd.DataFrame:
    """Read forecasts, indexed by series and time, quantiles under the names that scores know."""
    found = forecast_columns(path, columns)
    names = long_columns(found.columns)
    frame = read_all(found).set_index([names.id, names.time])
    new = {name: (names.value, float(name[2:])) for name in found.columns.future if name[0] == "q"}
    frame.columns = pd.Index([new.get(name, name) for name in frame.columns], tupleize_cols=False)
    return frame


def _read_sound(
    found: Survey, on_error: OnError, only: pd.Index | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the rows of series without faults, and the table of the others."""
    names = long_columns(found.columns)
    frame = read_all(found)
    if only is not None:
        frame = frame[frame[names.id].isin(only)].reset_index(drop=True)
        if frame.empty:
            raise InputError(
                f"the data must hold the series that were forecast, such as {only[0]!r}; none of"
                " them is there. Check the column of ids."
            )
    split = split_future(frame, found.columns)
    framed, faults = read_rows(split.history, found.columns, None, on_error != "raise")
    if framed is None:
        raise InputError(f"no series can be read: {faults['reason'].iloc[0]}")
    rejected = rejected_table(faults, rows_of_each(frame[names.id]), "")
    return frame[frame[names.id].isin(framed.ids)], rejected


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)
