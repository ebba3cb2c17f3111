"""Series, their columns of X, and the trained networks that forecast them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from esrnn._checks import as_whole
from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.forecaster.result_frames import coefficients_frame, components_frame
from esrnn.forecaster.trained_model import TrainedModel, train_model
from esrnn.frames import FramedPanel, panel_to_long
from esrnn.frames.append import append, append_columns
from esrnn.frames.times import as_steps
from esrnn.quantiles.levels import interpolate_quantiles
from esrnn.quantiles.support import clip_to_support, find_support

if TYPE_CHECKING:
    from esrnn.diagnostics import NetworkDiagnostics
    from esrnn.panel import Covariates

__all__ = ["FittedPanel", "fit_panel"]


@dataclass(frozen=True, eq=False)
class FittedPanel:
    """Series and the networks that forecast them.

    Attributes
    ----------
    framed : FramedPanel
        The series.
    columns : pd.DataFrame or None
        All rows of X that were given so far.
    model : TrainedModel
        The networks, with the smoothing parameters of these series.
    """

    framed: FramedPanel
    columns: pd.DataFrame | None
    model: TrainedModel

    def updated(
        self,
        y: pd.DataFrame,
        X: pd.DataFrame | None,
        parameters: Mapping[str, Any] | None,
        pretrained: TrainedModel | None,
    ) -> FittedPanel:
        """Append new rows to the series, and train on all of them if that is wanted.

        Parameters
        ----------
        y, X
            As sktime's containers.
        parameters : mapping or None
            The arguments of `esrnn.ESRNN`, to train on all data; None changes no parameter.
        pretrained : TrainedModel or None
            Networks to take as they are instead of training new ones.

        Returns
        -------
        FittedPanel

        Raises
        ------
        InputError
            As `esrnn.frames.append.append`, `train_model` and `TrainedModel.for_new_series`, or if
            the new rows do not fit the form of a series (a value <= 0 in a multiplicative one).
        """
        framed, columns = append(self.framed, y), append_columns(self.columns, X)
        model = self.model
        if parameters is None:
            model.ensemble.require_forms(framed.panel)
        elif pretrained is not None:
            model = pretrained.for_new_series(framed, columns)
        else:
            model = train_model(framed, columns, model.horizon, parameters)
        return FittedPanel(framed, columns, model)

    def trained_further(self, parameters: Mapping[str, Any]) -> FittedPanel:
        """Train the networks further on the series at hand.

        Parameters
        ----------
        parameters : mapping
            The arguments of `esrnn.ESRNN`.

        Returns
        -------
        FittedPanel
        """
        model = train_model(self.framed, self.columns, self.model.horizon, parameters, self.model)
        return replace(self, model=model)

    def forecast(self, steps: IntArray, X: pd.DataFrame | None, device: str) -> FloatArray:
        """Forecast the median; steps within the data are forecast from the step before each.

        Parameters
        ----------
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series.
        X : pd.DataFrame or None
            Further rows of X: values of the future covariates at these steps.
        device : str

        Returns
        -------
        ndarray of shape (N, K), float64
            In units of y.

        Raises
        ------
        InputError
            As `TrainedModel.covariates` and `TrainedModel.fitted_values`.
        """
        model = self.model
        covariates = model.covariates_ahead(self.framed, append_columns(self.columns, X), steps)
        return self._forecast(covariates, steps, device)

    def _forecast(self, covariates: Covariates | None, steps: IntArray, device: str) -> FloatArray:
        """Forecast the median with covariates that are encoded already."""
        model = self.model
        if steps.max() < 1:
            y_hat = model.fitted_values(self.framed, covariates, steps, device)
        else:
            quantiles = model.forecast(self.framed, covariates, steps, device)
            y_hat = quantiles[quantiles.shape[0] // 2]
            if steps.min() < 1:
                within = model.fitted_values(self.framed, covariates, steps, device)
                y_hat = np.where(steps < 1, within, y_hat)
        return self._clip(y_hat)

    def quantiles(
        self, steps: IntArray, X: pd.DataFrame | None, levels: Sequence[float], device: str
    ) -> FloatArray:
        """Forecast quantiles at any levels.

        Parameters
        ----------
        steps, X, device
            As for `forecast`; all steps must be at least 1.
        levels : sequence of float, length A

        Returns
        -------
        ndarray of shape (A, N, K), float64

        Raises
        ------
        InputError
            As `TrainedModel.covariates`, or if a level isn't in (0, 1).
        """
        model = self.model
        covariates = model.covariates_ahead(self.framed, append_columns(self.columns, X), steps)
        return self._at_levels(model.forecast(self.framed, covariates, steps, device), levels)

    def forecast_frame(
        self,
        horizon: int | None = None,
        X: pd.DataFrame | None = None,
        coverages: Sequence[float] = (),
        device: str = "auto",
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
        """
        n_steps = self.model.horizon if horizon is None else as_whole("horizon", horizon)
        steps = as_steps(n_steps, self.framed.n_series)
        covariates = self.model.covariates_ahead(
            self.framed, append_columns(self.columns, X), steps
        )
        own = self.model.forecast(self.framed, covariates, steps, device)
        columns: dict[Hashable, FloatArray] = {"y_hat": self._clip(own[own.shape[0] // 2])}
        for coverage in coverages:
            levels = [0.5 - 0.5 * coverage, 0.5 + 0.5 * coverage]
            low, high = self._at_levels(own, levels)
            columns |= {f"lo-{100 * coverage:g}": low, f"hi-{100 * coverage:g}": high}
        return panel_to_long(columns, self.framed, steps)

    def _at_levels(self, quantiles: FloatArray, levels: Sequence[float]) -> FloatArray:
        """Interpolate between the trained levels, and clip."""
        ensemble = self.model.ensemble
        trained, additive = self.model.config.network.quantile_levels, ensemble.smoothing.additive
        axis = ensemble.level_axis()
        return self._clip(interpolate_quantiles(quantiles, trained, levels, additive, axis))

    def _clip(self, forecasts: FloatArray) -> FloatArray:
        """Keep forecasts to what the series can be."""
        return clip_to_support(forecasts, *find_support(self.framed.panel))

    def components(self, steps: IntArray, X: pd.DataFrame | None, device: str) -> pd.DataFrame:
        """Return the components of the series and their forecasts (`esrnn.ESRNN.components`).

        Parameters
        ----------
        steps, X, device
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
        model = self.model
        covariates = model.covariates_ahead(self.framed, append_columns(self.columns, X), steps)
        y_hat = self._forecast(covariates, steps, device)
        parts = smoothed_components(model.ensemble, self.framed.panel, covariates)
        effects, effect = model.ensemble.effects, None
        if effects is not None and covariates is not None:
            effect = effects.ahead(covariates, steps)
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


def fit_panel(
    framed: FramedPanel,
    X: pd.DataFrame | None = None,
    *,
    horizon: int | None = None,
    model: TrainedModel | None = None,
    **settings: Any,
) -> FittedPanel:
    """Train networks on the series of a panel, or use trained ones for them.

    Parameters
    ----------
    framed : FramedPanel
        The series, such as `esrnn.frames.long_to_panel` reads from a long frame.
    X : pd.DataFrame, optional
        Covariates, indexed by series and time: over the history, and over the future where they
        are known.
    horizon : int, optional
        Steps ahead to train for; by default what is usual for the frequency.
    model : TrainedModel, optional
        Networks to use as they are. Only the smoothing parameters of each series are then fitted,
        and neither `horizon` nor `settings` may be given.
    **settings
        Arguments of `esrnn.ESRNN`.

    Returns
    -------
    FittedPanel

    Raises
    ------
    InputTypeError, InputError
        If an argument is unknown or not valid, or the data can't be used with `model`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from esrnn.frames import long_to_panel
    >>> ds = pd.period_range("2022-01", periods=24, freq="M")
    >>> df = pd.DataFrame({"unique_id": "a", "ds": ds, "y": 10.0 + np.arange(24.0) % 12})
    >>> fitted = fit_panel(long_to_panel(df), horizon=2, n_members=1, n_epochs=1, hidden_size=4)
    >>> forecast = fitted.forecast_frame(coverages=[0.95])
    >>> forecast.columns.tolist(), len(forecast)
    (['unique_id', 'ds', 'y_hat', 'lo-95', 'hi-95'], 2)
    """
    if model is None:
        return FittedPanel(framed, X, train_model(framed, X, horizon, settings))
    if horizon is not None or settings:
        given = sorted(settings) + ["horizon"] * (horizon is not None)
        raise InputError(
            f"with a trained model no settings are taken; got {given}. Leave them out, or leave"
            " out model to train with them."
        )
    return FittedPanel(framed, X, model.for_new_series(framed, X))
