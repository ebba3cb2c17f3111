"""What a trained member forecasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from esrnn._typing import FloatArray, IntArray
from esrnn.panel.flat import batches_by_length
from esrnn.runtime import default_modes, single_threaded
from esrnn.smoothing import PreparedPanel
from esrnn.training.member import Member

__all__ = ["member_fitted_values", "member_quantiles", "overflowing"]

_FORECAST_BATCH = 512
_FIT_BATCH = 32  # series of which all origins are in memory
_LOOKED_AT = 16  # series, to tell whether a network is sound
_FULL = 4  # the layers give a series the same bits in every batch of a multiple of this size


def member_quantiles(
    member: Member,
    data: PreparedPanel,
    which: IntArray | None = None,
    device: str = "cpu",
    horizon: int | None = None,
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
    horizon : int, optional
        The first steps ahead alone; by default all that the member was trained for.

    Returns
    -------
    ndarray of shape (Q, len(which), H), float64
        In units of y.
    """
    which = np.arange(data.lengths.size) if which is None else which
    network = member.config.network
    horizon = network.horizon if horizon is None else horizon
    quantiles = np.full((len(network.quantile_levels), which.size, horizon), np.nan)
    with single_threaded(), default_modes():
        model = member.network.forecasting(horizon, device)
        for part in batches_by_length(data.lengths[which], data.additive[which], _FORECAST_BATCH):
            series: IntArray = which[part]
            filled = _filled(series)
            own = torch.from_numpy(member.smoothing.rows[filled])
            quantiles[:, part] = model.forecast(data.subset(filled), own)[:, : part.size]
    return quantiles


def member_fitted_values(member: Member, data: PreparedPanel, device: str = "cpu") -> FloatArray:
    """Forecast every observation from the one before it.

    Parameters
    ----------
    member, data, device
        As for `member_quantiles`.

    Returns
    -------
    ndarray of shape (n_obs,), float64
        The median, in units of y; a series' first observation stands for itself.

    Notes
    -----
    The network runs through all origins of a series in one go, from the first on, where a forecast
    begins with the last training window of origins.
    """
    training = replace(member.config.training, training_window=None, origin_step=1)
    config = replace(member.config, training=training)
    network = replace(member.network, config=config, first_origin=0)
    middle, fitted = len(config.network.quantile_levels) // 2, np.array(data.values)
    with single_threaded(), default_modes(), torch.no_grad():
        model = network.model().to(torch.device(device))
        for series in batches_by_length(data.lengths, data.additive, _FIT_BATCH):
            filled = _filled(series)
            own = torch.from_numpy(member.smoothing.rows[filled])
            windows, _ = model.windows_and_targets(data.subset(filled), own)
            relative = windows.denormalise(model(windows)[middle].double())
            ahead = windows.in_units(relative)[..., 0].cpu().numpy()  # (W, B), one step ahead
            for k, i in enumerate(series.tolist()):
                first, end = data.indptr[i], data.indptr[i + 1]
                fitted[first + 1 : end] = ahead[: end - first - 1, k]
    return fitted


def overflowing(member: Member, data: PreparedPanel, device: str) -> tuple[IntArray, int]:
    """Look at a few series for forecasts that overflow, from the last origins that are trained on.

    Parameters
    ----------
    member, data, device
        As for `member_quantiles`.

    Returns
    -------
    bad : ndarray of int64
        Series with forecasts that are not finite, or 0 where y is above 0.
    n : int
        How many series were looked at: 16, or all where there are fewer.
    """
    n = min(data.lengths.size, _LOOKED_AT)
    some, bad = np.linspace(0, data.lengths.size - 1, n).astype(np.int64), []
    with single_threaded(), default_modes(), torch.no_grad():
        model = member.network.model().to(torch.device(device))
        for part in batches_by_length(data.lengths[some], data.additive[some], n):
            series: IntArray = some[part]
            rows = torch.from_numpy(member.smoothing.rows[series])
            starts = model.layout.last_starts(data.lengths[series])
            windows, _ = model.windows_and_targets(data.subset(series), rows, starts)
            forecasts = windows.denormalise(torch.stack(model(windows)).double())
            sound = forecasts.isfinite() & ((forecasts > 0.0) | windows.additive)
            bad.append(series[~sound.all(dim=3).all(dim=1).all(dim=0).cpu().numpy()])
    return np.concatenate(bad), n


def _filled(batch: IntArray) -> IntArray:
    """Return a batch with its last series repeated until its size is a multiple of `_FULL`."""
    return np.concatenate([batch, np.repeat(batch[-1:], -batch.size % _FULL)])
