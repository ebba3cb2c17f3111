"""What a job is asked for: the columns of its output, and how it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from esrnn._checks import as_whole
from esrnn.errors import InputError
from esrnn.forecaster.arguments import as_seconds

__all__ = ["OnError", "Output", "OutputLayout", "Run"]

OnError = Literal["raise", "skip", "fallback"]
OutputLayout = Literal["wide", "hubverse"]
_USUAL_ROWS = 2_000_000
# What a process takes, as measured: torch and the others, and each row with all that is made of it.
_LIBRARIES, _BYTES_PER_ROW = 600_000_000, 800
_LEAST_MEMORY = 700_000_000
_USUAL_QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True)
class Output:
    """What a file of forecasts holds.

    Parameters
    ----------
    coverages : tuple of float, default (0.8, 0.95)
        Nominal coverages of intervals: 0.95 makes the columns ``lo-95`` and ``hi-95``.
    quantiles : tuple of float
        Quantile levels, such as 0.9, which makes the column ``q-0.9``. If any are given, they take
        the place of the intervals.
    layout : {"wide", "hubverse"}, default "wide"
        ``"wide"``: a row for each series and step. ``"hubverse"``: a row for each series, step and
        quantile level, in the columns of the Hubverse (``output_type``, ``output_type_id``,
        ``value``).
    format : {"csv", "parquet"}, optional
        Of the files in a folder; by default that of the input. A single file has the format of its
        name.

    Raises
    ------
    InputError
        If a number is not in (0, 1) or there twice, or a name is unknown.

    Examples
    --------
    >>> Output().columns()
    ['y_hat', 'lo-80', 'hi-80', 'lo-95', 'hi-95']
    >>> Output(quantiles=(0.1, 0.9)).columns()
    ['y_hat', 'q-0.1', 'q-0.9']
    """

    coverages: tuple[float, ...] = (0.8, 0.95)
    quantiles: tuple[float, ...] = ()
    layout: OutputLayout = "wide"
    format: Literal["csv", "parquet"] | None = None

    def __post_init__(self) -> None:
        for name in ("coverages", "quantiles"):
            levels = getattr(self, name)
            bad = [level for level in levels if not 0.0 < level < 1.0]
            if bad or len(set(levels)) < len(levels):
                raise InputError(
                    f"{name} must be different numbers between 0 and 1, such as 0.9; got"
                    f" {list(levels)}. Correct them."
                )
        _require_one_of("layout", self.layout, get_args(OutputLayout))
        if self.format is not None:
            _require_one_of("format", self.format, ("csv", "parquet"))

    def levels(self) -> tuple[float, ...]:
        """Return the quantile levels that the columns, beside ``y_hat``, are made of."""
        if self.quantiles:
            return self.quantiles
        if self.layout == "hubverse":
            return _USUAL_QUANTILES
        sides = [(0.5 - 0.5 * c, 0.5 + 0.5 * c) for c in self.coverages]
        return tuple(level for pair in sides for level in pair)

    def columns(self) -> list[str]:
        """Return the names of the columns of numbers, ``y_hat`` first, then one for each level."""
        if self.quantiles or self.layout == "hubverse":
            return ["y_hat", *(f"q-{level:g}" for level in self.levels())]
        names = [(f"lo-{100 * c:g}", f"hi-{100 * c:g}") for c in self.coverages]
        return ["y_hat", *(name for pair in names for name in pair)]


@dataclass(frozen=True)
class Run:
    """How a job runs. Only `on_error` and a `time_budget` for training change what it writes.

    Parameters
    ----------
    on_error : {"skip", "fallback", "raise"}, default "skip"
        What is done about series that can't be forecast. ``"skip"`` leaves them out and lists them
        in a file of their own, ``"fallback"`` gives them a seasonal naive forecast where it can,
        ``"raise"`` ends the job with an error.
    workers : int, default 1
        Processes that forecast partitions side by side.
    scheduler : str, optional
        Address of a Dask cluster, whose workers forecast the partitions in place of processes here.
        They must be able to read the input and to write beside the output.
    threads : int, optional
        Threads of each process; by default one for each core, shared out among the workers.
    time_budget : float, optional
        Seconds. Training ends early enough; forecasting stops between two partitions, and the same
        call goes on from there.
    max_memory : int, optional
        Bytes that each process may take, about. Files are forecast in pieces of whole series; a
        training on more rows than fit is refused. By default pieces of two million rows.
    restart : bool, default False
        Forget what an unfinished job of the same target has done.

    Raises
    ------
    InputTypeError, InputError
        If a value can't be used.
    """

    on_error: OnError = "skip"
    workers: int = 1
    scheduler: str | None = None
    threads: int | None = None
    time_budget: float | None = None
    max_memory: int | None = None
    restart: bool = False

    def __post_init__(self) -> None:
        _require_one_of("on_error", self.on_error, get_args(OnError))
        as_whole("workers", self.workers)
        if self.threads is not None:
            as_whole("threads", self.threads)
        as_seconds("time_budget", self.time_budget)
        if self.max_memory is not None and self.max_memory < _LEAST_MEMORY:
            raise InputError(
                f"max_memory must be at least {_LEAST_MEMORY:,} bytes, which the libraries take;"
                f" got {self.max_memory:,}. Give more, or leave it out."
            )
        if self.scheduler is not None and self.workers != 1:
            raise InputError(
                "workers are processes on this machine, scheduler is a cluster with workers of its"
                " own; got both. Leave one out."
            )

    def max_rows(self) -> int:
        """Return how many rows may be in memory at once."""
        if self.max_memory is None:
            return _USUAL_ROWS
        return max(1, (self.max_memory - _LIBRARIES) // _BYTES_PER_ROW)


def _require_one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    """Refuse an unknown name."""
    if value not in known:
        raise InputError(f"{name} must be one of {list(known)}; got {value!r}. Choose one of them.")
