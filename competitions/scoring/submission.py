"""Files of forecasts: long ones as runs write them, and wide ones in M4's format.

A long file has the columns ``unique_id``, ``ds`` and ``y_hat``, perhaps bounds, and a row for each
series and step. A wide one has the header ``id,F1,F2,...``; each row below it is a series, with a
cell for each step; bounds are in two more files. M4's own files hold all 100,000 series and 48
columns, and cells beyond a group's horizon are empty; such a file can be scored on every task on
one of M4's groups. Both can be CSV or Parquet. Reading is strict: nothing is mended, and everything
that is wrong is listed at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyarrow.parquet import read_schema

from competitions.task import Task, TaskData
from competitions.task.id_runs import belongs
from competitions.task.series import read_table
from esrnn.errors import InputError, Offenders

_STEP = re.compile(r"[Ff]([1-9][0-9]{0,3})")
_NOTHING = {"", "na", "nan", "null", "none"}


def read_submission(
    data: TaskData, point: Path, lower: Path | None = None, upper: Path | None = None
) -> pd.DataFrame:
    r"""Read somebody's forecasts from files, see above.

    Only ids and steps are taken from `data`. `point` is a long file, or a wide one of point
    forecasts; `lower` and `upper` are wide ones of the bounds of the task's first level, both or
    none. Series that are not in the task but are the competition's are passed over. Returns the
    task's `forecast_columns`, a row for each series and step in the order of the task; bounds are
    NaN where there are none.

    One InputError lists all that is wrong: a file that cannot be read; bounds beside a long file;
    series or columns that are absent, unknown or there twice; a cell within the horizon that is
    no finite number or one beyond it that is not empty; a lower bound above the upper one; one file
    of bounds without the other.
    """
    task, problems = data.task, []
    if _is_long(point):
        if lower or upper:
            raise InputError(f"{point} is a long file; its bounds must be columns of it")
        return _of_the_task(data, data.read_forecasts(read_table(point)))
    sheets = {"y_hat": _read(task, point)}
    if (lower is None) != (upper is None):
        given, other = ("lower", "upper") if upper is None else ("upper", "lower")
        problems.append(f"a file of {given} bounds needs one of {other} bounds beside it")
    for name, path in ((f"lo-{task.levels[0]}", lower), (f"hi-{task.levels[0]}", upper)):
        if path is not None:
            sheets[name] = _read(task, path)
    for sheet in sheets.values():
        problems += [f"{sheet.path}: {problem}" for problem in sheet.problems]
    problems += _crossed(task, [sheet.values for sheet in sheets.values()][1:])
    if problems:
        raise InputError(f"this submission cannot be scored on {task.name}: " + "; ".join(problems))
    frame = data.test.index.to_frame(index=False)
    for column in task.forecast_columns[2:]:
        frame[column] = sheets[column].values.ravel() if column in sheets else np.nan
    return frame


def _is_long(path: Path) -> bool:
    """Say whether a file has a row for each step, by the names of its columns."""
    try:
        if path.suffix == ".parquet":
            names = read_schema(path).names
        else:
            with path.open(encoding="utf-8-sig", errors="replace") as file:
                names = [name.strip(' "') for name in file.readline().strip().split(",")]
    except (OSError, ValueError):
        return False  # which reading the file as a wide one reports
    return "unique_id" in names


def _of_the_task(data: TaskData, frame: pd.DataFrame) -> pd.DataFrame:
    """Pass over the competition's series that are not in the task."""
    known, ids = set(data.ids), frame["unique_id"]
    others = [one for one in ids.unique() if one not in known]
    passed = [one for one in others if belongs(data.task.competition, one)]
    return frame[~ids.isin(passed)].reset_index(drop=True)


def _rows(path: Path) -> Iterator[list[str]]:
    """Yield the header and the rows of a wide file as text."""
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
        yield list(map(str, frame.columns))
        yield from ([str(cell) for cell in row] for row in frame.itertuples(index=False))
        return
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.reader(file, strict=True)  # a quote that is left open is an error


@dataclass
class _Sheet:
    """What a file holds of the task's series, shape (N, H), and what is wrong with it."""

    path: Path
    values: npt.NDArray[np.float64]
    problems: list[str] = field(default_factory=list)


@dataclass
class _Odd:
    """Cells of one kind that should not be there: series, columns and what they hold."""

    text: str
    series: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    cells: list[object] = field(default_factory=list)

    def add(self, series: str, step: str = "", cell: object = "") -> None:
        self.series.append(series)
        self.steps.append(step)
        self.cells.append(cell)

    def problems(self) -> list[str]:
        if not self.series:
            return []
        steps = self.steps if any(self.steps) else None
        cells = self.cells if any(self.cells) else None
        return [f"{self.text}, {Offenders(self.series, steps, cells)}"]


def _read(task: Task, path: Path) -> _Sheet:
    """Read one file, and list what is wrong with it."""
    ids = task.id_list
    sheet = _Sheet(path, np.full((len(ids), task.horizon), np.nan))
    try:
        rows = _rows(path)
        steps = _columns(task, next(rows, None), sheet)
        if steps is not None:
            _fill(task, ids, rows, steps, sheet)
    except (OSError, ValueError, csv.Error) as error:
        form = "Parquet" if path.suffix == ".parquet" else "CSV"
        sheet.problems.append(f"cannot be read as {form} ({error})")
    return sheet


def _columns(task: Task, header: Sequence[str] | None, sheet: _Sheet) -> list[int] | None:
    """Return the step that each column behind the id is for, 0 for none; None without ids."""
    expected = f"id,F1,...,F{task.horizon}"
    if header is None:
        sheet.problems.append(f"the file is empty; it must begin with the header {expected}")
        return None
    if not header or header[0].strip().lower() != "id":
        found = ",".join(header)[:40]
        sheet.problems.append(f"the header must be {expected}; it begins {found!r}")
        return None
    names = [name.strip() for name in header[1:]]
    matches = [_STEP.fullmatch(name) for name in names]
    steps = [int(match[1]) if match else 0 for match in matches]
    unknown = [name for name, step in zip(names, steps, strict=True) if not step]
    absent = [f"F{step}" for step in range(1, task.horizon + 1) if step not in steps]
    twice = sorted({f"F{step}" for step in steps if step and steps.count(step) > 1})
    for text, some in (
        (f"columns absent for a horizon of {task.horizon}", absent),
        ("extra columns", unknown),
        ("columns that are there more than once", twice),
    ):
        if some:
            more = f" and {len(some) - 5} more" if len(some) > 5 else ""
            listed = ", ".join(repr(name) for name in some[:5])
            sheet.problems.append(f"{text}, {len(some)} found: {listed}{more}")
    return steps


def _fill(
    task: Task, ids: Sequence[str], rows: Iterator[list[str]], steps: Sequence[int], sheet: _Sheet
) -> None:
    """Put the numbers of the task's series into their places."""
    place = {series: i for i, series in enumerate(ids)}
    within = [(step, column) for column, step in enumerate(steps, 1) if 1 <= step <= task.horizon]
    beyond = [(step, column) for column, step in enumerate(steps, 1) if step > task.horizon]
    seen: set[str] = set()
    unknown, twice = _Odd("unknown series"), _Odd("series that are there more than once")
    empty, text = _Odd("cells without a number"), _Odd("cells that hold no finite number")
    filled = _Odd(f"cells beyond the horizon of {task.horizon} that are not empty")
    long = _Odd("rows longer than the header")
    for row in rows:
        if not any(row):
            continue
        series = row[0].strip()
        if series not in place:
            if not belongs(task.competition, series):
                unknown.add(series)
            continue
        if series in seen:
            twice.add(series)
            continue
        seen.add(series)
        if len(row) > len(steps) + 1:
            long.add(series)
        row += [""] * (len(steps) + 1 - len(row))
        for step, column in within:
            cell = row[column].strip()
            value = _number(cell)
            if value is None:
                empty.add(series, f"F{step}")
            elif not np.isfinite(value):
                text.add(series, f"F{step}", cell)
            else:
                sheet.values[place[series], step - 1] = value
        for step, column in beyond:
            if row[column] and row[column].strip().lower() not in _NOTHING:
                filled.add(series, f"F{step}", row[column].strip())
    missing = _Odd("series without a forecast", [one for one in ids if one not in seen])
    for odd in (missing, unknown, twice, empty, text, filled, long):
        sheet.problems += odd.problems()


def _number(cell: str) -> float | None:
    """Return a cell's number; None for an empty cell, infinity for what is no number."""
    try:
        # Python alone reads 1_000 and digits of other scripts as numbers.
        if "_" not in cell and cell.isascii():
            value = float(cell)
            return None if np.isnan(value) else value
    except ValueError:
        pass
    return None if cell.lower() in _NOTHING else np.inf


def _crossed(task: Task, bounds: Sequence[npt.NDArray[np.float64]]) -> list[str]:
    if len(bounds) < 2:
        return []
    rows, steps = np.nonzero(bounds[0] > bounds[1])
    odd = _Odd("bounds of which the lower is above the upper")
    ids = task.id_list
    for i, h in zip(rows.tolist(), steps.tolist(), strict=True):
        odd.add(ids[i], f"F{h + 1}", (bounds[0][i, h], bounds[1][i, h]))
    return odd.problems()
