"""Calibration of intervals after short histories, on held-back horizons with the history cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.ensemble.ensemble import Ensemble
from esrnn.ensemble.interval_widths import tells_spread
from esrnn.panel import Covariates, Panel
from esrnn.panel.flat import flat_positions, indptr_of
from esrnn.quantiles.calibration import conformity_scores, quantile_spacing
from esrnn.quantiles.error_scale import relative_error_scale
from esrnn.quantiles.short_histories import (
    ShortHistories,
    calibrate_short_histories,
    lengths_to_calibrate,
)
from esrnn.training import member_quantiles
from esrnn.training.holdout import hold_back_for_training

__all__ = ["calibrated_short_histories"]

# Held-back values to forecast, and horizons at least; more say little more.
_MAX_VALUES = 4000
_MIN_CUTS = 100


@dataclass(frozen=True)
class _Cuts:
    """Horizons that members have not been trained on, with the last observations before each.

    Attributes
    ----------
    member, series : ndarray of shape (K,), int64
        The member that has not been trained on it, and the place of the series in the panel.
    first, end : ndarray of shape (K,), int64
        Steps of the series before which the cut history begins and ends.
    length : ndarray of shape (K,), int64
        Observations of the cut history.
    """

    member: IntArray
    series: IntArray
    first: IntArray
    end: IntArray
    length: IntArray


def calibrated_short_histories(
    ensemble: Ensemble, panel: Panel, covariates: Covariates | None, usual: ShortHistories | None
) -> ShortHistories | None:
    """Calibrate an ensemble's intervals of short series.

    Parameters
    ----------
    ensemble : Ensemble
        Trained on the panel.
    panel : Panel
        With its linear effects.
    covariates : Covariates, optional
        Of these series.
    usual : ShortHistories, optional
        Those of the ensemble that was trained further, kept if no horizon is held back.

    Returns
    -------
    ShortHistories or None
        None if calibration is switched off.
    """
    config, horizon = ensemble.config, ensemble.config.network.horizon
    if not config.training.calibration:
        return None
    cuts = _cut(ensemble, panel)
    if not cuts.series.size and usual is not None:
        return usual
    n_rows = lengths_to_calibrate(config)[0].size
    levels, nothing = config.network.quantile_levels, [np.empty(0)] * n_rows
    factors = ensemble.interval_factors()
    if not cuts.series.size:
        none = [np.empty((len(levels), 0))] * n_rows
        return calibrate_short_histories(none, none, nothing, factors, config)
    quantiles, moved, scale = _forecasts(ensemble, panel, covariates, cuts)
    ends = np.array(panel.indptr)[cuts.series] + cuts.end
    actual = panel.values[ends[:, None] + np.arange(horizon)]
    unit = moved.smoothing.unit * scale
    additive = moved.smoothing.additive
    error_scale = relative_error_scale(moved.smoothing, ensemble.typical)
    scores, spacing, scales = [], [], []
    for length in lengths_to_calibrate(config)[0]:
        own = cuts.length == length
        scores.append(conformity_scores(actual[own], quantiles[:, own], additive[own]))
        spacing.append(quantile_spacing(quantiles[:, own], additive[own], unit[own]))
        scales.append(np.repeat(error_scale[own], horizon))
    return calibrate_short_histories(scores, spacing, scales, factors, config)


def _cut(ensemble: Ensemble, panel: Panel) -> _Cuts:
    """Find horizons that were held back, and cut the history before each to every length."""
    pairs, tells = [], tells_spread(ensemble.members)
    for k in np.flatnonzero(tells).tolist():
        member = ensemble.members[k]
        chosen = np.zeros(panel.n_series, dtype=np.bool_)
        chosen[member.holdout.series] = True
        origins = hold_back_for_training(panel, ensemble.config, chosen)[1]
        pairs += [
            (k, series, end)
            for origin in origins
            for series, end in zip(origin.which.tolist(), origin.history.lengths, strict=True)
        ]
    most = max(_MAX_VALUES // ensemble.config.network.horizon, _MIN_CUTS)
    if len(pairs) > most:
        pairs = [pairs[k] for k in np.linspace(0, len(pairs) - 1, most).astype(int)]
    lengths, cuts = lengths_to_calibrate(ensemble.config)[0], []
    for k, series, end in pairs:
        seen = np.flatnonzero(~np.isnan(panel.series(series)[:end]))
        cuts += [
            (k, series, seen[-length], end, length) for length in lengths if length <= seen.size
        ]
    columns = np.array(cuts, dtype=np.int64).reshape(-1, 5).T
    return _Cuts(*columns)


def _forecasts(
    ensemble: Ensemble, panel: Panel, covariates: Covariates | None, cuts: _Cuts
) -> tuple[FloatArray, Ensemble, FloatArray]:
    """Forecast each horizon from its cut history, by the member that has not been trained on it.

    Returns quantiles of shape (Q, K, H), the ensemble of the cut histories, and the additive scale
    of each one's network, of shape (K,).
    """
    lengths, horizon = cuts.end - cuts.first, ensemble.config.network.horizon
    starts = np.array(panel.indptr)[cuts.series] + cuts.first
    cut = Panel(
        panel.values[flat_positions(starts, lengths)],
        indptr_of(lengths),
        tuple(range(lengths.size)),
    )
    known = None
    if covariates is not None:
        steps = lengths + horizon
        starts = np.array(covariates.indptr)[cuts.series] + cuts.first
        future = covariates.future[flat_positions(starts, steps)]
        known = Covariates(covariates.static[cuts.series], future, indptr_of(steps), horizon)
    moved = ensemble.for_new_series(cut, known)
    data = moved.prepared(cut, known)
    shape = (len(ensemble.config.network.quantile_levels), lengths.size, horizon)
    quantiles, scale = np.empty(shape), np.empty(lengths.size)
    for k, member in enumerate(moved.members):
        which = np.flatnonzero(cuts.member == k)
        quantiles[:, which] = member_quantiles(member, data.with_fit(member.smoothing), which)
        scale[which] = member.network.additive_scale
    if moved.effects is not None and known is not None:
        quantiles = moved.effects.restore(quantiles, known)
    return quantiles, moved, scale
