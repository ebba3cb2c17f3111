"""`windows.make_windows` and `windows.make_targets` in one differentiable call, for the CPU.

The same numbers by a compiled kernel (`esrnn.kernels.windows`), in about half the time
(``python -m benchmarks step``): at a batch's size torch spends most of it on calls, not on numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn._typing import FloatArray, IntArray
from esrnn.kernels.windows import cut_panel, cut_panel_adjoint
from esrnn.ops.layout import Layout, OriginRange
from esrnn.ops.windows import Smoothed, Targets, Windows

__all__ = ["cut_windows"]


@dataclass(frozen=True)
class _Problem:
    """What the kernel reads besides levels and factors."""

    values: FloatArray
    causal: FloatArray
    indptr: IntArray
    additive: bool
    layout: Layout
    origin_range: OriginRange

    def leading(self, level: FloatArray, s: FloatArray, u: FloatArray) -> tuple[Any, ...]:
        """Return the arguments that both directions of the kernel begin with."""
        periods = (*self.layout.periods, 0, 0)
        return (
            self.values, self.causal, self.indptr, level, s, u, self.additive, periods[0],
            periods[1], self.layout.gauge, self.origin_range.starts, self.origin_range.scored,
            self.layout.origin_step,
        )  # fmt: skip


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, level: Tensor, s: Tensor, u: Tensor, problem: _Problem
    ) -> tuple[Tensor, ...]:
        origin_range, layout, n = problem.origin_range, problem.layout, problem.indptr.size - 1
        scored = (origin_range.n_scored, n)
        inputs = np.empty((origin_range.n_windows, n, layout.input_window), dtype=np.float32)
        offset = np.empty((*scored, layout.horizon), dtype=np.float32)
        scale, base, weight = np.empty(scored), np.empty(scored), np.empty(scored)
        actual, observed = np.empty_like(offset), np.empty(offset.shape, dtype=np.bool_)
        smoothed = (level.numpy(), s.numpy(), u.numpy())
        outputs_of_kernel: tuple[Any, ...] = (inputs, offset, scale, base, actual, observed, weight)
        cut_panel(*(problem.leading(*smoothed) + outputs_of_kernel))
        arrays = (inputs, offset, scale, base, actual, weight, observed)
        outputs = tuple(torch.from_numpy(array) for array in arrays)
        ctx.problem = problem
        ctx.save_for_backward(level, s, u, outputs[2], outputs[4])
        ctx.mark_non_differentiable(outputs[6])
        ctx.set_materialize_grads(False)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor | None) -> tuple[Tensor | None, ...]:
        level, s, u, scale, actual = (t.numpy() for t in ctx.saved_tensors)
        shapes = (None, actual.shape, scale.shape, scale.shape, actual.shape, scale.shape)
        dtypes = (np.float32, np.float32, np.float64, np.float64, np.float32, np.float64)
        inputs_bar, offset_bar, scale_bar, base_bar, actual_bar, weight_bar = (
            np.zeros(shape or (0, 0, 0), dtype=dtype) if bar is None else bar.contiguous().numpy()
            for bar, shape, dtype in zip(bars[:6], shapes, dtypes, strict=True)
        )
        back = tuple(np.zeros_like(x) for x in (level, s, u))
        bars_of_kernel: tuple[Any, ...] = (
            inputs_bar, offset_bar, scale, scale_bar, base_bar, actual, actual_bar, weight_bar,
        )  # fmt: skip
        cut_panel_adjoint(*(ctx.problem.leading(level, s, u) + bars_of_kernel + back))
        return (*(torch.from_numpy(bar) for bar in back), None)


def cut_windows(
    smoothed: Smoothed,
    causal: FloatArray,
    indptr: IntArray,
    layout: Layout,
    origin_range: OriginRange,
    additive: bool,
) -> tuple[Windows, Targets]:
    """Cut smoothed series into the network's inputs and what came after each scored origin.

    Parameters
    ----------
    smoothed : Smoothed
        On the CPU.
    causal : ndarray of shape (n_obs,), float64
        `esrnn.kernels.scales.causal_scale` of the batch.
    indptr : ndarray of shape (B + 1,), int64
    layout : Layout
    origin_range : OriginRange
    additive : bool

    Returns
    -------
    Windows, Targets
    """
    problem = _Problem(smoothed.values.numpy(), causal, indptr, additive, layout, origin_range)
    none = smoothed.level.new_empty(0)
    s, u = (*smoothed.factors, none, none)[:2]
    inputs, offset, scale, base, actual, weight, observed = _Cut.apply(  # type: ignore[no-untyped-call]
        smoothed.level, s, u, problem
    )
    starts, n_windows = origin_range.starts, origin_range.n_windows
    last = indptr[1:] - indptr[:-1] - 1
    origins = np.minimum(np.arange(n_windows)[:, None] + starts, last) + indptr[:-1]
    steps = layout.origin_step * np.arange(origin_range.n_scored)
    scored = (origin_range.scored - starts) + steps[:, None]
    at = np.minimum(scored + starts, last) + indptr[:-1]
    gain = torch.from_numpy((causal[at] > 0.0).astype(np.float32))[..., None] if additive else None
    windows = Windows(
        inputs,
        torch.from_numpy(scored),
        offset,
        scale,
        base.float()[..., None] if additive else None,
        gain,
        smoothed.level[torch.from_numpy(origins)],
        torch.from_numpy(np.minimum(last - starts, n_windows - 1)),
    )
    return windows, Targets(actual, observed, weight.float())
