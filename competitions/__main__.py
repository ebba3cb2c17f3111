"""The command line, ``python -m competitions``: from ``list`` to ``strategies``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from competitions import commands
from competitions.methods import METHODS
from esrnn.errors import EsrnnError

__all__ = ["build_parser", "main"]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="python -m competitions", description="Competition results, from data to score."
    )
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], object], text: str
    ) -> argparse.ArgumentParser:
        added = parsers.add_parser(name, help=text, description=text.capitalize() + ".")
        added.set_defaults(command=run)
        return added

    command("list", commands.list_all, "list the tasks and the methods")
    _add_run(command("run", commands.run, "run a method on a task and score it"))
    _add_score(command("score", commands.score, "score a run again, or anybody's forecasts"))
    keep = command("keep", commands.keep, "put a run's scores among the committed results")
    keep.add_argument("runs", metavar="DIR", nargs="+", type=Path, help="a run's directory")
    report = command("report", commands.report, "make a page and a table of all results")
    report.add_argument("--results", type=Path, metavar="DIR", help="default: the committed ones")
    report.add_argument("--runs", type=Path, metavar="DIR", help="a folder of runs to show too")
    report.add_argument(
        "--out", type=Path, default=Path("runs/report"), metavar="DIR", help="default: runs/report"
    )
    _add_data_dir(report)
    _add_backtest(command("backtest", commands.backtest, "compare settings by the training part"))
    _add_leaks(command("leaks", commands.leaks, "find test parts in other series' training parts"))
    _add_networks(command("networks", commands.networks, "train the networks of the package"))
    _add_strategies(command("strategies", commands.strategies, "compare ways to use networks"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    arguments = build_parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except (EsrnnError, ImportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command continues from what is finished", file=sys.stderr)
        return 130
    return 0


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="a task's or a task set's name, see list")
    parser.add_argument(
        "--method",
        default="esrnn",
        choices=sorted(METHODS),
        metavar="M",
        help="see list; default: esrnn",
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="S", help="default: 0")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: runs/TASK-METHOD-S")
    parser.add_argument(
        "--engine",
        choices=("statsmodels", "statsforecast"),
        help="library that fits the models, where there are two",
    )
    _add_n_jobs(parser)
    parser.add_argument("--fresh", action="store_true", help="start from the beginning")
    parser.add_argument("--quiet", action="store_true", help="no progress display")
    _add_data_dir(parser)
    model = parser.add_argument_group("of the methods esrnn and lstm; by default a preset decides")
    model.add_argument("--preset", default="auto", metavar="P", help="default: auto")
    model.add_argument("--members", type=_positive, metavar="N", help="networks in the ensemble")
    model.add_argument("--epochs", type=_positive, metavar="E", help="epochs of training")


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "forecasts",
        metavar="PATH",
        type=Path,
        help="a run's directory, or a CSV file in M4's format",
    )
    parser.add_argument("--task", metavar="TASK", help="needed for a file")
    parser.add_argument("--lower", type=Path, metavar="CSV", help="lower bounds of the intervals")
    parser.add_argument("--upper", type=Path, metavar="CSV", help="upper bounds of the intervals")
    _add_data_dir(parser)


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        metavar="TASK",
        help="a task's name, see list, to compare variants of its preset; or an "
        "experiment: generic, domains, unseen, lags",
    )
    parser.add_argument(
        "--log",
        type=Path,
        metavar="JSONL",
        help="where results go, and what is in it is not run again; "
        "default: competitions/backtests/TASK.jsonl",
    )
    parser.add_argument(
        "--method", default="esrnn", choices=("esrnn", "lstm"), help="whose preset; default: esrnn"
    )
    parser.add_argument(
        "--variants",
        type=Path,
        metavar="JSON",
        help="file of settings by name, laid over the preset; "
        "default: competitions/backtests/TASK.json",
    )
    _add_folds(parser)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], metavar="S")
    _add_data_dir(parser)


def _add_leaks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("groups", metavar="GROUP", nargs="*", help="yearly, ...; default: all")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="CSV",
        help="list to write, where other groups' rows stay; default: the committed one",
    )
    _add_data_dir(parser)


def _add_networks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("groups", metavar="GROUP", nargs="*", help="yearly, ...; default: all")
    parser.add_argument(
        "--check",
        action="store_true",
        help="make them again in runs/networks and compare the files; status 1 if one differs",
    )
    parser.add_argument(
        "--rehearsal", action="store_true", help="without the series that are kept for backtests"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="their folder; default: the package's"
    )
    _add_n_jobs(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress display")
    _add_data_dir(parser)


def _add_strategies(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("groups", metavar="GROUP", nargs="*", help="yearly, ...; default: all")
    parser.add_argument(
        "--networks",
        type=Path,
        metavar="DIR",
        help="folder of a rehearsal's networks; without it nothing is run, and the log is laid out",
    )
    parser.add_argument("--ways", nargs="+", metavar="WAY", help="zero_shot, ...; default: all")
    parser.add_argument(
        "--sizes", type=_positive, nargs="+", metavar="N", help="1, 10, ...; default: all"
    )
    _add_folds(parser)
    parser.add_argument(
        "--log",
        type=Path,
        metavar="JSONL",
        help="where results go, and what is in it is not run again; "
        "default: competitions/backtests/strategies.jsonl",
    )
    _add_data_dir(parser)


def _add_folds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--folds",
        type=_positive,
        nargs="+",
        default=[1],
        metavar="K",
        help="horizons to hold out, counted from the end; default: 1",
    )


def _add_n_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--n-jobs",
        type=_positive,
        metavar="J",
        help="processes side by side; default: one for each core",
    )


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="folder with m4/, m3/, open/")


def _seed(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"must not be negative; got {number}")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1; got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
