"""What a run took and what it ran on: processor time, memory, library versions, commit."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from esrnn import __version__

__all__ = ["Usage", "commit", "measured", "versions"]

_ROOT = Path(__file__).resolve().parents[2]
_CODE = ("esrnn/**.py", "competitions/**.py")
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
    """What a block of code took; complete when the block has ended.

    Parameters
    ----------
    cpu_s : float
        Processor seconds, user and system, of this process and of all its ended children.
    wall_s : float
        Seconds on the clock.
    peak_rss_mb : float or None
        Largest resident memory, in units of 2**20 bytes, that this process or any one of its
        children ever held; not their sum. None where the system does not tell (Windows).
    """

    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_rss_mb: float | None = None


@contextmanager
def measured() -> Iterator[Usage]:
    """Measure the block, worker processes included.

    The time of a child is known when it has ended, so joblib's idle workers are ended with the
    block.

    Examples
    --------
    >>> with measured() as usage:
    ...     _ = sum(range(1000))
    >>> usage.cpu_s > 0 and usage.wall_s > 0
    True
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


def commit() -> str | None:
    """Return the checkout's commit; None if there is none.

    Where the code differs from it, ``+changes.`` and a digest of what differs follow, files that
    git does not track included, so that equal strings mean equal code.
    """
    head = _git("rev-parse", "HEAD")
    if head is None:
        return None
    changes = _git("diff", "HEAD", "--", *_CODE) or ""
    untracked = _git("ls-files", "--others", "--exclude-standard", "--", *_CODE) or ""
    texts = [changes, *((_ROOT / name).read_text("utf-8") for name in untracked.splitlines())]
    if not any(texts):
        return head
    return f"{head}+changes.{sha256(chr(0).join(texts).encode()).hexdigest()[:8]}"


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


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
