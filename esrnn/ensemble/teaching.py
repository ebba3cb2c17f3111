"""What an ensemble teaches another network: its quantiles from every observation of a panel."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from esrnn._typing import BoolArray, FloatArray
from esrnn.config import ModelConfig
from esrnn.effects import Effects
from esrnn.ensemble.ensemble import Ensemble
from esrnn.ensemble.interval_widths import tells_spread
from esrnn.errors import InputError, Offenders
from esrnn.panel import Covariates, Panel
from esrnn.quantiles.short_histories import ShortHistories
from esrnn.smoothing import PreparedPanel
from esrnn.training import Holdout, member_quantiles_within

__all__ = ["Lessons", "teach"]

_SERIES = 64  # whose forecasts by all members are in memory


@dataclass(frozen=True)
class Lessons:
    """Forecasts that a network learns in place of what happened.

    Attributes
    ----------
    quantiles : ndarray of shape (Q, n_obs, H), float64
        From every observation of a panel. In units of y, without linear effects.
    quantile_levels : tuple of float, length Q
    additive : ndarray of shape (N,), bool
        The form of each series.
    effects : Effects or None
        Linear effects that are to be added to the quantiles.
    holdout : Holdout
        What the teacher's members held back from their own training.
    typical, short_histories
        As of `esrnn.ensemble.Ensemble`.
    """

    quantiles: FloatArray
    quantile_levels: tuple[float, ...]
    additive: BoolArray
    effects: Effects | None
    holdout: Holdout
    typical: tuple[float, float]
    short_histories: ShortHistories | None

    def calibrate(self, ensemble: Ensemble) -> Ensemble:
        """Return networks that have learnt the lessons with the teacher's calibration.

        Their quantiles are the teacher's. What they would hold back themselves, the teacher may
        have been trained on.

        Parameters
        ----------
        ensemble : Ensemble

        Returns
        -------
        Ensemble
        """
        members = tuple(replace(own, holdout=self.holdout) for own in ensemble.members)
        return replace(
            ensemble,
            members=members,
            typical=self.typical,
            short_histories=self.short_histories,
        )

    def require_fit(self, panel: Panel, config: ModelConfig, forms: BoolArray) -> None:
        """Refuse lessons that a network can't learn.

        Parameters
        ----------
        panel : Panel
        config : ModelConfig
            Of the network.
        forms : ndarray of shape (N,), bool
            True where it takes a series for additive.

        Raises
        ------
        InputError
            If it has other quantile levels, more steps ahead, or other forms of series.
        """
        network = config.network
        expected = (self.quantile_levels, self.quantiles.shape[2])
        if network.quantile_levels != expected[0] or network.horizon > expected[1]:
            raise InputError(
                f"a network learns the quantile levels {expected[0]} and at most {expected[1]}"
                f" steps ahead from these forecasts; got {network.quantile_levels} and"
                f" {network.horizon} steps. Take the levels and the horizon of the teacher."
            )
        other = np.flatnonzero(forms != self.additive)
        if other.size:
            raise InputError.of_series(
                "a network must take series for multiplicative or additive as its teacher does;"
                " it does not in",
                Offenders([panel.ids[i] for i in other]),
                "Give the network its teacher's seasonality.",
            )


def teach(
    ensemble: Ensemble,
    panel: Panel,
    covariates: Covariates | None = None,
    horizon: int | None = None,
    device: str = "cpu",
) -> Lessons:
    """Forecast every series from each of its observations.

    Parameters
    ----------
    ensemble : Ensemble
        The teacher. Its local models have no part.
    panel, covariates, device
        As for `Ensemble.forecast`.
    horizon : int, optional
        Steps ahead, at most those that the networks were trained for, which is the default.

    Returns
    -------
    Lessons
        The quantiles are not calibrated yet.

    Raises
    ------
    InputError
        As `Ensemble.forecast`.

    Notes
    -----
    A forecast reads no value after its origin. But networks that were trained on these series, and
    the parameters of each series, were fitted to what came after all but the last origins.
    """
    config = ensemble.config
    data = ensemble.prepared(panel, covariates)
    horizon = config.network.horizon if horizon is None else horizon
    networks = replace(
        ensemble, config=replace(config, ensemble=replace(config.ensemble, local_models=()))
    )
    levels = config.network.quantile_levels
    quantiles = np.empty((len(levels), panel.values.size, horizon))
    for begin in range(0, panel.n_series, _SERIES):
        some = np.arange(begin, min(begin + _SERIES, panel.n_series))
        by_member = _by_member(networks.subset(some), data.subset(some), horizon, device)
        series = np.repeat(some, data.lengths[some])
        rows = networks.subset(series)  # each observation counts as a series
        at = slice(panel.indptr[begin], panel.indptr[some[-1] + 1])
        quantiles[:, at] = rows.combined_quantiles(by_member, panel)
    tells = np.flatnonzero(tells_spread(ensemble.members))
    held = [ensemble.members[k].holdout for k in tells]
    return Lessons(
        quantiles,
        levels,
        ensemble.smoothing.additive,
        ensemble.effects,
        Holdout.joined(np.empty(0, dtype=np.int64), held),
        ensemble.typical,
        ensemble.short_histories,
    )


def _by_member(ensemble: Ensemble, data: PreparedPanel, horizon: int, device: str) -> FloatArray:
    """Return each member's quantiles from every observation, (n_members, Q, n_obs, H)."""
    return np.stack(
        [
            member_quantiles_within(own, data.with_fit(own.smoothing), device, horizon)
            for own in ensemble.members
        ]
    )
