"""Forecasts of an `ESRNN` as sktime wants them: points, quantiles, distributions; and paths."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from esrnn._checks import as_whole
from esrnn._typing import FloatArray
from esrnn.errors import InputError
from esrnn.estimator.faults import FaultySeries
from esrnn.forecaster.arguments import Point, as_seed, as_shares
from esrnn.forecaster.simulation import Together
from esrnn.frames import panel_to_sktime

__all__ = ["Forecasts"]

_N_QUANTILES = 200
_LEVELS = ((np.arange(_N_QUANTILES) + 0.5) / _N_QUANTILES).tolist()


_Steps: TypeAlias = "ForecastingHorizon | Sequence[int] | int | None"


class Forecasts(FaultySeries, BaseForecaster):  # type: ignore[misc]
    """The methods of `ESRNN` that forecast; they change nothing."""

    device: str
    point: Point
    random_state: int | RandomState | None

    if TYPE_CHECKING:

        def _get_varnames(self) -> Sequence[Hashable]: ...

        def _check_fh(self, fh: Any, pred_int: bool = False) -> ForecastingHorizon: ...

        def _check_X(self, X: Any = None) -> pd.DataFrame | None: ...

    def predict_interval(
        self,
        fh: _Steps = None,
        X: pd.DataFrame | None = None,
        coverage: float | Sequence[float] = 0.90,
    ) -> pd.DataFrame:
        """Forecast intervals (sktime's method).

        Parameters
        ----------
        fh : int, sequence of int or ForecastingHorizon, optional
            Steps ahead: ``28`` is the first 28 steps, ``[28]`` the 28th alone. By default those of
            `fit`, or the whole `horizon`.
        X : pd.DataFrame, optional
            Values of the covariates at these steps.
        coverage : float or sequence of float, default 0.9
            Nominal coverages, between 0 and 1.

        Returns
        -------
        pd.DataFrame
            A row for each series and step, a lower and an upper bound for each coverage.

        Raises
        ------
        InputTypeError, InputError
            If a coverage is no number between 0 and 1, or as `fit`.
        """
        self.check_is_fitted()
        coverage = as_shares("coverage", coverage)
        intervals: pd.DataFrame = super().predict_interval(fh=fh, X=X, coverage=coverage)
        return intervals

    def predict_quantiles(
        self,
        fh: _Steps = None,
        X: pd.DataFrame | None = None,
        alpha: float | Sequence[float] | None = None,
    ) -> pd.DataFrame:
        """Forecast quantiles (sktime's method).

        Parameters
        ----------
        fh, X
            As for `predict_interval`.
        alpha : float or sequence of float, optional
            Quantile levels, between 0 and 1; by default 0.05 and 0.95.

        Returns
        -------
        pd.DataFrame
            A row for each series and step, a column for each level.

        Raises
        ------
        InputTypeError, InputError
            If a level is no number between 0 and 1, or as `fit`.
        """
        self.check_is_fitted()
        levels = None if alpha is None else as_shares("alpha", alpha)
        quantiles: pd.DataFrame = super().predict_quantiles(fh=fh, X=X, alpha=levels)
        return quantiles

    def simulate(
        self,
        n_paths: int = 1000,
        fh: ForecastingHorizon | Sequence[int] | None = None,
        X: pd.DataFrame | None = None,
        *,
        series: Together = "independent",
        random_state: int | RandomState | None = None,
    ) -> pd.DataFrame:
        """Draw paths of the future: what may come, at all steps together.

        Sums are one step from it: ``paths.groupby(level=0).sum()`` over the lead time of each
        series, ``paths.groupby(level=-1).sum()`` over series; ``.quantile(0.95, axis=1)`` of these
        says how much is enough in 95 of 100 cases.

        Parameters
        ----------
        n_paths : int, default 1000
        fh : ForecastingHorizon or sequence of int, optional
            Steps ahead, as for `predict`.
        X : pd.DataFrame, optional
            As for `predict`.
        series : {"independent", "together"}
            Whether the errors of different series are drawn independently, so that they partly
            cancel in a sum over series, or all series are at the same quantile, which gives the
            widest sums; the truth lies between. Intermittent series then take the same stretch of
            time from their past.
        random_state : int or RandomState, optional
            By default that of the forecaster.

        Returns
        -------
        pd.DataFrame
            Indexed as the forecasts of `predict`, with a column for each path.

        Raises
        ------
        InputTypeError, InputError
            As `predict`, or if an argument is not valid.

        Notes
        -----
        At each step the paths have the quantiles of `predict_quantiles`. How the steps go together
        is taken from the last three horizons of at most 200 of the series: the correlations of
        ranked errors make a Gaussian copula, the same for all series. With few of them, or short
        histories, they are mixed with those of a random walk, or replaced by them. Paths of an
        intermittent series (at least a quarter of its values are 0) are stretches of its own past
        instead, drawn at random; columns of X change nothing in them.
        """
        self.check_is_fitted()
        seed = as_seed(self.random_state if random_state is None else random_state)
        as_whole("n_paths", n_paths)

        def draw(some: Any, steps: Any) -> FloatArray:
            paths: FloatArray = some.simulate(
                steps, X_inner, self.device, n_paths=n_paths, seed=seed, series=series
            )
            return paths

        fh, X_inner = self._check_fh(fh, pred_int=True), self._check_X(X=X)
        paths, served, steps = self._forecast_sound(draw, fh)
        columns: dict[Hashable, FloatArray] = dict(enumerate(paths))
        return pd.DataFrame(panel_to_sktime(columns, served.framed, steps))

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None) -> pd.Series | pd.DataFrame:
        y_hat, served, steps = self._forecast_sound(
            lambda some, steps: some.forecast(steps, X, self.device, self.point), fh
        )
        return panel_to_sktime(y_hat, served.framed, steps)

    def _predict_quantiles(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]
    ) -> pd.Series | pd.DataFrame:
        quantiles, served, steps = self._forecast_sound(
            lambda some, steps: some.quantiles(steps, X, alpha, self.device), fh
        )
        (name,) = self._get_varnames()
        columns: dict[Hashable, FloatArray] = {
            (name, level): quantiles[a] for a, level in enumerate(alpha)
        }
        return panel_to_sktime(columns, served.framed, steps)

    def _predict_var(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, cov: bool = False
    ) -> pd.DataFrame:
        """Return the variance of 200 quantiles: that of `predict_proba`, but without skpro."""
        if cov:
            raise InputError(
                "predict_var has cov=False alone; got cov=True. Take the covariance of simulate's"
                " paths."
            )
        (name,) = self._get_varnames()
        quantiles = self._predict_quantiles(fh, X, _LEVELS)
        variance = quantiles.to_numpy().var(axis=1)
        return pd.DataFrame({name: variance}, index=quantiles.index)

    def _predict_proba(
        self, fh: ForecastingHorizon, X: pd.DataFrame | None, marginal: bool = True
    ) -> Any:
        """Return an empirical distribution: of 200 quantiles, or of paths for a joint one."""
        from skpro.distributions.empirical import Empirical

        if marginal:
            some = self._predict_quantiles(fh, X, _LEVELS)
        else:
            some = self.simulate(fh=fh, X=X)
        (name,) = self._get_varnames()
        wide = some.set_axis(range(some.shape[1]), axis=1)
        samples = pd.concat(
            {k: wide[[k]].set_axis([name], axis=1) for k in wide.columns}, names=["sample"]
        )
        return Empirical(samples, time_indep=marginal, index=some.index, columns=pd.Index([name]))
