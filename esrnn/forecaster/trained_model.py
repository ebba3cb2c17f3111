"""Trained networks, and how a panel with its columns of X reaches them.

`esrnn.ensemble` works on panels and encoded covariates. Here both are made from frames: for
training, for series that the networks were not trained on, and for forecasts.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.errors import InputError, Offenders
from esrnn.forecaster.frequency_presets import preset_of_frequency
from esrnn.forecaster.model_files import Files, Plain, parts_that_fit, read_parts, write_parts
from esrnn.forecaster.model_parts import model_from_parts, model_to_parts, read_series
from esrnn.forecaster.partner import (
    Partner,
    ensembles_of,
    map_ensembles,
    mix_ensembles,
    replace_series_of,
    subset_model,
)
from esrnn.forecaster.preset_choice import PresetChoice
from esrnn.forecaster.saved_series import find_saved_series
from esrnn.frames import CovariateEncoder, FramedPanel, frequency_code
from esrnn.frames.times import Grid
from esrnn.networks import Strategy
from esrnn.panel import Covariates

if TYPE_CHECKING:
    from esrnn.ensemble import Ensemble

__all__ = ["TrainedModel"]


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
    starts : pd.Index or None
        First time stamps of the ensemble's series, in a model that was fitted to them and saved
        without their history: given the same series again, they keep their parameters.
    strategy : {"zero_shot", "fine_tune", "train", "combine", "distil"}
        How the networks came to these series (`esrnn.networks.Way`).
    partner : Partner or None
        Further networks whose forecasts are mixed in.
    """

    ensemble: Ensemble
    choice: PresetChoice
    encoder: CovariateEncoder | None
    grid: Grid
    starts: pd.Index | None = None
    strategy: Strategy = "train"
    partner: Partner | None = None

    @property
    def config(self) -> ModelConfig:
        """All settings in force."""
        return self.ensemble.config

    @property
    def horizon(self) -> int:
        """Steps ahead that the networks were trained for."""
        return self.config.network.horizon

    def save(self, path: str | os.PathLike[str], *, series: bool = True) -> None:
        """Write the model to a folder (`esrnn.load_model` and `load` read it).

        Parameters
        ----------
        path : str or path
            A new folder, or a model directory, which is replaced.
        series : bool, default True
            Whether to write the names and smoothing parameters of the ensemble's series.

        Raises
        ------
        InputError
            If something else is at `path`, or the ids of the series are of several kinds.
        """
        write_parts(path, *self.parts(series))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TrainedModel:
        """Read a model that `save` wrote, or the one of an `ESRNN` or a `FittedPanel`.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        TrainedModel

        Raises
        ------
        ModelFileError
            If it is no model directory, was changed or damaged, or is of a newer format.
        """
        return cls.from_parts(*read_parts(path))

    def parts(self, series: bool = True) -> tuple[Plain, Files]:
        """Return what `save` writes: plain data, and files by name.

        Parameters
        ----------
        series : bool, default True

        Returns
        -------
        dict
        dict of str to bytes
        """
        return model_to_parts(self, series)

    @classmethod
    def from_parts(cls, plain: Plain, files: Files) -> TrainedModel:
        """Rebuild the model from `parts`.

        Parameters
        ----------
        plain : dict
        files : dict of str to bytes

        Returns
        -------
        TrainedModel

        Raises
        ------
        ModelFileError
            If a part is missing, or parts do not fit together.
        """
        with parts_that_fit():
            return cls(*model_from_parts(plain, files, read_series(plain, files)))

    def for_new_series(self, framed: FramedPanel, X: pd.DataFrame | None) -> TrainedModel:
        """Return the same networks for other series, or for those that the model was saved with.

        Parameters
        ----------
        framed : FramedPanel
        X : pd.DataFrame or None
            Columns of their history.

        Returns
        -------
        TrainedModel

        Warns
        -----
        EsrnnWarning
            If the model was saved with smoothing parameters of some of these series that they can't
            keep (`esrnn.forecaster.saved_series`). They are fitted as other series are.

        Raises
        ------
        InputError
            If the step between time stamps is another one, or as `covariates`.
        """
        self.require_steps(framed)
        if self.starts is None:
            return self._fitted_to(framed, X)
        places = find_saved_series(self.ensemble, self.starts, framed)
        kept, others = places[places >= 0], np.flatnonzero(places < 0)
        if not kept.size:
            return self._fitted_to(framed, X)
        model = subset_model(self, kept)
        if others.size:
            fresh = self._fitted_to(framed.subset(others), X)
            model = replace_series_of(model, fresh, framed.panel.ids)
        return replace(model, starts=None)

    def _fitted_to(self, framed: FramedPanel, X: pd.DataFrame | None) -> TrainedModel:
        """Return the same networks for series whose parameters come from the per-series fit."""
        covariates = self.covariates(framed, X, self.horizon)
        with framed.dating_errors():
            model = map_ensembles(self, lambda own: own.for_new_series(framed.panel, covariates))
        return replace(model, starts=None)

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
            Over a whole number of horizons, of any of the networks, since further steps are
            forecast one horizon at a time.

        Raises
        ------
        InputError
            As `covariates`.
        """
        furthest = max(int(steps.max()), 1)
        horizons = {ensemble.config.network.horizon for ensemble in ensembles_of(self)}
        return self.covariates(framed, X, max(-(-furthest // h) * h for h in horizons), steps)

    def forecast(
        self, framed: FramedPanel, covariates: Covariates | None, furthest: int, device: str
    ) -> FloatArray:
        """Forecast quantiles at the trained levels, of all steps up to the furthest.

        Parameters
        ----------
        framed : FramedPanel
            The ensemble's series.
        covariates : Covariates or None
            Of `covariates_ahead` for these steps.
        furthest : int
            Steps ahead.
        device : str

        Returns
        -------
        ndarray of shape (Q, N, furthest), float64
        """
        from esrnn.runtime import choose_device

        where = choose_device(device)
        return mix_ensembles(
            self, lambda own: own.forecast(framed.panel, where, covariates, furthest)
        )

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
            raise InputError.of_series(
                "fh must not reach before the start of a series; series where it does, and starts",
                Offenders(framed.ids.take(early), values=framed.starts().take(early)),
                "Ask for later steps.",
            )
        if covariates is not None and covariates.horizon != self.horizon:
            covariates = covariates.cut(panel.lengths, self.horizon)
        where = choose_device(device)
        values = mix_ensembles(self, lambda own: own.fitted_values(panel, where, covariates))
        return values[panel.indptr[1:, None] - 1 + np.minimum(steps, 0)]


def _alike(one: Grid, other: Grid) -> bool:
    """Return whether two grids have steps of the same length; integers match any time stamps."""
    if isinstance(one.freq, int) or isinstance(other.freq, int):
        return one.freq == other.freq or type(one) is not type(other)
    known = preset_of_frequency(one.freq), preset_of_frequency(other.freq)
    return known[0] == known[1] if all(known) else one.freq == other.freq
