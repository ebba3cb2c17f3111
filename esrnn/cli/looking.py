"""``esrnn check``, ``esrnn evaluate``, ``esrnn backtest`` and ``esrnn plot``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from esrnn.cli.exits import run_job, usage_errors
from esrnn.cli.options import (
    begin,
    columns_of,
    data_options,
    examples,
    job_options,
    settings_of,
    settings_option,
    source_of,
)

if TYPE_CHECKING:
    from esrnn.reports import DataReport

__all__ = ["backtest", "check", "evaluate", "plot"]


class _Checked:
    """A report on data as the answer of a command."""

    def __init__(self, report: DataReport) -> None:
        self._report = report

    @property
    def is_complete(self) -> bool:
        """Whether nothing would be refused."""
        return not self._report.refused

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for JSON."""
        return self._report.to_dict()

    def lines(self) -> list[str]:
        """Return the report as text."""
        return [str(self._report)]


@click.command(
    epilog=examples("esrnn check sales.csv", "esrnn check sales/ --page report.html --json")
)
@click.argument("data")
@click.option("--page", metavar="F", help="Write the report as an HTML page, too.")
@data_options
@job_options
def check(data: str, page: str | None, **values: Any) -> int:
    """Look at DATA before a forecast: what would be refused and why, and what is good to know."""
    as_json = begin(values)
    with usage_errors():
        source, columns = source_of(data, values), columns_of(values)

    def job() -> Any:
        from esrnn import reports

        report = reports.check(source, columns)
        if page is not None:
            reports.write_report_page(report, page)
        return _Checked(report)

    return run_job(job, as_json)


@click.command(
    epilog=examples(
        "esrnn evaluate forecasts.csv sales.csv",
        "esrnn evaluate forecasts/ sales/ --by series --table scores.csv",
    )
)
@click.argument("forecasts")
@click.argument("data")
@click.option("--by", type=click.Choice(["series", "step"]), help="Rows for each of them.")
@click.option("--table", metavar="F", help="Write the table to a file, too.")
@data_options
@job_options
def evaluate(forecasts: str, data: str, by: Any, table: str | None, **values: Any) -> int:
    """Score FORECASTS against what came, which is in DATA with what was known before.

    Naive forecasts are scored beside them: sMAPE, MASE, OWA, quantile loss, coverage and others.
    """
    as_json = begin(values)
    with usage_errors():
        source, columns = source_of(data, values), columns_of(values)

    def job() -> Any:
        from esrnn import jobs
        from esrnn.files import write_table

        report = jobs.evaluate(forecasts, source, columns=columns, by=by)
        if table is not None:
            write_table(report.table.reset_index(), table)
        return report

    return run_job(job, as_json)


@click.command(
    epilog=examples(
        "esrnn backtest sales.csv --horizon 12",
        "esrnn backtest sales.csv --horizon 12 --windows 5 --out past_forecasts.parquet",
    )
)
@click.argument("data")
@click.option("--horizon", type=click.IntRange(min=1), required=True, help="Steps ahead.")
@click.option(
    "--windows", type=click.IntRange(min=1), default=3, show_default=True,
    help="Dates to forecast from, a horizon apart.",
)  # fmt: skip
@click.option("--out", metavar="F", help="Write the forecasts to a file, too.")
@click.option(
    "--on-error", type=click.Choice(["skip", "raise"]), default="skip", show_default=True,
    help="Leave series with faults out, or end with an error.",
)  # fmt: skip
@data_options
@settings_option
@job_options
def backtest(
    data: str, horizon: int, windows: int, out: str | None, on_error: Any, **values: Any
) -> int:
    """Forecast the past of DATA from several dates, and score that.

    On each date only what was known then is used.
    """
    as_json = begin(values)
    with usage_errors():
        source, columns = source_of(data, values), columns_of(values)
    settings = settings_of(values)

    def job() -> Any:
        from esrnn import jobs
        from esrnn.files import write_table

        report = jobs.backtest(
            source,
            horizon,
            n_windows=windows,
            columns=columns,
            settings=settings,
            on_error=on_error,
        )
        if out is not None and report.forecasts is not None:
            write_table(report.forecasts, out)
        return report

    return run_job(job, as_json)


@click.command(
    epilog=examples(
        "esrnn plot sales.csv forecasts.csv --out forecasts.png",
        "esrnn plot sales.csv forecasts.csv --out shop7.svg --series shop7",
    )
)
@click.argument("data")
@click.argument("forecasts")
@click.option("--out", required=True, metavar="F", help="A file that ends in .png, .svg or .pdf.")
@click.option("--series", metavar="IDS", help="Those to draw, with commas between them.")
@click.option(
    "--n-series", type=click.IntRange(min=1), default=5, show_default=True,
    help="How many are drawn if none are named.",
)  # fmt: skip
@data_options
@job_options
def plot(
    data: str, forecasts: str, out: str, series: str | None, n_series: int, **values: Any
) -> int:
    """Draw some series of DATA with their FORECASTS."""
    as_json = begin(values)
    with usage_errors():
        source, columns = source_of(data, values), columns_of(values)
    chosen = None if series is None else [name.strip() for name in series.split(",")]

    def job() -> Any:
        from esrnn import jobs

        return jobs.plot(source, forecasts, out, columns=columns, series=chosen, n_series=n_series)

    return run_job(job, as_json)
