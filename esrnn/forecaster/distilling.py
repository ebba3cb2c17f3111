"""What trained networks teach a small one: their forecasts from every observation of a panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from esrnn.errors import InputError
from esrnn.forecaster.partner import ensembles_of, mix_ensembles
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel

if TYPE_CHECKING:
    from esrnn._typing import FloatArray
    from esrnn.ensemble import Ensemble
    from esrnn.ensemble.teaching import Lessons

__all__ = ["lessons_of", "settings_to_learn"]


def settings_to_learn(parameters: Mapping[str, Any], teacher: TrainedModel) -> dict[str, Any]:
    """Return the arguments of a network that learns from others.

    Parameters
    ----------
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.
    teacher : TrainedModel

    Returns
    -------
    dict of str to object
        One member of half the teacher's units, unless others were asked for. A preset, seasonal
        periods, local models, forms of series and quantile levels as the teacher has them.
    """
    asked, config = dict(parameters), teacher.config
    if asked.get("n_members") is None:
        asked["n_members"] = 1
    if asked.get("hidden_size") is None:  # as accurate on backtests: competitions/studies
        asked["hidden_size"] = max(config.network.hidden_size // 2, 1)
    for name, known in (
        ("seasonal_periods", teacher.choice.periods),
        ("preset", teacher.choice.preset),
    ):
        if asked.get(name, "auto") in (None, "auto"):
            asked[name] = known
    if asked.get("local_models") is None:
        asked["local_models"] = dict(config.ensemble.local_models)
    asked["seasonality"] = config.smoothing.seasonality
    asked["quantile_levels"] = config.network.quantile_levels
    return asked


def lessons_of(
    teacher: TrainedModel, framed: FramedPanel, X: pd.DataFrame | None, device: str
) -> Lessons:
    """Let trained networks forecast a panel from every observation.

    Parameters
    ----------
    teacher : TrainedModel
        Of `TrainedModel.for_new_series` for these series.
    framed : FramedPanel
    X : pd.DataFrame or None
        Columns of their history.
    device : str

    Returns
    -------
    Lessons
        Of the steps that all networks were trained for.

    Raises
    ------
    InputError
        If the teacher is a combination with linear effects of X, which its networks have estimated
        apart; or as `TrainedModel.covariates`.
    """
    from esrnn.ensemble.teaching import teach

    ensembles = ensembles_of(teacher)
    if len(ensembles) > 1 and any(own.effects is not None for own in ensembles):
        raise InputError(
            "strategy='distil' can't start from a combination with future covariates; got one."
            " Start from networks of one kind: those before they were combined."
        )
    covariates = teacher.covariates(framed, X, teacher.horizon)
    horizon = min(own.config.network.horizon for own in ensembles)
    found: list[Lessons] = []

    def quantiles(ensemble: Ensemble) -> FloatArray:
        found.append(teach(ensemble, framed.panel, covariates, horizon, device))
        return found[-1].quantiles

    mixed = mix_ensembles(teacher, quantiles)
    return replace(found[0], quantiles=mixed)
