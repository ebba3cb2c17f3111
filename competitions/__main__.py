"""The command line, ``python -m competitions``: from ``list`` to ``strategies``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from competitions import commands
from competitions.methods import METHODS
from competitions.runs.titles import MEASURES
from competitions.studies import OTHERS, STUDIES
from esrnn.config.presets import PRESETS
from esrnn.errors import EsrnnError


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
    _add_compare(command("compare", commands.compare, "test runs against each other, by series"))
    _add_new_task(command("new-task", commands.new_task, "make a task of your own data"))
    keep = command("keep", commands.keep, "put a run's scores among the committed results")
    keep.add_argument("runs", metavar="DIR", nargs="+", type=Path, help="a run's directory")
    keep.add_argument(
        "--results", type=Path, metavar="DIR", help="their folder; default: the committed ones"
    )
    again = command("reproduce", commands.reproduce, "make committed results again and compare")
    again.add_argument(
        "names",
        metavar="RESULT",
        nargs="*",
        help="a task, or a result such as m4-weekly/esrnn-0; default: all of the project's methods",
    )
    again.add_argument("--results", type=Path, metavar="DIR", help="default: the committed ones")
    again.add_argument(
        "--out", type=Path, default=Path("runs/again"), metavar="DIR", help="default: runs/again"
    )
    _add_n_jobs(again)
    again.add_argument("--quiet", action="store_true", help="no progress display")
    _add_data_dir(again)
    report = command("report", commands.report, "make a page and a table of all results")
    report.add_argument("--results", type=Path, metavar="DIR", help="default: the committed ones")
    report.add_argument("--runs", type=Path, metavar="DIR", help="a folder of runs to show too")
    report.add_argument(
        "--out", type=Path, default=Path("runs/report"), metavar="DIR", help="default: runs/report"
    )
    _add_data_dir(report)
    _add_backtest(command("backtest", commands.backtest, "compare settings by the training part"))
    _add_study(command("study", commands.study, "train networks of all cells at equal cost"))
    _add_leaks(command("leaks", commands.leaks, "find test parts in other series' training parts"))
    _add_networks(command("networks", commands.networks, "train the networks of the package"))
    _add_strategies(command("strategies", commands.strategies, "compare ways to use networks"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status."""
    arguments = build_parser().parse_args(argv)
    try:
        arguments.command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on, as with "| head"; Python must not flush it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (EsrnnError, ImportError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command continues from what is finished", file=sys.stderr)
        return 130
    return 0


def run() -> None:
    """Run a command and end with its status: the entry point ``esrnn-competitions``."""
    sys.exit(main())


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "task", metavar="TASK", help="a task's or a set's name, see list, or the file of your own"
    )
    parser.add_argument(
        "--method",
        default="esrnn",
        type=_method,
        metavar="M",
        help="see list, or MODULE:FUNCTION for one of your own; default: esrnn",
    )
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument(
        "--seed", dest="seeds", type=lambda text: (_seed(text),), metavar="S", help="default: 0"
    )
    seeds.add_argument(
        "--seeds", type=_seeds, metavar="S", help="several, such as 0-4 or 0,3: mean and spread"
    )
    parser.add_argument(
        "--against",
        type=_method,
        nargs="+",
        metavar="M",
        help="methods to run too and to compare with, series by series; "
        "default with several seeds: naive2 snaive",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="default: runs/TASK-METHOD-S; with several seeds DIR-S for each of them",
    )
    parser.add_argument(
        "--engine",
        choices=("statsmodels", "statsforecast"),
        help="library that fits the models, where there are two",
    )
    _add_n_jobs(parser)
    parser.add_argument("--fresh", action="store_true", help="start from the beginning")
    parser.add_argument("--quiet", action="store_true", help="no progress display")
    _add_data_dir(parser)
    model = parser.add_argument_group("of methods with networks; by default a preset decides")
    model.add_argument("--preset", default="auto", metavar="P", help="default: auto")
    model.add_argument("--members", type=_positive, metavar="N", help="networks in the ensemble")
    model.add_argument("--epochs", type=_positive, metavar="E", help="epochs of training")


def _add_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "forecasts",
        metavar="PATH",
        type=Path,
        help="a run's directory, or a file: long as runs write it, or wide in M4's format",
    )
    parser.add_argument("--task", metavar="TASK", help="needed for a file")
    parser.add_argument("--lower", type=Path, metavar="FILE", help="lower bounds, for M4's format")
    parser.add_argument("--upper", type=Path, metavar="FILE", help="upper bounds, for M4's format")
    _add_data_dir(parser)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="DIR", nargs="+", type=Path, help="directories of runs on one task or set"
    )
    parser.add_argument(
        "--measure", choices=MEASURES, default="mase", help="the error of a series; default: mase"
    )
    parser.add_argument(
        "--picture",
        type=Path,
        metavar="FILE",
        help="draw mean ranks into a .svg, .png or .pdf file",
    )


def _add_new_task(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "series",
        metavar="FILE",
        type=Path,
        help="CSV or Parquet of unique_id, ds and y, or of rows of series as M4's (V1, V2, ...)",
    )
    parser.add_argument(
        "--horizon", type=_positive, required=True, metavar="H", help="last steps, to be forecast"
    )
    parser.add_argument(
        "--seasonal-period", type=_positive, default=1, metavar="K", help="steps; default: 1"
    )
    parser.add_argument(
        "--preset",
        choices=sorted(PRESETS),
        help="of ESRNN's networks; default: the one for data of this seasonal period",
    )
    for name, what, usual in (
        ("--id", "series ids", "unique_id"),
        ("--time", "time stamps or steps", "ds"),
        ("--value", "values to forecast", "y"),
    ):
        parser.add_argument(name, metavar="NAME", help=f"column of {what}; default: {usual}")
    parser.add_argument("--out", type=Path, metavar="JSON", help="default: beside FILE")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        metavar="TASK",
        help="a task's name, see list, to compare variants of its preset; or an "
        "experiment: generic, steps, domains, unseen, daily, short, single, lags",
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


def _add_study(parser: argparse.ArgumentParser) -> None:
    names = (*STUDIES, *OTHERS)
    parser.add_argument("what", metavar="STUDY", choices=names, help=", ".join(names))
    parser.add_argument(
        "--fits",
        type=int,
        metavar="N",
        help="run so many fits at most; 0 only lays out the log; default: all that it lacks",
    )
    parser.add_argument(
        "--log",
        type=Path,
        metavar="JSONL",
        help="where results go, and what is in it is not run again; "
        "default: competitions/studies/STUDY.jsonl",
    )
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


def _method(text: str) -> str:
    if ":" not in text and text not in METHODS:
        raise argparse.ArgumentTypeError(
            f"must be MODULE:FUNCTION or one of {', '.join(sorted(METHODS))}; got {text!r}"
        )
    return text


def _seeds(text: str) -> tuple[int, ...]:
    """Read seeds such as 0-4 or 0,3,7-9."""
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or not (last if dash else first).isdecimal():
            seeds = []
            break
        seeds += range(int(first), int(last if dash else first) + 1)
    if not seeds or len(set(seeds)) < len(seeds):
        raise argparse.ArgumentTypeError(f"must be seeds such as 0-4, each once; got {text!r}")
    return tuple(seeds)


def _seed(text: str) -> int:
    return _whole(text, 0)


def _positive(text: str) -> int:
    return _whole(text, 1)


def _whole(text: str, least: int) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of at least {least}; got {text!r}"
        )
    return int(text)


if __name__ == "__main__":
    run()
