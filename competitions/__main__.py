"""The command line, ``python -m competitions``: list, run, backtest."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from competitions.methods import METHODS, Settings
from competitions.runner import Request, run
from competitions.task import load_data, load_task, task_names
from esrnn.errors import EsrnnError

__all__ = ["build_parser", "main"]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m competitions", description="Competition results, from data to score."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="list the tasks and the methods")
    one = commands.add_parser("run", help="run a method on a task and score it")
    one.add_argument("task", metavar="TASK", help="a task's name, see list")
    one.add_argument("--method", default="esrnn", choices=sorted(METHODS), help="default: esrnn")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="default: 0")
    one.add_argument("--out", type=Path, metavar="DIR", help="default: runs/TASK-METHOD-S")
    one.add_argument("--data-dir", type=Path, metavar="DIR", help="folder with m4/ and m3/")
    one.add_argument("--quiet", action="store_true", help="no progress display")
    model = one.add_argument_group("of the method esrnn; by default its preset decides")
    model.add_argument("--preset", default="auto", metavar="P", help="default: auto")
    model.add_argument("--n-jobs", type=_positive, metavar="J", help="processes side by side")
    model.add_argument("--members", type=_positive, metavar="N", help="networks in the ensemble")
    model.add_argument("--epochs", type=_positive, metavar="E", help="epochs of training")
    back = commands.add_parser("backtest", help="compare settings inside the training part")
    back.add_argument("task", metavar="TASK", help="a task's name, see list")
    back.add_argument("--variants", type=Path, required=True, metavar="JSON",
                      help="file of settings by name, laid over the group's preset")  # fmt: skip
    back.add_argument("--log", type=Path, required=True, metavar="JSONL",
                      help="where results go; none is run twice")  # fmt: skip
    back.add_argument("--backs", type=_positive, nargs="+", default=[1], metavar="K",
                      help="horizons from the end to hold back; default: 1")  # fmt: skip
    back.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="S")
    back.add_argument("--data-dir", type=Path, metavar="DIR", help="folder with m4/ and m3/")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    arguments = build_parser().parse_args(argv)
    try:
        if arguments.command == "list":
            _list()
        elif arguments.command == "backtest":
            _backtest(arguments)
        else:
            run(_request(arguments), say=_say)
    except EsrnnError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _request(arguments: argparse.Namespace) -> Request:
    task, method, seed = arguments.task, arguments.method, arguments.seed
    return Request(
        task=task,
        method=method,
        out=arguments.out or Path("runs") / f"{task}-{method}-{seed}",
        settings=Settings(
            seed=seed,
            preset=arguments.preset,
            n_jobs=arguments.n_jobs,
            n_members=arguments.members,
            n_epochs=arguments.epochs,
            quiet=arguments.quiet,
        ),
        data_dir=arguments.data_dir,
    )


def _backtest(arguments: argparse.Namespace) -> None:
    from competitions.backtest import format_outcomes, read_variants, run_variants

    data = load_data(load_task(arguments.task), arguments.data_dir)
    outcomes = run_variants(
        data, read_variants(arguments.variants), arguments.backs, arguments.seeds, arguments.log,
        say=_say,
    )  # fmt: skip
    _say(format_outcomes(outcomes))


def _list() -> None:
    for name in task_names():
        task = load_task(name)
        print(
            f"{task.name:<14}{task.title}: {task.n_series} series, {task.horizon} steps, "
            f"seasonal period {task.seasonal_period}"
        )
    print(f"\nmethods: {', '.join(sorted(METHODS))}")


def _say(line: str) -> None:
    print(line, flush=True)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1; got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
