"""One run: data, forecasts, scores and a picture in a directory of its own.

Files are written whole or not at all, and ``scores.json`` is the last of them: a directory without
it holds a run that did not end.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from competitions.methods import METHODS, Settings
from competitions.picture import draw_picture
from competitions.published import published
from competitions.resources import commit, measured, versions
from competitions.scoring import Scores, score
from competitions.table import Row, format_table, published_rows, scored_row
from competitions.task import TaskData, load_data, load_task
from esrnn.errors import InputError

__all__ = ["CONFIG", "FORECASTS", "PICTURE", "SCORES", "Request", "run", "run_table"]

CONFIG, FORECASTS = "config.json", "forecasts.parquet"
PICTURE, SCORES = "forecasts.png", "scores.json"
# Methods that are set beside every run; they take some seconds.
_BESIDE = {"es": "Exponential smoothing alone", "naive2": "Naive2", "snaive": "sNaive"}
_TITLES = {"esrnn": "ESRNN", "naive": "Naive", **_BESIDE}


@dataclass(frozen=True)
class Request:
    """What is to be run, and where its files go.

    Parameters
    ----------
    task : str
        Name of a task.
    method : str
        Name of one of `competitions.methods.METHODS`.
    out : pathlib.Path
        The run's directory; made if it is not there.
    settings : Settings
        Seed, preset and the rest.
    data_dir : pathlib.Path or None
        Where to look for data first.
    """

    task: str
    method: str
    out: Path
    settings: Settings = field(default_factory=Settings)
    data_dir: Path | None = None


def run(request: Request, say: Callable[[str], object] = print) -> dict[str, object]:
    """Run a method on a task, score it, and write everything into the run's directory.

    Parameters
    ----------
    request : Request
        What to run. An earlier run in its directory is replaced once this one has its forecasts.
    say : callable
        Takes the lines that tell the user what happens.

    Returns
    -------
    dict
        What ``scores.json`` holds.

    Raises
    ------
    InputError
        If there is no such task or method, the data are not the task's, or the forecasts cannot be
        scored.
    DatasetNotFoundError
        If the data are nowhere.
    """
    if request.method not in METHODS:
        raise InputError(f"no method {request.method!r}; there is {', '.join(sorted(METHODS))}")
    task = load_task(request.task)
    data = load_data(task, request.data_dir)
    out = request.out
    out.mkdir(parents=True, exist_ok=True)
    origin = {"seed": request.settings.seed, "commit": commit(), "versions": versions()}
    title = _TITLES.get(request.method, request.method)
    say(f"{task.title}: {task.n_series} series, {task.horizon} steps ahead, {title}")

    with measured() as usage:
        result = METHODS[request.method](data, request.settings)
    scores = score(data, result.forecasts)
    for name in (SCORES, FORECASTS, PICTURE, CONFIG):  # the marker of completion goes first
        (out / name).unlink(missing_ok=True)
    _write_json(out / CONFIG, {**_configuration(request, data), **origin})
    _write(out / FORECASTS, lambda path: result.forecasts.to_parquet(path, index=False))
    no_picture = draw_picture(data, result, out / PICTURE)
    entries = {
        "task": task.name,
        "method": request.method,
        **scores.as_dict(),
        **asdict(usage),
        **origin,
    }
    _write_json(out / SCORES, entries)

    row = scored_row(f"{title}, seed {request.settings.seed}", "this run", scores, usage.cpu_s)
    say("\n" + run_table(data, request.method, row) + "\n")
    if no_picture:
        say(no_picture)
    _say_where(out, say)
    return entries


def run_table(data: TaskData, method: str, row: Row) -> str:
    """Set a run beside benchmarks computed on the same series and what was published."""
    beside = [
        scored_row(title, "computed", _benchmark(data, name))
        for name, title in _BESIDE.items()
        if name != method
    ]
    task = data.task
    title = (
        f"{task.title}, {task.n_series} series, {task.horizon} steps, intervals {task.levels[0]}%"
    )
    return format_table(title, [row, *beside, *published_rows(published(task.name))])


def _benchmark(data: TaskData, name: str) -> Scores:
    return score(data, METHODS[name](data, Settings()).forecasts)


def _configuration(request: Request, data: TaskData) -> dict[str, object]:
    settings = asdict(request.settings)
    del settings["seed"]
    return {
        "task": asdict(data.task),
        "method": request.method,
        "settings": settings,
        "data_dir": None if request.data_dir is None else str(request.data_dir),
        "n_cpu": os.cpu_count(),
        "machine": platform.machine(),
    }


def _say_where(out: Path, say: Callable[[str], object]) -> None:
    say(f"Written to {out}:")
    for name, what in (
        (FORECASTS, "every forecast with its interval"),
        (PICTURE, "a few series drawn"),
        (CONFIG, "task, settings, versions"),
        (SCORES, "measures, processor time, memory"),
    ):
        if (out / name).exists():
            say(f"  {out / name}  {what}")


def _write_json(path: Path, entries: Mapping[str, object]) -> None:
    text = json.dumps(entries, indent=2, allow_nan=False) + "\n"
    _write(path, lambda place: place.write_text(text, encoding="utf-8"))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and put it in its place when it is whole."""
    part = path.with_name(path.name + ".part")
    write(part)
    os.replace(part, path)
