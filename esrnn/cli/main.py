"""All commands, and how they are called."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from esrnn import __version__
from esrnn.cli.exits import UNFINISHED, WRONG_USE
from esrnn.cli.forecasting import fit, forecast, predict
from esrnn.cli.logs import logging_restored, set_up_logging
from esrnn.cli.looking import backtest, check, evaluate, plot
from esrnn.cli.models import inspect, update

__all__ = ["cli", "main"]

log = logging.getLogger("esrnn.cli")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all series done, 2 wrong use, 3 bad data, 4 some series rejected,"
    " 5 stopped, and the same command goes on.",
)
@click.version_option(__version__, prog_name="esrnn")
def cli() -> None:
    """Forecast many time series, from files to files."""


for command in (forecast, fit, predict, update, check, backtest, evaluate, plot, inspect):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the command line.

    Returns
    -------
    int
        The exit code (`esrnn.cli.exits`).
    """
    with logging_restored():
        return _run(arguments)


def _run(arguments: Sequence[str] | None) -> int:
    """Run a command, and return its exit code."""
    try:
        code = cli.main(arguments, prog_name="esrnn", standalone_mode=False)
    except click.ClickException as error:
        if _logs_json(sys.argv[1:] if arguments is None else arguments, error):
            set_up_logging("json", quiet=True)
            log.error("%s", error.format_message())
        else:
            error.show()
        return WRONG_USE
    except click.Abort:
        print("esrnn: interrupted", file=sys.stderr)
        return UNFINISHED
    return code if isinstance(code, int) else 0


def _logs_json(arguments: Sequence[str], error: click.ClickException) -> bool:
    """Return whether lines of the log are to be objects, also where options can't be read."""
    context = getattr(error, "ctx", None)
    if context is not None and "log_format" in context.params:
        return bool(context.params["log_format"] == "json")
    return "--log-format json" in " ".join(arguments).replace("=", " ")
