"""Training networks on a panel with its columns of X."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from esrnn.config import FineTuning, TrainingConfig
from esrnn.forecaster.distilling import lessons_of
from esrnn.forecaster.settings import resolve_settings, to_train_further
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import CovariateEncoder, FramedPanel

if TYPE_CHECKING:
    from esrnn.ensemble import MemberStore

__all__ = ["train_model"]


def train_model(
    framed: FramedPanel,
    X: pd.DataFrame | None,
    horizon: int | None,
    parameters: Mapping[str, Any],
    start: TrainedModel | None = None,
    recipe: FineTuning | None = None,
    store: MemberStore | None = None,
    teacher: TrainedModel | None = None,
) -> TrainedModel:
    """Train networks on a panel.

    Parameters
    ----------
    framed : FramedPanel
    X : pd.DataFrame or None
        Covariates over the history, and the future if it is known, with an index of series and time
        as for `esrnn.frames.CovariateEncoder`.
    horizon : int or None
        Steps ahead to train for; None takes the usual horizon of the preset.
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.
    start : TrainedModel, optional
        Networks to train further.
    recipe : FineTuning, optional
        How they are trained further; by default as new ones of the preset would be.
    store : esrnn.ensemble.MemberStore, optional
        Keeps trained members, so that a training that was ended can go on.
    teacher : TrainedModel, optional
        Networks whose forecasts of these series are learnt in place of what happened.

    Returns
    -------
    TrainedModel

    Raises
    ------
    InputError
        As `resolve_settings`, `esrnn.ensemble.fit_ensemble`, `CovariateEncoder` and
        `esrnn.forecaster.distilling.lessons_of`.
    """
    from esrnn.ensemble import fit_ensemble
    from esrnn.runtime import choose_device

    settings = resolve_settings(parameters, framed, horizon, start.choice if start else None)
    if start is not None:
        known, new = start.config.training, settings.config.training
        steps = replace(known, n_steps=None, warm_up=0.0, keep=0.0, **_steps(new))
        if recipe is not None:
            steps = recipe.training(known, framed.n_series)
        further = to_train_further(start.config, steps, parameters)
        settings = replace(settings, config=further)
    if parameters.get("verbose"):
        settings.announce(framed)
    config, encoder, covariates = settings.config, None, None
    before = teacher if start is None else start
    if before is not None:
        before.require_steps(framed)
        encoder, covariates = before.encoder, before.covariates(framed, X, config.network.horizon)
    elif X is not None or settings.calendar:
        encoder = CovariateEncoder.fit(X, framed, settings.calendar)
        covariates = encoder.encode(framed, X, config.network.horizon)
    if covariates is not None:
        network = replace(
            config.network, n_static=covariates.n_static, n_future=covariates.n_future
        )
        config = replace(config, network=network)
    with framed.dating_errors():
        lessons = None
        if teacher is not None:
            lessons = lessons_of(teacher, framed, X, choose_device(settings.options.device))
        ensemble = fit_ensemble(
            framed.panel,
            config,
            covariates=covariates,
            start=None if start is None else start.ensemble,
            lessons=lessons,
            seed=settings.seed,
            options=replace(settings.options, store=store),
        )
    return TrainedModel(ensemble, settings.choice, encoder, framed.times.grid)


def _steps(training: TrainingConfig) -> dict[str, Any]:
    """Return how long and how fast a training is."""
    names = ("n_epochs", "batch_size", "learning_rate", "series_learning_rate", "schedule")
    return {name: getattr(training, name) for name in names}
