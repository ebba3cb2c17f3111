"""The series of a fitted panel, and their columns of X, as tables of a model directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from esrnn._typing import IntArray
from esrnn.errors import InputError, ModelFileError
from esrnn.frames import FramedPanel
from esrnn.frames.plain_data import (
    grid_from_dict,
    grid_to_dict,
    name_from_plain,
    name_to_plain,
    stamps_from_numbers,
    stamps_to_numbers,
)
from esrnn.frames.times import TimeAxis
from esrnn.panel import Panel
from esrnn.store.tables import bytes_to_table, frame_of, table_to_bytes

__all__ = [
    "columns_from_bytes",
    "columns_to_bytes",
    "ids_from_plain",
    "ids_to_frame",
    "ids_to_plain",
    "panel_from_plain",
    "panel_to_plain",
]

Plain = dict[str, Any]


def ids_to_frame(ids: pd.Index) -> pd.DataFrame:
    """Write the names of series as columns ``id_0``, ``id_1``, ..., one for each level.

    Parameters
    ----------
    ids : pd.Index

    Returns
    -------
    pd.DataFrame

    Examples
    --------
    >>> ids_to_frame(pd.Index(["a", "b"], name="shop")).columns.tolist()
    ['id_0']
    """
    return pd.DataFrame({f"id_{k}": ids.get_level_values(k) for k in range(ids.nlevels)})


def ids_to_plain(ids: pd.Index) -> Plain:
    """Describe the names of series: the names of their levels, and their kind.

    Parameters
    ----------
    ids : pd.Index

    Returns
    -------
    dict
        Plain data: the names of the levels, and whether these make a MultiIndex.
    """
    names = [name_to_plain(name) for name in ids.names]
    return {"names": names, "several": isinstance(ids, pd.MultiIndex)}


def ids_from_plain(plain: Mapping[str, Any], table: pa.Table) -> pd.Index:
    """Make the names of series that `ids_to_plain` and `ids_to_frame` wrote.

    Parameters
    ----------
    plain : mapping
    table : pyarrow.Table
        With the columns ``id_0``, ...

    Returns
    -------
    pd.Index
    """
    frame = frame_of(table, [f"id_{k}" for k in range(len(plain["names"]))])
    levels = [pd.Index(frame[column]) for column in frame.columns]
    names = [name_from_plain(name) for name in plain["names"]]
    if plain["several"]:
        return pd.MultiIndex.from_arrays(levels, names=names)
    ids: pd.Index = levels[0].rename(names[0])
    return ids


def panel_to_plain(framed: FramedPanel) -> tuple[Plain, IntArray]:
    """Write what a panel has beside values and ids.

    Parameters
    ----------
    framed : FramedPanel

    Returns
    -------
    dict
        Plain data.
    ndarray of shape (N,), int64
        The last time stamp of each series as a number.

    Raises
    ------
    InputError
        If a name or the step can't be written as plain data.
    """
    last, stamps = stamps_to_numbers(framed.times.last)
    plain = {
        "grid": grid_to_dict(framed.times.grid),
        "stamps": stamps,
        "time_name": name_to_plain(framed.time_name),
        "target_name": name_to_plain(framed.target_name),
        "n_gaps": int(framed.n_gaps),
        "single": bool(framed.single),
        "squeeze": bool(framed.squeeze),
    }
    return plain, last


def panel_from_plain(
    plain: Mapping[str, Any], last: IntArray, ids: pd.Index, values: Panel
) -> FramedPanel:
    """Make the panel that `panel_to_plain` wrote.

    Parameters
    ----------
    plain : mapping
    last : ndarray of shape (N,), int64
    ids : pd.Index of length N
    values : Panel

    Returns
    -------
    FramedPanel
    """
    stamps = stamps_from_numbers(last, plain["stamps"], name_from_plain(plain["time_name"]))
    return FramedPanel(
        panel=values,
        times=TimeAxis(stamps, grid_from_dict(plain["grid"])),
        ids=ids,
        target_name=name_from_plain(plain["target_name"]),
        n_gaps=plain["n_gaps"],
        single=plain["single"],
        squeeze=plain["squeeze"],
    )


def columns_to_bytes(X: pd.DataFrame) -> tuple[Plain, bytes]:
    """Write columns of X with their index as a table.

    Parameters
    ----------
    X : pd.DataFrame
        Its last index level is time.

    Returns
    -------
    dict
        Plain data: names of columns and levels, and how to read the time stamps.
    bytes
        Of a Parquet file.

    Raises
    ------
    InputError
        If a column holds values of several kinds.
    """
    time, stamps = stamps_to_numbers(X.index.get_level_values(-1))
    levels = [X.index.get_level_values(k) for k in range(X.index.nlevels - 1)]
    frame = X.set_axis([f"x_{k}" for k in range(X.shape[1])], axis=1).reset_index(drop=True)
    for k, level in enumerate(levels):
        frame[f"id_{k}"] = level
    frame["time"] = time
    plain = {
        "columns": [name_to_plain(name) for name in X.columns],
        "names": [name_to_plain(name) for name in X.index.names],
        "stamps": stamps,
    }
    data = table_to_bytes(frame)
    if not columns_from_bytes(plain, data, "covariates.parquet").dtypes.equals(X.dtypes):
        raise InputError(
            "columns of X can be saved if they are of numbers, truth values, text or categories;"
            f" got {X.dtypes.astype(str).to_dict()}. Convert them before fit."
        )
    return plain, data


def columns_from_bytes(plain: Mapping[str, Any], data: bytes, name: str) -> pd.DataFrame:
    """Make the columns of X that `columns_to_bytes` wrote.

    Parameters
    ----------
    plain : mapping
    data : bytes
    name : str
        Of the file, for messages.

    Returns
    -------
    pd.DataFrame
    """
    table = bytes_to_table(data, name)
    names = [name_from_plain(one) for one in plain["names"]]
    n_columns = sum(column.startswith("x_") for column in table.column_names)
    if n_columns != len(plain["columns"]):
        raise ModelFileError(
            f"{name} must hold the columns {plain['columns']}; it has {n_columns}. Save the model"
            " anew."
        )
    frame = frame_of(table, [f"x_{k}" for k in range(len(plain["columns"]))])
    frame = frame.set_axis(
        pd.Index([name_from_plain(c) for c in plain["columns"]], tupleize_cols=False), axis=1
    )
    numbers = frame_of(table, ["time"])["time"].to_numpy(np.int64)
    time = stamps_from_numbers(numbers, plain["stamps"], names[-1])
    if len(names) == 1:
        return frame.set_axis(time, axis=0)
    ids = frame_of(table, [f"id_{k}" for k in range(len(names) - 1)])
    levels = [pd.Index(ids[column]) for column in ids.columns]
    return frame.set_axis(pd.MultiIndex.from_arrays([*levels, time], names=names), axis=0)
