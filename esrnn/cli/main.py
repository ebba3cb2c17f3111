"""All commands, and how they are called."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from esrnn import __version__
from esrnn.cli.exits import UNFINISHED, WRONG_USE, echo_error
from esrnn.cli.forecasting import fit, forecast, predict
from esrnn.cli.logs import logging_restored, set_up_logging
from esrnn.cli.looking import backtest, check, evaluate, plot
from esrnn.cli.models import inspect, update
from esrnn.cli.torchrun import require_alone

__all__ = ["cli", "main"]

log = logging.getLogger("esrnn.cli")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all series done, 2 wrong use, 3 bad data, 4 some series rejected,"
    " 5 stopped, and the same command goes on.",
)
@click.version_option(__version__, prog_name="esrnn")
@click.pass_context
def cli(context: click.Context) -> None:
    """Forecast many time series, from files to files."""
    require_alone(context.invoked_subcommand)


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
        given = sys.argv[1:] if arguments is None else arguments
        if _has(given, error, "log_format", "json"):
            set_up_logging("json", quiet=True)
            log.error("%s", error.format_message())
        else:
            error.show()
        if _has(given, error, "as_json", True):
            echo_error(error.format_message(), WRONG_USE)
        return WRONG_USE
    except click.Abort:
        print("esrnn: interrupted", file=sys.stderr)
        return UNFINISHED
    return code if isinstance(code, int) else 0


_WRITTEN = {"log_format": "--log-format json", "as_json": "--json"}


def _has(arguments: Sequence[str], error: click.ClickException, name: str, value: object) -> bool:
    """Return whether an option has a value, also where options can't be read."""
    context = getattr(error, "ctx", None)
    if context is not None and name in context.params:
        return bool(context.params[name] == value)
    return f" {_WRITTEN[name]} " in f" {' '.join(arguments)} ".replace("=", " ")
