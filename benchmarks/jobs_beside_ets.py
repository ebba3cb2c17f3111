"""`esrnn predict` beside statsforecast's AutoETS: accuracy and CPU seconds, from files to files.

The series are pieces of M3 Monthly, which the networks of the package have not seen: a series and a
month in it are drawn, what came before is the history, and the year after it is kept to be scored.
Both read the same folder of Parquet files and write a file with 80 and 95% intervals, each in a
process of its own on one thread.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.jobs import command_of, run_command
from benchmarks.kernel_checks import GateError
from benchmarks.report import Result, Say, describe, provenance, table
from esrnn.datasets import load_m3
from esrnn.jobs import evaluate

__all__ = ["BesideSettings", "run"]

_HORIZON, _LEAST = 12, 48  # steps ahead, and of the shortest history
_KEPT = ("owa", "smape", "mase", "msis-95", "coverage-80", "coverage-95")


@dataclass(frozen=True)
class BesideSettings:
    """How much is run.

    Attributes
    ----------
    n_series, n_files : int
    seed : int
        Of the drawn months.
    """

    n_series: int = 10_000
    n_files: int = 10
    seed: int = 0


def run(settings: BesideSettings, say: Say) -> Result:
    """Run both on the same files, and score them.

    Parameters
    ----------
    settings : BesideSettings
    say : callable
        Takes the lines to print.

    Returns
    -------
    dict
        CPU seconds and scores of each.

    Raises
    ------
    GateError
        If a command fails, or leaves a series out.
    """
    about = provenance("jobs-beside-ets", asdict(settings))
    say(describe(about))
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = _make_files(settings, folder)
        commands = {
            "esrnn predict": command_of(folder / "data", folder / "esrnn.parquet", _HORIZON),
            "AutoETS": [sys.executable, "-m", "benchmarks.ets_once", str(folder), str(_HORIZON)],
        }
        outputs = {"esrnn predict": "esrnn.parquet", "AutoETS": "ets.parquet"}
        run_command(command_of(folder / "data", folder / "warm.parquet", _HORIZON))
        for method, command in commands.items():
            cpu_s = run_command(command)[0]
            scores = evaluate(str(folder / outputs[method]), str(whole)).table
            row = scores.iloc[0]  # the forecasts; naive ones follow
            if int(row["n_series"]) != settings.n_series:
                raise GateError(
                    f"{method} forecast {row['n_series']} of {settings.n_series} series"
                )
            found[method] = {"cpu_s": cpu_s, **{name: float(row[name]) for name in _KEPT}}
    say(_as_text(found))
    return {**about, "results": found}


def _as_text(found: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(found.values())))
    rows: list[Sequence[str]] = [
        [method, *(f"{figures[name]:.3f}" for name in names)] for method, figures in found.items()
    ]
    return table(["", *names], rows)


def _make_files(settings: BesideSettings, folder: Path) -> Path:
    """Write histories as a folder ``data`` and whole pieces as a file, whose path is returned."""
    y = pd.concat(load_m3("monthly"))["y"]
    series = {name: own.to_numpy() for name, own in y.groupby(level=0, sort=False)}
    ends = [
        (name, end)
        for name, own in series.items()
        for end in range(_LEAST, len(own) - _HORIZON + 1)
    ]
    draw = np.random.default_rng(settings.seed)
    drawn = draw.choice(len(ends), settings.n_series, replace=False)
    pieces = [(*ends[k], series[ends[k][0]][: ends[k][1] + _HORIZON]) for k in np.sort(drawn)]
    lengths = np.array([values.size for *_, values in pieces])
    steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    months = pd.date_range("1990-01-01", periods=int(lengths.max()), freq="MS")
    whole = pd.DataFrame(
        {
            "unique_id": np.repeat([f"{name}@{end}" for name, end, _ in pieces], lengths),
            "ds": months[steps],
            "y": np.concatenate([values for *_, values in pieces]),
        }
    )
    whole.to_parquet(folder / "whole.parquet", index=False)
    history = whole[steps < np.repeat(lengths, lengths) - _HORIZON]
    (folder / "data").mkdir()
    ids = history["unique_id"].unique()
    for k, own in enumerate(np.array_split(ids, settings.n_files)):
        part = history[history["unique_id"].isin(own)]
        part.to_parquet(folder / "data" / f"part-{k:03d}.parquet", index=False)
    return folder / "whole.parquet"
