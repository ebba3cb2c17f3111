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
    stretch : int, optional
        How many origins in a row the network runs through; by default all from the first on.
    """

    input_window: int
    horizon: int
    periods: tuple[int, ...]
    first_origin: int
    stretch: int | None = None

    def first_starts(self, lengths: IntArray) -> IntArray:
        """Return the earliest origin of each series.

        Parameters
        ----------
        lengths : ndarray of shape (B,), int64

        Returns
        -------
        ndarray of shape (B,), int64
        """
        return np.minimum(self.first_origin, lengths - 1)

    def last_starts(self, lengths: IntArray) -> IntArray:
        """Return where a stretch that ends at each series' last observation starts.

        Parameters
        ----------
        lengths : ndarray of shape (B,), int64

        Returns
        -------
        ndarray of shape (B,), int64
        """
        first = self.first_starts(lengths)
        return first if self.stretch is None else np.maximum(first, lengths - self.stretch)


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
    now : tuple of Tensor of shape (B, W + I - 1), int64
        Into each flat seasonality: the factors of the steps of `inputs`.
    factors : tuple of Tensor of shape (B, W + S - 1), int64
        Into each flat seasonality, from the step after the first origin on.
    last : Tensor of shape (B,), int64
        Place of the last origin along W.
    """

    inputs: Tensor
    origins: Tensor
    ahead: Tensor
    now: tuple[Tensor, ...]
    factors: tuple[Tensor, ...]
    last: Tensor

    def to(self, device: torch.device) -> Places:
        """Return the same on another device."""
        return Places(
            self.inputs.to(device),
            self.origins.to(device),
            self.ahead.to(device),
            tuple(now.to(device) for now in self.now),
            tuple(factors.to(device) for factors in self.factors),
            self.last.to(device),
        )


def make_places(indptr: IntArray, layout: Layout, starts: IntArray | None = None) -> Places:
    """Lay out a batch of series of the given lengths.

    Parameters
    ----------
    indptr : ndarray of shape (B + 1,), int64
    layout : Layout
    starts : ndarray of shape (B,), int64, optional
        The first origin of each series; by default the stretch that ends with the series.

    Returns
    -------
    Places
    """
    lengths = np.diff(indptr)
    first, last = indptr[:-1, None], lengths[:, None] - 1
    start = (layout.last_starts(lengths) if starts is None else starts)[:, None]
    n_windows = int((last - start).max()) + 1
    if layout.stretch is not None:
        n_windows = min(n_windows, layout.stretch)
    series = np.arange(lengths.size)[:, None]

    def steps(begin: int, end: int) -> IntArray:
        """Return steps of each series relative to its first origin, (B, end - begin)."""
        out: IntArray = np.arange(begin, end) + start
        return out

    ahead = steps(1, n_windows + layout.horizon)
    origins = np.minimum(steps(0, n_windows), last) + first
    inputs = np.clip(steps(1 - layout.input_window, n_windows), 0, last) + first
    factors, now = [], []
    for period in layout.periods:
        known = np.minimum(steps(1, n_windows + period), last + period)
        factors.append(torch.from_numpy(known + first + period * series))
        now.append(torch.from_numpy(inputs + period * series))
    return Places(
        torch.from_numpy(inputs),
        torch.from_numpy(np.ascontiguousarray(origins.T)),
        torch.from_numpy(np.where(ahead <= last, ahead + first, -1)),
        tuple(now),
        tuple(factors),
        torch.from_numpy(np.minimum(last - start, n_windows - 1)[:, 0]),
    )


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
    level = smoothed.level[places.origins]
    inputs = _inputs(smoothed, places, layout, level, additive=causal is not None)
    known = _known_factors(smoothed, places, layout, additive=causal is not None)
    if causal is None:
        return Frame(inputs, known, level, None, places.last)
    sigma = causal[places.origins]
    gain = sigma > 0.0
    base = known + level[..., None]
    size = base.detach().abs().amax(-1)
    scale = torch.where(gain, sigma, torch.where(size > 0.0, size, 1.0))
    gain = gain.float()[..., None]
    offset = (base / scale[..., None]).float()
    return Frame(inputs * (gain / scale[..., None].float()), offset, scale, gain, places.last)


def _inputs(
    smoothed: Smoothed, places: Places, layout: Layout, level: Tensor, additive: bool
) -> Tensor:
    """Return windows of deseasonalised values relative to the level at each origin, (W, B, I)."""
    y = smoothed.values[places.inputs]
    missing = y.isnan()
    factors = [f[now] for f, now in zip(smoothed.factors, places.now, strict=True)]
    filler, reference = smoothed.level[places.inputs], level.detach()[0]
    value = torch.where(missing, 1.0, y)
    if not additive:
        value, filler, level, reference = value.log(), filler.log(), level.log(), reference.log()
        factors = [f.log() for f in factors]
    for f in factors:
        value = value - f
    value = torch.where(missing, filler, value)
    # Differences of like numbers first, then float32.
    windows = unfold((value - reference[:, None]).float(), layout.input_window)
    return windows - (level - reference).float()[..., None]


def _known_factors(smoothed: Smoothed, places: Places, layout: Layout, additive: bool) -> Tensor:
    """Return what seasonality adds to each forecast, known at the origin, (W, B, H)."""
    n_windows, n_series = places.origins.shape
    total = smoothed.level.new_zeros((n_windows, n_series, layout.horizon))
    if not additive:
        total = total.float()
    for flat, at, period in zip(smoothed.factors, places.factors, layout.periods, strict=True):
        n_ahead = min(period, layout.horizon)
        season = flat[at[:, : n_windows + n_ahead - 1]]
        ahead = unfold(season if additive else season.log().float(), n_ahead)
        if layout.horizon > period:  # the last season known at the origin, again and again
            ahead = ahead.repeat(1, 1, -(-layout.horizon // period))[..., : layout.horizon]
        total = total + ahead
    return total


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
