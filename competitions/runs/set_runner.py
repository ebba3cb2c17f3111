"""A method on all tasks of a set, and their total as the competition made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from competitions.methods import METHODS
from competitions.runs.runner import SCORES, Request, run, write_json
from competitions.runs.table import format_table, row_of
from competitions.scoring import total_scores
from competitions.task import load_set, load_task

__all__ = ["run_set"]


def run_set(request: Request, say: Callable[[str], object] = print) -> dict[str, object]:
    """Run a method on every task of a set and total the scores.

    Parameters
    ----------
    request : Request
        Its task is the name of a set. Each task gets a directory of its own name inside ``out``;
        those that are complete are not run again.
    say : callable
        Takes the lines that tell the user what happens.

    Returns
    -------
    dict
        What ``scores.json`` holds: the total, and the names of the tasks in it.

    Raises
    ------
    InputError, DatasetNotFoundError
        As `competitions.runs.runner.run`.
    """
    task_set = load_set(request.task)
    (request.out / SCORES).unlink(missing_ok=True)  # an earlier total must not outlive its parts
    each = {
        name: run(replace(request, task=name, out=request.out / name), say)
        for name in task_set.tasks
    }
    entries: dict[str, object] = {
        "task": task_set.name,
        "method": request.method,
        "tasks": list(task_set.tasks),
        **total_scores(task_set, each),
        "cpu_s": sum(float(str(scores["cpu_s"])) for scores in each.values()),
        "seed": request.settings.seed,
    }
    write_json(request.out / SCORES, entries)
    title = METHODS[request.method].title
    rows = [row_of(f"{title}, {load_task(n).label}", "this run", e) for n, e in each.items()]
    rows.append(row_of(f"{title}, {task_set.label}", "total", entries))
    say("\n" + format_table(task_set.label, rows))
    return entries
