"""What a run took and what it ran on: processor time, memory, library versions."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata

from esrnn import __version__

_LIBRARIES = (
    "joblib",
    "neuralforecast",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "sktime",
    "statsforecast",
    "statsmodels",
    "torch",
)


@dataclass
class Usage:
    """What a block of code took; complete when the block has ended."""

    cpu_s: float = 0.0  # user and system, of this process and all its ended children
    wall_s: float = 0.0
    # Largest memory that this process or one of its children ever held, in 2**20 bytes; None on
    # Windows
    peak_rss_mb: float | None = None


@contextmanager
def measured() -> Iterator[Usage]:
    """Measure the block, worker processes included.

    The time of a child is known when it has ended, so joblib's idle workers are ended with the
    block.
    """
    usage = Usage()
    _end_idle_workers()  # what they did before belongs to somebody else
    cpu, wall = _cpu_seconds(), time.perf_counter()
    try:
        yield usage
    finally:
        _end_idle_workers()
        usage.cpu_s = _cpu_seconds() - cpu
        usage.wall_s = time.perf_counter() - wall
        usage.peak_rss_mb = _peak_rss_mb()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a result may depend on."""
    found = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "esrnn": __version__,
    }
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cpu_seconds() -> float:
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def _peak_rss_mb() -> float | None:
    try:
        import resource
    except ImportError:
        return None
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    per_mb = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, kilobytes elsewhere
    return peak / per_mb


def _end_idle_workers() -> None:
    if "joblib" in sys.modules:
        from joblib.externals.loky import (  # type: ignore[import-untyped]
            get_reusable_executor,
        )

        get_reusable_executor().shutdown(wait=True)
