"""`Fitted`: series, what is known about them, and the networks that forecast them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.forecaster.describe import Ahead, coefficients_frame, components_frame
from esrnn.forecaster.learned import Learned, learn
from esrnn.frames import FramedPanel
from esrnn.frames.growth import grow, grow_columns
from esrnn.intervals import interpolate_quantiles
from esrnn.support import Support

if TYPE_CHECKING:
    from esrnn.diagnostics import NetworkDiagnostics

__all__ = ["Fitted"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """What an estimator knows once it is fitted.

    Attributes
    ----------
    framed : FramedPanel
        The series.
    columns : pd.DataFrame or None
        All that was given of X.
    learned : Learned
        The networks, with parameters of these series.
    """

    framed: FramedPanel
    columns: pd.DataFrame | None
    learned: Learned

    def updated(
        self,
        y: pd.DataFrame,
        X: pd.DataFrame | None,
        parameters: Mapping[str, Any] | None,
        pretrained: Learned | None,
    ) -> Fitted:
        """Put new rows behind the series, and learn from them if that is wanted.

        Parameters
        ----------
        y, X
            As sktime's containers.
        parameters : mapping or None
            The estimator's, to do with all data what `fit` does; None leaves everything learnt as
            it is.
        pretrained : Learned or None
            Networks that `fit` takes as they are.

        Returns
        -------
        Fitted

        Raises
        ------
        InputError
            As `esrnn.frames.growth.grow`, `learn` and `Learned.adopt`, or where a series can't be
            served in its form any more.
        """
        framed, columns = grow(self.framed, y), grow_columns(self.columns, X)
        learned = self.learned
        if parameters is None:
            learned.ensemble.require_forms(framed.panel)
        elif pretrained is not None:
            learned = pretrained.adopt(framed, columns)
        else:
            learned = learn(framed, columns, learned.horizon, parameters)
        return Fitted(framed, columns, learned)

    def trained_further(self, parameters: Mapping[str, Any]) -> Fitted:
        """Train the networks further on the series at hand.

        Parameters
        ----------
        parameters : mapping
            The estimator's.

        Returns
        -------
        Fitted
        """
        learned = learn(self.framed, self.columns, self.learned.horizon, parameters, self.learned)
        return replace(self, learned=learned)

    def forecast(self, steps: IntArray, X: pd.DataFrame | None, device: str) -> FloatArray:
        """Forecast; steps within the data each from the one before.

        Parameters
        ----------
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series.
        X : pd.DataFrame or None
            What is known of these steps.
        device : str

        Returns
        -------
        ndarray of shape (N, K), float64
            The median.

        Raises
        ------
        InputError
            As `Learned.forecast` and `Learned.fit_values`.
        """
        columns, learned = grow_columns(self.columns, X), self.learned
        if steps.max() < 1:
            y_hat = learned.fit_values(self.framed, columns, steps, device)
        else:
            quantiles = learned.forecast(self.framed, columns, steps, device)
            y_hat = quantiles[quantiles.shape[0] // 2]
            if steps.min() < 1:
                within = learned.fit_values(self.framed, columns, steps, device)
                y_hat = np.where(steps < 1, within, y_hat)
        return self._support().keep(y_hat)

    def quantiles(
        self, steps: IntArray, X: pd.DataFrame | None, levels: Sequence[float], device: str
    ) -> FloatArray:
        """Forecast quantiles at any levels.

        Parameters
        ----------
        steps, X, device
            As for `forecast`; steps within the data are not served.
        levels : sequence of float, length A

        Returns
        -------
        ndarray of shape (A, N, K), float64

        Raises
        ------
        InputError
            As `Learned.forecast`, or if a level isn't in (0, 1).
        """
        columns, learned = grow_columns(self.columns, X), self.learned
        own = learned.forecast(self.framed, columns, steps, device)
        trained, positive = learned.config.network.quantile_levels, ~learned.ensemble.fit.additive
        axis = learned.ensemble.level_axis()
        return self._support().keep(interpolate_quantiles(own, trained, levels, positive, axis))

    def _support(self) -> Support:
        return Support.of(self.framed.panel)

    def components(self, steps: IntArray, X: pd.DataFrame | None, device: str) -> pd.DataFrame:
        """Return what the series and their forecasts are made of (`esrnn.ESRNN.components`).

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
            raise InputError(f"steps ahead must be at least 1; got {steps.min()}")
        y_hat, learned = self.forecast(steps, X, device), self.learned
        columns, horizon = grow_columns(self.columns, X), int(steps.max())
        covariates = learned.covariates(self.framed, columns, horizon)
        parts = smoothed_components(learned.ensemble, self.framed.panel, covariates)
        effects, ahead = learned.ensemble.effects, None
        if effects is not None and covariates is not None:
            ahead = effects.ahead(covariates, steps)
        return components_frame(self.framed, parts, Ahead(steps, y_hat, ahead))

    def coefficients(self) -> pd.DataFrame:
        """Return the smoothing coefficients (`esrnn.ESRNN.smoothing_coefficients`).

        Returns
        -------
        pd.DataFrame
        """
        from esrnn.components import smoothed_components

        learned = self.learned
        covariates = learned.covariates(self.framed, self.columns, learned.horizon)
        parts = smoothed_components(learned.ensemble, self.framed.panel, covariates)
        return coefficients_frame(self.framed, parts)

    def inspect(self, member: int) -> NetworkDiagnostics:
        """Look into a network at work on these series (`esrnn.ESRNN.inspect_network`).

        Parameters
        ----------
        member : int

        Returns
        -------
        NetworkDiagnostics
        """
        from esrnn.diagnostics import inspect_network

        learned = self.learned
        covariates = learned.covariates(self.framed, self.columns, learned.horizon)
        return inspect_network(learned.ensemble, self.framed.panel, member, covariates=covariates)
