"""An ensemble as arrays, for files. The arrays of the networks and those of the series are apart.

Names are like ``"members.0.network.weights.head.bias"`` for the networks and ``"members.0.rows"``
for the series. Settings are not among the arrays: `esrnn.config.ModelConfig` has them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from esrnn._arrays import part_of, with_prefix
from esrnn._typing import Arrays
from esrnn.config import ModelConfig, member_configs
from esrnn.effects import EffectPrior, Effects
from esrnn.ensemble.ensemble import Ensemble
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.quantiles.short_histories import ShortHistories
from esrnn.training import History, Holdout, Member, Network

__all__ = ["ensemble_arrays", "ensemble_from_arrays", "replace_series", "series_arrays"]

_OF_EACH_FIT = ("unit", "additive", "sigma")


def ensemble_arrays(ensemble: Ensemble) -> Arrays:
    """Return all that an ensemble knows without its series: networks, priors, calibration.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    dict of str to ndarray
        Arrays of member k start with ``"members.k."``.
    """
    found: Arrays = {"typical": np.asarray(ensemble.typical)}
    for k, member in enumerate(ensemble.members):
        holdout = member.holdout.arrays()
        del holdout["series"]
        parts = {
            "network": member.network.arrays(),
            "prior": member.smoothing.prior.arrays(),
            "holdout": holdout,
            "history": member.history.arrays(),
        }
        for name, arrays in parts.items():
            found |= with_prefix(f"members.{k}.{name}", arrays)
    if ensemble.effects is not None:
        found |= with_prefix("effects.prior", ensemble.effects.prior.arrays())
    if ensemble.weights is not None:
        found["weights"] = ensemble.weights
    if ensemble.short_histories is not None:
        found |= with_prefix("short_histories", ensemble.short_histories.arrays())
    return found


def series_arrays(ensemble: Ensemble) -> Arrays:
    """Return all that an ensemble knows about its series, one row of each array for each series.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    dict of str to ndarray of shape (N, ...)
        ``"members.k.rows"``, smoothing parameters; ``"members.k.held_back"``, bool, whether the
        network has not been trained on the last horizon; ``"fits.k.unit"``, ``"fits.k.additive"``
        and ``"fits.k.sigma"`` once for all members that smooth like member k;
        ``"effects.coefficients"`` and ``"effects.additive"`` where there are effects.
    """
    found: Arrays = {}
    first = _first_alike(ensemble.config)
    for k, member in enumerate(ensemble.members):
        found[f"members.{k}.rows"] = member.smoothing.rows
        held_back = np.zeros(len(ensemble.ids), dtype=np.bool_)
        held_back[member.holdout.series] = True
        found[f"members.{k}.held_back"] = held_back
        if first[k] == k:
            arrays = member.smoothing.arrays()
            found |= with_prefix(f"fits.{k}", {name: arrays[name] for name in _OF_EACH_FIT})
    if ensemble.effects is not None:
        found["effects.coefficients"] = ensemble.effects.coefficients
        found["effects.additive"] = ensemble.effects.additive
    return found


def ensemble_from_arrays(
    config: ModelConfig,
    arrays: Arrays,
    ids: Sequence[Hashable] = (),
    series: Arrays | None = None,
) -> Ensemble:
    """Undo `ensemble_arrays` and `series_arrays`.

    Parameters
    ----------
    config : ModelConfig
        The ensemble's.
    arrays : dict of str to ndarray
        `ensemble_arrays`.
    ids : sequence
        Names of the series.
    series : dict of str to ndarray, optional
        `series_arrays`; by default an ensemble without series (`Ensemble.subset`).

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        If an array is missing.
    """
    configs, first = member_configs(config), _first_alike(config)
    effects = _effects(arrays, series)
    members = []
    for k, own in enumerate(configs):
        mine = part_of(arrays, f"members.{k}")
        network = Network.from_arrays(part_of(mine, "network"), {"config": own})
        prior = SmoothingPrior.from_arrays(part_of(mine, "prior"))
        if series is None:
            smoothing = _no_series(own, prior)
            held_back = np.empty(0, dtype=np.int64)
        else:
            shared = part_of(series, f"fits.{first[k]}") | {"rows": series[f"members.{k}.rows"]}
            smoothing = SmoothingFit.from_arrays(shared, {"prior": prior})
            held_back = np.flatnonzero(series[f"members.{k}.held_back"])
        scored = part_of(mine, "holdout")  # models saved by older releases don't tell them apart
        scored.setdefault("intermittent", np.zeros(scored["error_scale"].size, dtype=np.bool_))
        holdout = Holdout.from_arrays(scored, {"series": held_back})
        history = History.from_arrays(part_of(mine, "history"))
        members.append(Member(network, smoothing, holdout, history))
    first_typical, second_typical = arrays["typical"].tolist()
    typical, short = (first_typical, second_typical), None
    short_arrays = part_of(arrays, "short_histories")  # not in models saved by older releases
    if short_arrays:
        short = ShortHistories.from_arrays(short_arrays)
    weights = arrays.get("weights")
    return Ensemble(config, tuple(ids), tuple(members), effects, typical, short, weights)


def replace_series(ensemble: Ensemble, other: Ensemble, ids: Sequence[Hashable]) -> Ensemble:
    """Return an ensemble with some of its series as another one of the same networks has them.

    Parameters
    ----------
    ensemble, other : Ensemble
        Of the same networks (`Ensemble.for_new_series`).
    ids : sequence
        The series of the result. Those that are in `other` take their parameters from there.

    Returns
    -------
    Ensemble
        Networks were trained on as much of each series as before.
    """
    own, new = series_arrays(ensemble), series_arrays(other)
    place = {name: k for k, name in enumerate(ensemble.ids)}
    place_in_other = {name: len(place) + k for k, name in enumerate(other.ids)}
    newest, oldest = place | place_in_other, place_in_other | place
    places = np.array([newest[name] for name in ids], dtype=np.int64)
    before = np.array([oldest[name] for name in ids], dtype=np.int64)
    series = {
        name: np.concatenate([own[name], new[name]])[
            before if name.endswith(".held_back") else places
        ]
        for name in own
    }
    return ensemble_from_arrays(ensemble.config, ensemble_arrays(ensemble), ids, series)


def _effects(arrays: Arrays, series: Arrays | None) -> Effects | None:
    """Return the effects; None where the ensemble has none."""
    prior_arrays = part_of(arrays, "effects.prior")
    if not prior_arrays:
        return None
    prior = EffectPrior.from_arrays(prior_arrays)
    if series is None:
        none = np.empty((0, prior.mean.shape[1]))
        return Effects(none, np.empty(0, dtype=np.bool_), prior)
    return Effects.from_arrays(part_of(series, "effects"), {"prior": prior})


def _no_series(config: ModelConfig, prior: SmoothingPrior) -> SmoothingFit:
    """Return the smoothing parameters of no series at all."""
    rows = np.empty((0, 3 + sum(config.smoothing.seasonal_periods)))
    none = np.empty(0)
    return SmoothingFit(rows, none, np.empty(0, dtype=np.bool_), none, prior)


def _first_alike(config: ModelConfig) -> list[int]:
    """Return for each member the first one that smooths as it does: these share a fit."""
    ways = [own.smoothing for own in member_configs(config)]
    return [ways.index(way) for way in ways]
