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
from esrnn.errors import N_LISTED, InputError, describe_offenders
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
                f"series must have the step of training, {frequency_code(self.grid)!r}; got series "
                f"with the step {frequency_code(framed.times.grid)!r}. Bring them to one step, "
                "or fit without pretrain."
            )

    def covariates(
        self,
        framed: FramedPanel,
        X: pd.DataFrame | None,
        horizon: int,
        required: IntArray | None = None,
    ) -> Covariates | None:
        """Encode the covariates of series.

        Parameters
        ----------
        framed : FramedPanel
        X : pd.DataFrame or None
            Columns of history and future.
        horizon : int
            Steps after each end.
        required : ndarray of shape (N, K), int64, optional
            Steps after each end at which X must have values of the future covariates.

        Returns
        -------
        Covariates or None

        Raises
        ------
        InputError
            If X has other columns than in training, or lacks what is required.
        """
        if self.encoder is not None:
            return self.encoder.encode(framed, X, horizon, required)
        if X is not None and len(X.columns):
            raise InputError(
                "the model was trained without X, so it takes none; got X with the columns"
                f" {list(X.columns)[:5]}. Leave X out, or pass X to fit (or pretrain) as well."
            )
        return None

    def covariates_ahead(
        self, framed: FramedPanel, X: pd.DataFrame | None, steps: IntArray
    ) -> Covariates | None:
        """Encode the covariates that forecasts of some steps need.

        Parameters
        ----------
        framed, X
            As for `covariates`.
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series.

        Returns
        -------
        Covariates or None
            Over a whole number of horizons, since further steps are forecast one horizon at a time.

        Raises
        ------
        InputError
            As `covariates`.
        """
        furthest = max(int(steps.max()), 1)
        return self.covariates(framed, X, -(-furthest // self.horizon) * self.horizon, steps)

    def forecast(
        self, framed: FramedPanel, covariates: Covariates | None, steps: IntArray, device: str
    ) -> FloatArray:
        """Forecast quantiles at the trained levels.

        Parameters
        ----------
        framed : FramedPanel
            The ensemble's series.
        covariates : Covariates or None
            Of `covariates_ahead` for these steps.
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series; smaller ones than 1 are read as 1.
        device : str

        Returns
        -------
        ndarray of shape (Q, N, K), float64
        """
        from esrnn.runtime import choose_device

        furthest = max(int(steps.max()), self.horizon)
        quantiles = self.ensemble.forecast(
            framed.panel, choose_device(device), covariates, furthest
        )
        return np.take_along_axis(quantiles, np.maximum(steps, 1)[None] - 1, axis=2)

    def fitted_values(
        self, framed: FramedPanel, covariates: Covariates | None, steps: IntArray, device: str
    ) -> FloatArray:
        """Forecast steps within the data, each from the step before it.

        Parameters
        ----------
        framed, device
            As for `forecast`.
        covariates : Covariates or None
            Of these series, with any horizon.
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
        from esrnn.runtime import choose_device

        panel = framed.panel
        early = np.flatnonzero(steps.min(axis=1) <= -panel.lengths)
        if early.size:
            found = describe_offenders(framed.ids.take(early[:N_LISTED]).tolist(), count=early.size)
            raise InputError(
                f"fh must not reach before the start of a series; it does for {found}. Ask for"
                " later steps."
            )
        if covariates is not None and covariates.horizon != self.horizon:
            covariates = covariates.cut(panel.lengths, self.horizon)
        values = self.ensemble.fitted_values(panel, choose_device(device), covariates)
        return values[panel.indptr[1:, None] - 1 + np.minimum(steps, 0)]


def _alike(one: Grid, other: Grid) -> bool:
    """Tell whether two grids have steps of the same length; integers match any."""
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
        Covariates over the history, and the future if it is known, with an index of series and time
        as for `esrnn.frames.CovariateEncoder`.
    horizon : int or None
        Steps ahead to train for; None takes the usual horizon of the preset.
    parameters : mapping
        The arguments of `esrnn.ESRNN` by name.
    start : TrainedModel, optional
        Networks to train further.

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
    if parameters.get("verbose"):
        settings.announce(framed)
    config, encoder, covariates = settings.config, None, None
    if start is not None:
        start.require_steps(framed)
        encoder, covariates = start.encoder, start.covariates(framed, X, config.network.horizon)
    elif X is not None or settings.calendar:
        encoder = CovariateEncoder.fit(X, framed, settings.calendar)
        covariates = encoder.encode(framed, X, config.network.horizon)
    if covariates is not None:
        network = replace(
            config.network, n_static=covariates.n_static, n_future=covariates.n_future
        )
        config = replace(config, network=network)
    ensemble = fit_ensemble(
        framed.panel,
        config,
        covariates=covariates,
        start=None if start is None else start.ensemble,
        seed=settings.seed,
        options=settings.options,
    )
    return TrainedModel(ensemble, settings.choice, encoder, framed.times.grid)
