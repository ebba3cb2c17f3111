"""What the store of results that are kept in the repository holds, and how it is read.

A kept result is ``results/<task>/<method>[-<engine>]-<seed>/`` with two files: ``scores.json``, the
run's own with the entry ``sample`` added, and ``sample.parquet``, forecasts of a few series, every
digit as the run had it. The sample is a fixed one of the task, so that results can be compared, and
the run's two best and two worst series by MASE. What a sound result is stands in
`competitions.store.check`, how a run gets here in `competitions.store.keep`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from competitions.methods import METHODS, Settings
from competitions.task import Task, load_task
from esrnn.errors import InputError

__all__ = [
    "RESULTS",
    "SAMPLE",
    "SCORES",
    "KeptResult",
    "read_result",
    "read_results",
    "read_run",
    "result_name",
    "sample_ids",
]

RESULTS = Path(__file__).parents[1] / "results"
SCORES, SAMPLE = "scores.json", "sample.parquet"
_FORECASTS, _SERIES = "forecasts.parquet", "series.parquet"  # of a run directory
_N_SAMPLE, _MAX_STEPS = 10, 200  # series, and forecasts in all: a file stays below 10 kB
_N_EXTREME = 2


@dataclass(frozen=True, eq=False)
class KeptResult:
    """One result of the store.

    Parameters
    ----------
    scores : mapping
        What ``scores.json`` holds, ``sample`` included.
    forecasts : pandas.DataFrame
        Columns ``unique_id``, ``ds``, ``y_hat`` and the bounds, of the sample's series.
    """

    scores: Mapping[str, Any]
    forecasts: pd.DataFrame

    @cached_property
    def task(self) -> Task:
        """The task."""
        return load_task(self.scores["task"])

    @property
    def name(self) -> str:
        """Name of the folder, see `result_name`."""
        return result_name(self.scores)

    def number(self, measure: str) -> float | None:
        """Return a measure, or None where the result has none."""
        value = self.scores.get(measure)
        return None if value is None else float(value)


def result_name(scores: Mapping[str, Any]) -> str:
    """Return the name of a result's folder.

    Parameters
    ----------
    scores : mapping
        With method, engine, settings and seed.

    Examples
    --------
    >>> result_name({"method": "naive", "engine": None, "seed": 0})
    'naive-0'
    """
    method, engine = scores["method"], scores.get("engine")
    engines = METHODS[method].engines if method in METHODS else ()
    usual = engine is None or (len(engines) > 0 and engine == engines[0])
    chosen = scores.get("settings") or {}
    names = ("preset", "n_members", "n_epochs")
    overrides = Settings(**{name: chosen[name] for name in names if name in chosen}).overrides
    return "-".join([method, *([] if usual else [str(engine)]), *overrides, str(scores["seed"])])


def sample_ids(task: Task) -> list[str]:
    """Return the ids of the task's fixed sample, in the task's order.

    They are drawn by a checksum of task and id, which is the same everywhere and for ever: 10 of
    them, fewer where the horizon is so long that they would have more than 200 steps.

    Parameters
    ----------
    task : Task
        The task.

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


def read_run(run_dir: Path) -> KeptResult:
    """Read from a run's directory what the store would hold of it.

    Parameters
    ----------
    run_dir : pathlib.Path
        A run's directory.

    Raises
    ------
    InputError
        If a file that a finished run has is absent or can't be read.
    """
    absent = [name for name in (SCORES, _FORECASTS, _SERIES) if not (run_dir / name).exists()]
    if absent:
        raise InputError(
            f"{run_dir} does not hold a finished run: no {', '.join(absent)}. Start the run again "
            "to let it finish"
        )
    scores = _read_scores(run_dir / SCORES)
    series = _read_frame(run_dir / _SERIES).set_index("unique_id")
    task = load_task(scores["task"])
    by_error = series["mase"].sort_values(kind="stable").index.tolist()
    best, worst = by_error[:_N_EXTREME], by_error[_N_EXTREME:][-_N_EXTREME:]
    chosen = {*sample_ids(task), *best, *worst}
    ids = [one for one in task.id_list if one in chosen]
    sample: dict[str, object] = {"ids": ids, "best": best, "worst": worst[::-1]}
    picked = series.reindex(ids)
    for measure in ("smape", "mase", "msis"):
        values = picked[measure] if measure in picked else picked["mase"] * np.nan
        sample[measure] = None if values.isna().all() else values.tolist()
    forecasts = _read_frame(run_dir / _FORECASTS)
    forecasts = forecasts[forecasts["unique_id"].isin(ids)]
    place = {one: i for i, one in enumerate(ids)}
    order = [forecasts["unique_id"].map(place).to_numpy(), forecasts["ds"].to_numpy()]
    forecasts = forecasts.iloc[np.lexsort(order[::-1])].reset_index(drop=True)
    return KeptResult({**scores, "sample": sample}, forecasts[list(task.forecast_columns)])


def read_result(folder: Path) -> KeptResult:
    """Read one result of the store.

    Raises
    ------
    InputError
        If one of its files is absent or can't be read.
    """
    absent = [name for name in (SCORES, SAMPLE) if not (folder / name).exists()]
    if absent:
        raise InputError(f"{folder} does not hold a result: no {', '.join(absent)}")
    return KeptResult(_read_scores(folder / SCORES), _read_frame(folder / SAMPLE))


def read_results(results: Path = RESULTS, runs: Path | None = None) -> list[KeptResult]:
    """Read all results of a store, in the order of their names.

    Parameters
    ----------
    results : pathlib.Path
        The store.
    runs : pathlib.Path or None
        A folder of run directories, whose finished runs are read too. One of the same task and name
        as a kept result stands in for it.

    Returns
    -------
    list of KeptResult
        Empty if there is no such folder or nothing in it.
    """
    found = [read_result(path.parent) for path in sorted(results.glob(f"*/*/{SCORES}"))]
    if runs is not None:
        found += [read_run(path) for path in _finished(runs)]
    by_name = {(result.scores["task"], result.name): result for result in found}
    return [by_name[key] for key in sorted(by_name)]


def _read_scores(path: Path) -> dict[str, Any]:
    try:
        scores = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read as JSON: {error}") from None
    if not isinstance(scores, dict) or not {"task", "method", "seed"} <= set(scores):
        raise InputError(f"{path} must name a task, a method and a seed; it holds no scores")
    return scores


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
