"""A method on all tasks of a set, and their total as the competition made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from competitions.methods import title_of
from competitions.runs.runner import SCORES, Request, run, show, write_json
from competitions.scoring import Scores, total, total_per_series
from competitions.scoring.comparison_table import format_table, run_row, total_rows
from competitions.task import load_set, load_task


def run_set(
    request: Request, say: Callable[[str], object] = print, *, tables: bool = True
) -> Scores:
    """Run a method on every task of a set, total the scores, and return the total.

    Each task gets a directory of its own name inside ``request.out``; those that are complete are
    not run again. ``scores.json`` has the total with the names of the tasks, and the means per
    series where the competition counted otherwise. `tables` says whether to show scores. Errors are
    those of `competitions.runs.runner.run`.
    """
    task_set = load_set(request.task)
    (request.out / SCORES).unlink(missing_ok=True)  # an earlier total must not outlive its parts
    each = {}
    for name in task_set.tasks:
        part = replace(request, task=name, out=request.out / name)
        each[name] = run(part, say)
        if tables:
            show(part, each[name], say)
    scores = {name: one.scores for name, one in each.items()}
    whole, per_series = total(task_set, scores), total_per_series(task_set, scores)
    cpu_s = sum(one.cpu_s for one in each.values())
    entries = {
        "task": task_set.name,
        "method": request.method,
        "tasks": list(task_set.tasks),
        **whole.as_dict(),
        **({} if per_series is None else {"per_series": per_series.as_dict()}),
        "n_fallbacks": sum(one.n_fallbacks for one in each.values()),
        "cpu_s": cpu_s,
        "seed": request.settings.seed,
    }
    write_json(request.out / SCORES, entries)
    title = title_of(request.method, load_task(task_set.tasks[0]))
    rows = [run_row(f"{title}, {load_task(name).label}", one) for name, one in each.items()]
    rows += total_rows(title, task_set, scores, cpu_s)
    if tables:
        say("\n" + format_table(task_set.label, rows))
    return whole
