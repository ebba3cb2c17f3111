"""Series, their columns of X, and the trained networks that forecast them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from esrnn._checks import as_whole
from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError, ModelFileError
from esrnn.forecaster.arguments import Point, as_point
from esrnn.forecaster.kept_forecast import KeptForecast
from esrnn.forecaster.model_files import Files, Plain, parts_that_fit, read_parts, write_parts
from esrnn.forecaster.model_parts import panel_from_parts, panel_to_parts
from esrnn.forecaster.own_past import with_own_past
from esrnn.forecaster.partner import mixed_axis
from esrnn.forecaster.result_frames import coefficients_frame, components_frame
from esrnn.forecaster.settings import DEFAULTS
from esrnn.forecaster.simulation import Together, mean_forecast, simulate_paths
from esrnn.forecaster.stale import name_stale, without_stale
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel, panel_to_long
from esrnn.frames.append import append_columns
from esrnn.frames.times import as_steps
from esrnn.quantiles.levels import interpolate_quantiles
from esrnn.quantiles.support import clip_to_support, find_support

if TYPE_CHECKING:
    from esrnn.diagnostics import NetworkDiagnostics
    from esrnn.panel import Covariates

__all__ = ["FittedPanel"]


@dataclass(frozen=True, eq=False)
class FittedPanel:
    """Series and the networks that forecast them.

    Attributes
    ----------
    framed : FramedPanel
        The series.
    columns : pd.DataFrame or None
        All rows of X that were given so far; a copy of them is kept.
    model : TrainedModel
        The networks, with the smoothing parameters of these series.
    """

    framed: FramedPanel
    columns: pd.DataFrame | None
    model: TrainedModel
    _kept: KeptForecast = field(default_factory=KeptForecast, init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep columns of its own: what a caller does to a frame later changes no forecast."""
        if self.columns is not None:
            object.__setattr__(self, "columns", self.columns.copy())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write series and networks to a folder (`esrnn.load_model` and `load` read it).

        Parameters
        ----------
        path : str or path
            A new folder, or a model directory, which is replaced.

        Raises
        ------
        InputError
            If something else is at `path`, or ids or columns of X hold values of several kinds.
        """
        write_parts(path, *self.parts())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> FittedPanel:
        """Read what `save` wrote, or an `ESRNN` that was saved with the history of its series.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        FittedPanel

        Raises
        ------
        ModelFileError
            If it is no such model directory, was changed or damaged, or is of a newer format.
        """
        return cls.from_parts(*read_parts(path))

    def parts(self) -> tuple[Plain, Files]:
        """Return what `save` writes: plain data, and files by name.

        Returns
        -------
        dict
        dict of str to bytes
        """
        return panel_to_parts(self.framed, self.columns, self.model)

    @classmethod
    def from_parts(cls, plain: Plain, files: Files) -> FittedPanel:
        """Rebuild the panel and its model from `parts`.

        Parameters
        ----------
        plain : dict
        files : dict of str to bytes

        Returns
        -------
        FittedPanel

        Raises
        ------
        ModelFileError
            If a part is missing, or parts do not fit together.
        """
        if "panel" not in plain:
            raise ModelFileError(
                "the model directory holds no history of series; load it with TrainedModel.load,"
                " or with esrnn.load_model and give the history to fit"
            )
        with parts_that_fit():
            framed, columns, fields = panel_from_parts(plain, files)
            return cls(framed, columns, TrainedModel(*fields))

    def without_history(self) -> TrainedModel:
        """Return the networks with the parameters of these series, and when the series begin.

        Returns
        -------
        TrainedModel
        """
        return replace(self.model, starts=self.framed.starts())

    def forecast(
        self, steps: IntArray, X: pd.DataFrame | None, device: str, point: Point = DEFAULTS.point
    ) -> FloatArray:
        """Forecast the median; steps within the data are forecast from the step before each.

        Parameters
        ----------
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series.
        X : pd.DataFrame or None
            Further rows of X: values of the future covariates at these steps.
        device : str
        point : {"median", "mean"}
            What to forecast; steps within the data are medians always.

        Returns
        -------
        ndarray of shape (N, K), float64
            In units of y.

        Raises
        ------
        InputError
            As `TrainedModel.covariates` and `TrainedModel.fitted_values`.
        """
        slots = self.framed.times.slot_matrix(steps)
        if as_point(point) == "median" or steps.max() < 1:
            return self._forecast(self._covariates_ahead(slots, X), slots, device)
        means = mean_forecast(self, np.maximum(steps, 1), X, device)
        if steps.min() < 1:
            medians = self._forecast(self._covariates_ahead(slots, X), slots, device)
            means = np.where(steps < 1, medians, means)
        return means

    def _covariates_ahead(self, slots: IntArray, X: pd.DataFrame | None) -> Covariates | None:
        """Encode the covariates that forecasts of some slots need, with further rows of X."""
        columns = append_columns(self.columns, X, self.framed)
        return self.model.covariates_ahead(self.framed, columns, slots)

    def _forecast(self, covariates: Covariates | None, steps: IntArray, device: str) -> FloatArray:
        """Forecast the median of slots with covariates that are encoded already."""
        model = self.model
        if steps.max() < 1:
            y_hat = model.fitted_values(self.framed, covariates, steps, device)
        else:
            quantiles = self._kept.forecast(model, self.framed, covariates, steps, device)
            y_hat = self._at_levels(quantiles, [0.5], steps)[0]
            if steps.min() < 1:
                within = model.fitted_values(self.framed, covariates, steps, device)
                y_hat = np.where(steps < 1, within, y_hat)
        return self._clip(y_hat)

    def simulate(
        self,
        steps: IntArray,
        X: pd.DataFrame | None,
        device: str,
        *,
        n_paths: int = 1000,
        seed: int | None = None,
        series: Together = "independent",
    ) -> FloatArray:
        """Draw paths of the future (`esrnn.ESRNN.simulate`).

        Parameters
        ----------
        steps, X, device
            As for `forecast`; all steps must be at least 1.
        n_paths, seed, series
            As for `esrnn.forecaster.simulation.simulate_paths`.

        Returns
        -------
        ndarray of shape (n_paths, N, K), float64

        Raises
        ------
        InputTypeError, InputError
            As `quantiles`, or if an argument is not valid.
        """
        return simulate_paths(self, steps, X, device, n_paths, seed, series)

    def quantiles(
        self,
        steps: IntArray,
        X: pd.DataFrame | None,
        levels: Sequence[float],
        device: str,
        *,
        rounded: bool = True,
    ) -> FloatArray:
        """Forecast quantiles at any levels.

        Parameters
        ----------
        steps, X, device
            As for `forecast`; all steps must be at least 1.
        levels : sequence of float, length A
        rounded : bool, default True
            Whether quantiles of counts are whole numbers.

        Returns
        -------
        ndarray of shape (A, N, K), float64

        Raises
        ------
        InputError
            As `TrainedModel.covariates`, or if a level isn't in (0, 1).
        """
        slots = self.framed.times.slot_matrix(steps)
        covariates = self._covariates_ahead(slots, X)
        own = self._kept.forecast(self.model, self.framed, covariates, slots, device)
        return self._at_levels(own, levels, slots, rounded)

    def forecast_frame(
        self,
        horizon: int | None = None,
        X: pd.DataFrame | None = None,
        coverages: Sequence[float] = (),
        device: str = "auto",
        stale_after: int | None = None,
        point: Point = DEFAULTS.point,
    ) -> pd.DataFrame:
        """Forecast all series and write the result as a long frame.

        Parameters
        ----------
        horizon : int, optional
            Steps ahead; by default those that the networks were trained for.
        X : pd.DataFrame, optional
            Future covariates of these steps, indexed by series and time.
        coverages : sequence of float
            Nominal coverages of intervals, each in (0, 1), such as ``(0.8, 0.95)``.
        device : str
            ``"cpu"``, ``"cuda"`` or ``"auto"``.
        stale_after : int, optional
            Leave out series that end more than so many steps before the one that ends last, such
            as discontinued products. By default none is left out.
        point : {"median", "mean"}
            What ``y_hat`` is.

        Returns
        -------
        pd.DataFrame
            A row for each series and step. Columns: the id and the time, named as in the input,
            ``y_hat``, and ``lo-95`` and ``hi-95`` for a coverage of 0.95.

        Raises
        ------
        InputError
            If X has other columns than in training or lacks values of these steps, or a coverage is
            not in (0, 1).

        Warns
        -----
        StaleSeriesWarning
            If series end long before the others and `stale_after` is not given.
        """
        if stale_after is None:
            name_stale(self.framed, self.model.horizon)
            served = self
        else:
            served = without_stale(self, stale_after)
        n_steps = served.model.horizon if horizon is None else as_whole("horizon", horizon)
        steps = as_steps(n_steps, served.framed.n_series)
        slots = served.framed.times.slot_matrix(steps)
        covariates = served._covariates_ahead(slots, X)
        own = served._kept.forecast(served.model, served.framed, covariates, slots, device)
        tails = [0.5 * coverage for coverage in coverages]
        bounds = [bound for tail in tails for bound in (0.5 - tail, 0.5 + tail)]
        y_hat, *found = served._at_levels(own, [0.5, *bounds], slots)
        if as_point(point) == "mean":
            y_hat = mean_forecast(served, steps, X, device)
        columns: dict[Hashable, FloatArray] = {"y_hat": y_hat}
        for coverage, low, high in zip(coverages, found[::2], found[1::2], strict=True):
            columns |= {f"lo-{100 * coverage:g}": low, f"hi-{100 * coverage:g}": high}
        return panel_to_long(columns, served.framed, steps)

    def _at_levels(
        self, quantiles: FloatArray, levels: Sequence[float], slots: IntArray, rounded: bool = True
    ) -> FloatArray:
        """Interpolate between the trained levels, mix in the past where it counts, and clip."""
        ensemble = self.model.ensemble
        trained, additive = self.model.config.network.quantile_levels, ensemble.smoothing.additive
        axis = mixed_axis(self.model)
        own = interpolate_quantiles(quantiles, trained, levels, additive, axis)
        return self._clip(with_own_past(own, levels, self, slots), rounded)

    def _clip(self, forecasts: FloatArray, rounded: bool = True) -> FloatArray:
        """Keep forecasts to what the series can be."""
        non_negative, counts = find_support(self.framed.panel)
        return clip_to_support(forecasts, non_negative, counts & rounded)

    def components(
        self, steps: IntArray, X: pd.DataFrame | None, device: str, point: Point = DEFAULTS.point
    ) -> pd.DataFrame:
        """Return the components of the series and their forecasts (`esrnn.ESRNN.components`).

        Parameters
        ----------
        steps, X, device, point
            As for `forecast`.

        Returns
        -------
        pd.DataFrame
        """
        from esrnn.components import smoothed_components

        if steps.min() < 1:
            raise InputError(
                f"steps ahead must be at least 1; got {steps.min()}. Ask for later steps."
            )
        slots = self.framed.times.slot_matrix(steps)
        model, covariates = self.model, self._covariates_ahead(slots, X)
        if as_point(point) == "median":
            y_hat = self._forecast(covariates, slots, device)
        else:
            y_hat = self.forecast(steps, X, device, point)
        parts = smoothed_components(model.ensemble, self.framed.panel, covariates)
        effects, effect = model.ensemble.effects, None
        if effects is not None and covariates is not None:
            effect = effects.ahead(covariates, slots)
        return components_frame(self.framed, parts, steps, y_hat, effect)

    def coefficients(self) -> pd.DataFrame:
        """Return the smoothing coefficients (`esrnn.ESRNN.smoothing_coefficients`).

        Returns
        -------
        pd.DataFrame
        """
        from esrnn.components import smoothed_components

        model = self.model
        covariates = model.covariates(self.framed, self.columns, model.horizon)
        parts = smoothed_components(model.ensemble, self.framed.panel, covariates)
        return coefficients_frame(self.framed, parts)

    def inspect(self, member: int) -> NetworkDiagnostics:
        """Diagnose a network at work on these series (`esrnn.ESRNN.inspect_network`).

        Parameters
        ----------
        member : int

        Returns
        -------
        NetworkDiagnostics
        """
        from esrnn.diagnostics import inspect_network

        model = self.model
        covariates = model.covariates(self.framed, self.columns, model.horizon)
        return inspect_network(model.ensemble, self.framed.panel, member, covariates=covariates)
