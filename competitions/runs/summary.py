"""The text that a finished run prints: its scores beside benchmarks and published results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from competitions.methods import METHODS, Checkpoints, Settings
from competitions.published import published
from competitions.runs.titles import title_of_run
from competitions.scoring import Scores, score
from competitions.scoring.comparison_table import Row, format_table, run_row
from competitions.scoring.r_results import reference_rows
from competitions.scoring.run_scores import RunScores
from competitions.task import TaskData

# Set beside every run; they take some seconds.
_BESIDE = ("naive2", "snaive")
_BESIDE_NETWORKS = ("es", *_BESIDE)


def show_run(data: TaskData, run: RunScores, data_dir: Path | None = None) -> str:
    """Lay out a run's scores beside benchmarks on the same series and what was published."""
    row = run_row(f"{title_of_run(run)}, seed {run.seed}", run)
    beside = _BESIDE_NETWORKS if run.method.startswith(("esrnn", "lstm")) else _BESIDE
    return _table(data, row, [name for name in beside if name != run.method], data_dir)


def show_scores(data: TaskData, title: str, scores: Scores, data_dir: Path | None = None) -> str:
    """Lay out the scores of anybody's forecasts, called `title`, in the same way."""
    return _table(data, Row(title, "scored", scores), _BESIDE, data_dir)


def _table(data: TaskData, row: Row, beside: Sequence[str], data_dir: Path | None) -> str:
    task = data.task
    rows = [row, *(_benchmark(data, name) for name in beside), *reference_rows(data, data_dir)]
    if not task.is_partial:
        rows += [Row(one.method, "published", one, note=one.note) for one in published(task)]
    heading = f"{task.label}, {task.horizon} steps, intervals {task.levels[0]}%"
    return format_table(f"{heading}; {task.note}" if task.note else heading, rows)


def _benchmark(data: TaskData, name: str) -> Row:
    result = METHODS[name].run(data, Settings(quiet=True), Checkpoints(None))
    return Row(METHODS[name].title, "computed", score(data, result.forecasts))
