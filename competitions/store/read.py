"""How committed results are read.

A result is a folder ``results/<task>/<method>[-<engine>]-<seed>/`` with two files: ``scores.json``,
the run's own with the entry ``sample`` added, and ``sample.parquet``, the forecasts of a few series
with every digit. The sample has a fixed part, the same for all results of a task, and the run's two
best and two worst series by MASE.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from competitions.methods import Engine, Settings, variant
from competitions.scoring.run_scores import RunScores, Sample, read_run_scores
from competitions.task import Task, load_task
from esrnn.errors import InputError

RESULTS = Path(__file__).parents[1] / "results"
SCORES, SAMPLE = "scores.json", "sample.parquet"
_FORECASTS, _SERIES = "forecasts.parquet", "series.parquet"  # of a run directory
_N_SAMPLE, _MAX_STEPS = 10, 200  # series, and forecasts in all: a file stays below 10 kB
_N_EXTREME = 2


@dataclass(frozen=True, eq=False)
class StoredResult:
    """One committed result."""

    run: RunScores  # with the sample
    forecasts: pd.DataFrame  # unique_id, ds, y_hat and the bounds, of the sample's series
    # Measures of all series by id, of a run's directory; the store does not have them
    series: pd.DataFrame | None = None

    @cached_property
    def task(self) -> Task:
        """The task."""
        return load_task(self.run.task)

    @property
    def sample(self) -> Sample:
        """The series that `forecasts` are of; an InputError says that there is none."""
        if self.run.sample is None:
            raise InputError(f"the result {self.run.task}/{self.name} has no sample")
        return self.run.sample

    @property
    def variant(self) -> str:
        """The method with its engine and settings, where they are not its own."""
        return variant(self.run.method, settings_of(self.run))

    @property
    def name(self) -> str:
        """Name of the folder: the variant and the seed."""
        return f"{self.variant}-{self.run.seed}"


def settings_of(run: RunScores) -> Settings:
    """Return the settings that a run was asked for."""
    names = ("preset", "n_members", "n_epochs")
    chosen = {name: run.settings[name] for name in names if name in run.settings}
    return Settings(seed=run.seed, engine=cast("Engine | None", run.engine), **chosen)


def sample_ids(task: Task) -> list[str]:
    """Return the ids of the task's fixed sample, in the task's order.

    They are drawn by a checksum of task and id, which is the same everywhere and for ever: 10 of
    them, fewer where the horizon is so long that they would have more than 200 steps.

    Examples
    --------
    >>> from competitions.task import load_task
    >>> sample_ids(load_task("m4-hourly"))
    ['H37', 'H46', 'H52', 'H260']
    """
    count = min(_N_SAMPLE, _MAX_STEPS // task.horizon, task.n_series)
    drawn = sorted(
        task.id_list, key=lambda one: hashlib.sha256(f"{task.name} {one}".encode()).digest()
    )
    chosen = set(drawn[:count])
    return [one for one in task.id_list if one in chosen]


def read_run(run_dir: Path) -> StoredResult:
    """Read from a run's directory what the store would hold of it.

    An InputError is raised if a file that a finished run has is absent or can't be read.
    """
    absent = [name for name in (SCORES, _FORECASTS, _SERIES) if not (run_dir / name).exists()]
    if absent:
        raise InputError(
            f"{run_dir} does not hold a finished run: no {', '.join(absent)}. Start the run again "
            "to let it finish"
        )
    run = read_run_scores(run_dir / SCORES)
    series = _read_frame(run_dir / _SERIES).set_index("unique_id")
    task = load_task(run.task)
    by_error = series["mase"].sort_values(kind="stable").index.tolist()
    best, worst = by_error[:_N_EXTREME], by_error[_N_EXTREME:][-_N_EXTREME:]
    chosen = {*sample_ids(task), *best, *worst}
    ids = [one for one in task.id_list if one in chosen]
    picked = series.reindex(ids)
    msis = None if "msis" not in picked or picked["msis"].isna().all() else picked["msis"].tolist()
    sample = Sample(ids, best, worst[::-1], picked["smape"].tolist(), picked["mase"].tolist(), msis)
    forecasts = _read_frame(run_dir / _FORECASTS)
    forecasts = forecasts[forecasts["unique_id"].isin(ids)]
    place = {one: i for i, one in enumerate(ids)}
    order = [forecasts["unique_id"].map(place).to_numpy(), forecasts["ds"].to_numpy()]
    forecasts = forecasts.iloc[np.lexsort(order[::-1])].reset_index(drop=True)
    forecasts = forecasts[list(task.forecast_columns)]
    return StoredResult(replace(run, sample=sample), forecasts, series)


def read_result(folder: Path) -> StoredResult:
    """Read one result of the store; an InputError says what is absent or can't be read."""
    absent = [name for name in (SCORES, SAMPLE) if not (folder / name).exists()]
    if absent:
        raise InputError(f"{folder} does not hold a result: no {', '.join(absent)}")
    return StoredResult(read_run_scores(folder / SCORES), _read_frame(folder / SAMPLE))


def read_results(
    results: Path = RESULTS,
    runs: Path | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> list[StoredResult]:
    """Read all results of a store, in the order of their names.

    `runs` is a folder of run directories, whose finished runs are read too; one of the same task
    and name as a result of the store replaces it, which `say` is told. Raises InputError if a
    result can't be read, or two runs have the same task and name.
    """
    found = [read_result(path.parent) for path in sorted(results.glob(f"*/*/{SCORES}"))]
    by_name = {(result.run.task, result.name): result for result in found}
    places: dict[tuple[str, str], Path] = {}
    for path in [] if runs is None else _finished(runs):
        result = read_run(path)
        key = (result.run.task, result.name)
        if key in places:
            raise InputError(
                f"{places[key]} and {path} are runs of the same method, settings and seed on "
                f"{key[0]}; only one of them can be shown"
            )
        if key in by_name:
            say(f"The run in {path} is shown in place of the result {result.task.name}/{key[1]}")
        places[key], by_name[key] = path, result
    return [by_name[key] for key in sorted(by_name)]


def _read_frame(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read as Parquet: {error}") from None


def _finished(runs: Path) -> Sequence[Path]:
    """Return the directories of finished runs."""
    names = (SCORES, _FORECASTS, _SERIES)
    return [
        path.parent
        for path in sorted(runs.glob(f"**/{SCORES}"))
        if all((path.parent / name).exists() for name in names)
    ]
