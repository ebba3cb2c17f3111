"""The first lines of a run: what it does, how long that takes, and where its files go."""

from __future__ import annotations

from pathlib import Path

from competitions.methods import Settings, find_method, title_of, variant
from competitions.scoring.run_scores import RunScores, read_run_scores
from competitions.store.read import RESULTS, SCORES
from competitions.task import Task, load_set, load_task, set_names


def announcement(name: str, method: str, settings: Settings, out: Path) -> str:
    """Say what a run will do: on which task or set, how long that takes, where its files go."""
    tasks = [load_task(one) for one in (load_set(name).tasks if name in set_names() else (name,))]
    lines = [_what(task, method, settings) for task in tasks]
    runs = [_committed(task, method, settings) for task in tasks]
    if all(runs):
        lines.append(_how_long([run for run in runs if run is not None]))
    else:
        lines.append("There is no committed run with these settings to say how long it takes")
    return "\n".join([*lines, f"Results go to {out}"])


def _what(task: Task, method: str, settings: Settings) -> str:
    """Say what is done on a task."""
    entry = find_method(method)
    what = f"forecasts {task.horizon} steps of {task.n_series:,} series"
    if entry.config is not None:
        n_networks = entry.config(task, settings).ensemble.n_members
        networks = f"{n_networks} network{'s' if n_networks > 1 else ''}"
        series = f"{task.n_series:,} series"
        what = f"trains {networks} on {series} and forecasts {task.horizon} steps of each"
    return f"{title_of(method, task)} on {task.label}: {what}"


def _committed(task: Task, method: str, settings: Settings) -> RunScores | None:
    """Return the committed run with these settings, of another seed if need be."""
    name = variant(method, settings)
    for folder in (f"{name}-{settings.seed}", f"{name}-0"):
        path = RESULTS / task.name / folder / SCORES
        if path.exists():
            return read_run_scores(path)
    return None


def _how_long(runs: list[RunScores]) -> str:
    """Say what committed runs took. How many cores they kept busy shows in their two times."""
    cpu_s, wall_s = sum(run.cpu_s for run in runs), sum(run.wall_s for run in runs)
    n_cores = max(1, round(cpu_s / wall_s))
    took = f"{_duration(wall_s)} on {n_cores} core{'s' if n_cores > 1 else ''}"
    whose = "The committed run" if len(runs) == 1 else "The committed runs"
    return f"{whose} took {_duration(cpu_s)} of CPU time, {took}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} seconds" if seconds < 60 else f"{seconds / 60:.1f} minutes"
