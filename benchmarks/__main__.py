"""The command line: ``python -m benchmarks [NAME] [--save]``; ``--help`` lists the names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import (
    cells,
    first_forecast,
    jobs,
    jobs_beside_ets,
    kernels,
    kill_jobs,
    large_fit,
    model_directory,
    prediction,
    retail,
    sktime_checks,
    sktime_esrnn,
    training_step,
    update,
    whole_fit,
)
from benchmarks.kernel_checks import GateError
from benchmarks.report import RESULTS, Result, Say, save
from esrnn.config import ModelConfig, NetworkConfig, SmoothingConfig, TrainingConfig

__all__ = ["build_parser", "main"]

BENCHMARKS = ("kernels", "training-step")  # by default
BY_NAME = (
    "cells",
    "first-forecast",
    "jobs",
    "jobs-beside-ets",
    "kill-jobs",
    "large-fit",
    "model-directory",
    "prediction",
    "retail",
    "sktime-checks",
    "sktime-esrnn",
    "update",
    "whole-fit",
)  # only when asked for


def build_parser() -> argparse.ArgumentParser:
    """Return the parser."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Speed of the smoothing kernels, a training step, all cells, sktime's checks "
        "and a first use; whole fits of M4's groups with their accuracy; speed and accuracy beside "
        "sktime's own class of the method; accuracy on "
        "daily sales; jobs from files to files, also when they are killed. "
        "The exit status is 1 if what is timed is wrong; a bar that is missed is printed as FAIL "
        "and does not count.",
    )
    parser.add_argument(
        "benchmark",
        nargs="?",
        choices=(*BENCHMARKS, *BY_NAME),
        help="default: kernels and training-step",
    )
    parser.add_argument(
        "--beside", type=Path, metavar="DIR",
        help="of update, large-fit, prediction and whole-fit: the folder of another version, timed "
        "in turns",
    )  # fmt: skip
    parser.add_argument(
        "--groups", nargs="+", metavar="G", help="of whole-fit: M4's groups; default: all six"
    )
    parser.add_argument(
        "--parts", nargs="+", type=_part, default=[], metavar="MxE",
        help="of whole-fit: further runs of M members and E epochs, such as 1x20",
    )  # fmt: skip
    parser.add_argument(
        "--methods", nargs="+", metavar="M", default=[],
        help="of whole-fit: further methods of the competitions, such as nf-nhits",
    )  # fmt: skip
    parser.add_argument(
        "--series",
        type=_positive,
        nargs="+",
        metavar="N",
        help="of prediction and jobs: numbers of series; of jobs-beside-ets: one number",
    )
    parser.add_argument("--repeats", type=_positive, metavar="N", help="of each measurement")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="default: 0")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument(
        "--save", nargs="?", type=Path, const=RESULTS, metavar="DIR",
        help="write DIR/<benchmark>.json; default: benchmarks/results",
    )  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one benchmark, or those of speed, and return the exit status."""
    arguments = build_parser().parse_args(argv)
    runs: dict[str, Callable[[Say], Result]] = {
        "kernels": lambda say: kernels.run(_kernel_settings(arguments), say),
        "training-step": lambda say: training_step.run(_training_step_settings(arguments), say),
        "sktime-checks": lambda say: sktime_checks.run(_sktime_checks_settings(arguments), say),
        "sktime-esrnn": lambda say: sktime_esrnn.run(_sktime_esrnn_settings(arguments), say),
        "first-forecast": lambda say: first_forecast.run(_first_forecast_settings(arguments), say),
        "model-directory": lambda say: model_directory.run(
            _model_directory_settings(arguments), say
        ),
        "retail": lambda say: retail.run(_retail_settings(arguments), say),
        "large-fit": lambda say: large_fit.run(_large_fit_settings(arguments), say),
        "jobs": lambda say: jobs.run(_jobs_settings(arguments), say),
        "jobs-beside-ets": lambda say: jobs_beside_ets.run(_beside_settings(arguments), say),
        "kill-jobs": lambda say: kill_jobs.run(_kill_settings(arguments), say),
        "prediction": lambda say: prediction.run(_prediction_settings(arguments), say),
        "update": lambda say: update.run(_update_settings(arguments), say),
        "cells": lambda say: cells.run(_cells_settings(arguments), say),
        "whole-fit": lambda say: whole_fit.run(_whole_fit_settings(arguments), say),
    }
    for name in [arguments.benchmark] if arguments.benchmark else BENCHMARKS:
        _say(f"== {name}")
        try:
            result = runs[name](_say)
        except GateError as error:
            print(f"error: no figures, since {error}", file=sys.stderr)
            return 1
        if arguments.save:
            _say(f"written to {save(result, arguments.save)}")
        _say("")
    return 0


def _cells_settings(arguments: argparse.Namespace) -> cells.CellsSettings:
    settings = cells.CellsSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, presets=("yearly",), n_steps=1, repeats=1)
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _kernel_settings(arguments: argparse.Namespace) -> kernels.KernelSettings:
    settings = kernels.KernelSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, share=0.002, repeats=2, torch_repeats=1, cold=False)
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _training_step_settings(arguments: argparse.Namespace) -> training_step.TrainingStepSettings:
    settings = training_step.TrainingStepSettings(seed=arguments.seed)
    if arguments.quick:
        config = ModelConfig(
            NetworkConfig(input_window=24, horizon=12, dilations=((1, 4),), hidden_size=8),
            SmoothingConfig((24,)),
            TrainingConfig(batch_size=2),
        )
        settings = replace(settings, config=config, others=("yearly",), n_batches=2, repeats=2)
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _sktime_checks_settings(arguments: argparse.Namespace) -> sktime_checks.SktimeChecksSettings:
    if arguments.quick:
        return sktime_checks.SktimeChecksSettings(
            ("test_clone", "test_fit_returns_self"), cold=False
        )
    return sktime_checks.SktimeChecksSettings()


def _sktime_esrnn_settings(arguments: argparse.Namespace) -> sktime_esrnn.SktimeEsrnnSettings:
    settings = sktime_esrnn.SktimeEsrnnSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, n_series=4, n_epochs=1, n_members=1, default_series=0)
    return settings


def _first_forecast_settings(arguments: argparse.Namespace) -> first_forecast.FirstForecastSettings:
    settings = first_forecast.FirstForecastSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, imports=1, n_series=4, small=True, cold=False)
    if arguments.repeats:
        settings = replace(settings, imports=arguments.repeats)
    return settings


def _model_directory_settings(
    arguments: argparse.Namespace,
) -> model_directory.ModelDirectorySettings:
    settings = model_directory.ModelDirectorySettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, n_series=4, n_steps=40, n_members=1, repeats=1)
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _large_fit_settings(arguments: argparse.Namespace) -> large_fit.LargeFitSettings:
    settings = large_fit.LargeFitSettings(other=arguments.beside)
    if arguments.quick:
        settings = replace(settings, n_series=60, repeats=1)
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _retail_settings(arguments: argparse.Namespace) -> retail.RetailSettings:
    settings = retail.RetailSettings()
    if arguments.quick:
        settings = replace(
            settings, n_stores=4, n_articles=0, horizons=(7,), presets=("daily",), n_members=1,
            n_epochs=1, seeds=(1,), ets=False,
        )  # fmt: skip
    return settings


def _jobs_settings(arguments: argparse.Namespace) -> jobs.JobsSettings:
    settings = jobs.JobsSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, sizes=(40,), per_file=20)
    if arguments.series:
        settings = replace(settings, sizes=tuple(arguments.series))
    return settings


def _beside_settings(arguments: argparse.Namespace) -> jobs_beside_ets.BesideSettings:
    settings = jobs_beside_ets.BesideSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, n_series=20, n_files=2)
    if arguments.series:
        settings = replace(settings, n_series=arguments.series[0])
    return settings


def _kill_settings(arguments: argparse.Namespace) -> kill_jobs.KillSettings:
    settings = kill_jobs.KillSettings(seed=arguments.seed)
    if arguments.quick:
        settings = replace(settings, n_moments=2, n_series=12)
    if arguments.repeats:
        settings = replace(settings, n_moments=arguments.repeats)
    return settings


def _prediction_settings(arguments: argparse.Namespace) -> prediction.PredictionSettings:
    settings = prediction.PredictionSettings(other=arguments.beside)
    if arguments.quick:
        settings = replace(settings, sizes=(20, 40), repeats=1)
    if arguments.series:
        settings = replace(settings, sizes=tuple(arguments.series))
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _update_settings(arguments: argparse.Namespace) -> update.UpdateSettings:
    settings = update.UpdateSettings(other=arguments.beside)
    if arguments.quick:
        settings = replace(settings, n_series=60, n_updates=2, repeats=1)
    if arguments.repeats:
        settings = replace(settings, repeats=arguments.repeats)
    return settings


def _whole_fit_settings(arguments: argparse.Namespace) -> whole_fit.WholeFitSettings:
    settings = whole_fit.WholeFitSettings(
        parts=tuple(arguments.parts),
        methods=tuple(arguments.methods),
        other=arguments.beside,
        only_parts=arguments.quick,
    )
    if arguments.groups:
        settings = replace(settings, groups=tuple(arguments.groups))
    if arguments.quick:  # a task whose series ship with the package
        settings = replace(settings, groups=("hourly-40",), parts=((1, 1),), seeds=1)
    if arguments.repeats:
        settings = replace(settings, seeds=arguments.repeats)
    return settings


def _part(text: str) -> tuple[int, int]:
    """Read a number of members and one of epochs.

    Examples
    --------
    >>> _part("1x20")
    (1, 20)
    """
    members, found, epochs = text.partition("x")
    if not found:
        raise argparse.ArgumentTypeError(f"must be MEMBERSxEPOCHS, such as 1x20; got {text!r}")
    return _positive(members), _positive(epochs)


def _say(line: str) -> None:
    print(line, flush=True)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1; got {number}")
    return number


if __name__ == "__main__":
    sys.exit(main())
