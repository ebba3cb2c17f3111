"""Forecasts of what was held back: the score to stop by, and what intervals are calibrated by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from esrnn._typing import FloatArray
from esrnn.quantiles.calibration import conformity_scores, quantile_spacing
from esrnn.quantiles.error_scale import relative_error_scale, typical_errors
from esrnn.quantiles.intermittent import find_intermittent
from esrnn.training.member import Holdout, Member
from esrnn.training.predict import member_quantiles
from esrnn.training.problem import TrainingProblem
from esrnn.training.scores import relative_score

__all__ = ["score_holdout", "validate"]


def validate(problem: TrainingProblem, member: Member, device: str) -> float:
    """Return the OWA of a member's forecasts from the latest origin that was held back.

    Parameters
    ----------
    problem : TrainingProblem
    member : Member
    device : str

    Returns
    -------
    float
        NaN where it is not defined.
    """
    quantiles = _quantiles_from(problem, 0, member, device)
    median = quantiles[quantiles.shape[0] // 2]
    return relative_score(problem.origins[0], median, problem.config.smoothing.lag)


def score_holdout(problem: TrainingProblem, member: Member, device: str) -> Holdout:
    """Return what intervals are calibrated by: how a member forecasts what was held back.

    Parameters
    ----------
    problem : TrainingProblem
    member : Member
    device : str

    Returns
    -------
    Holdout
        Scores that were known before if nothing is held back and training started from a member.
    """
    start, none = problem.job.start, np.empty(0, dtype=np.int64)
    if start is not None and not problem.origins:
        return start.holdout
    fit = problem.job.fit
    error_scales = relative_error_scale(fit, typical_errors(fit))
    unit = fit.unit * member.network.additive_scale
    no_scores = np.empty((len(problem.config.network.quantile_levels), 0))
    parts = [Holdout(none, no_scores, no_scores)]
    for k, origin in enumerate(problem.origins):
        quantiles, additive = _quantiles_from(problem, k, member, device), fit.additive
        of_each = np.arange(origin.which.size).repeat(origin.actual.shape[1])
        parts.append(
            Holdout(
                none,
                conformity_scores(origin.actual, quantiles, additive[origin.which]),
                quantile_spacing(quantiles, additive[origin.which], unit[origin.which]),
                error_scales[origin.which][of_each],
                find_intermittent(origin.history)[of_each],
            )
        )
    return Holdout.joined(problem.origins[0].which if problem.origins else none, parts)


def _quantiles_from(problem: TrainingProblem, k: int, member: Member, device: str) -> FloatArray:
    """Forecast from origin k, (Q, K, H); each process forecasts its own series."""
    which, ranks, network = problem.origins[k].which, problem.ranks, problem.config.network
    some = replace(member, smoothing=member.smoothing.subset(which))
    own, shape = ranks.own(which), (len(network.quantile_levels), which.size, network.horizon)
    quantiles = np.zeros(shape)
    quantiles[:, own] = member_quantiles(some, problem.panel_up_to(k), own, device)
    return ranks.sum(quantiles)
