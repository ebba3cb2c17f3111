"""The text that a finished run prints: its scores beside benchmarks and published results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.published import published
from competitions.runs.table import Row, format_table, published_rows, row_of, scored_row
from competitions.scoring import Scores, score
from competitions.scoring.reference import reference_rows
from competitions.task import TaskData

__all__ = ["show_run", "show_scores"]

# Set beside every run; they take some seconds.
_BESIDE = ("naive2", "snaive")
_BESIDE_NETWORKS = ("es", *_BESIDE)


def show_run(data: TaskData, entries: Mapping[str, object], data_dir: Path | None = None) -> str:
    """Lay out a run's scores beside benchmarks on the same series and what was published.

    Parameters
    ----------
    data : TaskData
        The task and its series.
    entries : mapping
        What ``scores.json`` holds.
    data_dir : pathlib.Path or None
        Where to look for R's scores first.

    Returns
    -------
    str
        Several lines.
    """
    method = str(entries["method"])
    title = METHODS[method].title if method in METHODS else method
    engine = f", {entries['engine']}" if entries.get("engine") else ""
    row = row_of(f"{title}{engine}, seed {entries['seed']}", "this run", entries)
    beside = _BESIDE_NETWORKS if method in ("esrnn", "lstm") else _BESIDE
    return _table(data, row, [name for name in beside if name != method], data_dir)


def show_scores(data: TaskData, title: str, scores: Scores, data_dir: Path | None = None) -> str:
    """Lay out the scores of anybody's forecasts in the same way.

    Parameters
    ----------
    data : TaskData
        The task and its series.
    title : str
        What to call the forecasts.
    scores : Scores
        Theirs.
    data_dir : pathlib.Path or None
        Where to look for R's scores first.

    Returns
    -------
    str
        Several lines.
    """
    return _table(data, scored_row(title, "scored", scores), _BESIDE, data_dir)


def _table(data: TaskData, row: Row, beside: Sequence[str], data_dir: Path | None) -> str:
    task = data.task
    rows = [row, *(_benchmark(data, name) for name in beside), *reference_rows(data, data_dir)]
    if not task.is_partial:
        rows += published_rows(published(task.name))
    heading = f"{task.label}, {task.horizon} steps, intervals {task.levels[0]}%"
    return format_table(f"{heading}; {task.note}" if task.note else heading, rows)


def _benchmark(data: TaskData, name: str) -> Row:
    result = METHODS[name].run(data, Settings(quiet=True), Checkpoints(None))
    return scored_row(METHODS[name].title, "computed", score(data, result.forecasts))
