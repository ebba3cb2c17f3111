"""What each command of ``python -m competitions`` does with its arguments."""

from __future__ import annotations

import argparse
import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd

from competitions.announcement import announcement
from competitions.methods import METHODS, Settings, find_method
from competitions.runs.runner import CONFIG, FORECASTS, SCORES, Request, read_json, run_name
from competitions.runs.summary import show_scores
from competitions.scoring import score as score_forecasts
from competitions.scoring.comparison_table import Row, format_table, total_rows
from competitions.task import (
    TaskSet,
    is_path,
    load_data,
    load_set,
    load_task,
    set_names,
    task_names,
)
from esrnn.errors import EsrnnError, InputError


def list_all(arguments: argparse.Namespace) -> None:
    """Print tasks, task sets and methods."""
    print("Tasks")
    for name in task_names():
        task = load_task(name)
        season = f"seasonal period {task.seasonal_period}"
        size = f"{task.n_series:,} series, " if not task.is_partial else ""
        note = f" ({task.note})" if task.note else ""
        _say(f"  {name:<19}{task.label}: {size}{task.horizon} steps, {season}{note}")
    print("\nTask sets")
    for name in set_names():
        _say(f"  {name:<19}{load_set(name).label}: {', '.join(load_set(name).tasks)}")
    print("\nMethods")
    for name, entry in METHODS.items():
        absent = entry.needs is not None and importlib.util.find_spec(entry.needs) is None
        engines = f" (engines: {', '.join(entry.engines)})" if entry.engines else ""
        _say(f"  {name:<19}{entry.about}{engines}{' (not installed)' if absent else ''}")


def run(arguments: argparse.Namespace) -> None:
    """Run a method on a task or on all tasks of a set, once or with several seeds."""
    from competitions.runs import runner, seeds, set_runner

    chosen = arguments.seeds or (0,)
    settings = Settings(
        seed=chosen[0],
        preset=arguments.preset,
        n_jobs=arguments.n_jobs,
        n_members=arguments.members,
        n_epochs=arguments.epochs,
        engine=arguments.engine,
        quiet=arguments.quiet,
    )
    find_method(arguments.method).settled(settings)
    name = run_name(arguments.task, arguments.method, settings)
    if len(chosen) > 1:
        name = name.rpartition("-")[0]
    request = Request(
        task=arguments.task,
        method=arguments.method,
        out=arguments.out or Path("runs") / name,
        settings=settings,
        data_dir=arguments.data_dir,
        fresh=arguments.fresh,
    )
    if not arguments.quiet:
        _say(announcement(arguments.task, arguments.method, settings, request.out))
    if len(chosen) == 1:
        if arguments.task in set_names():
            set_runner.run_set(request, say=_say)
        else:
            runner.show(request, runner.run(request, say=_say), say=_say)
    against = arguments.against or (("naive2", "snaive") if len(chosen) > 1 else ())
    if len(chosen) > 1 or against:
        seeds.run_seeds(request, chosen, against, say=_say)


def score(arguments: argparse.Namespace) -> None:
    """Score the forecasts of a run's directory or of a submission's files."""
    from competitions.scoring.submission import read_submission

    path: Path = arguments.forecasts
    if path.is_dir():
        if arguments.lower or arguments.upper:
            raise InputError("--lower and --upper go with a submission's file, not with a run")
        of_set = str(read_json(path / SCORES).get("task"))
        if of_set in set_names():
            _require_task(path, of_set, arguments.task)
            _say(_score_set(path, load_set(of_set), arguments.data_dir))
            return
        task, forecasts = _run_forecasts(path)
        if is_path(task) and arguments.task:  # of one's own, and perhaps moved since
            task = arguments.task
        _require_task(path, task, arguments.task)
        data = load_data(load_task(task), arguments.data_dir)
    else:
        if arguments.task is None:
            raise InputError(f"--task must say which task {path} forecasts; see list")
        data = load_data(load_task(arguments.task), arguments.data_dir)
        forecasts = read_submission(data, path, arguments.lower, arguments.upper)
    scores = score_forecasts(data, forecasts)
    _say(show_scores(data, path.name, scores, arguments.data_dir))


def compare(arguments: argparse.Namespace) -> None:
    """Test runs against each other, series by series."""
    from competitions.runs.compare import compare_runs, save_ranks

    comparison = compare_runs(arguments.runs, arguments.measure)
    _say(comparison.table({"mase": "MASE", "smape": "sMAPE", "msis": "MSIS"}[arguments.measure]))
    if arguments.picture is not None:
        save_ranks(comparison, arguments.picture)
        _say(f"Mean ranks are drawn in {arguments.picture}")


def new_task(arguments: argparse.Namespace) -> None:
    """Write the file of a task of somebody's own."""
    from competitions.task.freeze import format_file, own_task
    from competitions.task.series import COLUMNS

    series: Path = arguments.series
    path: Path = arguments.out or series.with_suffix(".json")
    if path.suffix != ".json":
        raise InputError(f"the name of a task's file must end in .json; got {path}")
    group = "other" if arguments.preset == "generic" else arguments.preset
    asked = {name: getattr(arguments, name) for name in COLUMNS}
    names = {name: column for name, column in asked.items() if column is not None}
    task = own_task(series, arguments.horizon, arguments.seasonal_period, group, names)
    place = os.path.relpath(series.resolve(), path.resolve().parent)
    text = format_file(
        replace(task, name=path.stem, files={**task.files, "series": Path(place).as_posix()})
    )
    if path.exists() and path.read_bytes() != text.encode() and not arguments.force:
        raise InputError(
            f"{path} is there and holds something else; --force replaces it, --out names another"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    _say(f"{path}: {task.label}, {task.n_series:,} series, {task.horizon} steps")


def _require_task(path: Path, task: str, asked: str | None) -> None:
    if asked not in (None, task):
        raise InputError(f"the run in {path} is of task {task}; got --task {asked}")


def _score_set(path: Path, task_set: TaskSet, data_dir: Path | None) -> str:
    """Score a run on all tasks of a set, and lay out the scores with the totals."""
    scores = {
        name: score_forecasts(load_data(load_task(name), data_dir), _run_forecasts(path / name)[1])
        for name in task_set.tasks
    }
    rows = [
        Row(f"{path.name}, {load_task(name).label}", "scored", one) for name, one in scores.items()
    ]
    return format_table(task_set.label, [*rows, *total_rows(path.name, task_set, scores)])


def _run_forecasts(path: Path) -> tuple[str, pd.DataFrame]:
    for name in (CONFIG, FORECASTS):
        if not (path / name).exists():
            raise InputError(
                f"{path} holds no {name}: the run has not ended, or this is no run's directory"
            )
    try:
        return str(read_json(path / CONFIG)["task"]), pd.read_parquet(path / FORECASTS)
    except (KeyError, OSError, ValueError) as error:
        raise InputError(f"the files of the run in {path} are damaged: {error}") from error


def keep(arguments: argparse.Namespace) -> None:
    """Copy scores and sample forecasts of runs into the committed results, or into others."""
    from competitions.source_commit import commit
    from competitions.store.read import RESULTS
    from competitions.store.write import store_run

    if arguments.results is None and commit() is None:
        raise InputError("this is no checkout to commit results in; name a folder with --results")
    for path in arguments.runs:
        _say(f"{path} copied to {store_run(path, arguments.results or RESULTS)}")


def reproduce(arguments: argparse.Namespace) -> None:
    """Make committed results again and compare them."""
    from competitions.store.read import RESULTS
    from competitions.store.reproduce import reproduce as make_again

    settings = Settings(n_jobs=arguments.n_jobs, quiet=arguments.quiet)
    request = Request("", "", arguments.out, settings, arguments.data_dir)
    made = make_again(arguments.names, request, arguments.results or RESULTS, say=_say)
    others = [again.name for again in made if not again.is_equal]
    if others:
        raise EsrnnError(f"{len(others)} of {len(made)} results differ today: {', '.join(others)}")


def report(arguments: argparse.Namespace) -> None:
    """Write the report."""
    from competitions.report import write_report
    from competitions.store.read import RESULTS

    results = arguments.results or RESULTS
    paths = write_report(results, arguments.out, arguments.data_dir, arguments.runs, say=_say)
    for path in paths:
        _say(f"Written to {path}")


def backtest(arguments: argparse.Namespace) -> None:
    """Run the backtests that a log does not have yet, and print the log as a table."""
    from competitions.backtest.experiments import EXPERIMENTS
    from competitions.backtest.harness import run_cases
    from competitions.backtest.logs import LOGS, format_table
    from competitions.backtest.variants import read_variants, variant_cases

    if arguments.what in EXPERIMENTS:
        cases, name = EXPERIMENTS[arguments.what](arguments.data_dir), arguments.what
    else:
        name = arguments.what if arguments.method == "esrnn" else f"lstm-{arguments.what}"
        data = load_data(load_task(arguments.what), arguments.data_dir)
        variants = read_variants(arguments.variants or LOGS / f"{name}.json")
        cases = variant_cases(data, variants, arguments.folds, arguments.seeds, arguments.method)
    outcomes = run_cases(cases, arguments.log or LOGS / f"{name}.jsonl", _say)
    _say(format_table(outcomes))


def study(arguments: argparse.Namespace) -> None:
    """Run fits of a study that its log does not have yet, and lay out the log."""
    from competitions.backtest.harness import run_cases
    from competitions.studies import OTHERS
    from competitions.studies.cores import LOG, core_fits, remaining
    from competitions.studies.parts import part_fits, part_log
    from competitions.studies.tables import write_part, write_report

    if arguments.what == "cores":
        log = arguments.log or LOG
        _say(remaining(log))
        fits = core_fits(log, arguments.data_dir)
        _say(write_report(run_cases(fits, log, _say, arguments.fits), log))
        return
    log = arguments.log or part_log(arguments.what)
    if arguments.what in OTHERS:
        _say(_study_of_lines(arguments.what, log, arguments))
        return
    fits = part_fits(arguments.what, arguments.data_dir)
    _say(write_part(run_cases(fits, log, _say, arguments.fits), log))


def _study_of_lines(what: str, log: Path, arguments: argparse.Namespace) -> str:
    """Do jobs of several results each; return the tables of a study."""
    from competitions.studies import (
        distillation,
        distillation_tables,
        histories,
        histories_tables,
        long_memory,
        long_memory_tables,
    )
    from competitions.studies.lines import run_jobs

    jobs, write = {
        "histories": (histories.history_jobs, histories_tables.write_histories),
        "long_memory": (long_memory.memory_jobs, long_memory_tables.write_memory),
        "distillation": (
            distillation.distillation_jobs,
            distillation_tables.write_distillation,
        ),
    }[what]
    return write(run_jobs(jobs(arguments.data_dir), log, _say, arguments.fits), log)


def leaks(arguments: argparse.Namespace) -> None:
    """Search groups for leaks, write the list and print how many there are."""
    from competitions.leaks.listing import GROUPS, LEAKS, summary, write_leaks

    path = arguments.out or LEAKS
    found = write_leaks(arguments.groups or GROUPS, path, arguments.data_dir)
    _say(f"{summary(found).to_string()}\nWritten to {path}")


def networks(arguments: argparse.Namespace) -> None:
    """Train the networks of some groups, or make them again and compare."""
    from competitions.networks import GROUPS, Making, check_networks, make_networks

    for group in arguments.groups or GROUPS:
        making = Making(
            group,
            out=arguments.out,
            rehearsal=arguments.rehearsal,
            data_dir=arguments.data_dir,
            n_jobs=arguments.n_jobs,
            quiet=arguments.quiet,
        )
        (check_networks if arguments.check else make_networks)(making, _say)


def strategies(arguments: argparse.Namespace) -> None:
    """Forecast samples in all ways that a log does not have yet, and lay out the log."""
    from competitions.backtest.harness import run_cases
    from competitions.backtest.logs import LOGS
    from competitions.networks import GROUPS
    from competitions.networks.curves import write_curves
    from competitions.networks.samples import SIZES
    from competitions.networks.ways import WAYS, WaysRequest, way_cases

    log = arguments.log or LOGS / "strategies.jsonl"
    request = WaysRequest(
        arguments.networks,
        tuple(arguments.groups or GROUPS),
        tuple(arguments.ways or WAYS),
        tuple(arguments.sizes or SIZES),
        tuple(arguments.folds),
        arguments.data_dir,
    )
    _say(write_curves(run_cases(way_cases(request), log, _say), log))


def _say(line: str) -> None:
    print(line, flush=True)
