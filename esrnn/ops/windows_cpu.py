"""`esrnn.ops.windows.cut_windows` for the CPU, by one compiled kernel.

The same numbers as by torch operations, in about half the time
(``python -m benchmarks training-step``): at a batch's size torch spends most of its time on calls.
`HybridModel` chooses between the two by device.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn._typing import FloatArray
from esrnn.kernels.windows import Cut, SmoothedBatch, cut_panel, cut_panel_adjoint
from esrnn.ops.layout import Layout, OriginRange
from esrnn.ops.windows import Targets, Windows
from esrnn.smoothing import PreparedPanel

__all__ = ["NOTHING_SEEN", "NO_NUMBERS", "cut_adjoint", "cut_smoothed", "cut_windows"]


def cut_smoothed(smoothed: SmoothedBatch, layout: Layout, origin_range: OriginRange) -> Cut:
    """Cut a smoothed batch into windows and targets.

    Parameters
    ----------
    smoothed : SmoothedBatch
    layout : Layout
    origin_range : OriginRange

    Returns
    -------
    Cut
    """
    n_scored, n = origin_range.n_scored, smoothed.indptr.size - 1
    ahead = (n_scored, n, layout.horizon)
    out = Cut(
        inputs=np.empty((origin_range.n_windows, n, layout.input_window), dtype=np.float32),
        offset=np.empty(ahead, dtype=np.float32),
        scale=np.empty((n_scored, n)),
        base=np.empty((n_scored, n)),
        actual=np.empty(ahead, dtype=np.float32),
        observed=np.empty(ahead, dtype=np.bool_),
        weight=np.empty((n_scored, n)),
    )
    starts, scored, step = origin_range.starts, origin_range.scored, layout.origin_step
    cut_panel(smoothed, layout.additive_scale, starts, scored, step, out)
    return out


def cut_adjoint(
    smoothed: SmoothedBatch, layout: Layout, origin_range: OriginRange, out: Cut, out_bar: Cut
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the adjoints of level and factors.

    Parameters
    ----------
    smoothed, layout, origin_range
        As for `cut_smoothed`.
    out : Cut
        What it returned; only `scale` and `actual` are read.
    out_bar : Cut
        The adjoints of its parts; `inputs` may be empty.

    Returns
    -------
    level_bar, s_bar, u_bar : ndarray
    """
    back = (np.zeros_like(smoothed.level), np.zeros_like(smoothed.s), np.zeros_like(smoothed.u))
    starts, scored, step = origin_range.starts, origin_range.scored, layout.origin_step
    cut_panel_adjoint(smoothed, layout.additive_scale, starts, scored, step, out, out_bar, back)
    return back


NO_NUMBERS = np.empty((0, 0, 0), dtype=np.float32)
NOTHING_SEEN = np.empty((0, 0, 0), dtype=np.bool_)


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, level: Tensor, s: Tensor, u: Tensor, batch: PreparedPanel, layout: Layout,
        origin_range: OriginRange,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        out = cut_smoothed(_smoothed(batch, layout.periods, level, s, u), layout, origin_range)
        inputs, offset, scale, base, actual, observed, weight = map(torch.from_numpy, out)
        ctx.problem = (batch, layout, origin_range)
        ctx.save_for_backward(level, s, u, scale, actual)
        ctx.mark_non_differentiable(observed)
        ctx.set_materialize_grads(False)
        return inputs, offset, scale, base, actual, observed, weight

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor | None) -> tuple[Tensor | None, ...]:
        batch, layout, origin_range = ctx.problem
        level, s, u, *read = ctx.saved_tensors
        scale, actual = (tensor.numpy() for tensor in read)
        inputs_bar, offset_bar, scale_bar, base_bar, actual_bar, _, weight_bar = bars
        out = Cut(NO_NUMBERS, NO_NUMBERS, scale, scale, actual, NOTHING_SEEN, scale)
        out_bar = Cut(
            inputs=_bar(inputs_bar, NO_NUMBERS),
            offset=_bar(offset_bar, actual),
            scale=_bar(scale_bar, scale),
            base=_bar(base_bar, scale),
            actual=_bar(actual_bar, actual),
            observed=NOTHING_SEEN,
            weight=_bar(weight_bar, scale),
        )
        smoothed = _smoothed(batch, layout.periods, level, s, u)
        back = cut_adjoint(smoothed, layout, origin_range, out, out_bar)
        return (*(torch.from_numpy(bar) for bar in back), None, None, None)


def _smoothed(
    batch: PreparedPanel, periods: tuple[int, ...], level: Tensor, s: Tensor, u: Tensor
) -> SmoothedBatch:
    n_s, n_u = (*periods, 0, 0)[:2]
    flat = (level.numpy(), s.numpy(), u.numpy())
    return SmoothedBatch(
        batch.values, batch.causal, batch.indptr, *flat, n_s, n_u, batch.is_additive
    )


def _bar(bar: Tensor | None, like: NDArray[Any]) -> NDArray[Any]:
    """Return an adjoint as the kernel reads it: zeros where there is none."""
    if bar is None:
        return np.zeros(like.shape, dtype=like.dtype)
    array: NDArray[Any] = bar.contiguous().numpy()
    return array


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
        Smoothed, on the CPU (`esrnn.ops.smoothing.smooth`).
    factors : tuple of Tensor of shape (n_obs + B * S,), float64
        One for each seasonality.
    layout : Layout
    origin_range : OriginRange

    Returns
    -------
    Windows, Targets
    """
    none, indptr, additive = level.new_empty(0), batch.indptr, batch.is_additive
    s, u = (*factors, none, none)[:2]
    inputs, offset, scale, base, actual, observed, weight = _Cut.apply(  # type: ignore[no-untyped-call]
        level, s, u, batch, layout, origin_range
    )
    starts, n_windows = origin_range.starts, origin_range.n_windows
    last = indptr[1:] - indptr[:-1] - 1
    origins = np.minimum(np.arange(n_windows)[:, None] + starts, last) + indptr[:-1]
    steps = layout.origin_step * np.arange(origin_range.n_scored)
    scored = (origin_range.scored - starts) + steps[:, None]
    gain = None
    if additive:
        at = np.minimum(scored + starts, last) + indptr[:-1]
        gain = torch.from_numpy((batch.causal[at] > 0.0).astype(np.float32))[..., None]
    windows = Windows(
        inputs,
        torch.from_numpy(scored),
        offset,
        scale,
        base.float()[..., None] if additive else None,
        gain,
        level[torch.from_numpy(origins)],
        torch.from_numpy(np.minimum(last - starts, n_windows - 1)),
    )
    return windows, Targets(actual, observed, weight.float())
