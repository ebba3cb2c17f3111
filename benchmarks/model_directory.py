"""Size of a model directory, and CPU seconds to write and to load it.

A thousand monthly series are forecast by six networks of the preset, which train for one epoch:
size and time do not depend on how long networks train. Each load runs in a process of its own,
after all imports.

``python -m benchmarks.model_directory FOLDER`` makes one such load and prints what it took as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import numpy as np

from benchmarks.first_forecast import monthly_series
from benchmarks.kernel_checks import GateError
from benchmarks.new_process import ONE_THREAD, fresh_process
from benchmarks.report import Bar, Result, Say, describe, provenance, table

__all__ = ["ModelDirectorySettings", "run"]

LOAD_BAR = 0.2  # CPU seconds
INCLUDED: tuple[Literal["history", "series", "networks"], ...] = ("history", "series", "networks")


@dataclass(frozen=True)
class ModelDirectorySettings:
    """How much is run.

    Attributes
    ----------
    n_series, n_steps, n_members : int
    repeats : int
        Loads of each kind.
    seed : int
        Of the series.
    """

    n_series: int = 1000
    n_steps: int = 100
    n_members: int = 6
    repeats: int = 5
    seed: int = 0


def run(settings: ModelDirectorySettings, say: Say) -> Result:
    """Write and load a model with and without the history of its series.

    Parameters
    ----------
    settings : ModelDirectorySettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/model-directory.json``.

    Raises
    ------
    GateError
        If a loaded forecaster forecasts something else than the saved one.
    """
    from esrnn import ESRNN

    about = provenance("model-directory", asdict(settings))
    say(describe(about))
    y = monthly_series(settings.n_series, settings.n_steps, settings.seed)
    forecaster = ESRNN(
        horizon=12, n_members=settings.n_members, n_epochs=1, random_state=1, start_from=None
    )
    expected = forecaster.fit(y).predict().to_numpy()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for include in INCLUDED:
            path = Path(folder) / include
            start = time.process_time()
            forecaster.save_model(path, include=include)
            save_s = time.process_time() - start
            loads = [_load_in_new_process(path) for _ in range(settings.repeats)]
            seconds = [one["load_s"] for one in loads]
            if include == "history" and loads[0]["sum"] != float(np.sum(expected)):
                raise GateError("a loaded forecaster does not forecast as the saved one")
            results.append(
                {
                    "include": include,
                    "bytes": sum(p.stat().st_size for p in path.rglob("*") if p.is_file()),
                    "save_cpu_s": save_s,
                    "load_cpu_s": median(seconds),
                    "loads_cpu_s": seconds,
                }
            )
    say(
        f"{settings.n_series} monthly series of {settings.n_steps} observations, "
        f"{settings.n_members} members; median of {settings.repeats} loads"
    )
    rows = [
        [
            r["include"], f"{r['bytes'] / 1e6:.2f}", f"{r['save_cpu_s']:.3f}",
            f"{r['load_cpu_s']:.3f}",
            f"{min(r['loads_cpu_s']):.3f}..{max(r['loads_cpu_s']):.3f}",
        ]
        for r in results
    ]  # fmt: skip
    say(table(["include", "MB", "save CPU s", "load CPU s", "smallest..largest"], rows))
    bars = [
        Bar(f"load with include={r['include']!r}, CPU s", r["load_cpu_s"], LOAD_BAR, at_least=False)
        for r in results
    ]
    say("\n" + "\n".join(bar.line() for bar in bars))
    return {**about, "results": results, "bars": [bar.record() for bar in bars]}


def _load_in_new_process(path: Path) -> Result:
    return fresh_process(["-m", "benchmarks.model_directory", str(path)], ONE_THREAD)


def main(argv: Sequence[str] | None = None) -> int:
    """Load a model directory after all imports, and print the CPU seconds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model_directory")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(argv).folder

    import pyarrow.parquet  # noqa: F401
    import safetensors.numpy  # noqa: F401

    import esrnn.ensemble.arrays  # noqa: F401
    from esrnn import load_model

    start = time.process_time()
    forecaster = load_model(folder)
    load_s = time.process_time() - start
    total = 0.0
    if forecaster.is_fitted:
        total = float(np.sum(forecaster.predict().to_numpy()))
    print(json.dumps({"load_s": load_s, "sum": total}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
