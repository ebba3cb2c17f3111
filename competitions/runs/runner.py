"""One run: data, forecasts, scores and a picture in a directory of its own.

Files are written whole or not at all, and ``scores.json`` is the last of them: a directory without
it holds a run that did not end. Started again with the same settings, code and libraries, such a
run continues from what it had finished; with others it starts again from the beginning.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from competitions.backtest.logs import logged
from competitions.methods import Entry, Result, Settings, find_method, title_of, variant
from competitions.methods.checkpoints import Checkpoints
from competitions.runs.picture import draw_picture
from competitions.runs.resources import Usage, measured, versions
from competitions.runs.summary import show_run
from competitions.scoring import score, series_scores
from competitions.scoring.run_scores import RunScores, read_run_scores
from competitions.source_commit import commit
from competitions.task import Task, TaskData, is_path, load_data, load_task
from esrnn.errors import InputError

CONFIG, FORECASTS, SERIES = "config.json", "forecasts.parquet", "series.parquet"
PICTURE, SCORES = "forecasts.png", "scores.json"
_PARTS = "parts"


@dataclass(frozen=True)
class Request:
    """What is to be run, and where its files go."""

    task: str  # name, or the path of the file of somebody's own
    method: str  # see `competitions.methods.find_method`
    out: Path  # the run's directory; made if it is not there
    settings: Settings = field(default_factory=Settings)
    data_dir: Path | None = None  # where to look for data first
    fresh: bool = False  # begin anew, whatever an earlier run has left


def run_name(task: str, method: str, settings: Settings) -> str:
    """Return the name that a run's directory has unless told otherwise.

    Examples
    --------
    >>> run_name("m4-hourly", "naive", Settings(seed=3))
    'm4-hourly-naive-3'
    >>> run_name("data/sales.json", "my_methods:drift", Settings())
    'sales-my_methods.drift-0'
    """
    task = Path(task).stem if is_path(task) else task
    return f"{task}-{variant(method, settings)}-{settings.seed}"


def run(request: Request, say: Callable[[str], object] = print) -> RunScores:
    """Run a method on a task, score it, and write everything into the run's directory.

    A complete run of the same settings, code and libraries is left as it is. One that was killed
    continues. Another run in the directory is replaced as soon as this one has its forecasts. `say`
    takes the lines that tell the user what happens. Returns what ``scores.json`` holds. Raises
    InputError if there is no such task or method, the data are not the task's, or the forecasts
    cannot be scored, and DatasetNotFoundError if the data are nowhere.
    """
    entry = find_method(request.method)
    settings = entry.settled(request.settings)
    data = load_data(load_task(request.task), request.data_dir)
    out, task = request.out, data.task
    _require_ours(out)
    identity = _identity(request, entry, task, settings)
    say(
        f"{task.label}, {task.horizon} steps ahead, {title_of(request.method, task)}"
        f"{_by(settings.engine)}"
    )
    other = _differences(out, identity)
    if not (other or request.fresh) and _is_complete(out):
        say(f"This run is complete in {out}; --fresh runs it again")
        return read_run_scores(out / SCORES)
    if other and _is_complete(out):
        say(f"Replaces the run in {out}, of other {', '.join(other)}; --out keeps both")

    checkpoints = _open_checkpoints(out, identity, fresh=request.fresh, say=say)
    with measured() as usage:
        result = entry.run(data, settings, checkpoints)
    usage.cpu_s += checkpoints.earlier_cpu_s
    usage.wall_s += checkpoints.earlier_wall_s
    return _write_run(request, data, result, identity, usage, say)


def _write_run(
    request: Request,
    data: TaskData,
    result: Result,
    identity: Mapping[str, Any],
    usage: Usage,
    say: Callable[[str], object],
) -> RunScores:
    """Score a result and write the run's files, the scores, which mark completion, last."""
    out = request.out
    scores, each = score(data, result.forecasts), series_scores(data, result.forecasts)
    each["fallback"] = each["unique_id"].isin(result.fallbacks)
    for name in (SCORES, FORECASTS, SERIES, PICTURE, CONFIG):  # the marker of completion goes first
        (out / name).unlink(missing_ok=True)
    write_json(out / CONFIG, {**identity, **_circumstances(request)})
    _write(out / FORECASTS, lambda path: result.forecasts.to_parquet(path, index=False))
    _write(out / SERIES, lambda path: each.to_parquet(path, index=False))
    no_picture = _picture(data, result, out / PICTURE)
    config = None if result.ensemble is None else result.ensemble.config
    own = {"code": identity["code"]} if identity["code"] else None
    names = ("task", "method", "engine", "seed", "settings", "commit", "versions")
    run_scores = RunScores(
        **{name: identity[name] for name in names},
        n_in_group=data.task.n_in_group,
        scores=scores,
        n_fallbacks=result.n_fallbacks,
        **asdict(usage),
        model=own if config is None else asdict(config),
        backtest=None if config is None else logged(data.task.name, config),
    )
    write_json(out / SCORES, run_scores.as_dict())
    shutil.rmtree(out / _PARTS, ignore_errors=True)  # not before the marker of completion is there
    if no_picture:
        say(no_picture)
    return run_scores


def _by(engine: str | None) -> str:
    return f", models by {engine}" if engine else ""


def _identity(request: Request, entry: Entry, task: Task, settings: Settings) -> dict[str, Any]:
    """Return all that the forecasts depend on."""
    chosen = asdict(settings)
    for name in ("seed", "n_jobs", "quiet", "engine"):
        del chosen[name]
    return {
        "task": str(Path(request.task).resolve()) if task.is_own else task.name,
        "sha256": task.sha256,
        "method": request.method,
        "engine": settings.engine,
        "seed": settings.seed,
        "settings": chosen,
        "commit": commit(),
        "code": entry.code,
        "versions": versions(),
    }


def _circumstances(request: Request) -> dict[str, object]:
    return {
        "n_jobs": request.settings.n_jobs,
        "data_dir": None if request.data_dir is None else str(request.data_dir),
        "n_cpu": os.cpu_count(),
        "machine": platform.machine(),
    }


def _is_complete(out: Path) -> bool:
    """Say whether the directory holds a complete run."""
    return all((out / name).exists() for name in (SCORES, CONFIG, FORECASTS, SERIES))


def _differences(out: Path, identity: Mapping[str, Any]) -> list[str]:
    """Name what is another in the directory's run: its seed, its code (with the files), ..."""
    config, names = read_json(out / CONFIG), []
    for name, value in identity.items():
        found = config.get(name)
        if found == value:
            continue
        parts = []
        if isinstance(value, dict) and isinstance(found, dict):
            parts = [part for part in {**found, **value} if found.get(part) != value.get(part)]
        names.append(f"{name} ({', '.join(parts)})" if parts else name)
    return names


def _require_ours(out: Path) -> None:
    """Refuse a folder with files that a run would overwrite or remove, but that no run wrote."""
    if out.exists() and not out.is_dir():
        raise InputError(f"a run writes into a folder of its own; {out} is a file")
    strange = []
    if (out / _PARTS).exists() and not (out / _PARTS / CONFIG).exists():
        strange.append(_PARTS)
    if (out / CONFIG).exists() and not {"task", "method"} <= set(read_json(out / CONFIG)):
        strange.append(CONFIG)
    if strange:
        raise InputError(
            f"a run writes into a folder of its own; {out} holds {' and '.join(strange)} that no "
            "run wrote. Name another folder with --out"
        )


def _open_checkpoints(
    out: Path, identity: Mapping[str, object], *, fresh: bool, say: Callable[[str], object]
) -> Checkpoints:
    """Return the checkpoints of a run with this identity; those of any other are removed."""
    folder, text = out / _PARTS, json.dumps(identity, indent=2)
    mark = folder / CONFIG
    if mark.exists() and not fresh and mark.read_text(encoding="utf-8") == text:
        n_done = len(list(folder.glob("*.npz")))
        say(f"Continues from the {n_done} parts that an earlier attempt finished in {folder}")
        return Checkpoints(folder)
    if folder.exists():
        say(f"Removes the parts of another run in {folder}")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    _write(mark, lambda path: path.write_text(text, encoding="utf-8"))
    return Checkpoints(folder)


def show(request: Request, scores: RunScores, say: Callable[[str], object] = print) -> None:
    """Say a run's scores beside others', and where its files are."""
    data = load_data(load_task(request.task), request.data_dir)
    say("\n" + show_run(data, scores, request.data_dir) + "\n")
    out = request.out
    say(f"Written to {out}:")
    for name, what in (
        (FORECASTS, "every forecast, and its intervals if the method has them"),
        (SERIES, "measures of every series"),
        (PICTURE, "a few series drawn"),
        (CONFIG, "task, settings, versions"),
        (SCORES, "measures, processor time, memory"),
    ):
        if (out / name).exists():
            say(f"  {out / name}  {what}")


def _picture(data: TaskData, result: Result, path: Path) -> str | None:
    part = path.with_name(path.name + ".part")
    no_picture = draw_picture(data, result, part)
    if no_picture is None:
        os.replace(part, path)
    return no_picture


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON file of a run; an empty mapping if it holds no mapping."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, entries: Mapping[str, object]) -> None:
    """Write a JSON file, whole or not at all."""
    text = json.dumps(entries, indent=2, allow_nan=False) + "\n"
    _write(path, lambda place: place.write_text(text, encoding="utf-8"))


def _write(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and put it in its place when it is whole."""
    part = path.with_name(path.name + ".part")
    write(part)
    os.replace(part, path)
