"""From a panel to an ensemble: fit every series' smoothing, then train the members."""

from __future__ import annotations

import time
from dataclasses import replace

import joblib
import numpy as np

from esrnn._typing import BoolArray
from esrnn.config import ModelConfig, member_configs
from esrnn.effects import EffectPrior, estimate_effects
from esrnn.ensemble.ensemble import Ensemble
from esrnn.ensemble.options import MemberStore, TrainingOptions
from esrnn.ensemble.processes import train_all
from esrnn.ensemble.short_histories import calibrated_short_histories
from esrnn.ensemble.teaching import Lessons
from esrnn.errors import InputError
from esrnn.kernels.smoothing_fit import SmoothingFit, SmoothingPrior
from esrnn.panel import Covariates, Panel
from esrnn.quantiles.calibration import without_idle_calibration
from esrnn.quantiles.error_scale import typical_errors
from esrnn.runtime import choose_device
from esrnn.smoothing import fit_smoothing, settle_forms
from esrnn.training import Job, Member, Start
from esrnn.training.holdout import choose_unseen_series, hold_back
from esrnn.training.ranks import Ranks, current_ranks

__all__ = ["fit_ensemble"]

_FOR_TRAINING = 0.95  # of a time budget; the rest is for what surrounds it


def fit_ensemble(
    panel: Panel,
    config: ModelConfig,
    *,
    covariates: Covariates | None = None,
    start: Ensemble | None = None,
    lessons: Lessons | None = None,
    seed: int | None = None,
    options: TrainingOptions | None = None,
) -> Ensemble:
    """Fit every series' smoothing, then train the members.

    Parameters
    ----------
    panel : Panel
    config : ModelConfig
    covariates : Covariates, optional
        Of the panel's series.
    start : Ensemble, optional
        Its networks are trained further, instead of new ones. Series that it was trained on keep
        their parameters as a starting point, and what it held back from training for the
        calibration of intervals is held back again.
    lessons : Lessons, optional
        Another ensemble's forecasts of the panel, which the networks learn in place of what
        happened. Linear effects are that ensemble's.
    seed : int, optional
        Equal seeds give equal members, in whatever number of processes; by default drawn anew.
    options : TrainingOptions, optional
        Processes, device, callbacks, progress, time budget, a store of finished members.

    Returns
    -------
    Ensemble

    Raises
    ------
    InputError
        As `esrnn.smoothing.settle_forms`, `choose_device` and `Lessons.require_fit`, where no
        series has a future, or where `start` has other networks than `config`. In a
        `data_parallel` block, if processes were given different things, or what they can't train
        together.
    TrainingError
        If a loss is not finite.
    LostProcessError
        In such a block, if another process has ended or does not answer.
    """
    options, began, ranks = options or TrainingOptions(), time.time(), current_ranks()
    options = _options_of(ranks, options)
    if ranks.size > 1:
        _require_alike(ranks, (panel, config, covariates, start, lessons))
    if int(panel.lengths.max()) < 2:
        raise InputError(
            f"training needs a series of at least 2 observations; got {panel.n_series} series of 1;"
            " give longer histories"
        )
    _require_same_networks(start, config)
    configs = member_configs(without_idle_calibration(config, panel))
    seen, forms = _seen(panel, config)
    effects, clean = None, panel
    if lessons is not None:
        lessons.require_fit(panel, config, forms)
    if covariates is not None and covariates.n_future:
        priors: tuple[EffectPrior | None, SmoothingPrior | None] = (None, None)
        if start is not None:
            known = None if start.effects is None else start.effects.prior
            priors = known, start.smoothing.prior
        past = covariates.cut(seen.lengths)
        effects = None if lessons is None else lessons.effects
        if effects is None:
            effects = estimate_effects(seen, past, config.smoothing, forms, *priors)
        seen, clean = effects.remove(seen, past), effects.remove(panel, covariates)
    fits = _fit_smoothing(seen, forms, configs, start)
    if start is not None:
        fits = [_known_coefficients(fit, start, k, panel) for k, fit in enumerate(fits)]
    seeds = np.random.SeedSequence(seed).generate_state(len(configs), np.uint32).tolist()
    seeds, members = ranks.first((seeds, _stored(options.store, configs)))
    jobs = [
        Job(
            clean, fits[k], configs[k], seeds[k], k, len(configs), covariates,
            None if start is None else _start(start.members[k]),
            _held(start, lessons, k, panel, configs[k], seeds[k]),
            None if lessons is None else lessons.quantiles,
        )
        for k in range(len(configs)) if k not in members
    ]  # fmt: skip
    budget = options.time_budget
    deadline = None if budget is None else began + _FOR_TRAINING * budget
    for k, member, cpu_s in train_all(jobs, options, deadline):
        members[k] = member
        if options.store:
            options.store.save(k, member, cpu_s)
    in_order = tuple(members[k] for k in range(len(configs)))
    typical = typical_errors(fits[0])
    if start is not None and not any(member.holdout.series.size for member in in_order):
        typical = start.typical  # of the series that the scores are of
    ensemble = Ensemble(config, panel.ids, in_order, effects, typical)
    if lessons is not None:
        return lessons.calibrate(ensemble)
    usual = None if start is None else start.short_histories
    short = calibrated_short_histories(ensemble, panel, covariates, usual)
    return replace(ensemble, short_histories=short)


def _options_of(ranks: Ranks, options: TrainingOptions) -> TrainingOptions:
    """Return the options with a device; only the first rank shows progress and keeps members."""
    shares_cpu = ranks.size > 1 and options.device == "auto"
    device = "cpu" if shares_cpu else choose_device(options.device)
    ranks.require_cpu(device)
    if ranks.rank == 0:
        return replace(options, device=device)
    return replace(options, device=device, progress=False, store=None)


def _require_alike(ranks: Ranks, given: object) -> None:
    """Refuse to train on different data, or with different settings."""
    hashes = ranks.joined([joblib.hash(given)])
    differing = [k for k, one in enumerate(hashes) if one != hashes[0]]
    if differing:
        raise InputError(
            "all processes that train together must be given the same series, in the same order,"
            f" and the same settings; those of rank {', '.join(map(str, differing))} differ from"
            " those of rank 0. Let every process read all data; the series are dealt out inside."
        )


def _stored(store: MemberStore | None, configs: list[ModelConfig]) -> dict[int, Member]:
    """Return the members that were trained before, by number."""
    if store is None:
        return {}
    loaded = ((k, store.load(k, own)) for k, own in enumerate(configs))
    return {k: member for k, member in loaded if member is not None}


def _seen(panel: Panel, config: ModelConfig) -> tuple[Panel, BoolArray]:
    """Return what per-series parameters may be fitted to, and the form of each series."""
    smoothing = config.smoothing
    forms = settle_forms(panel, smoothing.seasonality)
    if config.training.patience:  # the fit must not see what decides when to stop
        panel, _ = hold_back(panel, config.network.horizon, max(2, smoothing.lag + 1))
    return panel, forms


def _fit_smoothing(
    panel: Panel, forms: BoolArray, configs: list[ModelConfig], start: Ensemble | None
) -> list[SmoothingFit]:
    """Fit every series for each member; members that smooth alike share a fit."""
    priors = {} if start is None else start.priors()
    fits = {
        c.smoothing: fit_smoothing(panel, c.smoothing, forms, priors.get(c.smoothing))
        for c in configs
    }
    return [fits[c.smoothing] for c in configs]


def _require_same_networks(start: Ensemble | None, config: ModelConfig) -> None:
    if start is None:
        return
    own, wanted = member_configs(start.config), member_configs(config)
    same = [(c.network, c.smoothing.seasonal_periods, c.smoothing.level) for c in own] == [
        (c.network, c.smoothing.seasonal_periods, c.smoothing.level) for c in wanted
    ]
    if not same:
        raise InputError(
            "networks can be trained further only as they are; got other settings of the network, "
            "the seasonal periods or the number of members; train a new ensemble"
        )


def _known_coefficients(fit: SmoothingFit, start: Ensemble, k: int, panel: Panel) -> SmoothingFit:
    """Let series that member k was trained on start from their trained smoothing coefficients.

    Not from their initial seasonal factors: the series may begin at another step now.
    """
    place = {name: i for i, name in enumerate(start.ids)}
    old = np.array([place.get(name, -1) for name in panel.ids])
    known = np.flatnonzero(old >= 0)
    rows = fit.rows.copy()
    rows[known, :3] = start.members[k].smoothing.rows[old[known], :3]
    return replace(fit, rows=rows)


def _start(member: Member) -> Start:
    """Return what a member is trained further from, without the series that it was trained on."""
    none = np.empty(0, dtype=np.int64)
    return Start(member.network, replace(member.holdout, series=none))


def _held(
    start: Ensemble | None,
    lessons: Lessons | None,
    k: int,
    panel: Panel,
    config: ModelConfig,
    seed: int,
) -> BoolArray | None:
    """Choose the series of which member k holds the last horizon back; None to draw them."""
    if lessons is not None:  # the teacher has held some back
        return np.zeros(panel.n_series, dtype=np.bool_)
    if start is None:
        return None
    held = [start.ids[i] for i in start.members[k].holdout.series.tolist()]
    return choose_unseen_series(panel.ids, start.ids, held, config.training.calibration, seed)
