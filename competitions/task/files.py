"""Task files: what is forecast, how it is measured, and which copy of the data is meant.

There are two kinds of JSON files in ``tasks/``: a task, such as ``m4-hourly.json``, and a set of
tasks that are scored together, such as ``m4.json``. `competitions.task.freeze` writes them. No data
are read here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from competitions.task.id_runs import expand
from esrnn.errors import InputError

FOLDER = Path(__file__).parents[1] / "tasks"
OWN = "own"
# Of the central intervals whose bounds are, with the median, the nine deciles.
_DECILE_LEVELS = (80, 60, 40, 20)


@dataclass(frozen=True)
class Task:
    """What is forecast and how it is measured; its fields are those of the task's file."""

    name: str  # as on the command line, such as "m4-hourly"
    title: str  # name of the group, such as "M4 Hourly"; what is shown is the `label`
    competition: str  # "m4", "m3", or "own" for data of somebody's own
    group: str
    # Of the parts "train" and "test" in a data folder; of own data "series", beside the task's, and
    # its columns "id", "time" and "value" where they have other names than usual
    files: Mapping[str, str]
    horizon: int  # steps to forecast, H
    seasonal_period: int  # of the measures and of Naive2; a model's may be another
    measures: tuple[str, ...]  # as shown; M3 itself used sMAPE alone, the others are M4's
    levels: tuple[int, ...]  # of the central prediction intervals, in percent
    n_series: int  # of the task, N
    n_in_group: int
    n_truncated: int  # of the N series, those with the last part of their published history only
    ids: tuple[str, ...]  # in their order, as runs; see `id_list`
    # Last training observations that belong, as runs such as "198*30"; empty for all
    train_lengths: tuple[str, ...]
    sha256: str  # `esrnn.datasets.values_sha256` of exactly these series

    @property
    def is_own(self) -> bool:
        """Whether the data are somebody's own, and no competition's."""
        return self.competition == OWN

    @property
    def is_partial(self) -> bool:
        """Whether some of the group's series are not in the task: no published score applies."""
        return self.n_series < self.n_in_group

    @property
    def label(self) -> str:
        """The title as it must be shown: with the share of the group, if it is not all of it."""
        if not self.is_partial:
            return self.title
        return f"{self.title}, {self.n_series:,} of {self.n_in_group:,} series"

    @property
    def note(self) -> str:
        """What else a reader of scores must know of the series; empty if nothing."""
        if not self.n_truncated:
            return ""
        return f"{self.n_truncated:,} of the series without the first part of their history"

    @property
    def id_list(self) -> list[str]:
        """Ids of the N series in their order."""
        return expand(self.ids)

    @property
    def lengths(self) -> list[int] | None:
        """How many of the last training observations of each series belong; None for all."""
        if not self.train_lengths:
            return None
        lengths: list[int] = []
        for run in self.train_lengths:
            length, _, count = run.partition("*")
            lengths += [int(length)] * int(count or 1)
        return lengths

    @property
    def interval_columns(self) -> tuple[str, ...]:
        """Columns of the forecasts' lower and upper bounds, level by level."""
        return tuple(f"{side}-{level}" for level in self.levels for side in ("lo", "hi"))

    @property
    def forecast_columns(self) -> tuple[str, ...]:
        """Columns of a frame of forecasts; `decile_columns` follow where a method has them."""
        return ("unique_id", "ds", "y_hat", *self.interval_columns)

    @property
    def asked_levels(self) -> tuple[int, ...]:
        """Levels of all intervals that methods are asked for, those of the deciles at the end."""
        return (*self.levels, *(one for one in _DECILE_LEVELS if one not in self.levels))

    @property
    def decile_columns(self) -> tuple[str, ...]:
        """Columns of the deciles but the fifth, in ascending order; ``y_hat`` is the fifth.

        Examples
        --------
        >>> load_task("m4-hourly").decile_columns[:4]
        ('lo-80', 'lo-60', 'lo-40', 'lo-20')
        """
        lower = tuple(f"lo-{level}" for level in _DECILE_LEVELS)
        return (*lower, *(f"hi-{level}" for level in reversed(_DECILE_LEVELS)))


@dataclass(frozen=True)
class TaskSet:
    """Tasks that have a score together; its fields are those of the set's file."""

    name: str  # "m4" on the command line, and "M4" in tables, where the `label` is shown
    title: str
    tasks: tuple[str, ...]  # in the order of the competition's tables
    # What counts once in the total: M4 counts series, M3 forecasts
    weights: Literal["series", "forecasts"]

    @property
    def label(self) -> str:
        """The title as it must be shown: with the share of the competition that is there."""
        tasks = [load_task(name) for name in self.tasks]
        if not any(task.is_partial for task in tasks):
            return self.title
        n_series = sum(task.n_series for task in tasks)
        return f"{self.title}, {n_series:,} of {sum(t.n_in_group for t in tasks):,} series"

    def weight(self, task: Task) -> int:
        """Return how much a task counts in the total."""
        return task.n_series * (task.horizon if self.weights == "forecasts" else 1)


def task_names() -> list[str]:
    """Return the names of all tasks."""
    return sorted(path.stem for path in FOLDER.glob("*-*.json"))


def set_names() -> list[str]:
    """Return the names of all sets of tasks: m3 and m4."""
    return sorted({path.stem for path in FOLDER.glob("*.json")} - set(task_names()))


def load_task(name: str) -> Task:
    """Read the file of one of `task_names`, or of somebody's own, whose path ends in .json.

    Raises InputError if there is no such task, or the file is no task's.

    Examples
    --------
    >>> load_task("m4-hourly").horizon
    48
    """
    if is_path(name):
        return _own_task(Path(name))
    if name not in task_names():
        raise InputError(
            f"no task {name!r}; there is {', '.join(task_names())}, and the path of a .json file "
            "for one of your own, which new-task makes of a file of series"
        )
    return parse_task((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def is_path(name: str) -> bool:
    """Say whether a task is named by the path of its file."""
    return name.endswith(".json")


def _own_task(path: Path) -> Task:
    """Read a task of somebody's own; its series are in a file beside it."""
    try:
        task = parse_task(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} can't be read as the file of a task: {error}") from None
    if not task.is_own:
        raise InputError(f"{path} is not of data of one's own; name the task {task.name!r} instead")
    series = (path.parent / task.files["series"]).resolve()
    return replace(task, files={**task.files, "series": str(series)})


def load_set(name: str) -> TaskSet:
    """Read the file of one of `set_names`; an InputError is raised if there is no such set."""
    if name not in set_names():
        raise InputError(f"no set of tasks {name!r}; there is {', '.join(set_names())}")
    return parse_set((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def parse_task(text: str) -> Task:
    """Make a task from the text of its file, which must have its fields and no other."""
    return Task(**_entries(text, (field.name for field in fields(Task))))


def parse_set(text: str) -> TaskSet:
    """Make a set of tasks from the text of its file, which must have its fields and no other."""
    return TaskSet(**_entries(text, (field.name for field in fields(TaskSet))))


def _entries(text: str, names: Iterable[str]) -> dict[str, Any]:
    entries = json.loads(text)
    expected = set(names)
    if set(entries) != expected:
        raise InputError(
            f"a task file must have the fields {', '.join(sorted(expected))}; "
            f"absent or unknown: {', '.join(sorted(expected ^ set(entries)))}"
        )
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in entries.items()
    }
