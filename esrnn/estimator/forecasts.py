"""Forecasts of an `ESRNN` as sktime wants them: medians and quantiles."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import pandas as pd
from sktime.forecasting.base import ForecastingHorizon

from esrnn._typing import FloatArray
from esrnn.estimator.faults import FaultySeries
from esrnn.frames import panel_to_sktime

__all__ = ["Forecasts"]


class Forecasts(FaultySeries):
    """The methods of `ESRNN` that forecast; they change nothing."""

    device: str

    if TYPE_CHECKING:

        def _get_varnames(self) -> Sequence[Hashable]: ...

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None) -> pd.Series | pd.DataFrame:
        y_hat, served, steps = self._forecast_sound(
            lambda some, steps: some.forecast(steps, X, self.device), fh
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
