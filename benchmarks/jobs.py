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
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.kernel_checks import GateError
from benchmarks.new_process import ONE_THREAD
from benchmarks.report import Bar, Result, Say, describe, provenance

__all__ = ["JobsSettings", "command_of", "make_files", "run", "run_command"]

# For the whole: 100,000 series.
WHOLE, CPU_BAR, MEMORY_BAR = 100_000, 40.0, 3e9
_ROOT = Path(__file__).resolve().parent.parent
_HORIZON = 12


@dataclass(frozen=True)
class JobsSettings:
    """How much is run.

    Attributes
    ----------
    sizes : tuple of int
        Numbers of series.
    n_steps : int
    per_file : int
        Series.
    seed : int
    """

    sizes: tuple[int, ...] = (WHOLE,)
    n_steps: int = 100
    per_file: int = 5_000
    seed: int = 0

    @property
    def n_files(self) -> int:
        """Of the first number of series."""
        return -(-self.sizes[0] // self.per_file)


def run(settings: JobsSettings, say: Say) -> Result:
    """Run the command for each number of series, after a run on one file that fills the caches.

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
    figures: dict[str, dict[str, float]] = {}
    for n_series in settings.sizes:
        own = replace(settings, sizes=(n_series,))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make_files(own, folder / "data")
            run_command(command_of(folder / "data" / "part-000.parquet", folder / "warm", _HORIZON))
            command = command_of(folder / "data", folder / "out", _HORIZON)
            cpu_s, memory, answer = run_command(command)
        n_served = int(json.loads(answer)["counts"]["n_series"])
        if n_served != n_series:
            raise GateError(f"{n_served} of {n_series} series were forecast")
        say(
            f"{n_series:,} series of {settings.n_steps} observations in {own.n_files} files:"
            f" {cpu_s:.1f} CPU s, {memory / 1e9:.2f} GB"
        )
        figures[str(n_series)] = {"cpu_s": cpu_s, "peak_bytes": memory}
    bars = []
    if str(WHOLE) in figures:
        cpu_s, memory = figures[str(WHOLE)].values()
        bars = [
            Bar("predict, CPU s", cpu_s, CPU_BAR, at_least=False),
            Bar("predict, GB", memory / 1e9, MEMORY_BAR / 1e9, at_least=False),
        ]
    for bar in bars:
        say(bar.line())
    return {**about, "results": figures, "bars": [bar.record() for bar in bars]}


def make_files(settings: JobsSettings, folder: Path) -> None:
    """Write the series file by file, so that they need not be in memory together.

    Parameters
    ----------
    settings : JobsSettings
        With one number of series.
    folder : pathlib.Path
        Made by this.
    """
    folder.mkdir()
    rng = np.random.default_rng(settings.seed)
    months = pd.date_range("2015-01-01", periods=settings.n_steps, freq="MS")
    season = 0.1 * np.sin(np.arange(settings.n_steps) * np.pi / 6.0)
    for k, ids in enumerate(np.array_split(np.arange(settings.sizes[0]), settings.n_files)):
        noise = rng.normal(0.0, 0.015, (ids.size, settings.n_steps)).cumsum(axis=1)
        frame = pd.DataFrame(
            {
                "unique_id": np.repeat([f"s{i:07d}" for i in ids], settings.n_steps),
                "ds": np.tile(months, ids.size),
                "y": np.exp(5.0 + season + noise).ravel(),
            }
        )
        frame.to_parquet(folder / f"part-{k:03d}.parquet", index=False)


def command_of(data: Path, out: Path, horizon: int) -> list[str]:
    """Return the command that forecasts files with the package's monthly networks.

    Parameters
    ----------
    data, out : pathlib.Path
    horizon : int

    Returns
    -------
    list of str
    """
    return [
        sys.executable, "-m", "esrnn.cli", "predict", "monthly", str(data), "--out", str(out),
        "--horizon", str(horizon), "--json", "--quiet",
    ]  # fmt: skip


def run_command(command: list[str]) -> tuple[float, float, str]:
    """Run a command on one thread.

    Parameters
    ----------
    command : list of str

    Returns
    -------
    float
        Its CPU seconds.
    float
        Its most bytes of memory.
    str
        What it said on the standard output.

    Raises
    ------
    GateError
        If it fails.
    """
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
    return usage.ru_utime + usage.ru_stime, float(usage.ru_maxrss * unit), text
