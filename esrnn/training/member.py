"""A trained member, and forecasts by it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.model import HybridModel
from esrnn.panel.flat import batches_by_length
from esrnn.smoothing import PreparedPanel
from esrnn.threads import single_threaded

__all__ = ["Member", "fit_values", "forecast_member"]

_FORECAST_BATCH = 256
_FIT_BATCH = 32  # series of which all origins are in memory


@dataclass(frozen=True)
class Member:
    """A trained network and its per-series parameters.

    Attributes
    ----------
    config : ModelConfig
    first_origin : int
    gauge : float
        Unit of additive series (`esrnn.ops.layout.Layout`).
    weights : dict of str to ndarray
        The network's state.
    rows : ndarray of shape (N, 3 + S + S2), float64
        Per-series parameters (`esrnn.kernels.smoothing_fit`).
    losses : tuple of float
        Mean training loss of each epoch.
    gradient_norms : tuple of float
        Mean norm of the network's gradient in each epoch.
    held_back : tuple of float
        OWA on the held-back horizons after each epoch; empty without early stopping.
    held : ndarray of shape (K,), int64
        The series whose last horizon the network has not been trained on.
    misses, gaps : ndarray of shape (Q, K * H), float64
        `esrnn.quantiles.calibration.conformity_scores` and `quantile_spacing` of what was held
        back.
    spread : ndarray of shape (K * H,), float64
        `esrnn.quantiles.error_scale.relative_error_scale` of the series they belong to.
    """

    config: ModelConfig
    first_origin: int
    gauge: float
    weights: dict[str, FloatArray]
    rows: FloatArray
    losses: tuple[float, ...]
    gradient_norms: tuple[float, ...] = ()
    held_back: tuple[float, ...] = ()
    held: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    misses: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    gaps: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    spread: FloatArray = field(default_factory=lambda: np.empty(0))

    def model(self) -> HybridModel:
        """Build the model with these weights, on the CPU, in evaluation mode."""
        with torch.device("meta"):  # nothing is drawn: torch's generator stays where it was
            model = HybridModel(self.config, self.first_origin, self.gauge)
        weights = {k: torch.from_numpy(v.copy()) for k, v in self.weights.items()}
        model.network.load_state_dict(weights, assign=True)
        return model.eval()


def forecast_member(
    member: Member, data: PreparedPanel, which: IntArray | None = None, device: str = "cpu"
) -> FloatArray:
    """Forecast series from their last observation.

    Parameters
    ----------
    member : Member
    data : PreparedPanel
        Of the panel that the member's rows belong to, perhaps with other observations.
    which : ndarray of int64, optional
        Series to forecast; by default all.
    device : str

    Returns
    -------
    ndarray of shape (Q, len(which), H), float64
        In units of y.
    """
    which = np.arange(data.lengths.size) if which is None else which
    model = member.model().to(torch.device(device))
    rows = torch.from_numpy(member.rows)
    shape = (len(member.config.network.quantile_levels), which.size, member.config.network.horizon)
    forecasts = np.full(shape, np.nan)
    for part in batches_by_length(data.lengths[which], data.additive[which], _FORECAST_BATCH):
        series: IntArray = which[part]
        with single_threaded():
            own = rows[torch.from_numpy(series)]
            forecasts[:, part] = model.forecast(data.subset(series), own)
    return forecasts


def fit_values(member: Member, data: PreparedPanel, device: str = "cpu") -> FloatArray:
    """Forecast every observation from the one before it.

    Parameters
    ----------
    member, data, device
        As for `forecast_member`.

    Returns
    -------
    ndarray of shape (n_obs,), float64
        In units of y; a series' first observation stands for itself.

    Notes
    -----
    The network runs through all origins of a series in one go, from the first on, where a forecast
    begins with the last stretch of them.
    """
    training = replace(member.config.training, stretch=None, origin_step=1)
    config = replace(member.config, training=training)
    model = replace(member, config=config, first_origin=0).model().to(torch.device(device))
    rows, middle = torch.from_numpy(member.rows), len(config.network.quantile_levels) // 2
    fitted = np.array(data.values)
    for series in batches_by_length(data.lengths, data.additive, _FIT_BATCH):
        with single_threaded(), torch.no_grad():
            own = rows[torch.from_numpy(series)]
            windows, _ = model.windows_and_targets(data.subset(series), own)
            relative = windows.denormalise(model.outputs(windows)[middle].double())
            ahead = windows.in_units(relative)[..., 0].cpu().numpy()  # (W, B), one step ahead
        for k, i in enumerate(series.tolist()):
            first, end = data.indptr[i], data.indptr[i + 1]
            fitted[first + 1 : end] = ahead[: end - first - 1, k]
    return fitted
