"""The last forecast of a panel, kept for the next call: median, intervals and paths share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from esrnn._typing import FloatArray, IntArray
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import FramedPanel

if TYPE_CHECKING:
    from esrnn.panel import Covariates

__all__ = ["KeptForecast"]

_MOST_BYTES = 2**27  # a larger forecast is not kept


@dataclass(frozen=True)
class _Forecast:
    """Quantiles of shape (Q, N, H), and what they depend on besides the panel and the networks."""

    covariates: Covariates | None
    device: str
    quantiles: FloatArray

    def serves(self, covariates: Covariates | None, furthest: int, device: str) -> bool:
        """Return whether a forecast of these arguments has the same numbers."""
        alike = self.quantiles.shape[2] >= furthest and self.device == device
        return alike and _same(self.covariates, covariates)


class KeptForecast:
    """Forecasts of one panel by one model, the last of which is kept.

    A copy starts without one, as does what is unpickled.
    """

    def __init__(self) -> None:
        self._last: _Forecast | None = None

    def __reduce__(self) -> tuple[type[KeptForecast], tuple[()]]:
        return KeptForecast, ()

    def forecast(
        self,
        model: TrainedModel,
        framed: FramedPanel,
        covariates: Covariates | None,
        steps: IntArray,
        device: str,
    ) -> FloatArray:
        """Forecast quantiles at the trained levels, or return those of the last call.

        Parameters
        ----------
        model : TrainedModel
            The same in each call, as is `framed`.
        framed, covariates, device
            As for `TrainedModel.forecast`.
        steps : ndarray of shape (N, K), int64
            Steps after the end of each series; smaller ones than 1 are read as 1.

        Returns
        -------
        ndarray of shape (Q, N, K), float64
        """
        furthest, last = max(int(steps.max()), 1), self._last
        if last is None or not last.serves(covariates, furthest, device):
            self._last = None  # not in memory together with the new one
            quantiles = model.forecast(framed, covariates, furthest, device)
            last = _Forecast(covariates, device, quantiles)
            if quantiles.nbytes <= _MOST_BYTES:
                self._last = last
        return np.take_along_axis(last.quantiles, np.maximum(steps, 1)[None] - 1, axis=2)


def _same(one: Covariates | None, other: Covariates | None) -> bool:
    """Return whether covariates of the same series are equal."""
    if one is None or other is None:
        return one is other
    return (
        one.horizon == other.horizon
        and np.array_equal(one.static, other.static)
        and np.array_equal(one.future, other.future)
    )
