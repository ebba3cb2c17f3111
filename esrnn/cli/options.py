"""Options that several commands share, and the job file that can stand in for them."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from esrnn.cli.logs import set_up_logging
from esrnn.cli.torchrun import is_first_process

if TYPE_CHECKING:
    from esrnn.files import Columns, Source
    from esrnn.jobs import Output, Run

__all__ = [
    "begin",
    "columns_of",
    "data_options",
    "examples",
    "job_options",
    "output_of",
    "output_options",
    "run_of",
    "run_options",
    "settings_of",
    "settings_option",
    "source_of",
]

Command = TypeVar("Command", bound=Callable[..., Any])
Values = dict[str, Any]

_SETTINGS = "settings"  # the table of a job file, and the name of --set


class _Several(click.ParamType[Any]):
    """Values with commas between them; a list in a job file."""

    def __init__(self, name: str, each: Callable[[Any], Any]) -> None:
        self.name, self._each = name, each

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Any, ...]:
        """Read the values."""
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, Iterable):
            parts = [parts]
        try:
            return tuple(self._each(p.strip() if isinstance(p, str) else p) for p in parts if p)
        except ValueError:
            self.fail(f"{value!r} must be {self.name} with commas between them", param, ctx)


class _Bytes(click.ParamType[int]):
    """A number of bytes, such as 3GB."""

    name = "BYTES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number and its unit."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"\s*(\d+(?:[.]\d+)?)\s*([KMGT]?)(i?)B?\s*", str(value), re.IGNORECASE)
        if found is None:
            self.fail(f"{value!r} must be a number of bytes, such as 3GB or 800MB", param, ctx)
        base = 1024 if found[3] else 1000
        return int(float(found[1]) * base ** " KMGT".index(found[2].upper() or " "))


_BYTES = _Bytes()
_NAMES, _NUMBERS = _Several("NAMES", str), _Several("NUMBERS", float)


def job_options(command: Command) -> Command:
    """Add the job file, and how a command answers."""
    options = [
        click.option(
            "--job",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            callback=_read_job_file,
            is_eager=True,
            expose_value=False,
            help="A TOML file with these options by name; options of the command line win.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end."),
        click.option("--quiet", is_flag=True, help="Say nothing but errors."),
        click.option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            is_eager=True,  # an error in another option is said in this format
            help="Lines of the log, on the standard error.",
        ),
    ]
    return _with(command, options)


def data_options(command: Command) -> Command:
    """Add what says where the data are in the files."""
    options = [
        click.option(
            "--id",
            "id_",
            metavar="NAME",
            help="Column of series ids; several with commas between them, such as store,item.",
        ),
        click.option("--time", metavar="NAME", help="Column of time stamps."),
        click.option("--value", metavar="NAME", help="Column of values to forecast."),
        click.option("--static", type=_NAMES, help="Columns that describe a series as a whole."),
        click.option(
            "--future",
            type=_NAMES,
            help="Columns that are known in advance: rows after the last value are the future.",
        ),
        click.option(
            "--input-format",
            type=click.Choice(["csv", "parquet", "tsf", "jsonl"]),
            help="By default told by the names of the files.",
        ),
        click.option(
            "--wide", is_flag=True, help="A column for each series, a row for each time stamp."
        ),
        click.option("--time-format", metavar="CODES", help="Of text, such as %d.%m.%Y."),
        click.option("--zone", metavar="ZONE", help="Time zone to forecast in."),
        click.option("--delimiter", metavar="CHAR", help="Of CSV files; by default found."),
        click.option(
            "--decimal", metavar="CHAR", default=".", help="Of CSV files.", show_default=True
        ),
        click.option(
            "--encoding", metavar="NAME", default="utf-8", help="Of CSV files.", show_default=True
        ),
        click.option(
            "--missing", type=_NAMES, help="Further texts that stand for a missing number in CSV."
        ),
        click.option("--freq", metavar="STEP", help="Of GluonTS files, such as h or M."),
        click.option(
            "--together",
            is_flag=True,
            help="Read all files as one, where the rows of a series are in several.",
        ),
    ]
    return _with(command, options)


def output_options(command: Command) -> Command:
    """Add what says which numbers are wanted, in which form."""
    options = [
        click.option(
            "--interval", "intervals", type=_NUMBERS, default="80,95", show_default=True,
            help="Coverages of intervals in percent.",
        ),
        click.option(
            "--quantiles", type=_NUMBERS, help="Quantile levels, such as 0.1,0.9, in their place."
        ),
        click.option(
            "--hubverse", is_flag=True, help="A row for each quantile, as the Hubverse wants it."
        ),
        click.option(
            "--output-format", type=click.Choice(["csv", "parquet"]),
            help="Of the files in a folder; by default that of the input.",
        ),
    ]  # fmt: skip
    return _with(command, options)


def run_options(command: Command) -> Command:
    """Add what says how a job runs."""
    options = [
        click.option(
            "--on-error", type=click.Choice(["skip", "fallback", "raise"]), default="skip",
            show_default=True,
            help="Series that can't be forecast: leave them out, forecast them by the last season,"
            " or end with an error.",
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), default=1, show_default=True,
            help="Processes that forecast files side by side.",
        ),
        click.option("--scheduler", metavar="ADDRESS", help="Of a Dask cluster, in their place."),
        click.option("--threads", type=click.IntRange(min=1), help="Of each process."),
        click.option(
            "--time-budget", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
            help="Stop after so long.",
        ),
        click.option(
            "--max-memory", type=_BYTES, metavar="BYTES",
            help="Of each process, such as 3GB: files are forecast in pieces.",
        ),
        click.option(
            "--restart", is_flag=True,
            help="Forget what an unfinished job of the same output has done.",
        ),
    ]  # fmt: skip
    return _with(command, options)


def settings_option(command: Command) -> Command:
    """Add arguments of `esrnn.ESRNN`."""
    option = click.option(
        "--set", _SETTINGS, multiple=True, metavar="NAME=VALUE",
        help="An argument of esrnn.ESRNN, such as strategy=train or n_members=3.",
    )  # fmt: skip
    return _with(command, [option])


def examples(*lines: str) -> str:
    """Return lines for the end of a help text, each on a line of its own."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def source_of(data: str, values: Values) -> Source:
    """Return the source that options describe; takes them out of `values`."""
    from esrnn.files import CsvOptions, Source

    csv = CsvOptions(
        delimiter=values.pop("delimiter"),
        decimal=values.pop("decimal"),
        encoding=values.pop("encoding"),
        missing=tuple(values.pop("missing") or ()),
    )
    return Source(
        data,
        format=values.pop("input_format"),
        layout="wide" if values.pop("wide") else "long",
        time_format=values.pop("time_format"),
        zone=values.pop("zone"),
        freq=values.pop("freq"),
        together=values.pop("together"),
        csv=csv,
    )


def columns_of(values: Values) -> Columns:
    """Return the columns that options name; takes them out of `values`."""
    from esrnn.files import Columns

    return Columns(
        values.pop("id_"),
        values.pop("time"),
        values.pop("value"),
        values.pop("static") or (),
        values.pop("future") or (),
    )


def output_of(values: Values) -> Output:
    """Return the output that options describe; takes them out of `values`."""
    from esrnn.jobs import Output

    return Output(
        coverages=tuple(percent / 100.0 for percent in values.pop("intervals")),
        quantiles=values.pop("quantiles") or (),
        layout="hubverse" if values.pop("hubverse") else "wide",
        format=values.pop("output_format"),
    )


def run_of(values: Values) -> Run:
    """Return how options say that a job runs; takes them out of `values`."""
    from esrnn.jobs import Run

    names = ("on_error", "workers", "scheduler", "threads", "time_budget", "max_memory", "restart")
    return Run(**{name: values.pop(name) for name in names})


def begin(values: Values) -> bool:
    """Set up the log, and return whether the answer is JSON; takes the options out of `values`.

    Of several processes that torchrun has started, those after the first say nothing but errors.
    """
    speaks = is_first_process()
    set_up_logging(values.pop("log_format"), values.pop("quiet") or not speaks)
    as_json: bool = values.pop("as_json")
    return as_json and speaks


def settings_of(values: Values) -> dict[str, Any]:
    """Return arguments of `esrnn.ESRNN`: those of the job file, and over them those of --set."""
    settings = dict(click.get_current_context().meta.get(_SETTINGS, {}))
    for text in values.pop(_SETTINGS):
        name, equals, value = text.partition("=")
        if not equals:
            raise click.UsageError(f"--set wants NAME=VALUE; got {text!r}")
        settings[name.strip()] = _parsed(value.strip())
    if settings.get("verbose") not in (None, 0, 1, False, True):
        raise click.UsageError(
            "verbose must be 0 or 1 in a command; more would print every epoch of every process"
            " among its answer"
        )
    return settings


def _parsed(text: str) -> Any:
    """Read a value as TOML has it; what is none is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _read_job_file(ctx: click.Context, param: click.Parameter, path: Path | None) -> None:
    """Take the entries of a job file as defaults of the options."""
    if path is None:
        return
    try:
        entries = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} must be a TOML file: {error}") from None
    names = {_name_of(p): p.name for p in ctx.command.params if p.name and p.expose_value}
    ctx.meta[_SETTINGS] = _table(entries.pop(_SETTINGS, {}), path)
    names.pop("set", None)
    defaults = {}
    for key, value in entries.items():
        name = key.replace("_", "-")
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            hint = f", perhaps {close[0]!r}" if close else ""
            raise click.UsageError(
                f"{path} has the unknown entry {key!r}{hint}; known are {sorted(names)}"
            )
        defaults[names[name]] = value
    ctx.default_map = {**(ctx.default_map or {}), **defaults}


def _table(settings: object, path: Path) -> dict[str, Any]:
    if not isinstance(settings, dict):
        raise click.UsageError(f"[{_SETTINGS}] in {path} must be a table; got {settings!r}")
    return settings


def _name_of(param: click.Parameter) -> str:
    """Return what an option is called on the command line, without dashes."""
    longest = max(param.opts, key=len)
    return longest.lstrip("-").lower().replace("_", "-")


def _with(command: Command, options: Iterable[Callable[[Command], Command]]) -> Command:
    """Add options, the first one first in the help."""
    for option in reversed(list(options)):
        command = option(command)
    return command
