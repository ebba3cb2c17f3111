"""From a panel to the networks that forecast it, by any of the strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from esrnn.config import fine_tuning_of
from esrnn.errors import InputError
from esrnn.forecaster.distilling import settings_to_learn
from esrnn.forecaster.partner import Partner, ensembles_of, map_ensembles
from esrnn.forecaster.settings import as_calendar, require_known
from esrnn.forecaster.starting import Plan, plan_fit
from esrnn.forecaster.train import train_model
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import CovariateEncoder, FramedPanel
from esrnn.networks import adapt, with_covariates

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble, MemberStore

__all__ = ["fit_model"]


def fit_model(
    framed: FramedPanel,
    X: pd.DataFrame | None,
    horizon: int | None,
    parameters: Mapping[str, Any],
    pretrained: TrainedModel | None = None,
    store: MemberStore | None = None,
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
    store : esrnn.ensemble.MemberStore, optional
        Keeps trained members, so that a fit that was ended can go on.

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
        return train_model(framed, X, horizon, parameters, store=store)
    way, start = plan.way, plan.start
    as_they_are = pretrained is not None and way.strategy == "zero_shot"
    if has_covariates and start.encoder is None and not as_they_are:
        start = _with_columns(start, framed, X, parameters)
    if way.strategy == "combine":
        return _combined(plan, start, Task(framed, X, parameters, store), horizon)
    task = Task(framed, X, parameters, store)
    if way.strategy == "distil":
        return _distilled(plan, start, task)
    return replace(_served(plan, start, task, plan.horizon), strategy=way.strategy)


@dataclass(frozen=True)
class Task:
    """What networks are fitted to, and how."""

    framed: FramedPanel
    X: pd.DataFrame | None
    parameters: Mapping[str, Any]
    store: MemberStore | None


def _served(plan: Plan, start: TrainedModel, task: Task, horizon: int | None) -> TrainedModel:
    """Return trained networks for a panel, as they are or tuned to it."""
    framed, X = task.framed, task.X
    model = _as_they_are(plan, start, task)
    if plan.way.strategy != "fine_tune" and not plan.way.tuned:
        return _first_steps(model, horizon)
    recipe = fine_tuning_of(start.choice.preset)
    first = _first_steps(start, horizon)
    tuned = train_model(framed, X, None, task.parameters, first, recipe, task.store)
    return _calibrated_as(tuned, model) if plan.is_shipped else tuned


def _as_they_are(plan: Plan, start: TrainedModel, task: Task) -> TrainedModel:
    """Return trained networks for a panel, with intervals that suit it."""
    framed, X = task.framed, task.X
    model = start.for_new_series(framed, X)
    if not plan.is_shipped:  # networks of the user may have been trained on the panel
        return model
    from esrnn.ensemble.own_errors import calibrated_on_own_errors

    # All steps count, whatever the horizon: the first ones have the same intervals then.
    known, panel = model.covariates(framed, X, model.horizon), framed.panel
    return map_ensembles(model, lambda own: calibrated_on_own_errors(own, panel, known))


def _calibrated_as(tuned: TrainedModel, before: TrainedModel) -> TrainedModel:
    """Give tuned networks the calibration that they had before they were tuned."""
    from esrnn.ensemble.own_errors import with_calibration_of

    known = iter(ensembles_of(before))
    return map_ensembles(tuned, lambda own: with_calibration_of(own, next(known)))


def _first_steps(model: TrainedModel, horizon: int | None) -> TrainedModel:
    """Return networks for the first steps ahead alone."""
    if horizon is None:
        return model

    def change(ensemble: Ensemble) -> Ensemble:
        return adapt(ensemble, horizon=min(horizon, ensemble.config.network.horizon))

    return map_ensembles(model, change)


def _combined(plan: Plan, start: TrainedModel, task: Task, horizon: int | None) -> TrainedModel:
    """Return networks that are trained on a panel, with trained ones as their partner."""
    if start.partner is not None:
        raise InputError(
            "strategy='combine' must start from networks of one kind; got a combination. Choose"
            " another strategy, or save the networks before they are combined."
        )
    levels = start.config.network.quantile_levels
    parameters = {**task.parameters, "quantile_levels": levels}
    own = train_model(task.framed, task.X, horizon, parameters, store=task.store)
    other = _served(plan, start, task, own.horizon)
    return replace(own, strategy="combine", partner=Partner(other.ensemble, plan.way.weight))


def _distilled(plan: Plan, start: TrainedModel, task: Task) -> TrainedModel:
    """Return a small network that has learnt what trained networks forecast for a panel."""
    teacher = _as_they_are(plan, start, task)
    furthest = min(own.config.network.horizon for own in ensembles_of(teacher))
    horizon = furthest if plan.horizon is None else min(plan.horizon, furthest)
    parameters = settings_to_learn(task.parameters, teacher)
    model = train_model(task.framed, task.X, horizon, parameters, store=task.store, teacher=teacher)
    return replace(model, strategy="distil")


def _with_columns(
    start: TrainedModel,
    framed: FramedPanel,
    X: pd.DataFrame | None,
    parameters: Mapping[str, Any],
) -> TrainedModel:
    """Return trained networks that take the columns of X, and the calendar if that is wanted."""
    calendar = as_calendar(parameters.get("calendar", False), framed)
    if X is None and not calendar:
        return start
    encoder = CovariateEncoder.fit(X, framed, calendar)
    known = encoder.encode(framed, X, start.horizon)
    sizes = (known.n_static, known.n_future)
    padded = map_ensembles(start, lambda ensemble: with_covariates(ensemble, *sizes))
    return replace(padded, encoder=encoder)


def _announce(plan: Plan, framed: FramedPanel) -> None:
    """Print what was decided, and why."""
    start, reason = plan.start, plan.way.reason
    if start is None:
        print(f"ESRNN: networks are trained on these series ({reason})")
        return
    print(
        f"ESRNN: {start.choice.reason}: {len(start.ensemble.members)} trained networks of the"
        f" preset {start.choice.preset!r}, {plan.horizon or start.horizon} steps ahead,"
        f" strategy {plan.way.strategy!r} ({reason}); {framed.n_series} series"
    )
