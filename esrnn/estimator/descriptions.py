"""Descriptions of a fitted `ESRNN`: components, coefficients, training history, networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from sktime.forecasting.base import ForecastingHorizon

from esrnn.estimator.faults import FaultySeries
from esrnn.forecaster.arguments import Point
from esrnn.forecaster.result_frames import history_frame

if TYPE_CHECKING:
    from esrnn.diagnostics import NetworkDiagnostics
    from esrnn.ensemble import Ensemble

__all__ = ["FittedDescriptions"]


class FittedDescriptions(FaultySeries):
    """The methods of `ESRNN` that describe it once it is fitted; they change nothing."""

    ensemble_: Ensemble
    device: str
    point: Point
    fh: ForecastingHorizon

    def check_is_fitted(self, method_name: str | None = None) -> None:
        """Raise unless the forecaster is fitted (sktime's class does it)."""
        super().check_is_fitted(method_name=method_name)  # type: ignore[misc]

    def components(
        self, fh: ForecastingHorizon | Sequence[int] | None = None, X: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Return the components of each series and of its forecast.

        Parameters
        ----------
        fh : ForecastingHorizon or sequence of int, optional
            Steps of the forecast; by default those of `fit`.
        X : pd.DataFrame, optional
            As for `predict`.

        Returns
        -------
        pd.DataFrame
            Indexed as y: the history of each series, then its forecast. Columns: ``y``; ``level``
            in units of y, the last one in the future; ``seasonality_<period>``, a factor, or a
            summand in units of y for an additive series; ``covariates``, the linear effect of
            future covariates if there are any, and ``network``, what the networks add (and local
            models, if there are any), in the same way; ``y_hat``, which is made up of these;
            ``form``, "multiplicative" or "additive". y
            is NaN in the future, network and y_hat are NaN in the history.
        """
        self.check_is_fitted()
        if not isinstance(fh, ForecastingHorizon):
            fh = self.fh if fh is None else ForecastingHorizon(fh)
        return self._forecast_sound(
            lambda some, steps: some.components(steps, X, self.device, self.point), fh
        )[0]

    def smoothing_coefficients(self) -> pd.DataFrame:
        """Return every series' smoothing coefficients, the mean of the members'.

        Returns
        -------
        pd.DataFrame
            A row for each series. Columns: ``level``, ``seasonality_<period>``, each between 0 and
            1, and ``form``, "multiplicative" or "additive".
        """
        self.check_is_fitted()
        return self._fitted.coefficients()

    def training_history(self) -> pd.DataFrame:
        """Return what was measured in every epoch of every member.

        Returns
        -------
        pd.DataFrame
            Columns: ``member`` from 0; ``epoch`` from 1; ``loss``; ``val_owa``, the OWA of
            forecasts of held-back horizons, NaN without `patience`; ``gradient_norm``, the mean
            over the epoch's steps, before clipping.
        """
        self.check_is_fitted()
        return history_frame(self.ensemble_)

    def inspect_network(self, member: int = 0) -> NetworkDiagnostics:
        """Look into a network at work: gates, weights, how far back its gradient reaches.

        Parameters
        ----------
        member : int, default 0

        Returns
        -------
        esrnn.diagnostics.NetworkDiagnostics
            For `esrnn.plotting.write_diagnostics_page`.
        """
        self.check_is_fitted()
        return self._fitted.inspect(member)
