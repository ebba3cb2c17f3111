"""Trained networks made small, for files that come with the package."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.training import Member

__all__ = ["compact"]

_LARGEST = 60_000.0  # half precision ends at 65,504


def compact(ensemble: Ensemble, n_scores: int = 500) -> Ensemble:
    """Return networks without series, with fewer scores and weights of half precision.

    Numbers keep their types; they are rounded to what half precision can hold, so that files need
    two bytes for each (`esrnn.forecaster.model_files`). What is saved and loaded is the same.

    Parameters
    ----------
    ensemble : Ensemble
        Trained without covariates.
    n_scores : int, default 500
        Scores to keep of what each member held back from training. They are evenly spaced among
        the sorted ones, so that their quantiles stay about the same.

    Returns
    -------
    Ensemble
        Of no series, for `Ensemble.for_new_series`.

    Raises
    ------
    InputError
        If the networks take covariates, or no score is to be kept.

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> from esrnn.ensemble import TrainingOptions, fit_ensemble
    >>> from esrnn.panel import Panel
    >>> panel = Panel.from_arrays([np.tile([2.0, 4.0, 6.0, 4.0], 6)])
    >>> config = preset_config("quarterly", 4, n_members=2, n_epochs=1, hidden_size=4)
    >>> compact(fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1)))
    Ensemble(2 members, 0 series)
    """
    network = ensemble.config.network
    if network.n_static or network.n_future:
        raise InputError(
            "networks that are shipped must take no covariates; got some with"
            f" {network.n_static} static and {network.n_future} future ones. Train without X."
        )
    if n_scores < 1:
        raise InputError(f"n_scores must be at least 1; got {n_scores}")
    alone = ensemble.subset(np.empty(0, dtype=np.int64))
    members = tuple(_compact_member(member, n_scores) for member in alone.members)
    return replace(alone, members=members)


def _compact_member(member: Member, n_scores: int) -> Member:
    network, holdout = member.network, member.holdout
    weights = {name: _rounded(weight) for name, weight in network.weights.items()}
    some = holdout.some(_evenly_spaced(holdout.scores, n_scores))
    fewer = replace(
        some,
        scores=_rounded(some.scores),
        spacing=_rounded(some.spacing),
        error_scale=_rounded(some.error_scale),
    )
    return replace(member, network=replace(network, weights=weights), holdout=fewer)


def _evenly_spaced(scores: FloatArray, n: int) -> IntArray:
    """Choose n columns of scores, evenly spaced in the order of the highest quantile's."""
    if not scores.size:
        return np.empty(0, dtype=np.int64)
    known = np.flatnonzero(np.isfinite(scores[[0, -1]]).all(axis=0))
    in_order: IntArray = known[np.argsort(scores[-1, known], kind="stable")]
    places = (np.arange(n) + 0.5) * in_order.size / n
    return in_order if in_order.size <= n else in_order[places.astype(np.int64)]


def _rounded(array: FloatArray) -> FloatArray:
    """Round to half precision, in the array's own type."""
    bounded = np.clip(array, -_LARGEST, _LARGEST)
    return bounded.astype(np.float16).astype(array.dtype)
