r"""From smoothed series to what the network sees and is measured against.

One normalisation serves training and forecasting. Relative to an origin t, with level
:math:`l_t`, the factors :math:`f_{t+h}` known at t (the last season repeated) and, for additive
series, the causal scale :math:`\sigma_t` (mean absolute seasonal difference up to t):

========  =======================================  ==================================
          multiplicative                           additive
========  =======================================  ==================================
input     :math:`\log (y_j / s_j u_j) - \log l_t`  :math:`(y_j - s_j - u_j - l_t) / \sigma_t`
offset    :math:`\log f_{t+h}`                     :math:`f_{t+h} / \sigma_t`
forecast  :math:`l_t \exp(offset + out)`           :math:`l_t + \sigma_t (offset + out)`
========  =======================================  ==================================

Missing observations are read as the level. Windows reaching before a series' start repeat its
first value. Nothing at an origin reads anything after it; `Targets` alone looks ahead.
The network runs through all W origins of a training window; K of them are scored, or forecast from.
All of it is laid out time-major, (W, B, ...) and (K, B, ...), as the recurrent stack wants it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from esrnn.kernels.windows import MAX_MASE_WEIGHT
from esrnn.ops.covariates import Features
from esrnn.ops.layout import Layout, OriginRange, WindowIndex, index_windows
from esrnn.smoothing import PreparedPanel

__all__ = ["Targets", "Windows", "cut_windows"]


class Windows(NamedTuple):
    """A batch as the network sees it.

    Attributes
    ----------
    inputs : Tensor of shape (W, B, I), float32
        Normalised windows.
    scored : Tensor of shape (K, B), int64
        Scored origins as places along W.
    offset : Tensor of shape (K, B, H), float32
        What the network's output at a scored origin is added to.
    scale : Tensor of shape (K, B), float64
        The unit of relative forecasts at each scored origin, in units of y: level or causal scale.
    base : Tensor of shape (K, B, 1), float32, or None
        Level over scale of an additive batch, from which its relative forecasts are counted. None
        for a multiplicative batch, where they are counted from 0.
    gain : Tensor of shape (K, B, 1), float32, or None
        0 where an additive series was constant up to the origin: there the offset is all there
        is to forecast. None for a multiplicative batch.
    level : Tensor of shape (W, B), float64
        Level at every origin, in units of y.
    last : Tensor of shape (B,), int64
        Last origin of each series as a place along W.
    features : Features, optional
        Covariates; None for a network without.
    """

    inputs: Tensor
    scored: Tensor
    offset: Tensor
    scale: Tensor
    base: Tensor | None
    gain: Tensor | None
    level: Tensor
    last: Tensor
    features: Features | None = None

    @property
    def additive(self) -> bool:
        """Whether the batch is of the additive form."""
        return self.gain is not None

    def denormalise(self, outputs: Tensor) -> Tensor:
        """Turn outputs of shape (..., K, B, H) into forecasts relative to `scale`.

        Parameters
        ----------
        outputs : Tensor of shape (..., K, B, H)

        Returns
        -------
        Tensor of the same shape
        """
        if self.gain is None:
            return (self.offset + outputs).exp()
        return self.offset + self.gain * outputs

    def in_units(self, relative: Tensor) -> Tensor:
        """Turn relative forecasts into units of y.

        Parameters
        ----------
        relative : Tensor of shape (..., K, B, H)

        Returns
        -------
        Tensor of the same shape, float64
        """
        forecast = relative.double() * self.scale[..., None]
        if self.gain is None:
            return forecast
        return forecast + self._level()

    def _level(self) -> Tensor:
        """Return the level at each scored origin, (K, B, 1)."""
        series = torch.arange(self.scored.shape[1], device=self.scored.device)
        return self.level[self.scored, series][..., None]

    def relative(self, values: Tensor) -> Tensor:
        """Turn values in units of y into relative ones: what `in_units` turns back.

        Parameters
        ----------
        values : Tensor of shape (..., K, B, H), float64

        Returns
        -------
        Tensor of the same shape, float32
        """
        if self.gain is not None:
            values = values - self._level()
        return (values / self.scale[..., None]).float()

    def normalise(self, actual: Tensor) -> Tensor:
        """Return the outputs that would have forecast `actual` exactly.

        Parameters
        ----------
        actual : Tensor of shape (K, B, H)
            Relative to `scale`, as `Targets.actual` is.

        Returns
        -------
        Tensor of the same shape
        """
        return (actual.log() if self.gain is None else actual) - self.offset


class Targets(NamedTuple):
    """What came after each scored origin.

    Attributes
    ----------
    actual : Tensor of shape (K, B, H), float32
        Observations relative to `Windows.scale`, additive ones counted from the level; where
        unobserved, the level instead.
    observed : Tensor of shape (K, B, H), bool
    mase_weight : Tensor of shape (K, B), float32
        Scale over the causal seasonal scale, 200 at most; 0 where the series was constant up to
        the origin.
    """

    actual: Tensor
    observed: Tensor
    mase_weight: Tensor


def _unfold(padded: Tensor, size: int, step: int = 1) -> Tensor:
    """Cut (B, (W - 1) * step + size) into overlapping windows (W, B, size)."""
    return padded.unfold(1, size, step).transpose(0, 1).contiguous()


def cut_windows(
    batch: PreparedPanel,
    level: Tensor,
    factors: tuple[Tensor, ...],
    layout: Layout,
    origin_range: OriginRange,
) -> tuple[Windows, Targets]:
    """Cut smoothed series into the network's inputs and what came after each scored origin.

    Parameters
    ----------
    batch : PreparedPanel
        Series of one form.
    level : Tensor of shape (n_obs,), float64
        Smoothed, on the network's device (`esrnn.ops.smoothing.smooth`).
    factors : tuple of Tensor of shape (n_obs + B * S,), float64
        One for each seasonality, on that device.
    layout : Layout
    origin_range : OriginRange

    Returns
    -------
    Windows, Targets
    """
    index = index_windows(batch.indptr, layout, origin_range).to(level.device)
    values = torch.from_numpy(batch.values).to(level.device)
    causal = torch.from_numpy(batch.causal).to(level.device)
    scale = layout.additive_scale * causal[index.origins] if batch.is_additive else None
    windows = _windows(values, level, factors, index, layout, scale)
    return windows, _targets(values, index, layout, windows, causal)


def _windows(
    values: Tensor,
    flat_level: Tensor,
    factors: tuple[Tensor, ...],
    index: WindowIndex,
    layout: Layout,
    sigmas: Tensor | None,
) -> Windows:
    """Return the network's inputs; `sigmas`, (W, B), scale an additive batch at each origin."""
    level = flat_level[index.origins]
    series = torch.arange(level.shape[1], device=level.device)
    at_scored = level[index.scored, series]
    known = _known_factors(flat_level, factors, index, layout, additive=sigmas is not None)
    seen = _deseasonalised(values, flat_level, factors, index, additive=sigmas is not None)
    inputs = _inputs(seen, layout, level, sigmas)
    if sigmas is None:
        return Windows(inputs, index.scored, known, at_scored, None, None, level, index.last)
    sigma = sigmas[index.scored, series]
    gain = sigma > 0.0
    size = (known + at_scored[..., None]).detach().abs().amax(-1)
    scale = torch.where(gain, sigma, torch.where(size > 0.0, size, 1.0))
    offset = (known / scale[..., None]).float()
    base = (at_scored / scale)[..., None].float()
    weight = gain.float()[..., None]
    return Windows(inputs, index.scored, offset, scale, base, weight, level, index.last)


def _deseasonalised(
    values: Tensor, level: Tensor, factors: tuple[Tensor, ...], index: WindowIndex, additive: bool
) -> Tensor:
    """Return what is left of each step of the windows without its seasonality, (B, W + I - 1).

    In logarithms for a multiplicative batch; the level where the value is missing.
    """
    y = values[index.inputs]
    missing = y.isnan()
    own = [flat[now] for flat, now in zip(factors, index.now, strict=True)]
    filler = level[index.inputs]
    value = torch.where(missing, 1.0, y)
    if not additive:
        value, filler, own = value.log(), filler.log(), [f.log() for f in own]
    for f in own:
        value = value - f
    return torch.where(missing, filler, value)


def _inputs(value: Tensor, layout: Layout, level: Tensor, scale: Tensor | None) -> Tensor:
    """Return windows of deseasonalised values relative to the level at each origin, (W, B, I).

    In logarithms without a `scale`, else over it, and 0 where it is 0.
    """
    reference = level.detach()[0]
    if scale is None:
        level, reference = level.log(), reference.log()
    value, level = value - reference[:, None], level - reference
    unit = scale[-1] if scale is not None else torch.ones_like(reference)
    # Differences of like numbers, in units near 1, before float32. A power of two divides without
    # rounding, so the unit, which comes from the last origin, leaves no trace at earlier ones.
    unit = torch.where(unit > 0.0, unit, 1.0).log2().floor().exp2()
    windows = _unfold((value / unit[:, None]).float(), layout.input_window)
    windows = windows - (level / unit).float()[..., None]
    if scale is None:
        return windows
    per_unit = torch.where(scale > 0.0, unit / torch.where(scale > 0.0, scale, 1.0), 0.0)
    return windows * per_unit.float()[..., None]


def _known_factors(
    level: Tensor, factors: tuple[Tensor, ...], index: WindowIndex, layout: Layout, additive: bool
) -> Tensor:
    """Return what seasonality adds to each forecast, known at the origin, (K, B, H)."""
    total = level.new_zeros((*index.scored.shape, layout.horizon))
    if not additive:
        total = total.float()
    for flat, at, period in zip(factors, index.factors, layout.periods, strict=True):
        n_ahead = min(period, layout.horizon)
        season = flat[at]
        ahead = _unfold(season if additive else season.log().float(), n_ahead, index.step)
        if layout.horizon > period:  # the last season known at the origin, again and again
            ahead = ahead.repeat(1, 1, -(-layout.horizon // period))[..., : layout.horizon]
        total = total + ahead
    return total


def _targets(
    values: Tensor, index: WindowIndex, layout: Layout, windows: Windows, causal: Tensor
) -> Targets:
    """Return what came after each scored origin."""
    beyond = index.ahead < 0
    later = values[index.ahead]
    unobserved = later.isnan() | beyond
    filler = windows.level.detach()[-1]
    ahead = torch.where(unobserved, filler[:, None], later)
    series = torch.arange(filler.numel(), device=filler.device)
    if windows.additive:
        level = windows.level[windows.scored, series]
        ahead = _unfold(ahead, layout.horizon, index.step) - level[..., None]
        actual = (ahead / windows.scale[..., None]).float()
    else:
        unit = windows.scale.detach()[0]  # brings float32 near 1
        relative = _unfold((ahead / unit[:, None]).float(), layout.horizon, index.step)
        actual = relative / (windows.scale / unit).float()[..., None]
    sigma = causal[index.origins][windows.scored, series]
    weight = torch.where(sigma > 0.0, windows.scale / torch.where(sigma > 0.0, sigma, 1.0), 0.0)
    weight = weight.clamp(max=MAX_MASE_WEIGHT)
    return Targets(actual, _unfold(~unobserved, layout.horizon, index.step), weight.float())
