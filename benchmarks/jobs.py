"""CPU seconds and memory of `esrnn predict`, from Parquet files to Parquet files.

Made-up monthly series that no network has seen, a folder of files, networks of the package, 80 and
95% intervals, twelve steps ahead, on one thread. The command runs in a process of its own, with
kernels that an earlier run compiled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.kernel_checks import GateError
from benchmarks.new_process import ONE_THREAD
from benchmarks.report import Bar, Result, Say, describe, provenance

__all__ = ["JobsSettings", "make_files", "run"]

# For the whole: 100,000 series.
WHOLE, CPU_BAR, MEMORY_BAR = 100_000, 40.0, 3e9
_ROOT = Path(__file__).resolve().parent.parent
_HORIZON = 12


@dataclass(frozen=True)
class JobsSettings:
    """How much is run.

    Attributes
    ----------
    n_series, n_steps : int
    n_files : int
        Into which the series are shared out.
    seed : int
    """

    n_series: int = WHOLE
    n_steps: int = 100
    n_files: int = 20
    seed: int = 0


def run(settings: JobsSettings, say: Say) -> Result:
    """Run the command once, after a run on one file that fills the caches.

    Parameters
    ----------
    settings : JobsSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        What goes into ``results/jobs.json``.

    Raises
    ------
    GateError
        If the command fails, or a series has no forecast.
    """
    about = provenance("jobs", asdict(settings))
    say(describe(about))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(settings, folder / "data")
        _predict(folder / "data" / "part-000.parquet", folder / "warm")
        cpu_s, memory, n_served = _predict(folder / "data", folder / "out")
    if n_served != settings.n_series:
        raise GateError(f"{n_served} of {settings.n_series} series were forecast")
    say(
        f"{settings.n_series:,} series of {settings.n_steps} observations in {settings.n_files}"
        f" files: {cpu_s:.1f} CPU s, {memory / 1e9:.2f} GB"
    )
    bars = []
    if settings.n_series == WHOLE:
        bars = [
            Bar("predict, CPU s", cpu_s, CPU_BAR, at_least=False),
            Bar("predict, GB", memory / 1e9, MEMORY_BAR / 1e9, at_least=False),
        ]
    for bar in bars:
        say(bar.line())
    figures = {"cpu_s": cpu_s, "peak_bytes": memory}
    return {**about, "results": figures, "bars": [bar.record() for bar in bars]}


def make_files(settings: JobsSettings, folder: Path) -> None:
    """Write the series file by file, so that they need not be in memory together.

    Parameters
    ----------
    settings : JobsSettings
    folder : pathlib.Path
        Made by this.
    """
    folder.mkdir()
    rng = np.random.default_rng(settings.seed)
    months = pd.date_range("2015-01-01", periods=settings.n_steps, freq="MS")
    season = 0.1 * np.sin(np.arange(settings.n_steps) * np.pi / 6.0)
    for k, ids in enumerate(np.array_split(np.arange(settings.n_series), settings.n_files)):
        noise = rng.normal(0.0, 0.015, (ids.size, settings.n_steps)).cumsum(axis=1)
        frame = pd.DataFrame(
            {
                "unique_id": np.repeat([f"s{i:06d}" for i in ids], settings.n_steps),
                "ds": np.tile(months, ids.size),
                "y": np.exp(5.0 + season + noise).ravel(),
            }
        )
        frame.to_parquet(folder / f"part-{k:03d}.parquet", index=False)


def _predict(data: Path, out: Path) -> tuple[float, float, int]:
    """Run the command; return its CPU seconds, its most bytes of memory and the series served."""
    command = [
        sys.executable, "-m", "esrnn.cli", "predict", "monthly", str(data), "--out", str(out),
        "--horizon", str(_HORIZON), "--json", "--quiet",
    ]  # fmt: skip
    environment = {**os.environ, **ONE_THREAD}
    with tempfile.TemporaryFile("w+") as answer:
        process = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=answer)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        text = answer.read()
    if process.returncode:
        raise GateError(f"the command ended with {process.returncode}: {text}")
    unit = 1 if sys.platform == "darwin" else 1024
    served = int(json.loads(text)["counts"]["n_series"])
    return usage.ru_utime + usage.ru_stime, float(usage.ru_maxrss * unit), served
