"""What a trained member forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from esrnn._typing import FloatArray, IntArray
from esrnn.ops.layout import training_range
from esrnn.panel.flat import batches_by_length
from esrnn.runtime import default_modes, single_threaded
from esrnn.smoothing import PreparedPanel
from esrnn.training.member import Member, Network

__all__ = ["member_fitted_values", "member_quantiles", "member_quantiles_within", "overflowing"]

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


def member_quantiles_within(
    member: Member, data: PreparedPanel, device: str = "cpu", horizon: int | None = None
) -> FloatArray:
    """Forecast from every observation, each time from what is known up to there.

    Parameters
    ----------
    member, data, device, horizon
        As for `member_quantiles`.

    Returns
    -------
    ndarray of shape (Q, n_obs, H), float64
        In units of y. A series' last row is a forecast, as of `member_quantiles`.

    Notes
    -----
    The per-series parameters and the network are those of the member, whatever they were fitted to.
    The network runs through overlapping stretches of a series, each as long as a training window of
    origins. But for the first half of a window, a forecast begins at least as far back as half of
    one.
    """
    horizon = member.config.network.horizon if horizon is None else horizon
    return _quantiles_within(member.network.first_steps(horizon), member, data, device)


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
    whole = replace(member.config.training, training_window=None)
    network = member.network.first_steps(1)
    network = replace(network, config=replace(network.config, training=whole))
    quantiles = _quantiles_within(network, member, data, device)
    fitted = np.array(data.values)
    ahead = np.ones(fitted.size, dtype=np.bool_)
    ahead[data.indptr[:-1]] = False  # no forecast is of a first observation
    fitted[ahead] = quantiles[len(quantiles) // 2, :-1, 0][ahead[1:]]
    return fitted


def _quantiles_within(
    network: Network, member: Member, data: PreparedPanel, device: str
) -> FloatArray:
    """Forecast from every observation, (Q, n_obs, H), from the first one on."""
    config = network.config
    every = replace(config, training=replace(config.training, origin_step=1))
    n_quantiles, horizon = len(config.network.quantile_levels), config.network.horizon
    quantiles = np.full((n_quantiles, data.values.size, horizon), np.nan)
    with single_threaded(), default_modes(), torch.no_grad():
        model = replace(network, config=every, first_origin=0).model().to(torch.device(device))
        for series in batches_by_length(data.lengths, data.additive, _FIT_BATCH):
            filled = _filled(series)
            batch, own = data.subset(filled), torch.from_numpy(member.smoothing.rows[filled])
            for starts in _stretches(batch.lengths, config.training.training_window):
                origins = training_range(batch.lengths, model.layout, starts)
                windows, _ = model.windows_and_targets(batch, own, origins)
                relative = windows.denormalise(torch.stack(model(windows)).double())
                found = windows.in_units(relative).cpu().numpy()  # (Q, W, B, H)
                skipped = 0 if not starts.any() else found.shape[1] // 2
                for k, i in enumerate(series.tolist()):
                    begin, end = starts[k] + skipped, starts[k] + found.shape[1]
                    end = min(end, data.lengths[i])
                    at = data.indptr[i] + np.arange(begin, end)
                    quantiles[:, at] = found[:, begin - starts[k] : end - starts[k], k]
    return quantiles


def _stretches(lengths: IntArray, window: int | None) -> Iterator[IntArray]:
    """Return where stretches of `window` origins start that overlap by half, to the ends."""
    longest = int(lengths.max())
    window = longest if window is None else window
    for start in range(0, max(longest - window, 0) + max(window // 2, 1), max(window // 2, 1)):
        yield np.minimum(start, np.maximum(lengths - window, 0))


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
            lengths = data.lengths[series]
            origins = training_range(lengths, model.layout, model.layout.last_starts(lengths))
            windows, _ = model.windows_and_targets(data.subset(series), rows, origins)
            forecasts = windows.denormalise(torch.stack(model(windows)).double())
            sound = forecasts.isfinite() & ((forecasts > 0.0) | windows.additive)
            bad.append(series[~sound.all(dim=3).all(dim=1).all(dim=0).cpu().numpy()])
    return np.concatenate(bad), n


def _filled(batch: IntArray) -> IntArray:
    """Return a batch with its last series repeated until its size is a multiple of `_FULL`."""
    return np.concatenate([batch, np.repeat(batch[-1:], -batch.size % _FULL)])
