"""Further networks whose forecasts are mixed with those of a trained model.

All that is done to a model's networks goes through here, so that its partner is not forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.forecaster.model_files import (
    SERIES,
    Files,
    Plain,
    ensemble_to_files,
    files_to_ensemble,
    series_to_bytes,
)
from esrnn.store.tables import bytes_to_table

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.forecaster.trained_model import TrainedModel

__all__ = [
    "Partner",
    "ensembles_of",
    "map_ensembles",
    "mix_ensembles",
    "mixed_axis",
    "partner_from_parts",
    "partner_to_parts",
    "replace_series_of",
    "subset_model",
]

_FOLDER = "partner/"


@dataclass(frozen=True)
class Partner:
    """Networks beside those of a trained model, of the same series and quantile levels.

    Attributes
    ----------
    ensemble : Ensemble
    weight : float
        Of their forecasts, in [0, 1]; the model's own have the rest.
    """

    ensemble: Ensemble
    weight: float


def ensembles_of(model: TrainedModel) -> list[Ensemble]:
    """Return a model's own networks, and its partner's.

    Parameters
    ----------
    model : TrainedModel

    Returns
    -------
    list of Ensemble
    """
    return [model.ensemble, *([] if model.partner is None else [model.partner.ensemble])]


def map_ensembles(model: TrainedModel, change: Callable[[Ensemble], Ensemble]) -> TrainedModel:
    """Return a model with all its networks changed.

    Parameters
    ----------
    model : TrainedModel
    change : callable
        Takes an ensemble and returns another.

    Returns
    -------
    TrainedModel
    """
    partner = model.partner
    if partner is not None:
        partner = replace(partner, ensemble=change(partner.ensemble))
    return replace(model, ensemble=change(model.ensemble), partner=partner)


def subset_model(model: TrainedModel, indices: IntArray) -> TrainedModel:
    """Return the model of some series, with their parameters as they are.

    Parameters
    ----------
    model : TrainedModel
    indices : ndarray of shape (B,), int64

    Returns
    -------
    TrainedModel
    """
    return map_ensembles(model, lambda ensemble: ensemble.subset(indices))


def replace_series_of(
    model: TrainedModel, other: TrainedModel, ids: Sequence[Hashable]
) -> TrainedModel:
    """Return a model with some of its series as another one of the same networks has them.

    Parameters
    ----------
    model : TrainedModel
    other : TrainedModel
        Of `TrainedModel.for_new_series`.
    ids : sequence
        The series of the result (`esrnn.ensemble.arrays.replace_series`).

    Returns
    -------
    TrainedModel
    """
    from esrnn.ensemble.arrays import replace_series

    fresh = iter(ensembles_of(other))  # in the order in which those of the model are changed
    partner = model.partner
    ensemble = replace_series(model.ensemble, next(fresh), ids)
    if partner is not None:
        partner = replace(partner, ensemble=replace_series(partner.ensemble, next(fresh), ids))
    return replace(model, ensemble=ensemble, partner=partner)


def mix_ensembles(model: TrainedModel, forecast: Callable[[Ensemble], FloatArray]) -> FloatArray:
    """Return the weighted mean of what a model's networks forecast; quantiles stay in order.

    Parameters
    ----------
    model : TrainedModel
    forecast : callable
        Takes an ensemble and returns its forecasts.

    Returns
    -------
    ndarray
    """
    own, partner = forecast(model.ensemble), model.partner
    if partner is None:
        return own
    return (1.0 - partner.weight) * own + partner.weight * forecast(partner.ensemble)


def mixed_axis(model: TrainedModel) -> Callable[[float], float]:
    """Return where levels lie between the trained ones (`esrnn.quantiles.calibration.level_axis`).

    Parameters
    ----------
    model : TrainedModel

    Returns
    -------
    callable
    """
    own, partner = model.ensemble.level_axis(), model.partner
    if partner is None:
        return own
    other, weight = partner.ensemble.level_axis(), partner.weight
    return lambda level: (1.0 - weight) * own(level) + weight * other(level)


def partner_to_parts(partner: Partner, ids: pd.Index | None) -> tuple[Plain, Files]:
    """Write a partner as parts of a model directory.

    Parameters
    ----------
    partner : Partner
    ids : pd.Index or None
        Names of the series, to write what it knows of them.

    Returns
    -------
    dict
    dict of str to bytes
    """
    files = ensemble_to_files(partner.ensemble)
    if ids is not None:
        files[SERIES] = series_to_bytes(partner.ensemble, ids, {})
    plain = {"config": partner.ensemble.config.to_dict(), "weight": partner.weight}
    return plain, {_FOLDER + name: data for name, data in files.items()}


def partner_from_parts(plain: Plain, files: Files, ids: Sequence[Hashable]) -> Partner:
    """Read what `partner_to_parts` wrote.

    Parameters
    ----------
    plain : dict
    files : dict of str to bytes
        All files of the model directory.
    ids : sequence
        Names of the series; empty if none were written.

    Returns
    -------
    Partner
    """
    own = {name[len(_FOLDER) :]: data for name, data in files.items() if name.startswith(_FOLDER)}
    table = bytes_to_table(own[SERIES], _FOLDER + SERIES) if ids else None
    config = ModelConfig.from_dict(plain["config"])
    return Partner(files_to_ensemble(config, own, ids, table), plain["weight"])
