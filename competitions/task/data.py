"""Tasks with their data: exactly the series that a task file names, with the right checksum.

The checksum is of ids, lengths and values, so it holds for any copy of the data, however the copy
is encoded. `competitions.task.files` reads the task files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from competitions.task.files import Task
from competitions.task.series import read_own
from esrnn.datasets import load_m3, load_m4, values_sha256
from esrnn.errors import InputError, Offenders
from esrnn.panel import Panel

Array: TypeAlias = npt.NDArray[np.float64]
Bounds: TypeAlias = dict[int, tuple[Array, Array]]  # lower and upper ones by level in percent

LOADERS: dict[str, Callable[..., tuple[pd.DataFrame, pd.DataFrame]]] = {
    "m3": load_m3,
    "m4": load_m4,
}


@dataclass(frozen=True, eq=False)
class TaskData:
    """A task with its series.

    `train` and `test` have one column ``y`` on the index levels ``unique_id`` and ``ds``, and the
    same series in the same order.
    """

    task: Task
    train: pd.DataFrame
    test: pd.DataFrame
    # Of the rows of `train`, then of `test`; None where ``ds`` counts steps
    stamps: pd.Index | None = None

    @property
    def ids(self) -> list[str]:
        """Ids of the N series, in order."""
        ids: list[str] = self.train.index.unique(level=0).tolist()
        return ids

    @property
    def values(self) -> Array:
        """Training values of all series one after another, shape (n_obs,)."""
        return self.train["y"].to_numpy()

    @cached_property
    def indptr(self) -> npt.NDArray[np.int64]:
        """Boundaries of the series in `values`, shape (N + 1,)."""
        bounds = np.append(0, np.cumsum(_lengths(self.train))).astype(np.int64)
        bounds.flags.writeable = False
        return bounds

    @property
    def actual(self) -> Array:
        """Values to be forecast, shape (N, H)."""
        return self.test["y"].to_numpy().reshape(-1, self.task.horizon)

    @cached_property
    def panel(self) -> Panel:
        """The training part as a panel."""
        return Panel(self.values, self.indptr, tuple(self.ids))

    def forecast_frame(
        self, y_hat: Array, bounds: Mapping[int, tuple[Array, Array]]
    ) -> pd.DataFrame:
        """Lay out forecasts of shape (N, H) as a frame of `forecast_columns` and deciles.

        `bounds` are by level in percent. One of the task's levels that is not there gets NaN,
        another one of its `asked_levels` no columns.
        """
        horizon = self.task.horizon
        last = self.train.index.to_frame(index=False).groupby("unique_id", sort=False)["ds"].last()
        columns: dict[str, npt.ArrayLike] = {
            "unique_id": np.repeat(last.index.to_numpy(), horizon),
            "ds": (last.to_numpy()[:, None] + np.arange(1, horizon + 1)).ravel(),
            "y_hat": y_hat.ravel(),
        }
        nothing = np.full_like(y_hat, np.nan)
        for level in self.task.asked_levels:
            if level not in self.task.levels and level not in bounds:
                continue
            lower, upper = bounds.get(level, (nothing, nothing))
            columns[f"lo-{level}"], columns[f"hi-{level}"] = lower.ravel(), upper.ravel()
        return pd.DataFrame(columns)

    def own_frame(self) -> pd.DataFrame:
        """Return the training part as somebody's own method gets it: with its time stamps."""
        frame = self.train.reset_index()
        return frame if self.stamps is None else frame.assign(ds=self.stamps[: len(frame)])

    def read_forecasts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Bring somebody's long frame of forecasts into the form that is scored.

        Its ``ds`` counts the steps of the training part on, or has the time stamps of the test
        part. Bounds that are not there are NaN. What else is wrong in it is found by
        `competitions.scoring.check_forecasts`.
        """
        absent = [one for one in ("unique_id", "ds", "y_hat") if one not in frame.columns]
        if absent:
            raise InputError(
                f"forecasts must have the columns unique_id, ds and y_hat; absent: "
                f"{', '.join(absent)}; got {', '.join(map(str, frame.columns))}"
            )
        bounds = [one for one in self.task.interval_columns if one in frame.columns]
        half = [one for one in self.task.interval_columns if bounds and one not in bounds]
        if half:
            raise InputError(
                f"column {', '.join(half)} is absent beside {', '.join(bounds)}: give both bounds "
                "of an interval, or none"
            )
        frame = frame.assign(unique_id=frame["unique_id"].astype(str))
        if self.stamps is not None and not pd.api.types.is_integer_dtype(frame["ds"]):
            ids, steps = (self.test.index.get_level_values(level) for level in (0, 1))
            known = pd.MultiIndex.from_arrays([ids, self.stamps[len(self.train) :]])
            given = pd.MultiIndex.from_arrays([frame["unique_id"], _as(self.stamps, frame["ds"])])
            places = known.get_indexer(given)
            if (places < 0).any():
                rows = frame[places < 0]
                raise InputError.of_series(
                    f"task {self.task.name} asks for no forecasts at these times",
                    Offenders(rows["unique_id"].tolist(), rows["ds"].tolist()),
                    f"The first series is to be forecast from {self.stamps[len(self.train)]} on.",
                )
            frame = frame.assign(ds=steps[places].to_numpy())
        columns = [one for one in self.task.forecast_columns if one not in frame.columns]
        frame = frame.assign(**dict.fromkeys(columns, np.nan))
        first = list(self.task.forecast_columns)
        return frame[[*first, *(one for one in frame.columns if one not in first)]]

    def times(self, rows: pd.Index) -> list[object]:
        """Return the steps of rows as somebody knows them: by time stamps, where there are some."""
        steps: list[object] = rows.get_level_values(1).tolist()
        if self.stamps is None:
            return steps
        stamps = self.stamps[len(self.train) :].tolist()
        places = self.test.index.get_indexer(rows).tolist()
        return [
            stamps[place] if place >= 0 else step for place, step in zip(places, steps, strict=True)
        ]


def load_data(
    task: Task, data_dir: str | os.PathLike[str] | None = None, *, download: bool = True
) -> TaskData:
    """Load a task's series and check them against its file.

    `data_dir` is searched first, see `esrnn.datasets`. The copy found may have more series than the
    task, and longer histories than those that the task has only the last part of. `download` says
    whether to fetch what is nowhere. Raises InputError if series are absent, or the horizon or the
    checksum differs, and DatasetNotFoundError if the data are nowhere.
    """
    stamps = None
    if task.is_own:
        names = {name: column for name, column in task.files.items() if name != "series"}
        train, test, stamps = read_own(Path(task.files["series"]), task.horizon, names)
    else:
        train, test = LOADERS[task.competition](task.group, data_dir, download=download)
        train, test = _pick(task, train, test)
    found = values_sha256(train, test)
    if found != task.sha256 and task.is_own:
        raise InputError(
            f"the series in {task.files['series']} have changed since task {task.name} was made of "
            f"them: they must have the checksum {task.sha256}; got {found}. Bring the old file "
            "back, or run new-task again with --force: scores of before are then of another task"
        )
    if found != task.sha256:
        raise InputError(
            f"the data of task {task.name} must have the checksum {task.sha256}; got {found}: "
            f"another or a damaged copy of {_files(task)}. {_REMEDY}"
        )
    return TaskData(task, train, test, stamps)


_REMEDY = (
    "Replace the copy by a sound one; data are looked for in --data-dir, then in $ESRNN_DATA_DIR, "
    "then in the user's cache"
)


def _as(stamps: pd.Index, times: pd.Series) -> pd.Index:
    """Read time stamps as those of the data: text, time stamps or periods."""
    if isinstance(stamps, pd.PeriodIndex):
        return pd.PeriodIndex(times, freq=stamps.freq)
    return pd.DatetimeIndex(times)


def _files(task: Task) -> str:
    return " and ".join(task.files.values())


def _pick(task: Task, train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the task's part of a group's data, in the task's order."""
    found = train.index.unique(level=0)
    lengths, horizons = _lengths(train), _lengths(test)
    ids = task.id_list
    places = found.get_indexer(pd.Index(ids))
    absent = np.flatnonzero(places < 0)
    if absent.size:
        raise InputError.of_series(
            f"task {task.name} needs {task.n_series:,} series, the data found have "
            f"{len(found):,}; absent from {_files(task)}",
            Offenders([ids[i] for i in absent]),
            _REMEDY,
        )
    wrong = np.flatnonzero(horizons[places] != task.horizon)
    if wrong.size:
        raise InputError.of_series(
            f"task {task.name} needs {task.horizon} steps of every series in the test part; "
            f"{task.files['test']} has another number",
            Offenders([ids[i] for i in wrong], values=horizons[places][wrong]),
            _REMEDY,
        )
    kept = lengths[places]
    if task.lengths is not None:
        kept = np.minimum(task.lengths, kept)
    before = lengths[places] - kept
    if np.array_equal(places, np.arange(len(found))) and not before.any():
        return train, test
    return (
        _rows(train, np.cumsum(lengths)[places] - kept, kept, before),
        _rows(test, np.cumsum(horizons)[places] - task.horizon, horizons[places], before),
    )


def _rows(
    frame: pd.DataFrame,
    first: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    before: npt.NDArray[np.int64],
) -> pd.DataFrame:
    """Return `count` rows from `first` on for each series, the steps less those cut off before."""
    ends = np.cumsum(count)
    rows = np.arange(ends[-1]) + np.repeat(first - ends + count, count)
    series = frame.index.get_level_values(0)[rows]
    steps = frame.index.get_level_values(1).to_numpy()[rows] - np.repeat(before, count)
    index = pd.MultiIndex.from_arrays([series, steps], names=frame.index.names)
    return pd.DataFrame({"y": frame["y"].to_numpy()[rows]}, index=index)


def _lengths(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Count the rows of each series, in the order of the frame, shape (N,)."""
    return frame.groupby(level=0, sort=False).size().to_numpy().astype(np.int64)
