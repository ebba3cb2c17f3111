"""Level and seasonality of each series, by the exponential smoothing of an ensemble.

The members' per-series parameters are averaged and the panel is smoothed once more; the network
has no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.ensemble import Ensemble
from esrnn.errors import InputError
from esrnn.kernels.parameters import natural_parameters
from esrnn.kernels.smoothing import factor_starts, factors_at_observations, smooth
from esrnn.panel import Covariates, Panel

__all__ = ["Components", "smoothed_components"]


@dataclass(frozen=True, eq=False)
class Components:
    """Level and seasonality of a panel, flat.

    Attributes
    ----------
    indptr : ndarray of shape (N + 1,), int64
        Starts of the series.
    level : ndarray of shape (n_obs,), float64
        In units of y.
    factors : tuple of ndarray of shape (n_obs + N * S,), float64
        One for each seasonal period; each series has S more than observations
        (`esrnn.kernels.smoothing.smooth`).
    periods : tuple of int
        Steps per season.
    coefficients : ndarray of shape (N, 3), float64
        Smoothing coefficients of level, first and second seasonality.
    additive : ndarray of shape (N,), bool
    effect : ndarray of shape (n_obs,), float64, or None
        Linear effect of future covariates, a factor or a summand; None without such.
    """

    indptr: IntArray
    level: FloatArray
    factors: tuple[FloatArray, ...]
    periods: tuple[int, ...]
    coefficients: FloatArray
    additive: BoolArray
    effect: FloatArray | None = None

    def seasonal(self, steps: IntArray) -> list[tuple[FloatArray, FloatArray]]:
        """Return each seasonality at all observations, and at steps after the end of each series.

        Parameters
        ----------
        steps : ndarray of shape (N, K), int64
            1 is the first step after the end.

        Returns
        -------
        list of (ndarray of shape (n_obs,), ndarray of shape (N, K)), float64
        """
        parts = []
        for flat, period in zip(self.factors, self.periods, strict=True):
            next_season = factor_starts(self.indptr, period)[1:, None] - period
            ahead = flat[next_season + (steps - 1) % period]
            parts.append((factors_at_observations(flat, self.indptr, period), ahead))
        return parts

    @property
    def next_season(self) -> tuple[FloatArray, ...]:
        """Factors of the S steps after the end of each series, (N, S), for each seasonality."""
        return tuple(
            flat[(factor_starts(self.indptr, period)[1:, None] - period) + np.arange(period)]
            for flat, period in zip(self.factors, self.periods, strict=True)
        )

    def series(self, i: int) -> Components:
        """Return the components of series i alone.

        Parameters
        ----------
        i : int

        Returns
        -------
        Components
        """
        a, b = self.indptr[i], self.indptr[i + 1]
        starts = [factor_starts(self.indptr, period) for period in self.periods]
        return Components(
            np.array([0, b - a]),
            self.level[a:b],
            tuple(f[s[i] : s[i + 1]] for f, s in zip(self.factors, starts, strict=True)),
            self.periods,
            self.coefficients[i : i + 1],
            self.additive[i : i + 1],
            None if self.effect is None else self.effect[a:b],
        )


def smoothed_components(
    ensemble: Ensemble, panel: Panel, covariates: Covariates | None = None
) -> Components:
    """Smooth a panel with the mean per-series parameters of the members with its own periods.

    Parameters
    ----------
    ensemble : Ensemble
    panel : Panel
        The series that the ensemble was trained on, in the same order; they may have become longer.
    covariates : Covariates, optional
        Of these series, if the ensemble was trained with such.

    Returns
    -------
    Components

    Raises
    ------
    InputError
        If the panel's number of series is not that of the training panel.

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> from esrnn.ensemble import TrainingOptions, fit_ensemble
    >>> panel = Panel.from_arrays([np.tile([2.0, 4.0, 6.0, 4.0], 6)])
    >>> config = preset_config("quarterly", 4, n_members=1, n_epochs=1, hidden_size=4)
    >>> ensemble = fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1))
    >>> one = smoothed_components(ensemble, panel).series(0)
    >>> one.level.shape, one.next_season[0].round()
    ((24,), array([[0., 1., 2., 1.]]))
    """
    fit, periods = ensemble.smoothing, ensemble.config.smoothing.seasonal_periods
    if panel.n_series != fit.unit.size:
        raise InputError(
            f"the model holds parameters of {fit.unit.size} series; got a panel of "
            f"{panel.n_series}; pass the panel it was trained on"
        )
    alike = [
        m.smoothing.rows for m in ensemble.members if m.config.smoothing.seasonal_periods == periods
    ]
    rows = np.mean(alike, axis=0)
    parameters = natural_parameters(rows, fit.unit, fit.additive, periods)
    effect = None
    if ensemble.effects is not None and covariates is not None:
        effect = ensemble.effects.history(covariates, panel.lengths)
        panel = ensemble.effects.remove(panel, covariates)
    values, indptr = np.array(panel.values), np.array(panel.indptr)
    level, *factors = smooth(values, indptr, *parameters, fit.additive)
    seasons = tuple(factors[: len(periods)])
    return Components(indptr, level, seasons, periods, parameters[0], fit.additive, effect)
