"""``esrnn forecast``, ``esrnn fit`` and ``esrnn predict``."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import click

from esrnn.cli.exits import run_job, usage_errors
from esrnn.cli.options import (
    begin,
    columns_of,
    data_options,
    examples,
    job_options,
    output_of,
    output_options,
    run_of,
    run_options,
    settings_of,
    settings_option,
    source_of,
)
from esrnn.cli.torchrun import is_launched, quieten_torch

__all__ = ["fit", "forecast", "predict"]


@click.command(
    epilog=examples(
        "esrnn forecast sales.csv --horizon 12 --out forecasts.csv --plot forecasts.png",
        "esrnn forecast data/ --horizon 8 --out forecasts/ --id shop --time week --value sold",
        "esrnn forecast --job nightly.toml",
    )
)
@click.argument("data")
@click.option("--horizon", type=click.IntRange(min=1), required=True, help="Steps ahead.")
@click.option(
    "--out", required=True, metavar="F",
    help="A file that ends in .csv or .parquet, or a folder.",
)  # fmt: skip
@click.option(
    "--plot", "picture", metavar="F",
    help="Draw the first series, too: a file that ends in .png, .svg or .pdf.",
)  # fmt: skip
@data_options
@output_options
@run_options
@settings_option
@job_options
def forecast(
    data: str,
    horizon: int,
    out: str,
    picture: str | None,
    **values: Any,
) -> int:
    """Forecast all series of DATA, without a model.

    DATA is a file, a folder or a pattern: CSV or Parquet, with a row for each series and time
    stamp. Trained networks come with the package; where they don't suit, new ones are trained.
    """
    as_json = begin(values)
    with usage_errors():
        source, columns = source_of(data, values), columns_of(values)
        output, run = output_of(values), run_of(values)
    settings = settings_of(values)

    def job() -> Any:
        from esrnn import jobs

        report = jobs.forecast(
            source, out, horizon, columns=columns, settings=settings, output=output, run=run
        )
        if picture is not None:
            jobs.plot(source, out, picture, columns=columns)
        return report

    return run_job(job, as_json, out)


@click.command(
    epilog=examples(
        "esrnn fit sales.parquet --horizon 12 --out model/",
        "esrnn fit sales.parquet --horizon 12 --out model/ --set strategy=train --set n_members=3",
        "torchrun --nproc-per-node 2 -m esrnn fit sales.parquet --out model/ --set strategy=train",
    )
)
@click.argument("data")
@click.option("--out", required=True, metavar="MODEL", help="The folder to write.")
@click.option(
    "--horizon", type=click.IntRange(min=1),
    help="Steps ahead to train for; by default the usual ones of the frequency.",
)  # fmt: skip
@data_options
@run_options
@settings_option
@job_options
def fit(
    data: str,
    out: str,
    horizon: int | None,
    **values: Any,
) -> int:
    """Fit networks to all series of DATA, and write them to the folder MODEL.

    Trained networks come with the package; where they don't suit, new ones are trained. Processes
    that torchrun starts train each network together.
    """
    as_json = begin(values)
    with usage_errors():
        source, columns, run = source_of(data, values), columns_of(values), run_of(values)
    settings = settings_of(values)

    def job() -> Any:
        from esrnn import jobs

        with _together() if is_launched() else nullcontext():
            return jobs.fit(source, out, horizon, columns=columns, settings=settings, run=run)

    return run_job(job, as_json, out)


def _together() -> AbstractContextManager[object]:
    """Train by all processes that torchrun has started."""
    quieten_torch()
    from esrnn.training import data_parallel

    return data_parallel()


@click.command(
    epilog=examples(
        "esrnn predict model/ new.parquet --out forecasts.parquet",
        "esrnn predict model/ --out forecasts.csv",
        "esrnn predict monthly data/ --horizon 12 --out forecasts/ --quantiles 0.1,0.5,0.9",
    )
)
@click.argument("model")
@click.argument("data", required=False)
@click.option(
    "--horizon", type=click.IntRange(min=1), help="Steps ahead; by default those of the model."
)
@click.option(
    "--out", required=True, metavar="F",
    help="A file that ends in .csv or .parquet, or a folder.",
)  # fmt: skip
@data_options
@output_options
@run_options
@job_options
def predict(
    model: str,
    data: str | None,
    horizon: int | None,
    out: str,
    **values: Any,
) -> int:
    """Forecast all series of DATA with the networks of MODEL; nothing is trained.

    Without DATA the series whose history is in the model are forecast.

    MODEL is a folder that esrnn fit wrote, or the name of networks that come with the package, such
    as monthly.
    """
    as_json = begin(values)
    with usage_errors():
        source = None if data is None else source_of(data, values)
        columns = columns_of(values)
        output, run = output_of(values), run_of(values)

    def job() -> Any:
        from esrnn import jobs

        return jobs.predict(
            model, source, out, horizon=horizon, columns=columns, output=output, run=run
        )

    return run_job(job, as_json, out)
