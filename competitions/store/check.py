"""What a sound result is: its ids, its forecasts, its scores. Types are `RunScores`' business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isclose, isfinite

import numpy as np

from competitions.scoring.run_scores import RunScores, Sample, is_number
from competitions.store.read import SAMPLE, StoredResult, sample_ids
from competitions.task import Task
from esrnn.errors import InputError, Offenders

_INTERVALS = ("msis", "acd", "coverage")


def check_result(result: StoredResult) -> list[str]:
    """List everything that is wrong with a result, as far as can be told without the data."""
    run = result.run
    try:
        task = result.task
    except InputError as error:
        return [str(error)]
    if run.sample is None:
        return ["sample must be there"]
    return [
        *_wrong_numbers(run, task),
        *_wrong_steps(run, task),
        *_wrong_sample(run, run.sample, task),
        *_wrong_forecasts(result, task),
    ]


def _wrong_numbers(run: RunScores, task: Task) -> Iterator[str]:
    scores = run.scores
    for name, found in (("n_series", scores.n_series), ("n_in_group", run.n_in_group)):
        if found != getattr(task, name):
            yield f"{name} must be the task's, {getattr(task, name)}; got {found}"
    for name, value in run.as_dict().items():
        if isinstance(value, float) and not (isfinite(value) and value >= 0):
            yield f"{name} must be finite and not negative; got {value}"
    if not 0 <= run.n_fallbacks <= task.n_series:
        yield f"n_fallbacks must be at most {task.n_series}; got {run.n_fallbacks}"
    if scores.naive2_smape and scores.naive2_mase:
        owa = (scores.smape / scores.naive2_smape + scores.mase / scores.naive2_mase) / 2
        if not isclose(scores.owa, owa, rel_tol=1e-9):
            yield f"owa must be the mean of both ratios to Naive2, {owa}; got {scores.owa}"
    without = [name for name in _INTERVALS if getattr(scores, name) is None]
    if len(without) not in (0, len(_INTERVALS)):
        yield f"{', '.join(_INTERVALS)} must all be there or none; absent: {', '.join(without)}"
    elif scores.coverage is not None and scores.acd is not None:
        if not isclose(scores.acd, abs(scores.coverage - task.levels[0] / 100), abs_tol=1e-9):
            yield f"acd must be coverage's distance from {task.levels[0]}%; got {scores.acd}"


def _wrong_steps(run: RunScores, task: Task) -> Iterator[str]:
    has_intervals = run.scores.msis is not None
    for name in ("smape", "mase", "coverage"):
        values = getattr(run.scores.by_step, name)
        if name == "coverage" and not has_intervals:
            if values is not None:
                yield "by_step has coverage, the result has no intervals"
        elif not _are_numbers(values, task.horizon):
            yield f"by_step.{name} must be {task.horizon} numbers; got {values!r:.60}"


def _wrong_sample(run: RunScores, sample: Sample, task: Task) -> Iterator[str]:
    ids, known = sample.ids, set(task.id_list)
    expected = {*sample_ids(task), *sample.best, *sample.worst}
    for text, some in (
        ("ids that the task has not", [one for one in ids if one not in known]),
        ("ids of the task's sample that are absent", sorted(expected - set(ids))),
        ("ids that do not belong to the sample", sorted(set(ids) - expected)),
    ):
        if some:
            yield f"sample: {text}, {Offenders(some)}"
    for name in ("smape", "mase", "msis"):
        values = getattr(sample, name)
        if name == "msis" and run.scores.msis is None:
            if values is not None:
                yield "sample.msis is there, the result has no intervals"
        elif not _are_numbers(values, len(ids)):
            yield f"sample.{name} must be {len(ids)} numbers; got {values!r:.60}"


def _wrong_forecasts(result: StoredResult, task: Task) -> Iterator[str]:
    frame, ids = result.forecasts, result.sample.ids
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
    has_intervals = result.run.scores.msis is not None
    finite = np.isfinite((numbers if has_intervals else numbers[["y_hat"]]).to_numpy())
    if not finite.all():
        bad = frame["unique_id"][~finite.all(axis=1)].unique().tolist()
        yield f"{SAMPLE} has forecasts that are not finite, {Offenders(bad)}"
    elif not has_intervals and not bounds.isna().to_numpy().all():
        yield f"{SAMPLE} has bounds, the result has no intervals"
    for level in task.levels:
        if (frame[f"lo-{level}"] > frame[f"hi-{level}"]).any():
            yield f"{SAMPLE} has lower bounds above upper ones"


def _are_numbers(values: Sequence[float] | None, count: int) -> bool:
    return values is not None and len(values) == count and all(is_number(v) for v in values)
