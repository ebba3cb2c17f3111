"""A method with several seeds: mean and spread of its scores, and a test against baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, cast

from competitions.methods import Settings, title_of
from competitions.runs.compare import compare_runs, save_ranks
from competitions.runs.runner import SCORES, Request, read_json, run, run_name
from competitions.runs.set_runner import run_set
from competitions.scoring import Scores
from competitions.scoring.comparison_table import NUMBERS, Row, fallback_note, format_table
from competitions.scoring.paired import Comparison
from competitions.task import load_set, load_task, set_names


def run_seeds(
    request: Request,
    seeds: Sequence[int],
    against: Sequence[str] = (),
    say: Callable[[str], object] = print,
) -> list[Scores]:
    """Run a method once for each seed, and compare it with others series by series.

    With one seed ``request.out`` is its directory; with more, each has one beside it, whose name
    ends in the seed. The methods of `against` are run with seed 0, beside them. Returns the scores
    of each seed, totals for a set. Errors are those of `competitions.runs.runner.run` and
    `competitions.runs.compare.compare_runs`.
    """
    out = request.out
    requests = [
        replace(
            request,
            settings=replace(request.settings, seed=seed),
            out=out if len(seeds) == 1 else out.with_name(f"{out.name}-{seed}"),
        )
        for seed in seeds
    ]
    found = [_run(one, say) for one in requests]
    is_set = request.task in set_names()
    first = load_task(load_set(request.task).tasks[0] if is_set else request.task)
    label = load_set(request.task).label if is_set else first.label
    if len(seeds) > 1:
        title = title_of(request.method, first)
        rows = [
            _row(f"{title}, seed {seed}", one, scores)
            for seed, one, scores in zip(seeds, requests, found, strict=True)
        ]
        rows += _mean_and_spread(title, found)
        say("\n" + format_table(f"{label}, {len(seeds)} seeds", rows))
    if against:
        others = [_baseline(request, method) for method in against if method != request.method]
        for other in others:
            _run(other, say)
        comparison = compare_runs([one.out for one in (*requests, *others)])
        say(f"\n{label}\n{comparison.table('MASE')}")
        _draw(comparison, request.out, say)
    return found


def _run(request: Request, say: Callable[[str], object]) -> Scores:
    if request.task in set_names():
        return run_set(request, say, tables=False)
    return run(request, say).scores


def _row(title: str, request: Request, scores: Scores) -> Row:
    entries = read_json(request.out / SCORES)
    note = fallback_note(cast("int", entries["n_fallbacks"]))
    return Row(title, "this run", scores, cast("float", entries["cpu_s"]), note)


def _baseline(request: Request, method: str) -> Request:
    settings = Settings(n_jobs=request.settings.n_jobs, quiet=request.settings.quiet)
    out = request.out.parent / run_name(request.task, method, settings)
    return replace(request, method=method, settings=settings, out=out)


def _mean_and_spread(title: str, found: Sequence[Scores]) -> list[Row]:
    """Make rows of the means over the seeds, and of the standard deviations."""
    rows = []
    for what, statistic in (("mean", fmean), ("standard deviation", stdev)):
        values: dict[str, Any] = {}
        for _, name, _ in NUMBERS:
            known = [getattr(one, name) for one in found if getattr(one, name) is not None]
            values[name] = float(statistic(known)) if len(known) == len(found) else None
        rows.append(Row(f"{title}, {what}", "seeds", replace(found[0], **values, by_step=None)))
    return rows


def _draw(comparison: Comparison, out: Path, say: Callable[[str], object]) -> None:
    path = out.parent / f"{out.name}-ranks.svg"
    try:
        save_ranks(comparison, path)
    except ImportError as error:
        say(f"no picture ({error})")
    else:
        say(f"Mean ranks are drawn in {path}")
