"""The first calls of the kernels in a fresh process, where Numba has to compile or to load.

``python -m benchmarks.kernel_compile_time`` prints the seconds as JSON; `cold_start` runs it twice
on an empty cache, so that the first process compiles and the second one loads what the first one
left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["cold_start", "first_calls"]

_ROOT = Path(__file__).resolve().parent.parent


def first_calls() -> dict[str, float]:
    """Import the kernels, smooth a small panel and go back; return the seconds of each."""
    clock = [time.perf_counter()]
    import numpy as np

    from esrnn.kernels import smoothing as kernel

    clock.append(time.perf_counter())
    values, indptr, additive = np.ones(8), np.array([0, 8]), np.array([False])
    coefficients, s, u = np.full((1, 3), 0.5), np.ones((1, 2)), np.ones((1, 4))
    smoothed = kernel.smooth(values, indptr, coefficients, s, u, additive)
    clock.append(time.perf_counter())
    kernel.smooth_adjoint(values, indptr, coefficients, additive, smoothed, smoothed)
    clock.append(time.perf_counter())
    names = ("import_s", "first_forward_s", "first_adjoint_s")
    return {name: b - a for name, a, b in zip(names, clock, clock[1:], strict=False)}


def cold_start() -> dict[str, dict[str, float]]:
    """Measure the first calls in two fresh processes that share a cache, empty at first.

    Returns
    -------
    dict
        Under ``"compile"`` and ``"load"``, what `first_calls` returns.
    """
    with tempfile.TemporaryDirectory() as cache:
        return {name: _fresh_process(cache) for name in ("compile", "load")}


def _fresh_process(cache: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kernel_compile_time"],
        cwd=_ROOT,
        env={**os.environ, "NUMBA_CACHE_DIR": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds


if __name__ == "__main__":
    print(json.dumps(first_calls()))
