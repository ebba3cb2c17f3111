"""Task files, and the data they name.

A task file says what is forecast and how it is measured, and freezes the data by a checksum of
their values, which holds for any copy however it is encoded. No method and no score is known here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from esrnn.datasets import load_m3, load_m4
from esrnn.errors import InputError

__all__ = ["Task", "TaskData", "load_data", "load_task", "task_names", "values_sha256"]

_FOLDER = Path(__file__).parent / "tasks"
_LOADERS: dict[str, Callable[..., tuple[pd.DataFrame, pd.DataFrame]]] = {
    "m3": load_m3,
    "m4": load_m4,
}


@dataclass(frozen=True)
class Task:
    """What is forecast and how it is measured.

    Parameters
    ----------
    name : str
        As on the command line, such as ``"m4-hourly"``.
    title : str
        As in tables.
    competition, group : str
        Which data: ``"m4"``, ``"hourly"``.
    horizon : int
        Steps to forecast, H.
    seasonal_period : int
        Steps per season of the measures and of Naive2, which may differ from those of a model.
    n_series : int
        Number of series, N.
    levels : tuple of int
        Levels of the central prediction intervals in percent.
    sha256 : str
        `values_sha256` of the data.
    """

    name: str
    title: str
    competition: str
    group: str
    horizon: int
    seasonal_period: int
    n_series: int
    levels: tuple[int, ...]
    sha256: str

    @property
    def interval_columns(self) -> tuple[str, ...]:
        """Columns of the forecasts' lower and upper bounds, level by level."""
        return tuple(f"{side}-{level}" for level in self.levels for side in ("lo", "hi"))

    @property
    def forecast_columns(self) -> tuple[str, ...]:
        """All columns of a frame of forecasts."""
        return ("unique_id", "ds", "y_hat", *self.interval_columns)


@dataclass(frozen=True, eq=False)
class TaskData:
    """A task with its series.

    Parameters
    ----------
    task : Task
        The task.
    train, test : pandas.DataFrame
        One column ``y`` on the index levels ``unique_id`` and ``ds``; the same series in the same
        order, `test` with H steps each.
    """

    task: Task
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def ids(self) -> list[str]:
        """Ids of the N series, in order."""
        ids: list[str] = self.train.index.get_level_values(0).unique().tolist()
        return ids

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """Training values of all series one after another, shape (n_obs,)."""
        return self.train["y"].to_numpy()

    @property
    def indptr(self) -> npt.NDArray[np.int64]:
        """Boundaries of the series in `values`, shape (N + 1,)."""
        lengths = self.train.groupby(level=0, sort=False).size().to_numpy()
        return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    @property
    def actual(self) -> npt.NDArray[np.float64]:
        """Values to be forecast, shape (N, H)."""
        return self.test["y"].to_numpy().reshape(-1, self.task.horizon)


def task_names() -> list[str]:
    """Return the names of all tasks.

    Examples
    --------
    >>> "m4-hourly" in task_names()
    True
    """
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def load_task(name: str) -> Task:
    """Read a task file.

    Parameters
    ----------
    name : str
        One of `task_names`.

    Returns
    -------
    Task
        The frozen task.

    Raises
    ------
    InputError
        If there is no such task.

    Examples
    --------
    >>> load_task("m4-hourly").horizon
    48
    """
    if name not in task_names():
        raise InputError(f"no task {name!r}; there is {', '.join(task_names())}")
    return parse_task((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def parse_task(text: str) -> Task:
    """Make a task from the text of its file, which must have its fields and no other.

    Raises
    ------
    InputError
        If a field is absent or unknown.
    """
    entries = json.loads(text)
    expected = {field.name for field in fields(Task)}
    if set(entries) != expected:
        raise InputError(
            f"a task file must have the fields {', '.join(sorted(expected))}; "
            f"absent or unknown: {', '.join(sorted(expected ^ set(entries)))}"
        )
    return Task(**{**entries, "levels": tuple(entries["levels"])})


def load_data(task: Task, data_dir: str | os.PathLike[str] | None = None) -> TaskData:
    """Load a task's series and hold them against its file.

    Parameters
    ----------
    task : Task
        The task.
    data_dir : path, optional
        Searched first; see `esrnn.datasets`.

    Returns
    -------
    TaskData
        Series that are exactly those of the task.

    Raises
    ------
    InputError
        If the number of series, the horizon or the checksum of the values differs.
    DatasetNotFoundError
        If the data are nowhere.
    """
    train, test = _LOADERS[task.competition](task.group, data_dir)
    lengths = test.groupby(level=0, sort=False).size()
    if len(lengths) != task.n_series or not (lengths == task.horizon).all():
        raise InputError(
            f"task {task.name} needs {task.n_series} series with {task.horizon} steps each in the "
            f"test part; got {len(lengths)} with {lengths.min()} to {lengths.max()}. See which "
            "copy of the data is found: --data-dir, $ESRNN_DATA_DIR or the cache"
        )
    found = values_sha256(train, test)
    if found != task.sha256:
        raise InputError(
            f"the data of task {task.name} must have the checksum {task.sha256}; got {found}: "
            "another or a damaged copy. See which is found: --data-dir, $ESRNN_DATA_DIR or the "
            "cache"
        )
    return TaskData(task, train, test)


def values_sha256(train: pd.DataFrame, test: pd.DataFrame) -> str:
    """Checksum of ids, lengths and values, whatever the order of the series and the file format.

    Parameters
    ----------
    train, test : pandas.DataFrame
        One column ``y`` on the index levels ``unique_id`` and ``ds``.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits, over each part in turn: the sorted ids joined by line feeds,
        their lengths as little-endian int64, and their values as little-endian float64.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("b", 1), ("a", 1)], names=["unique_id", "ds"])
    >>> frame = pd.DataFrame({"y": [1.0, 2.0]}, index=index)
    >>> values_sha256(frame, frame) == values_sha256(frame[::-1], frame)
    True
    """
    digest = hashlib.sha256()
    for frame in (train, test):
        ordered = frame["y"].sort_index(level=0, sort_remaining=False, kind="stable")
        lengths = ordered.groupby(level=0).size()
        digest.update("\n".join(lengths.index.astype(str)).encode())
        digest.update(lengths.to_numpy().astype("<i8").tobytes())
        digest.update(ordered.to_numpy().astype("<f8").tobytes())
    return digest.hexdigest()
