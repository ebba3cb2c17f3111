"""Trained networks, and how a panel with its columns of X reaches them.

`esrnn.ensemble` works on panels and encoded covariates. Here both are made from frames: for
training, for series that the networks were not trained on, and for forecasts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.errors import InputError, describe_offenders
from esrnn.forecaster.frequency_presets import preset_of_frequency
from esrnn.forecaster.settings import resolve_settings
from esrnn.frames import CovariateEncoder, FramedPanel, frequency_code
from esrnn.frames.times import Grid
from esrnn.panel import Covariates

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble
    from esrnn.forecaster.preset_choice import PresetChoice

__all__ = ["TrainedModel", "train_model"]


@dataclass(frozen=True)
class TrainedModel:
    """Trained networks, and what turns frames into their inputs.

    Attributes
    ----------
    ensemble : Ensemble
    choice : PresetChoice
        The preset of the settings, and why it was chosen.
    encoder : CovariateEncoder or None
        None for networks without covariates.
    grid : Grid
        The step between time stamps in training.
    """

    ensemble: Ensemble
    choice: PresetChoice
    encoder: CovariateEncoder | None
    grid: Grid

    @property
    def config(self) -> ModelConfig:
        """All settings in force."""
        return self.ensemble.config

    @property
    def horizon(self) -> int:
        """Steps ahead that the networks were trained for."""
        return self.config.network.horizon

    def for_new_series(self, framed: FramedPanel, X: pd.DataFrame | None) -> TrainedModel:
        """Return the same networks for other series.

        Parameters
        ----------
        framed : FramedPanel
        X : pd.DataFrame or None
            Columns of their history.

        Returns
        -------
        TrainedModel

        Raises
        ------
        InputError
            If the step between time stamps is another one, or as `covariates`.
        """
        self.require_steps(framed)
        covariates = self.covariates(framed, X, self.horizon)
        return replace(self, ensemble=self.ensemble.for_new_series(framed.panel, covariates))

    def require_steps(self, framed: FramedPanel) -> None:
        """Refuse series whose steps are longer or shorter than those that were trained on.

        Parameters
        ----------
        framed : FramedPanel

        Raises
        ------
        InputError
            If they are.
        """
        if not _alike(self.grid, framed.times.grid):
            raise InputError(
                f"the networks were trained on steps of {frequency_code(self.grid)!r}; got series "
                f"with steps of {frequency_code(framed.times.grid)!r}; pretrain on such series"
            )

    def covariates(
        self, framed: FramedPanel, X: pd.DataFrame | None, horizon: int
    ) -> Covariates | None:
        """Encode what is known about the series.

        Parameters
        ----------
        framed : FramedPanel
        X : pd.DataFrame or None
            Columns of history and future.
        horizon : int
            Steps after each end.

        Returns
        -------
        Covariates or None

        Raises
        ------
        InputError
            If there are other columns than in training.
        """
        if self.encoder is not None:
            return self.encoder.encode(framed, X, horizon)
        if X is not None and len(X.columns):
            raise InputError(
                f"X came without having been there in training: {list(X.columns)[:5]}; give X to "
                "fit (or pretrain) as well, or leave it out"
            )
        return None

    def forecast(
        self, framed: FramedPanel, X: pd.DataFrame | None, steps: IntArray, device: str
    ) -> FloatArray:
        """Forecast.

        Parameters
        ----------
        framed : FramedPanel
            The ensemble's series.
        X : pd.DataFrame or None
            As for `covariates`.
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series.
        device : str

        Returns
        -------
        ndarray of shape (Q, N, K), float64

        Raises
        ------
        InputError
            If X does not tell what must be known of these steps.
        """
        from esrnn.ensemble import choose_device

        device = choose_device(device)
        furthest = max(int(steps.max()), 1)
        if self.encoder is not None:
            self.encoder.require_future(framed, X, steps)
        trained_for = self.config.network.horizon
        covariates = self.covariates(framed, X, -(-furthest // trained_for) * trained_for)
        ahead = self.ensemble.forecast(framed.panel, device, covariates, max(furthest, trained_for))
        return np.take_along_axis(ahead, np.maximum(steps, 1)[None] - 1, axis=2)

    def fit_values(
        self, framed: FramedPanel, X: pd.DataFrame | None, steps: IntArray, device: str
    ) -> FloatArray:
        """Forecast steps within the data, each from the one before.

        Parameters
        ----------
        framed, X, device
            As for `forecast`.
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series; 0 is the last observation. Greater ones are read
            as 0.

        Returns
        -------
        ndarray of shape (N, K), float64

        Raises
        ------
        InputError
            If a step lies before the start of a series.
        """
        from esrnn.ensemble import choose_device

        panel = framed.panel
        early = np.flatnonzero(steps.min(axis=1) <= -panel.lengths)
        if early.size:
            raise InputError(
                "fh must not reach before the start of a series; it does for "
                f"{describe_offenders(framed.ids.take(early).tolist())}; ask for later steps"
            )
        covariates = self.covariates(framed, X, self.horizon)
        fitted = self.ensemble.fitted_values(panel, choose_device(device), covariates)
        return fitted[panel.indptr[1:, None] - 1 + np.minimum(steps, 0)]


def _alike(one: Grid, other: Grid) -> bool:
    """Tell whether two grids have steps of one length; integers may stand for any."""
    if isinstance(one.freq, int) or isinstance(other.freq, int):
        return True
    known = preset_of_frequency(one.freq), preset_of_frequency(other.freq)
    return known[0] == known[1] if all(known) else one.freq == other.freq


def train_model(
    framed: FramedPanel,
    X: pd.DataFrame | None,
    horizon: int | None,
    parameters: Mapping[str, Any],
    start: TrainedModel | None = None,
) -> TrainedModel:
    """Train networks on a panel.

    Parameters
    ----------
    framed : FramedPanel
    X : pd.DataFrame or None
    horizon : int or None
        Steps ahead to train for; None for what is usual.
    parameters : mapping
        The estimator's.
    start : TrainedModel, optional
        What was learnt before, to be trained further.

    Returns
    -------
    TrainedModel

    Raises
    ------
    InputError
        As `resolve_settings`, `esrnn.ensemble.fit_ensemble` and `CovariateEncoder`.
    """
    from esrnn.ensemble import fit_ensemble

    settings = resolve_settings(parameters, framed, horizon, start.choice if start else None)
    if parameters["verbose"]:
        settings.announce(framed)
    config, encoder, covariates = settings.config, None, None
    if start is not None:
        start.require_steps(framed)
        encoder, covariates = start.encoder, start.covariates(framed, X, config.network.horizon)
    elif X is not None or settings.calendar:
        encoder = CovariateEncoder.learn(X, framed, settings.calendar)
        covariates = encoder.encode(framed, X, config.network.horizon)
    if covariates is not None:
        network = replace(config.network, n_static=covariates.n_static, n_known=covariates.n_known)
        config = replace(config, network=network)
    ensemble = fit_ensemble(
        framed.panel,
        config,
        covariates=covariates,
        start=None if start is None else start.ensemble,
        seed=settings.seed,
        n_jobs=settings.n_jobs,
        device=settings.device,
        watch=settings.watch,
    )
    return TrainedModel(ensemble, settings.choice, encoder, framed.times.grid)
