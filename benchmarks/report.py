"""Tables, bars, and results as JSON with all that is needed to judge them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from competitions.runs.resources import versions
from competitions.source_commit import commit

__all__ = ["RESULTS", "Bar", "Result", "Say", "describe", "provenance", "save", "table"]

Result = dict[str, Any]
Say = Callable[[str], None]
# What decides how threads wait for each other, and how many there are.
_VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMBA_THREADING_LAYER",
)
_BUSY = 0.5  # processes at work on average
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Bar:
    """A figure that has to be reached.

    Attributes
    ----------
    what : str
    value, bar : float
    at_least : bool
        Whether `bar` is the smallest or the largest value that passes.
    """

    what: str
    value: float
    bar: float
    at_least: bool

    @property
    def passed(self) -> bool:
        """Whether the figure is good enough."""
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    def line(self) -> str:
        """Return one line to print.

        Examples
        --------
        >>> Bar("speed", 160.0, 150.0, at_least=True).line()
        'PASS  speed: 160 (bar: at least 150)'
        """
        word, side = "PASS" if self.passed else "FAIL", "least" if self.at_least else "most"
        return f"{word}  {self.what}: {self.value:.4g} (bar: at {side} {self.bar:g})"

    def record(self) -> Result:
        """Return what goes into a file."""
        return {**asdict(self), "passed": self.passed}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: the first column left, the others right.

    Examples
    --------
    >>> print(table(["what", "ms"], [["copy", "1.5"], ["kernel", "12.0"]]))
    what      ms
    copy     1.5
    kernel  12.0
    """
    lines = [header, *rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def provenance(benchmark: str, settings: Mapping[str, Any]) -> Result:
    """Describe what was run, on which machine, with which code.

    Parameters
    ----------
    benchmark : str
    settings : mapping
        The benchmark's own settings, seed and thread counts among them.

    Returns
    -------
    dict
        The machine's load is that of the last minute, hence to be called before timing starts.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "benchmark": benchmark,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cpu": _cpu_model(),
            "architecture": platform.machine(),
            "cores": os.cpu_count(),
            "usable_cores": _usable_cores(),
            "load": load,
        },
        "environment": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
        "versions": versions(),
        "commit": commit(),
        **settings,
    }


def describe(about: Result) -> str:
    """Describe the machine in a line, and warn of others at work on it.

    Parameters
    ----------
    about : dict
        As `provenance` returns it.

    Returns
    -------
    str
    """
    machine, versions_used = about["machine"], about["versions"]
    line = f"{machine['cpu']}, {machine['usable_cores']} of {machine['cores']} cores; " + ", ".join(
        f"{name} {versions_used[name]}" for name in ("numba", "torch") if name in versions_used
    )
    if machine["load"] is not None and machine["load"] > _BUSY:
        line += f"\nthe machine is busy (load {machine['load']:.1f}): expect figures to be worse"
    return line


def save(result: Result, folder: Path) -> Path:
    """Write a result to ``<folder>/<benchmark>.json`` and return the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['benchmark']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _usable_cores() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()
