r"""From smoothed series to what the network sees and is measured against.

One normalisation serves training and forecasting. Relative to an origin t, with level
:math:`l_t`, the factors :math:`f_{t+h}` known at t (the last season repeated) and, for additive
series, the causal scale :math:`\sigma_t` (mean absolute seasonal difference up to t):

========  =======================================  ==================================
          multiplicative                           additive
========  =======================================  ==================================
input     :math:`\log (y_j / s_j u_j) - \log l_t`  :math:`(y_j - s_j - u_j - l_t) / \sigma_t`
offset    :math:`\log f_{t+h}`                     :math:`(l_t + f_{t+h}) / \sigma_t`
forecast  :math:`l_t \exp(offset + out)`           :math:`\sigma_t (offset + out)`
========  =======================================  ==================================

Missing observations are read as the level. Windows reaching before a series' start repeat its
first value. Nothing at an origin reads anything after it; `Targets` alone looks ahead.
All of it is laid out time-major, (W, B, ...), as the recurrent stack wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import IntArray
from esrnn.ops.unfold import unfold

__all__ = ["Frame", "Layout", "Targets", "make_frame", "make_targets"]


@dataclass(frozen=True)
class Layout:
    """Where things lie in time, the same for every batch of a model.

    Attributes
    ----------
    input_window : int
        Length I of the window that the network sees at each origin.
    horizon : int
        Steps H ahead.
    periods : tuple of int
        Steps per season; none, one or two.
    first_origin : int
        Index of the first origin (shorter series start at their last observation).
    """

    input_window: int
    horizon: int
    periods: tuple[int, ...]
    first_origin: int


class Frame(NamedTuple):
    """A batch as the network sees it.

    Attributes
    ----------
    inputs : Tensor of shape (W, B, I), float32
        Normalised windows.
    offset : Tensor of shape (W, B, H), float32
        What the network's output is added to.
    scale : Tensor of shape (W, B), float64
        The unit of relative forecasts at each origin, in units of y: level or causal scale.
    gain : Tensor of shape (W, B, 1), float32, or None
        0 where an additive series was constant up to the origin: there the offset is all there
        is to forecast. None for a multiplicative batch.
    last : Tensor of shape (B,), int64
        Place of each series' last origin along W.
    """

    inputs: Tensor
    offset: Tensor
    scale: Tensor
    gain: Tensor | None
    last: Tensor

    @property
    def additive(self) -> bool:
        """Whether the batch is of the additive form."""
        return self.gain is not None

    def denormalise(self, outputs: Tensor) -> Tensor:
        """Turn outputs of shape (..., W, B, H) into forecasts relative to `scale`.

        Parameters
        ----------
        outputs : Tensor of shape (..., W, B, H)

        Returns
        -------
        Tensor of the same shape
        """
        if self.gain is None:
            return (self.offset + outputs).exp()
        return self.offset + self.gain * outputs

    def at_last(self) -> Frame:
        """Keep each series' last origin only, as W = 1, without its inputs; in float64."""
        series = torch.arange(self.last.numel(), device=self.last.device)
        return Frame(
            self.inputs[:0],
            self.offset[self.last, series][None].double(),
            self.scale[self.last, series][None],
            None if self.gain is None else self.gain[self.last, series][None].double(),
            torch.zeros_like(self.last),
        )

    def normalise(self, actual: Tensor) -> Tensor:
        """Return the outputs that would have forecast `actual` exactly.

        Parameters
        ----------
        actual : Tensor of shape (W, B, H)
            Relative to `scale`, as `Targets.actual` is.

        Returns
        -------
        Tensor of the same shape
        """
        return (actual.log() if self.gain is None else actual) - self.offset


class Targets(NamedTuple):
    """What came after each origin.

    Attributes
    ----------
    actual : Tensor of shape (W, B, H), float32
        Observations relative to `Frame.scale`; where unobserved, the level instead.
    observed : Tensor of shape (W, B, H), bool
    mase_weight : Tensor of shape (W, B), float32
        Scale over the causal seasonal scale; 0 where the series was constant up to the origin.
    """

    actual: Tensor
    observed: Tensor
    mase_weight: Tensor


class Places(NamedTuple):
    """Flat indices that the windows of one batch are read from.

    Attributes
    ----------
    inputs : Tensor of shape (B, W + I - 1), int64
        Into the values, from the first window's first step on.
    origins : Tensor of shape (W, B), int64
        Into the values.
    ahead : Tensor of shape (B, W + H - 1), int64
        Into the values, from the step after the first origin on; -1 beyond the end.
    now : tuple of Tensor of shape (n_obs,), int64
        Into each flat seasonality: the factor at each value.
    factors : tuple of Tensor of shape (B, W + S - 1), int64
        Into each flat seasonality, from the step after the first origin on.
    first_of : Tensor of shape (n_obs,), int64
        Into the values: the first one of the same series.
    last : Tensor of shape (B,), int64
        Place of the last origin along W.
    """

    inputs: Tensor
    origins: Tensor
    ahead: Tensor
    now: tuple[Tensor, ...]
    factors: tuple[Tensor, ...]
    first_of: Tensor
    last: Tensor

    def to(self, device: torch.device) -> Places:
        """Return the same on another device."""
        return Places(
            self.inputs.to(device),
            self.origins.to(device),
            self.ahead.to(device),
            tuple(now.to(device) for now in self.now),
            tuple(factors.to(device) for factors in self.factors),
            self.first_of.to(device),
            self.last.to(device),
        )


def make_places(indptr: IntArray, layout: Layout) -> Places:
    """Lay out a batch of series of the given lengths.

    Parameters
    ----------
    indptr : ndarray of shape (B + 1,), int64
    layout : Layout

    Returns
    -------
    Places
    """
    lengths = np.diff(indptr)
    first, last = indptr[:-1, None], lengths[:, None] - 1
    start = np.minimum(layout.first_origin, last)
    n_windows = int((last - start).max()) + 1
    series = np.arange(lengths.size)
    series_of = np.repeat(series, lengths)

    def steps(begin: int, end: int) -> IntArray:
        """Return steps of each series relative to its first origin, (B, end - begin)."""
        out: IntArray = np.arange(begin, end) + start
        return out

    ahead = steps(1, n_windows + layout.horizon)
    origins = np.minimum(steps(0, n_windows), last) + first
    factors, now = [], []
    for period in layout.periods:
        known = np.minimum(steps(1, n_windows + period), last + period)
        factors.append(torch.from_numpy(known + first + period * series[:, None]))
        now.append(torch.from_numpy(np.arange(indptr[-1]) + period * series_of))
    return Places(
        torch.from_numpy(np.clip(steps(1 - layout.input_window, n_windows), 0, last) + first),
        torch.from_numpy(np.ascontiguousarray(origins.T)),
        torch.from_numpy(np.where(ahead <= last, ahead + first, -1)),
        tuple(now),
        tuple(factors),
        torch.from_numpy(indptr[:-1][series_of]),
        torch.from_numpy((last - start)[:, 0]),
    )


def _known_factors(flat: Tensor, places: Tensor, period: int, horizon: int) -> Tensor:
    """Return the factors known at each origin for each step ahead, (W, B, H)."""
    n_windows = places.shape[1] - period + 1
    if horizon <= period:  # the windows of the later factors are not needed
        return unfold(flat[places[:, : n_windows + horizon - 1]], horizon)
    season = unfold(flat[places], period)
    return season.repeat(1, 1, -(-horizon // period))[..., :horizon]


class Smoothed(NamedTuple):
    """Smoothed series, flat, in float64 (see `esrnn.ops.smoothing.smooth`).

    Attributes
    ----------
    values : Tensor of shape (n_obs,), float64
        The observations; NaN where missing.
    level : Tensor of shape (n_obs,), float64
    factors : tuple of Tensor of shape (n_obs + N * S,), float64
        One for each seasonality.
    """

    values: Tensor
    level: Tensor
    factors: tuple[Tensor, ...]


def make_frame(smoothed: Smoothed, places: Places, layout: Layout, causal: Tensor | None) -> Frame:
    """Cut smoothed series into the network's inputs.

    Parameters
    ----------
    smoothed : Smoothed
    places : Places
    layout : Layout
    causal : Tensor of shape (n_obs,), float64, or None
        `esrnn.smoothing.causal_scale` of an additive batch; None for a multiplicative one.

    Returns
    -------
    Frame
    """
    level, now = smoothed.level, _relative(smoothed, places, causal)
    known = [
        _known_factors(f if causal is not None else f.log().float(), where, period, layout.horizon)
        for f, where, period in zip(smoothed.factors, places.factors, layout.periods, strict=True)
    ]
    windows = unfold(now.deseasonalised[places.inputs], layout.input_window)
    inputs = windows - now.level[places.origins][..., None]
    if causal is None:
        shape = (*places.origins.shape, layout.horizon)
        offset = sum(known, level.new_zeros(shape, dtype=torch.float32))
        return Frame(inputs, offset, level[places.origins], None, places.last)
    sigma, l_t = causal[places.origins][..., None], level[places.origins][..., None]
    gain = sigma > 0.0
    base = sum(known, l_t).expand(*places.origins.shape, layout.horizon)
    size = base.detach().abs().amax(-1, keepdim=True)
    scale = torch.where(gain, sigma, torch.where(size > 0.0, size, 1.0))
    gain = gain.float()
    return Frame(
        inputs * (gain / scale.float()), (base / scale).float(), scale[..., 0], gain, places.last
    )


class _Relative(NamedTuple):
    """Flat float32 series relative to each series' first level: logarithms or differences."""

    deseasonalised: Tensor
    level: Tensor


def _relative(smoothed: Smoothed, places: Places, causal: Tensor | None) -> _Relative:
    y, level = smoothed.values, smoothed.level
    missing = y.isnan()
    first = level.detach()[places.first_of]
    factors = [f[now] for f, now in zip(smoothed.factors, places.now, strict=True)]
    if causal is None:
        level, first = level.log(), first.log()
        value = torch.where(missing, 1.0, y).log()
        factors = [f.log() for f in factors]
    else:
        value = torch.where(missing, 0.0, y)
    for f in factors:
        value = value - f
    value = torch.where(missing, level, value)
    return _Relative((value - first).float(), (level - first).float())


def make_targets(
    smoothed: Smoothed, places: Places, layout: Layout, frame: Frame, causal: Tensor
) -> Targets:
    """Cut out what came after each origin.

    Parameters
    ----------
    smoothed : Smoothed
    places : Places
    layout : Layout
    frame : Frame
        As `make_frame` returned it for the same batch.
    causal : Tensor of shape (n_obs,), float64
        `esrnn.smoothing.causal_scale` of the batch.

    Returns
    -------
    Targets
    """
    beyond = places.ahead < 0
    missing = smoothed.values.isnan()
    observed = ~(missing[places.ahead] | beyond)
    filled = torch.where(missing, smoothed.level.detach(), smoothed.values)
    ahead = torch.where(beyond, filled[places.origins[-1], None], filled[places.ahead])
    unit = frame.scale.detach()[0]  # brings float32 near 1
    relative = unfold((ahead / unit[:, None]).float(), layout.horizon)
    actual = relative / (frame.scale / unit).float()[..., None]
    sigma = causal[places.origins]
    weight = torch.where(sigma > 0.0, frame.scale / torch.where(sigma > 0.0, sigma, 1.0), 0.0)
    return Targets(actual, unfold(observed, layout.horizon), weight.float())
