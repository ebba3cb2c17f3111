"""Rows of a file as a panel with its columns of X, and the series that are rejected."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from esrnn.errors import EsrnnError
from esrnn.files import Columns
from esrnn.forecaster import TrainedModel
from esrnn.forecaster.reading import LongColumns, read_long
from esrnn.frames import FramedPanel
from esrnn.frames.skipping import none_skipped
from esrnn.jobs.rejected import faults_of

__all__ = ["Split", "long_columns", "read_rows", "split_future"]


@dataclass(frozen=True, eq=False)
class Split:
    """The rows of a frame: histories, and the columns of X over history and future.

    Attributes
    ----------
    history : pd.DataFrame
    X : pd.DataFrame or None
        Indexed by series and time.
    """

    history: pd.DataFrame
    X: pd.DataFrame | None


def long_columns(columns: Columns) -> LongColumns:
    """Return the names of ids, time stamps and values, which must be known.

    Parameters
    ----------
    columns : Columns

    Returns
    -------
    LongColumns
    """
    if columns.id is None or columns.time is None or columns.value is None:
        raise TypeError("the columns of ids, time stamps and values are not all known yet")
    return LongColumns(columns.id, columns.time, columns.value)


def split_future(frame: pd.DataFrame, columns: Columns) -> Split:
    """Tell histories from rows of the future, which are there for the sake of X.

    Parameters
    ----------
    frame : pd.DataFrame
    columns : Columns
        Whose names are known.

    Returns
    -------
    Split
        Where columns are known in advance, the rows after the last observed value of a series are
        its future. A series without any observed value keeps all its rows.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {"id": "a", "t": [1, 2, 3], "y": [5.0, 6.0, None], "promo": [0, 1, 1]}
    ... )
    >>> split = split_future(frame, Columns("id", "t", "y", future=("promo",)))
    >>> len(split.history), len(split.X)
    (2, 3)
    """
    names = long_columns(columns)
    extra = (*columns.static, *columns.future)
    if not extra:
        return Split(frame, None)
    index = pd.MultiIndex.from_arrays([frame[names.id], frame[names.time]])
    X = pd.DataFrame({name: frame[name].array for name in extra}, index=index)
    if not columns.future:
        return Split(frame, X)
    times = frame[names.time].where(frame[names.value].notna())
    last = times.groupby(frame[names.id], dropna=False).transform("max")
    return Split(frame[~(frame[names.time] > last)], X)


def read_rows(
    history: pd.DataFrame, columns: Columns, model: TrainedModel | None, skip: bool
) -> tuple[FramedPanel | None, pd.DataFrame]:
    """Read the histories of series as a panel.

    Parameters
    ----------
    history : pd.DataFrame
    columns : Columns
        Whose names are known.
    model : TrainedModel or None
        Networks, whose step the series must have.
    skip : bool
        Whether series with faults are left out; otherwise they are an error.

    Returns
    -------
    FramedPanel or None
        None if no series can be served.
    pd.DataFrame
        Faults, as `FramedPanel.skipped` has them. A fault of all rows together is one of each
        series.

    Raises
    ------
    EsrnnError
        Unless `skip`.
    """
    names = long_columns(columns)
    if not skip:
        return read_long(history, model, names), none_skipped()
    try:
        framed = read_long(history, model, names, errors="skip")
    except EsrnnError as error:
        return None, faults_of(error, pd.Index(history[names.id]).unique())
    return framed, framed.skipped
