"""Jobs on a table in memory: pandas, polars, Arrow, in and out.

The table goes through temporary files on this machine's disk, so numbers, checks and rejected
series are those of a job on files. There is nothing to go on with after a job that was stopped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from esrnn.files import Columns, Source, write_table
from esrnn.frames.foreign import to_arrow, to_pandas
from esrnn.jobs.forecasting import forecast, predict
from esrnn.jobs.options import Output, Run
from esrnn.jobs.report import Counts, Report

__all__ = ["TableForecast", "as_source", "forecast_table", "predict_table"]


@dataclass(frozen=True, eq=False)
class TableForecast:
    """Forecasts of a table.

    Attributes
    ----------
    forecasts : table
        As the file of `esrnn.jobs.forecast`, of the kind of the input: pandas or polars, and an
        Arrow table for all others.
    rejected : table or None
        A row for each rejected series, with the reason; None if there are none.
    counts : Counts
    networks : str
        Which networks forecast, and why.
    """

    forecasts: Any
    rejected: Any
    counts: Counts
    networks: str


@contextmanager
def as_source(data: Any) -> Iterator[Source]:
    """Make a table one that any job can read, for as long as the context lasts.

    Parameters
    ----------
    data : table
        Of pandas, polars or Arrow; an index is not read.

    Yields
    ------
    Source

    Raises
    ------
    InputTypeError
        If it is no table in memory, or Arrow does not have the type of a column.
    InputError
        If a column holds values of several kinds.

    Examples
    --------
    >>> df = pd.DataFrame({"unique_id": "a", "ds": [1, 2, 3], "y": [2.0, 3.0, 5.0]})
    >>> with as_source(df) as source:
    ...     source.path[-13:]
    'table.parquet'
    """
    with tempfile.TemporaryDirectory(prefix="esrnn-") as folder:
        path = str(Path(folder) / "table.parquet")
        write_table(_as_arrow_or_pandas(data), path)
        yield Source(path)


def forecast_table(
    data: Any,
    horizon: int,
    *,
    columns: Columns | None = None,
    settings: Mapping[str, Any] | None = None,
    output: Output | None = None,
    run: Run | None = None,
) -> TableForecast:
    """Forecast all series of a table, without a model.

    Parameters
    ----------
    data : table
        Of pandas, polars or Arrow, with a row for each series and time stamp.
    horizon, columns, settings, output, run
        As for `esrnn.jobs.forecast`.

    Returns
    -------
    TableForecast

    Raises
    ------
    InputTypeError, InputError, FileError, Unfinished
        As `esrnn.jobs.forecast`.

    Examples
    --------
    >>> import numpy as np
    >>> months = pd.date_range("2020-01", periods=36, freq="MS")
    >>> sales = 50.0 + 10.0 * np.sin(np.arange(36) * np.pi / 6.0)
    >>> done = forecast_table(pd.DataFrame({"unique_id": "a", "ds": months, "y": sales}), 3)
    >>> done.counts.n_series, len(done.forecasts)
    (1, 3)
    """
    return _through_files(
        data,
        lambda source, out: forecast(
            source, out, horizon, columns=columns, settings=settings, output=output, run=run
        ),
    )


def predict_table(
    model: str,
    data: Any,
    *,
    horizon: int | None = None,
    columns: Columns | None = None,
    output: Output | None = None,
    run: Run | None = None,
) -> TableForecast:
    """Forecast the series of a table with trained networks; nothing is trained.

    Parameters
    ----------
    model, horizon, columns, output, run
        As for `esrnn.jobs.predict`.
    data : table
        As for `forecast_table`.

    Returns
    -------
    TableForecast

    Raises
    ------
    InputTypeError, InputError, FileError, ModelFileError, Unfinished
        As `esrnn.jobs.predict`.
    """
    return _through_files(
        data,
        lambda source, out: predict(
            model, source, out, horizon=horizon, columns=columns, output=output, run=run
        ),
    )


def _through_files(data: Any, job: Callable[[Source, str], Report]) -> TableForecast:
    """Write a table, run a job on it, and read what the job wrote."""
    with as_source(data) as source, tempfile.TemporaryDirectory(prefix="esrnn-") as folder:
        report = job(source, str(Path(folder) / "forecasts.parquet"))
        rejected = None if report.rejected is None else _read_like(report.rejected, data)
        forecasts = _read_like(report.target, data)
    return TableForecast(forecasts, rejected, report.counts, report.networks)


def _as_arrow_or_pandas(data: Any) -> pa.Table | pd.DataFrame:
    if not isinstance(data, pd.DataFrame) and hasattr(data, "__arrow_c_stream__"):
        return to_arrow(data)
    return to_pandas(data)[0]


def _read_like(path: str, data: Any) -> Any:
    """Read a Parquet file as a table of the kind of another one."""
    table = parquet.read_table(path)
    if isinstance(data, pd.DataFrame):
        return table.to_pandas()
    if type(data).__module__.split(".")[0] == "polars":
        return import_module("polars").from_arrow(table)
    return table
