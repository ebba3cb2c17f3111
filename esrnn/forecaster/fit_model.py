"""From a panel to the networks that forecast it, by any of the strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from esrnn.config import fine_tuning_of
from esrnn.forecaster.settings import require_known
from esrnn.forecaster.starting import Plan, plan_fit
from esrnn.forecaster.train import train_model
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel

__all__ = ["fit_model"]


def fit_model(
    framed: FramedPanel,
    X: pd.DataFrame | None,
    horizon: int | None,
    parameters: Mapping[str, Any],
    pretrained: TrainedModel | None = None,
) -> TrainedModel:
    """Train networks on a panel, or use trained ones for it, as the arguments say.

    Parameters
    ----------
    framed : FramedPanel
    X : pd.DataFrame or None
        As for `train_model`.
    horizon : int or None
        Steps ahead that are asked for; by default the usual ones of the preset, or all that
        trained networks know.
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.
    pretrained : TrainedModel, optional
        Networks that were trained by the same forecaster before.

    Returns
    -------
    TrainedModel

    Raises
    ------
    InputError
        As `esrnn.forecaster.starting.plan_fit`, `train_model` and `TrainedModel.for_new_series`.
    """
    require_known(parameters)
    has_covariates = (X is not None and len(X.columns) > 0) or bool(parameters.get("calendar"))
    plan = plan_fit(parameters, framed, horizon, has_covariates, pretrained)
    if parameters.get("verbose"):
        _announce(plan, framed)
    if plan.start is None:
        return train_model(framed, X, horizon, parameters)
    if plan.way.strategy == "fine_tune":
        recipe = fine_tuning_of(plan.start.choice.preset)
        model = train_model(framed, X, None, parameters, plan.start, recipe)
    else:
        model = plan.start.for_new_series(framed, X)
    return replace(model, strategy=plan.way.strategy)


def _announce(plan: Plan, framed: FramedPanel) -> None:
    """Print what was decided, and why."""
    start, reason = plan.start, plan.way.reason
    if start is None:
        print(f"ESRNN: networks are trained on these series ({reason})")
        return
    print(
        f"ESRNN: {start.choice.reason}: {len(start.ensemble.members)} trained networks of the"
        f" preset {start.choice.preset!r}, {start.horizon} steps ahead,"
        f" strategy {plan.way.strategy!r} ({reason}); {framed.n_series} series"
    )
