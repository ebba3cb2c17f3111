"""What a sound result of the store is: its schema, its ids, its forecasts, its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isclose, isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from competitions.scoring import series_scores
from competitions.store.kept import SAMPLE, SCORES, KeptResult, read_result, sample_ids
from competitions.task import Task, TaskData, load_task, task_names
from esrnn.errors import InputError, describe_offenders

__all__ = ["check_folder", "check_result", "check_scores"]

_NUMBER = (int, float)
# What scores.json must hold; a type of None stands for null.
_SCHEMA: dict[str, tuple[type, ...]] = {
    "task": (str,),
    "method": (str,),
    "engine": (str, type(None)),
    "n_series": (int,),
    "n_in_group": (int,),
    "smape": _NUMBER,
    "mase": _NUMBER,
    "owa": _NUMBER,
    "naive2_smape": _NUMBER,
    "naive2_mase": _NUMBER,
    "msis": (*_NUMBER, type(None)),
    "acd": (*_NUMBER, type(None)),
    "coverage": (*_NUMBER, type(None)),
    "n_fallbacks": (int,),
    "cpu_s": _NUMBER,
    "wall_s": _NUMBER,
    "peak_rss_mb": (*_NUMBER, type(None)),
    "seed": (int,),
    "commit": (str, type(None)),
    "versions": (dict,),
    "settings": (dict,),
    "by_step": (dict,),
    "sample": (dict,),
}
_INTERVALS = ("msis", "acd", "coverage")
_SAMPLE_LISTS = {"ids": str, "best": str, "worst": str, "smape": float, "mase": float}


def check_folder(folder: Path) -> list[str]:
    """List everything that is wrong with a result of the store.

    Parameters
    ----------
    folder : pathlib.Path
        ``<store>/<task>/<name>``.

    Returns
    -------
    list of str
        Empty if the result is sound.
    """
    try:
        result = read_result(folder)
    except InputError as error:
        return [str(error)]
    problems = check_result(result)
    if not problems and folder.parts[-2:] != (result.task.name, result.name):
        problems.append(f"the folder must be {result.task.name}/{result.name}")
    others = {path.name for path in folder.iterdir()} - {SCORES, SAMPLE}
    return problems + [f"file {name} is not expected" for name in sorted(others)]


def check_result(result: KeptResult) -> list[str]:
    """List everything that is wrong with a result, as far as can be told without the data.

    Parameters
    ----------
    result : KeptResult
        As read.

    Returns
    -------
    list of str
        Empty if the result is sound.
    """
    scores = result.scores
    problems = [
        f"{name} must be {' or '.join(_name(t) for t in types)}; got {scores.get(name)!r}"
        for name, types in _SCHEMA.items()
        if name not in scores or not _is(scores[name], types)
    ]
    if problems:
        return problems
    if scores["task"] not in task_names():
        return [f"there is no task {scores['task']!r}"]
    task = load_task(scores["task"])
    return [
        *_wrong_numbers(scores, task),
        *_wrong_steps(scores["by_step"], task, has_intervals=scores["msis"] is not None),
        *_wrong_sample(scores, task),
        *_wrong_forecasts(result, task),
    ]


def check_scores(result: KeptResult, data: TaskData) -> list[str]:
    """Score the sample's forecasts again and list what differs from what the result says.

    Parameters
    ----------
    result : KeptResult
        A sound result.
    data : TaskData
        The data of its task.

    Returns
    -------
    list of str
        Empty if all is equal to ten digits.
    """
    sample = result.scores["sample"]
    ids = pd.Index(sample["ids"])
    train, test = (
        part[part.index.get_level_values(0).isin(ids)] for part in (data.train, data.test)
    )
    again = series_scores(TaskData(data.task, train, test), result.forecasts)
    again = again.set_index("unique_id").reindex(ids)
    problems = []
    for measure in ("smape", "mase", "msis"):
        said = sample[measure]
        found = again[measure].to_numpy(dtype=np.float64)
        if said is None:
            if not np.isnan(found).all():
                problems.append(f"the sample has a {measure}, the result says none")
            continue
        off = np.flatnonzero(~np.isclose(said, found, rtol=1e-10, atol=0))
        if off.size:
            listed = describe_offenders(
                ids[off].tolist(), values=[f"{said[i]} said, {found[i]} found" for i in off]
            )
            problems.append(f"{measure} of the sample differs: {listed}")
    return problems


def _wrong_numbers(scores: Mapping[str, Any], task: Task) -> Iterator[str]:
    for name in ("n_series", "n_in_group"):
        if scores[name] != getattr(task, name):
            yield f"{name} must be the task's, {getattr(task, name)}; got {scores[name]}"
    for name, types in _SCHEMA.items():
        if set(types) & {int, float} and scores[name] is not None and name != "seed":
            if not (isfinite(scores[name]) and scores[name] >= 0):
                yield f"{name} must be finite and not negative; got {scores[name]}"
    if not 0 <= scores["n_fallbacks"] <= task.n_series:
        yield f"n_fallbacks must be at most {task.n_series}; got {scores['n_fallbacks']}"
    owa = scores["smape"] / scores["naive2_smape"] + scores["mase"] / scores["naive2_mase"]
    if not isclose(scores["owa"], owa / 2, rel_tol=1e-9):
        yield f"owa must be the mean of both ratios to Naive2, {owa / 2}; got {scores['owa']}"
    without = [name for name in _INTERVALS if scores[name] is None]
    if len(without) not in (0, len(_INTERVALS)):
        yield f"{', '.join(_INTERVALS)} must all be there or none; absent: {', '.join(without)}"
    elif not without and not isclose(
        scores["acd"], abs(scores["coverage"] - task.levels[0] / 100), abs_tol=1e-9
    ):
        yield f"acd must be coverage's distance from {task.levels[0]}%; got {scores['acd']}"


def _wrong_steps(by_step: Mapping[str, Any], task: Task, *, has_intervals: bool) -> Iterator[str]:
    for name in ("smape", "mase", "coverage"):
        values = by_step.get(name)
        if name == "coverage" and not has_intervals:
            if values is not None:
                yield "by_step has coverage, the result has no intervals"
        elif not _is_numbers(values, task.horizon):
            yield f"by_step.{name} must be {task.horizon} numbers; got {values!r:.60}"


def _wrong_sample(scores: Mapping[str, Any], task: Task) -> Iterator[str]:
    sample = scores["sample"]
    for name, kind in _SAMPLE_LISTS.items():
        values = sample.get(name)
        if not isinstance(values, list) or not all(_is(v, (kind,)) for v in values):
            yield f"sample.{name} must be a list of {_name(kind)}; got {values!r:.60}"
            return
    ids = sample["ids"]
    expected = {*sample_ids(task), *sample["best"], *sample["worst"]}
    known = set(task.id_list)
    for text, some in (
        ("ids that the task has not", [one for one in ids if one not in known]),
        ("ids of the task's sample that are absent", sorted(expected - set(ids))),
        ("ids that do not belong to the sample", sorted(set(ids) - expected)),
    ):
        if some:
            yield f"sample: {text}, {describe_offenders(some)}"
    for name in ("smape", "mase", "msis"):
        values = sample.get(name)
        if name == "msis" and scores["msis"] is None:
            if values is not None:
                yield "sample.msis is there, the result has no intervals"
        elif not _is_numbers(values, len(ids)):
            yield f"sample.{name} must be {len(ids)} numbers; got {values!r:.60}"


def _wrong_forecasts(result: KeptResult, task: Task) -> Iterator[str]:
    frame, ids = result.forecasts, result.scores["sample"].get("ids", [])
    if list(frame.columns) != list(task.forecast_columns):
        yield f"{SAMPLE} must have the columns {', '.join(task.forecast_columns)}"
        return
    if frame["unique_id"].tolist() != np.repeat(np.array(ids, dtype=object), task.horizon).tolist():
        yield f"{SAMPLE} must have {task.horizon} rows for each of the sample's ids, in their order"
        return
    steps = frame["ds"].to_numpy().reshape(-1, task.horizon)
    if (np.diff(steps, axis=1) != 1).any():
        yield f"{SAMPLE} must have the steps of a series one after another"
    numbers = frame[list(task.forecast_columns[2:])]
    if not all(dtype == np.float64 for dtype in numbers.dtypes):
        yield f"the numbers of {SAMPLE} must be float64; got {numbers.dtypes.tolist()}"
        return
    bounds = numbers[list(task.interval_columns)]
    has_intervals = result.scores["msis"] is not None
    finite = np.isfinite((numbers if has_intervals else numbers[["y_hat"]]).to_numpy())
    if not finite.all():
        bad = frame["unique_id"][~finite.all(axis=1)].unique().tolist()
        yield f"{SAMPLE} has forecasts that are not finite, {describe_offenders(bad)}"
    elif not has_intervals and not bounds.isna().to_numpy().all():
        yield f"{SAMPLE} has bounds, the result has no intervals"
    for level in task.levels:
        if (frame[f"lo-{level}"] > frame[f"hi-{level}"]).any():
            yield f"{SAMPLE} has lower bounds above upper ones"


def _is(value: object, types: Sequence[type]) -> bool:
    """Tell whether a value of a JSON file has one of the types; true and false are no numbers."""
    return isinstance(value, tuple(types)) and not isinstance(value, bool)


def _is_numbers(values: object, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(_is(v, _NUMBER) and isfinite(v) for v in values)
    )


def _name(kind: type) -> str:
    return {str: "text", int: "a whole number", float: "a number", dict: "a mapping"}.get(
        kind, "null"
    )
