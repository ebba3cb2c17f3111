"""``esrnn update`` and ``esrnn inspect``."""

from __future__ import annotations

from typing import Any

import click

from esrnn.cli.exits import run_job, usage_errors
from esrnn.cli.options import (
    begin,
    columns_of,
    data_options,
    examples,
    job_options,
    source_of,
)

__all__ = ["inspect", "update"]


@click.command(
    epilog=examples(
        "esrnn update model/ new_rows.csv",
        "esrnn update model/ new_rows.csv --out model_of_today/ --keep 500",
    )
)
@click.argument("model")
@click.argument("data")
@click.option("--out", metavar="MODEL", help="The folder to write; by default MODEL is replaced.")
@click.option(
    "--keep", type=click.IntRange(min=1), metavar="STEPS",
    help="Keep the last so many steps of each series, so that the model does not grow.",
)  # fmt: skip
@click.option(
    "--on-error", type=click.Choice(["skip", "raise"]), default="skip", show_default=True,
    help="Leave new rows of series with faults out, or end with an error.",
)  # fmt: skip
@data_options
@job_options
def update(
    model: str, data: str, out: str | None, keep: int | None, on_error: Any, **values: Any
) -> int:
    """Move the series of MODEL on with the new rows of DATA, and take new series.

    Nothing is trained. esrnn predict MODEL --out F then forecasts from the new ends.
    """
    as_json = begin(values)
    with usage_errors():
        source, columns = source_of(data, values), columns_of(values)

    def job() -> Any:
        from esrnn import jobs

        run = jobs.Run(on_error=on_error)
        return jobs.update(model, source, out, columns=columns, keep=keep, run=run)

    return run_job(job, as_json)


@click.command(epilog=examples("esrnn inspect model/", "esrnn inspect monthly --json"))
@click.argument("model")
@job_options
def inspect(model: str, **values: Any) -> int:
    """Say what MODEL is and knows: a folder, or the name of networks of the package."""
    as_json = begin(values)

    def job() -> Any:
        from esrnn import jobs

        return jobs.inspect(model)

    return run_job(job, as_json)
