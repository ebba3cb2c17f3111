"""Weights averaged with those that training started from, so that not all is forgotten."""

from __future__ import annotations

from dataclasses import replace

from esrnn.training.member import Member
from esrnn.training.problem import Job

__all__ = ["keep_some"]

# Of covariates, which the first weights may know nothing about.
_OWN = ("static_shift.", "future_effects.")


def keep_some(job: Job, member: Member) -> Member:
    """Average a member that was trained further with what it started from.

    Parameters
    ----------
    job : Job
        Its settings say how much is kept (`esrnn.config.TrainingConfig`).
    member : Member
        After its training.

    Returns
    -------
    Member
        With weights and per-series parameters between the first and the last ones. What was learnt
        of covariates stays. A network that was drawn anew stays as it is.
    """
    keep = job.config.training.keep
    if job.start is None or keep == 0.0:
        return member
    network, first = member.network, job.start.network.weights
    weights = {
        name: last if name.startswith(_OWN) else last + keep * (first[name] - last)
        for name, last in network.weights.items()
    }
    rows = member.smoothing.rows + keep * (job.fit.rows - member.smoothing.rows)
    smoothing = replace(member.smoothing, rows=rows)
    return replace(member, network=replace(network, weights=weights), smoothing=smoothing)
