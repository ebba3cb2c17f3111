"""What the report shows, collected from committed results, published ones and the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from competitions.published import Published, m4_rank, published, published_total
from competitions.report.pictures import Picture, draw_from
from competitions.report.rows import MethodRow, method_rows, total_row
from competitions.scoring.comparison_table import Row
from competitions.scoring.paired import Comparison
from competitions.scoring.r_results import reference_rows
from competitions.store.check import check_result
from competitions.store.read import StoredResult, read_results
from competitions.task import Task, TaskSet, load_data, load_set, load_task, set_names
from esrnn.datasets import DatasetNotFoundError
from esrnn.errors import InputError


@dataclass(frozen=True, eq=False)
class Section:
    """A task, or a total over several tasks."""

    name: str  # unique, such as "m4-hourly"; name of the group; how many series of how many
    title: str
    share: str
    rows: tuple[MethodRow, ...]  # computed here, best OWA first
    published: tuple[Published, ...]  # for whole groups only
    place_group: str | None = None  # column of M4's leaderboard to rank OWA in
    task: Task | None = None  # None for a total
    contents: tuple[str, ...] = ()  # labels of what is in a total
    references: tuple[Row, ...] = ()
    pictures: tuple[Picture, ...] = ()  # of the best and worst series, or why there are none
    no_pictures: str = ""
    ranks: Comparison | None = None  # of the methods whose runs are at hand, by MASE

    @property
    def label(self) -> str:
        """The title with the share of series."""
        return f"{self.title}, {self.share}"

    @property
    def competition(self) -> str:
        """Such as ``"m4"``, or ``"own"``."""
        return self.task.competition if self.task is not None else self.name.split("-")[0]

    @property
    def ours(self) -> MethodRow | None:
        """The row of ESRNN trained on the task with its own settings."""
        return next((row for row in self.rows if row.key == ("esrnn", "esrnn")), None)

    def row(self, key: tuple[str, str]) -> MethodRow | None:
        """Return the row of a method and its settings."""
        return next((row for row in self.rows if row.key == key), None)

    def place(self, owa: float | None) -> tuple[int, int] | None:
        """Return the place among M4's published methods, where OWA can be compared."""
        if self.place_group is None or owa is None:
            return None
        return m4_rank(self.place_group, owa)


@dataclass(frozen=True, eq=False)
class Report:
    """All that is shown: each competition's tasks, group by group, and then its totals."""

    date: str
    commit: str | None
    sections: tuple[Section, ...]

    @property
    def tasks(self) -> tuple[Section, ...]:
        """The sections that are tasks."""
        return tuple(section for section in self.sections if section.task is not None)

    @property
    def results(self) -> list[StoredResult]:
        """All results, task by task."""
        return [result for s in self.tasks for row in s.rows for result in row.results]


def collect(
    results: Path,
    data_dir: Path | None,
    runs: Path | None,
    date: str,
    commit: str | None,
    say: Callable[[str], object] = lambda line: None,
) -> Report:
    """Collect a report's contents; the arguments are those of `write_report`.

    An InputError is raised if there is no result, or one is not sound.
    """
    found = read_results(results, runs, say)
    if not found:
        raise InputError(
            f"no results in {results}. Put runs there: python -m competitions keep RUN_DIR"
        )
    for result in found:
        problems = check_result(result)
        if problems:
            place = f"{result.run.task}/{result.name}"
            raise InputError(f"the result {place} is not sound: " + "; ".join(problems))
    by_task: dict[str, list[StoredResult]] = {}
    for result in found:
        by_task.setdefault(result.task.name, []).append(result)
    of = {name: some[0].task for name, some in by_task.items()}
    for name, some in by_task.items():
        others = {result.run.task for result in some}
        if len(others) > 1:
            raise InputError(f"two tasks are called {name!r}, rename one: {', '.join(others)}")
    tasks = {}
    for name in sorted(of, key=lambda name: _task_order(of[name])):
        say(f"Reads {of[name].label}")
        tasks[name] = _task_section(of[name], by_task[name], data_dir)
    sections: list[Section] = []
    for competition in _competitions():
        sections += [s for s in tasks.values() if s.competition == competition]
        sections += _total_sections(load_set(competition), tasks)
    sections += [s for s in tasks.values() if s.task is not None and s.task.is_own]
    return Report(date, commit, tuple(sections))


def _competitions() -> list[str]:
    """Return the competitions, the larger one first."""
    return sorted(set_names(), reverse=True)


def _task_order(task: Task) -> tuple[int, int, int]:
    """Order tasks as the competitions' tables do, a sample behind its group, and own ones last."""
    if task.is_own:
        return len(_competitions()), 0, 0
    order = load_set(task.competition).tasks
    group = f"{task.competition}-{task.group}"
    place = order.index(group) if group in order else len(order)
    return _competitions().index(task.competition), place, -task.n_series


def _task_section(task: Task, results: Sequence[StoredResult], data_dir: Path | None) -> Section:
    """Make the section of a task."""
    rows = sorted(method_rows(results), key=_by_owa)
    pictures, references, reason = _from_data(task, rows, data_dir)
    share = f"all {task.n_series:,} series"
    if task.is_partial:
        share = f"{task.n_series:,} of {task.n_in_group:,} series"
    return Section(
        name=task.name,
        title=task.title,
        share=share,
        rows=tuple(rows),
        published=tuple(published(task)),
        place_group=task.group if task.competition == "m4" and not task.is_partial else None,
        task=task,
        references=references,
        pictures=pictures,
        no_pictures=reason,
        ranks=_ranks(task, rows),
    )


def _ranks(task: Task, rows: Sequence[MethodRow]) -> Comparison | None:
    """Compare the methods whose runs are at hand, each by the means over its seeds."""
    errors = {}
    for row in rows:
        found = [result.series for result in row.results if result.series is not None]
        if len(found) == len(row.results):
            by_seed = [one["mase"].reindex(task.id_list).to_numpy() for one in found]
            errors[row.label] = np.mean(by_seed, axis=0)
    if len(errors) < 2:
        return None
    return Comparison(tuple(errors), np.stack(list(errors.values())))


def _from_data(
    task: Task, rows: Sequence[MethodRow], data_dir: Path | None
) -> tuple[tuple[Picture, ...], tuple[Row, ...], str]:
    """Return what needs the task's data, or why it is not there."""
    try:
        data = load_data(task, data_dir, download=False)  # a report fetches nothing
    except (DatasetNotFoundError, InputError):
        return (), (), "not drawn: the data were not found where the report was made"
    drawn = next((row for row in rows if row.is_ours), rows[0])
    return draw_from(data, drawn.results[0]), tuple(reference_rows(data, data_dir)), ""


def _total_sections(task_set: TaskSet, tasks: Mapping[str, Section]) -> Iterator[Section]:
    """Make the totals of a competition: over all of its tasks, and over those that ESRNN has."""
    there = tuple(name for name in task_set.tasks if name in tasks)
    ours = tuple(name for name in there if tasks[name].ours)
    for i, names in enumerate(dict.fromkeys((there, ours))):
        if len(names) > 1:
            section = _total_section(task_set, {name: tasks[name] for name in names}, i)
            if section.rows:
                yield section


def _total_section(task_set: TaskSet, tasks: Mapping[str, Section], number: int) -> Section:
    """Make a total over several tasks; `number` tells totals of a competition apart."""
    weights = {name: float(task_set.weight(load_task(name))) for name in tasks}
    sizes = {name: float(load_task(name).n_series) for name in tasks}
    keys = sorted({row.key for section in tasks.values() for row in section.rows})
    rows = []
    for key in keys:
        of_method = {n: row for n, section in tasks.items() if (row := section.row(key))}
        row = total_row(of_method, weights, sizes)
        if row is not None:
            rows.append(row)
    rows.sort(key=_by_owa)
    n_series = sum(load_task(name).n_series for name in tasks)
    n_in_all = sum(load_task(name).n_in_group for name in task_set.tasks)
    complete = n_series == n_in_all
    return Section(
        name=f"{task_set.name}-total" + (f"-{number + 1}" if number else ""),
        title=f"{task_set.title} total",
        share=f"all {n_series:,} series" if complete else f"{n_series:,} of {n_in_all:,} series",
        rows=tuple(rows),
        published=tuple(published_total(task_set.name)) if complete else (),
        place_group="total" if complete and task_set.name == "m4" else None,
        contents=tuple(section.label for section in tasks.values()),
    )


def _by_owa(row: MethodRow) -> tuple[float, str, str]:
    """Return what rows are sorted by."""
    return row.mean("owa") or 0.0, *row.key
