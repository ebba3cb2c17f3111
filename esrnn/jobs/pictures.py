"""`plot`: a picture of some series with their forecasts, from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from esrnn.errors import InputError
from esrnn.files import Columns, Source, Survey, read_partition
from esrnn.files.storage import file_errors, open_storage, replace_file
from esrnn.jobs.call import surveyed
from esrnn.jobs.faults import CallError
from esrnn.jobs.reading import long_columns, split_future
from esrnn.jobs.tables import forecast_columns

__all__ = ["PlotReport", "plot"]

_FORMATS = ("png", "svg", "pdf")
_N_NAMED = 5  # series in a message


@dataclass(frozen=True)
class PlotReport:
    """Which series were drawn, and where."""

    target: str
    series: tuple[str, ...]

    is_complete = True

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return asdict(self)

    def lines(self) -> Sequence[str]:
        """Return sentences for people."""
        return [f"{len(self.series)} series drawn: {self.target}"]


def plot(
    data: str | Source,
    forecasts: str | Source,
    out: str,
    *,
    columns: Columns | None = None,
    series: Sequence[str] | None = None,
    n_series: int = 5,
) -> PlotReport:
    """Draw some series with their forecasts and intervals.

    Parameters
    ----------
    data : str or Source
    forecasts : str or Source
        What `forecast` or `predict` wrote.
    out : str
        A file that ends in ``.png``, ``.svg`` or ``.pdf``.
    columns : Columns, optional
        Names of the columns of the data; those left out are found.
    series : sequence of str, optional
        Ids of those to draw; by default the first that have forecasts.
    n_series : int, default 5
        How many are drawn if `series` is not given.

    Returns
    -------
    PlotReport

    Raises
    ------
    CallError
        If the name has another ending, or matplotlib is not installed.
    InputError
        If a series has no forecast.
    FileError
        If a file can't be read or written.
    """
    kind = out.rpartition(".")[2].lower()
    if kind not in _FORMATS:
        raise CallError(f"a picture must end in one of {list(_FORMATS)}; got {out!r}.")
    try:
        from esrnn.plotting import plot_forecast
    except ImportError:
        raise CallError(
            "pictures need matplotlib. Install it with pip install 'esrnn-forecast[plots]'."
        ) from None
    found = surveyed(data, columns)
    names = long_columns(found.columns)
    ahead = forecast_columns(forecasts, found.columns)
    rows = _rows_of(ahead, names.id, series, n_series)
    ids = rows[names.id].unique()
    past = split_future(_rows_of(found, names.id, list(map(str, ids)), len(ids)), found.columns)
    index = [names.id, names.time]
    forecast = rows.set_index(index)
    bounds = {
        (names.value, float(name[3:]) / 100.0, side): forecast[f"{start}-{name[3:]}"]
        for name in ahead.columns.future
        if name[:3] == "lo-"
        for start, side in (("lo", "lower"), ("hi", "upper"))
    }
    figure = plot_forecast(
        past.history.set_index(index)[[names.value]].sort_index(),
        forecast[["y_hat"]].rename(columns={"y_hat": names.value}),
        pd.DataFrame(bounds) if bounds else None,
        ids=list(ids),
    )
    storage, inside = open_storage(out)
    with file_errors(out, "write"), replace_file(storage, inside) as file:
        figure.savefig(file, format=kind)
    return PlotReport(out, tuple(map(str, ids)))


def _rows_of(found: Survey, id_: str, wanted: Sequence[str] | None, n_series: int) -> pd.DataFrame:
    """Read the rows of some series, file after file until they are there."""
    parts, seen, known = [], 0, list[str]()
    for partition in found.partitions:
        frame = read_partition(found.source, partition, found.columns).frame
        ids = pd.Index(frame[id_].dropna().unique())
        known += map(str, ids[: _N_NAMED - len(known)])
        ids = ids[: n_series - seen] if wanted is None else ids[ids.astype(str).isin(wanted)]
        seen += len(ids)
        parts.append(frame[frame[id_].isin(ids)])
        if seen >= (n_series if wanted is None else len(wanted)):
            break
    rows = pd.concat(parts, ignore_index=True)
    if rows.empty or (wanted is not None and seen < len(set(wanted))):
        there = set(rows[id_].astype(str))
        missing = [name for name in wanted or () if name not in there]
        raise InputError(
            f"{found.source.path} must hold the series to draw; missing are {missing[:5]}. It"
            f" holds such as {known}. Name series that have forecasts."
        )
    return rows
