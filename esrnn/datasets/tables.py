"""Reads panels from Parquet in long layout and from the wide CSV of M4, and writes Parquet.

A file is read whole or refused: for series without observations, gaps, text, repeated ids, or steps
that are not consecutive. Which series belong to a competition is not checked here.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import N_LISTED, InputError, Offenders
from esrnn.panel import Panel
from esrnn.panel.flat import indptr_of

__all__ = [
    "REMEDY",
    "Reader",
    "align",
    "read_m4_info",
    "read_parquet",
    "read_wide_csv",
    "write_parquet",
]

Reader: TypeAlias = Callable[[Sequence[Path]], tuple[Panel, Panel]]  # training and test part

_COLUMNS = ("unique_id", "ds", "y")
_INFO_COLUMNS = ("unique_id", "category", "seasonal_period", "horizon")
# M4-info.csv calls the seasonal period of the measures Frequency, and the frequency SP.
_INFO_NAMES = {
    "M4id": "unique_id",
    "SP": "freq",
    "Frequency": "seasonal_period",
    "Horizon": "horizon",
    "StartingDate": "start_date",
}
REMEDY = "Replace the file by a sound copy"


def read_parquet(path: Path) -> Panel:
    """Read a file with the columns ``unique_id``, ``ds`` (consecutive steps) and ``y``.

    Raises
    ------
    InputError
        If the file is not Parquet, lacks a column, has no rows, missing or infinite values, or
        steps that are not consecutive in each series.
    """
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise InputError(f"{path} can't be read as Parquet: {error}. {REMEDY}") from None
    absent = [column for column in _COLUMNS if column not in frame.columns]
    if absent:
        raise InputError(
            f"{path} must have the columns {', '.join(_COLUMNS)}; it lacks {', '.join(absent)}"
        )
    ids = frame["unique_id"].astype(str)
    try:
        steps = frame["ds"].astype(np.int64).to_numpy()
        values = np.asarray(frame["y"], dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: ds must hold steps and y numbers: {error}. {REMEDY}") from None
    starts = (ids != ids.shift()).to_numpy()
    # A series that starts again further down is refused like a missing step.
    again = starts & ids.duplicated().to_numpy()
    jumps = ~starts & (np.diff(steps, prepend=0) != 1)
    rows = pd.DataFrame({"unique_id": ids, "ds": steps, "y": values})
    _refuse(again | jumps, rows, path, "steps must be consecutive in a series")
    _refuse(~np.isfinite(values), rows, path, "y must be finite")
    first = np.flatnonzero(starts)
    return _panel(path, values, np.diff(np.append(first, len(ids))), ids.iloc[first].tolist())


def write_parquet(panel: Panel, path: Path) -> None:
    """Write a panel as `read_parquet` reads it; steps are counted from 1."""
    steps = np.arange(panel.values.size) - np.repeat(panel.indptr[:-1], panel.lengths) + 1
    frame = pd.DataFrame(
        {
            "unique_id": pd.Index(panel.ids).repeat(panel.lengths),
            "ds": steps.astype(np.int32),
            "y": panel.values,
        }
    )
    frame.to_parquet(path, index=False, compression="zstd")


def read_wide_csv(path: Path) -> Panel:
    """Read a file with one series per row: its id, its values, and empty cells up to the end.

    The first line names the columns. Cells may be quoted, as they are in M4's files.

    Raises
    ------
    InputError
        If a cell is not a finite number, among them empty ones before the last value; if a row has
        no id, no values, or more cells than there are columns; if an id is repeated; if the file
        is not CSV at all. Rows are named by id, cells by column.

    Notes
    -----
    Empty cells at the end of a line are dropped before it is split. Nearly all cells of M4's
    longer files are empty, so this is many times faster than reading a table of all columns.
    """
    ids: list[str] = []
    rows: list[FloatArray] = []
    refused: list[str] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader((line.rstrip(",\r\n") for line in file), strict=True)
            header = _header(path, next(reader, []))
            for cells in reader:
                if not cells:
                    continue
                name = cells[0].strip()
                while len(cells) > 1 and not cells[-1].strip():  # padding that is quoted
                    cells.pop()
                values = _numbers(cells)
                fault = _fault(name, cells, values, header)
                if fault:
                    refused.append(fault)
                ids.append(name)
                rows.append(values if values is not None else np.empty(0))
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read as CSV: {error}. {REMEDY}") from None
    if refused:
        raise InputError(
            f"{path}: a row must be an id, then numbers, then empty cells; {len(refused)} not so: "
            f"{'; '.join(refused[:N_LISTED])}{_more(refused)}. {REMEDY}"
        )
    twice = pd.Index(ids)[pd.Index(ids).duplicated()].tolist()
    if twice:
        raise InputError.of_series(
            f"{path}: ids must be unique; met again", Offenders(twice), REMEDY
        )
    return _panel(path, np.concatenate([np.empty(0), *rows]), _lengths(rows), ids)


def read_m4_info(path: Path) -> pd.DataFrame:
    """Read the table of M4's series, Parquet or the competition's M4-info.csv.

    Raises
    ------
    InputError
        If the file can't be read or lacks a column.
    """
    try:
        if path.suffix == ".csv":
            frame = pd.read_csv(path).rename(columns=_INFO_NAMES)
        else:
            frame = pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise InputError(f"{path} can't be read: {error}. {REMEDY}") from None
    absent = [column for column in _INFO_COLUMNS if column not in frame.columns]
    if absent:
        raise InputError(f"{path} lacks the columns {', '.join(absent)}. {REMEDY}")
    return frame


def align(train: Panel, test: Panel, where: str) -> tuple[Panel, Panel]:
    """Sort the series of the test part like those of the training part.

    Raises
    ------
    InputError
        If one part has series that the other has not.
    """
    position = {name: i for i, name in enumerate(test.ids)}
    differing = [name for name in train.ids if name not in position]
    differing += sorted(set(test.ids) - set(train.ids), key=position.__getitem__)
    if differing:
        raise InputError.of_series(
            f"training and test part of {where} must hold the same series; only in one of them",
            Offenders(differing),
            "Take both files from one source.",
        )
    return train, test.subset([position[name] for name in train.ids])


def _refuse(bad: BoolArray, frame: pd.DataFrame, path: Path, expected: str) -> None:
    """Refuse a file with bad rows, and list the first of them."""
    rows = np.flatnonzero(bad)
    if rows.size:
        series, steps, values = (frame[name].iloc[rows].tolist() for name in frame.columns)
        offenders = Offenders(series, steps, values)
        raise InputError.of_series(f"{path}: {expected};", offenders, REMEDY)


def _header(path: Path, cells: list[str]) -> list[str]:
    """Return the column names, after checking that they are names."""
    if len(cells) < 2 or _numbers(cells) is not None:
        got = ", ".join(cells[:3]) or "nothing"
        raise InputError(
            f"{path}: the first line must name the columns, such as V1, V2, V3; it starts with "
            f"{got}. {REMEDY}"
        )
    return cells


def _numbers(cells: Sequence[str]) -> FloatArray | None:
    """Return the cells after the id as numbers, or None if one of them is not a number."""
    try:
        return np.array([float(cell) for cell in cells[1:]])
    except ValueError:
        return None


def _fault(
    name: str, cells: Sequence[str], values: FloatArray | None, header: Sequence[str]
) -> str:
    """Say what is wrong with a row; an empty text if nothing is."""
    if not name:
        return f"a row without id, {header[1]}: {cells[1] if len(cells) > 1 else ''!r}"
    if len(cells) > len(header):
        return f"series {name!r}: {len(cells)} cells in {len(header)} columns"
    if len(cells) == 1:
        return f"series {name!r}: no values"
    if values is not None and np.isfinite(values).all():
        return ""
    for column, cell in zip(header[1:], cells[1:], strict=False):
        number = _numbers(["", cell])
        if number is None or not np.isfinite(number).all():
            return f"series {name!r}, column {column}: {cell or 'empty'!r}"
    return ""


def _more(refused: Sequence[str]) -> str:
    """Say how many refused rows are not listed."""
    return f"; and {len(refused) - N_LISTED} more" if len(refused) > N_LISTED else ""


def _lengths(rows: Sequence[FloatArray]) -> IntArray:
    """Return the number of values of each row."""
    return np.array([row.size for row in rows], dtype=np.int64)


def _panel(path: Path, values: FloatArray, lengths: IntArray, ids: Sequence[str]) -> Panel:
    """Make a panel of at least one series."""
    if not ids:
        raise InputError(f"{path} holds no series. {REMEDY}")
    indptr = indptr_of(lengths)
    return Panel(values, indptr, tuple(ids))
