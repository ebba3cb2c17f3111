"""Totals over the tasks of a set, from the scores of each: no forecast is read here.

M4 counts every series once, whatever its horizon, for sMAPE, MASE, MSIS and coverage alike; its OWA
is the one of these totals, not a mean of the groups' OWA. M3 counts every forecast once, so that a
series weighs as many times as its horizon has steps.

References
----------
Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2020). The M4 competition: 100,000 time
series and 61 forecasting methods. International Journal of Forecasting 36(1), 54-74.
doi:10.1016/j.ijforecast.2019.04.014

Makridakis, S., Hibon, M. (2000). The M3-Competition: results, conclusions and implications.
International Journal of Forecasting 16(4), 451-476. doi:10.1016/S0169-2070(00)00057-1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum

from competitions.scoring.scores import Scores
from competitions.task.files import TaskSet, load_task
from esrnn.errors import InputError


def total(task_set: TaskSet, scores: Mapping[str, Scores]) -> Scores:
    """Score a method over all tasks of a set, from its scores by task, without `by_step`.

    MSIS, WQL, coverage and ACD are None unless every task has them. An InputError is raised if a
    task is absent, or scores are not of all its series.
    """
    tasks = [load_task(name) for name in task_set.tasks]
    absent = [task.name for task in tasks if task.name not in scores]
    if absent:
        raise InputError(f"a total over {task_set.name} needs scores on {', '.join(absent)} too")
    for task in tasks:
        if scores[task.name].n_series != task.n_series:
            raise InputError(
                f"a total over {task_set.name} needs scores of all {task.n_series:,} series of "
                f"{task.name}; got them of {scores[task.name].n_series:,}"
            )
    return combine(
        [scores[task.name] for task in tasks],
        [task_set.weight(task) for task in tasks],
        nominal=tasks[0].levels[0] / 100,
    )


def total_per_series(task_set: TaskSet, scores: Mapping[str, Scores]) -> Scores | None:
    """Return the total with each series counted once; None where `total` counts so already."""
    if task_set.weights == "series":
        return None
    return total(replace(task_set, weights="series"), scores)


def combine(scores: Sequence[Scores], weights: Sequence[float], nominal: float = 0.95) -> Scores:
    r"""Combine scores on several groups of series into those over all of them, without `by_step`.

    `weights` say how much each group counts, `nominal` which share of observations the intervals
    are meant to hold. An InputError is raised if the scores of Naive2 are not known for a group.

    Notes
    -----
    Weighted means of sMAPE, MASE, MSIS and coverage; from these
    :math:`\mathrm{OWA} = \frac12(\mathrm{sMAPE}/\mathrm{sMAPE}_b
    + \mathrm{MASE}/\mathrm{MASE}_b)`, b for Naive2, and :math:`\mathrm{ACD} =
    |\mathrm{coverage} - \mathrm{nominal}|`: groups that are covered too often make up for others.
    WQL is a ratio of means too, that of the quantile losses to that of the absolute values.

    Examples
    --------
    >>> one = Scores(100, 10.0, 1.0, 1.0, None, None, 0.9, naive2_smape=10.0, naive2_mase=2.0)
    >>> other = Scores(300, 20.0, 3.0, 1.0, None, None, 1.0, naive2_smape=10.0, naive2_mase=2.0)
    >>> both = combine([one, other], [100, 300])
    >>> both.smape, both.mase, both.owa, round(both.acd, 3)
    (17.5, 2.5, 1.5, 0.025)
    """
    naive2 = [
        (s.naive2_smape, s.naive2_mase)
        for s in scores
        if s.naive2_smape is not None and s.naive2_mase is not None
    ]
    if len(naive2) < len(scores):
        raise InputError("a total needs the scores of Naive2 on every task; score the runs again")
    smape = _mean([s.smape for s in scores], weights)
    mase = _mean([s.mase for s in scores], weights)
    naive2_smape = _mean([one for one, _ in naive2], weights)
    naive2_mase = _mean([one for _, one in naive2], weights)
    coverage = _mean_if_known([s.coverage for s in scores], weights)
    sizes = [w * (s.mean_abs or 0.0) for w, s in zip(weights, scores, strict=True)]
    return Scores(
        n_series=sum(s.n_series for s in scores),
        smape=smape,
        mase=mase,
        owa=(smape / naive2_smape + mase / naive2_mase) / 2,
        msis=_mean_if_known([s.msis for s in scores], weights),
        acd=None if coverage is None else abs(coverage - nominal),
        coverage=coverage,
        naive2_smape=naive2_smape,
        naive2_mase=naive2_mase,
        wql=_mean_if_known([s.wql if s.mean_abs else None for s in scores], sizes),
        mean_abs=_mean_if_known([s.mean_abs for s in scores], weights),
    )


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return fsum(w * value for w, value in zip(weights, values, strict=True)) / fsum(weights)


def _mean_if_known(values: Sequence[float | None], weights: Sequence[float]) -> float | None:
    known = [value for value in values if value is not None]
    return _mean(known, weights) if len(known) == len(values) else None
