"""Calibration of intervals without training: how networks would have forecast a panel's own past.

Networks that were not trained on a panel may be scored on all of it. The last horizons of some
series are forecast from before, with smoothing parameters and effects that know no more, and the
scores are mixed with those of the series that the networks were trained on. The same forecasts say
which members suit the panel, where they are to be weighted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.ensemble.ensemble import Ensemble
from esrnn.panel import Covariates, Panel
from esrnn.panel.flat import indptr_of
from esrnn.quantiles.calibration import conformity_scores, quantile_spacing
from esrnn.quantiles.error_scale import relative_error_scale
from esrnn.quantiles.intermittent import find_intermittent
from esrnn.quantiles.short_histories import lengths_to_calibrate
from esrnn.training import Holdout
from esrnn.training.holdout import hold_back

__all__ = [
    "Past",
    "calibrated_on_own_errors",
    "mixed_scores",
    "past_horizons",
    "with_calibration_of",
]

_MAX_SERIES = 200  # per origin; more say little more
_N_ORIGINS = 3
# Horizons of the panel that count as much as all that is known from the training panel: scores of
# the steps of one horizon say nearly the same.
_USUAL_HORIZONS = 50
# A member's weight is its error to the power of minus five: one whose errors are a tenth larger has
# six tenths of the weight.
_POWER = 5.0


def calibrated_on_own_errors(
    ensemble: Ensemble, panel: Panel, covariates: Covariates | None = None
) -> Ensemble:
    """Return an ensemble whose intervals, and weights, come from a panel's own past, too.

    Parameters
    ----------
    ensemble : Ensemble
        Of `Ensemble.for_new_series` for this panel; its networks were trained on none of it.
    panel : Panel
    covariates : Covariates, optional
        Of these series.

    Returns
    -------
    Ensemble
        The same where calibration is switched off, and where no series is long enough: its history
        before a horizon must not be a short one (`esrnn.quantiles.short_histories`).
    """
    if not ensemble.config.training.calibration:
        return ensemble
    past = past_horizons(panel, ensemble.config, covariates)
    if past is None:
        return ensemble
    moved = ensemble.for_new_series(past.history, past.covariates)
    by_member = moved.quantiles_by_member(past.history, covariates=past.covariates)
    if ensemble.config.ensemble.combination == "weighted":
        ensemble = replace(ensemble, weights=_weights(by_member, past.actual))
    own = _scores(ensemble, moved, by_member, past)
    members = tuple(
        replace(member, holdout=mixed_scores(member.holdout, own, past.actual.shape[1]))
        for member in ensemble.members
    )
    return replace(ensemble, members=members)


def with_calibration_of(ensemble: Ensemble, other: Ensemble) -> Ensemble:
    """Return an ensemble with the weights and the calibrated intervals of another one.

    Parameters
    ----------
    ensemble : Ensemble
        Networks that were trained further on a panel: they know what their errors would be
        measured on.
    other : Ensemble
        The same networks before, of `calibrated_on_own_errors` for this panel. Their errors are
        about as large.

    Returns
    -------
    Ensemble
    """
    if not ensemble.config.training.calibration:
        return replace(ensemble, weights=other.weights)
    members = tuple(
        replace(member, holdout=replace(before.holdout, series=member.holdout.series))
        for member, before in zip(ensemble.members, other.members, strict=True)
    )
    return replace(
        ensemble,
        members=members,
        typical=other.typical,
        short_histories=other.short_histories,
        weights=other.weights,
    )


def mixed_scores(known: Holdout, own: Holdout, horizon: int) -> Holdout:
    """Return the scores of a training panel and those of a panel's own past, by their weights.

    Intermittent series and the others are mixed apart. Where no intermittent series was trained on,
    all that is known stands for them.

    Parameters
    ----------
    known : Holdout
        Of the training panel.
    own : Holdout
        50 horizons of a kind count as much as all that was known.
    horizon : int
        Steps of a horizon.

    Returns
    -------
    Holdout
        Some of each, evenly spaced among the sorted ones.
    """
    parts = []
    for kind in (False, True):
        before, mine = (h.some(h.intermittent == kind) for h in (known, own))
        if mine.error_scale.size and not before.error_scale.size:
            before = replace(known, intermittent=np.full_like(known.intermittent, kind))
        parts.extend(_mixed(before, mine, mine.error_scale.size / horizon))
    return Holdout.joined(known.series, parts)


def _mixed(known: Holdout, own: Holdout, n_horizons: float) -> list[Holdout]:
    """Return some of the scores that were known, and some of `n_horizons` own ones."""
    if not n_horizons:
        return [known]
    n_known, n_own = known.error_scale.size, own.error_scale.size
    share = n_horizons / _USUAL_HORIZONS
    few_own = round(min(n_own, max(n_known * share, 1.0))) if n_known else n_own
    return [_some(known, round(min(n_known, few_own / share))), _some(own, few_own)]


def _some(holdout: Holdout, n: int) -> Holdout:
    """Return n scores, evenly spaced in the order of the highest quantile's."""
    in_order = np.argsort(holdout.scores[-1], kind="stable")
    return holdout.some(in_order[_evenly(in_order.size, n)])


def _evenly(size: int, n: int) -> IntArray:
    """Return at most n of the numbers from 0 to size - 1, evenly spaced."""
    if size <= n:
        return np.arange(size)
    places: IntArray = ((np.arange(n) + 0.5) * size / n).astype(np.int64)
    return places


class Past(NamedTuple):
    """Horizons of a panel's own past: K pairs of a series and an origin.

    Attributes
    ----------
    which : ndarray of shape (K,), int64
        The series of each.
    history : Panel
        What was known.
    actual : ndarray of shape (K, H), float64
        What came; NaN where missing.
    covariates : Covariates or None
    """

    which: IntArray
    history: Panel
    actual: FloatArray
    covariates: Covariates | None


def past_horizons(
    panel: Panel, config: ModelConfig, covariates: Covariates | None = None
) -> Past | None:
    """Return the last horizons of some series.

    Parameters
    ----------
    panel : Panel
    config : ModelConfig
    covariates : Covariates, optional
        Of these series.

    Returns
    -------
    Past or None
        Three horizons of each of at most 200 series; None where no series is long enough: its
        history before a horizon must not be a short one (`esrnn.quantiles.short_histories`).
    """
    horizon, enough = config.network.horizon, lengths_to_calibrate(config)[1]
    long = np.flatnonzero(panel.lengths >= enough + horizon)
    if not long.size:
        return None
    chosen = np.zeros(panel.n_series, dtype=np.bool_)
    chosen[long[_evenly(long.size, _MAX_SERIES)]] = True
    origins = hold_back(panel, horizon, enough, chosen, _N_ORIGINS)[1]
    which = np.concatenate([origin.which for origin in origins])
    actual = np.concatenate([origin.actual for origin in origins])
    lengths = np.concatenate([origin.history.lengths for origin in origins])
    values = np.concatenate([origin.history.values for origin in origins])
    history, known = Panel(values, indptr_of(lengths), tuple(range(which.size))), None
    if covariates is not None:
        known = covariates.subset(which).cut(lengths, actual.shape[1])
    return Past(which, history, actual, known)


def _weights(by_member: FloatArray, actual: FloatArray) -> FloatArray | None:
    """Return the weights of members at each step, (n_members, H); None if none can be compared.

    By the errors up to that step: a member may be good at first and bad later. Of logarithms, so
    that each series counts alike, whatever its unit.
    """
    middle, observed = by_member.shape[1] // 2, ~np.isnan(actual)
    errors = np.abs(by_member[:, middle] - actual)
    sizes = np.where(observed, errors, 0.0).cumsum(axis=2)  # as many are observed for all members
    some = (sizes > 0.0).all(axis=(0, 2))
    if not some.any():
        return None
    log_error = np.log(sizes[:, some]).mean(axis=1)
    weights = np.exp(-_POWER * (log_error - log_error.min(axis=0)))
    found: FloatArray = weights / weights.sum(axis=0)
    return found


def _scores(ensemble: Ensemble, moved: Ensemble, by_member: FloatArray, past: Past) -> Holdout:
    """Return how the members together forecast their past; NaN where values are missing.

    Of the combination and not of each member, since it is the combination whose intervals are
    wanted. Its errors are smaller, the more so the more its members differ.
    """
    fit, moved = moved.smoothing, replace(moved, weights=ensemble.weights)
    quantiles = moved.combined_quantiles(by_member, past.history, past.covariates)
    scale = float(np.mean([member.network.additive_scale for member in moved.members]))
    horizon = past.actual.shape[1]
    return Holdout(
        scores=conformity_scores(past.actual, quantiles, fit.additive),
        spacing=quantile_spacing(quantiles, fit.additive, fit.unit * scale),
        error_scale=np.repeat(relative_error_scale(fit, ensemble.typical), horizon),
        intermittent=np.repeat(find_intermittent(past.history), horizon),
    )
