"""Columns of several batches, smoothed and cut into windows, as differentiable torch functions.

The same on a CPU and on a GPU: kernels of `esrnn.kernels.columns` or `esrnn.kernels.gpu.columns`
run where the tensors are, and nothing waits for the device. `esrnn.ops.windows` explains windows
and targets; here series of both forms may lie side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn.kernels import columns as on_cpu
from esrnn.kernels.gpu.launching import launch, launch_blocks
from esrnn.ops.kernel_arguments import arrays, stream_of, tensors
from esrnn.ops.layout import Layout

__all__ = [
    "ColumnOrigins",
    "ColumnWindows",
    "Columns",
    "cut_columns",
    "initial_places",
    "smooth_columns",
]


@dataclass(frozen=True)
class Columns:
    """Where series are read from and written to; C of them, B for each of M members.

    Attributes
    ----------
    values, causal : Tensor of shape (n_obs,), float64
        Of all series, also those that are not among the columns.
    first, length : Tensor of shape (C,), int64
        Column c is ``values[first[c]:first[c] + length[c]]``.
    start : Tensor of shape (C,), int64
        Where its levels begin; its factors begin at ``start[c] + c * S``.
    additive : Tensor of shape (C,), bool
    initial : tuple of Tensor of shape (C, S), int64
        Of each seasonality: where a column's initial factors are among its flat factors.
    size : int
        Of the flat levels, which may have room between columns.
    """

    values: Tensor
    causal: Tensor
    first: Tensor
    length: Tensor
    start: Tensor
    additive: Tensor
    initial: tuple[Tensor, ...]
    size: int


class ColumnOrigins(NamedTuple):
    """Which origins of the columns the networks run through, and which are scored.

    Attributes
    ----------
    begins, scored : Tensor of shape (M, B), int64
        The first origin of each column, and its first scored one.
    n_windows, n_scored : int
        W and K. Origins beyond a column's W count as unobserved.
    """

    begins: Tensor
    scored: Tensor
    n_windows: int
    n_scored: int


class ColumnWindows(NamedTuple):
    """Windows and targets of M members' batches.

    Attributes
    ----------
    inputs : Tensor of shape (M, W, B, I), float32
    offset, actual : Tensor of shape (M, K, B, H), float32
    observed : Tensor of shape (M, K, B, H), bool
    base, weight, gain : Tensor of shape (M, K, B, 1), float32
        As `esrnn.ops.windows.Windows` and `Targets` have them; of multiplicative series the base
        is 0 and the gain 1. The base is None if all are multiplicative.
    additive : Tensor of shape (M, 1, B, 1), bool, or None
        The form of each series; None if all are multiplicative.
    """

    inputs: Tensor
    offset: Tensor
    actual: Tensor
    observed: Tensor
    base: Tensor | None
    weight: Tensor
    gain: Tensor
    additive: Tensor | None

    def denormalise(self, outputs: Tensor) -> Tensor:
        """Turn outputs of shape (M, K, B, H) into forecasts in units of each origin."""
        if self.additive is None:
            return (self.offset + outputs).exp()
        linear = self.offset + self.gain * outputs
        # What is not taken must be finite too, or its gradient is NaN.
        positive = torch.where(self.additive, 0.0, self.offset + outputs).exp()
        return torch.where(self.additive, linear, positive)

    def normalise(self, actual: Tensor) -> Tensor:
        """Return the outputs that would have forecast `actual` exactly."""
        if self.additive is None:
            return actual.log() - self.offset
        logs = torch.where(self.additive, 1.0, actual).log()
        return torch.where(self.additive, actual, logs) - self.offset


class _Smooth(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, coefficients: Tensor, s_init: Tensor, u_init: Tensor, columns: Columns
    ) -> tuple[Tensor, Tensor, Tensor]:
        coefficients = coefficients.contiguous()
        level = coefficients.new_empty(columns.size)
        s, u = (_with_initial(init, columns, k) for k, init in enumerate((s_init, u_init)))
        ctx.columns, ctx.periods = columns, (s_init.shape[1], u_init.shape[1])
        ctx.save_for_backward(coefficients, level, s, u)
        arguments = (*_read(columns, coefficients), *ctx.periods, level, s, u)
        if coefficients.is_cuda:
            _smooth_on_gpu("smooth_columns", columns, *arguments)
        else:
            on_cpu.smooth_columns(*arrays(*arguments))
        return level, s, u

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor) -> tuple[Tensor | None, ...]:
        coefficients, *smoothed = ctx.saved_tensors
        level_bar, s_bar, u_bar = bars
        # The kernel changes those of the factors.
        level_bar, s_bar, u_bar = level_bar.contiguous(), s_bar.clone(), u_bar.clone()
        out, columns = torch.empty_like(coefficients), ctx.columns
        arguments = (
            *_read(columns, coefficients), *ctx.periods, *smoothed, level_bar, s_bar, u_bar, out
        )  # fmt: skip
        if coefficients.is_cuda:
            _smooth_on_gpu("smooth_columns_adjoint", columns, *arguments)
        else:
            on_cpu.smooth_columns_adjoint(*arrays(*arguments))
        return out, _initial(s_bar, columns, 0), _initial(u_bar, columns, 1), None


def _smooth_on_gpu(which: str, columns: Columns, *arguments: Any) -> None:
    """Start a kernel with a block for each column."""
    from esrnn.kernels.gpu import smoothing

    shape = (columns.length.numel(), smoothing.LANES)
    run, stream = getattr(smoothing, which), stream_of(columns.length)
    launch_blocks(run, shape, 0, stream, *tensors(*arguments))


def _read(columns: Columns, coefficients: Tensor) -> tuple[Tensor, ...]:
    """Return what the smoothing kernels read, up to the numbers of steps per season."""
    return (
        columns.values, columns.first, columns.length, columns.start, coefficients,
        columns.additive,
    )  # fmt: skip


def _with_initial(initial: Tensor, columns: Columns, which: int) -> Tensor:
    """Allocate the flat factors of a seasonality and put the initial ones in place."""
    if not initial.shape[1]:
        return initial.new_empty(0)
    flat = initial.new_empty(columns.size + initial.numel())
    flat[columns.initial[which]] = initial
    return flat


def _initial(flat: Tensor, columns: Columns, which: int) -> Tensor:
    """Read the initial factors' places out of the flat factors of a seasonality."""
    if not flat.numel():
        return flat.new_empty((columns.length.numel(), 0))
    return flat[columns.initial[which]]


def initial_places(start: Tensor, period: int) -> Tensor:
    """Return where the initial factors of columns are, (C, period).

    Parameters
    ----------
    start : Tensor of shape (C,), int64
        Where their levels begin.
    period : int

    Returns
    -------
    Tensor of shape (C, period), int64
    """
    begins = start + period * torch.arange(start.numel(), device=start.device)
    return begins[:, None] + torch.arange(period, device=start.device)


def smooth_columns(
    coefficients: Tensor, s_init: Tensor, u_init: Tensor, columns: Columns
) -> tuple[Tensor, Tensor, Tensor]:
    """Smooth all columns, differentiably in their parameters.

    Parameters
    ----------
    coefficients : Tensor of shape (C, 3), float64
        Smoothing coefficients of level, first and second seasonality, each in (0, 1).
    s_init, u_init : Tensor of shape (C, S), float64
        Initial factors of the first and the second seasonality; S = 0 for none.
    columns : Columns
        On the same device.

    Returns
    -------
    level : Tensor of shape (columns.size,), float64
    s, u : Tensor of shape (columns.size + C * S,), float64
        Factors; empty where there is no seasonality. Room between columns holds anything.
    """
    out: tuple[Tensor, Tensor, Tensor] = _Smooth.apply(  # type: ignore[no-untyped-call]
        coefficients, s_init, u_init, columns
    )
    return out


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, level: Tensor, s: Tensor, u: Tensor, columns: Columns, layout: Layout,
        origins: ColumnOrigins,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        (n_members, n_batch), n_windows = origins.begins.shape, origins.n_windows
        each, ahead = (n_members, origins.n_scored, n_batch), layout.horizon
        begins, scored = origins.begins.reshape(-1), origins.scored.reshape(-1)
        inputs = level.new_empty(
            (n_members, n_windows, n_batch, layout.input_window), dtype=torch.float32
        )
        offset = inputs.new_empty((*each, ahead))
        actual, observed = torch.empty_like(offset), torch.empty_like(offset, dtype=torch.bool)
        scale = level.new_empty(each)
        base, weight, gain = (inputs.new_empty(each) for _ in range(3))
        n_s, n_u = (*layout.periods, 0, 0)[:2]
        c = columns
        where = (c.values, c.causal, c.first, c.length, c.start, c.additive)
        read = (*where, level, s, u, n_s, n_u, layout.additive_scale, begins)
        written = (
            scored, layout.origin_step, n_windows, offset, actual, observed, scale, base, weight,
            gain,
        )  # fmt: skip
        if level.is_cuda:
            from esrnn.kernels.gpu import columns as on_gpu

            stream = stream_of(level)
            launch(on_gpu.inputs, inputs.numel(), stream, *tensors(*read, inputs))
            launch(on_gpu.targets, offset.numel(), stream, *tensors(*read, *written))
        else:
            scored, step, n_windows, *rest = written
            arguments = (*read, scored, step, n_windows, inputs, *rest)
            on_cpu.cut_columns(*arrays(*arguments))
        ctx.problem = (columns, layout, (n_s, n_u))
        ctx.save_for_backward(level, s, u, begins, scored, actual, scale)
        ctx.mark_non_differentiable(observed, gain)
        return inputs, offset, actual, observed, base, weight, gain

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor) -> tuple[Tensor | None, ...]:
        columns, layout, (n_s, n_u) = ctx.problem
        level, s, u, begins, scored, actual, scale = ctx.saved_tensors
        inputs_bar, offset_bar, actual_bar, _, base_bar, weight_bar, _ = (
            bar.contiguous() for bar in bars
        )
        back = tuple(torch.zeros_like(x) for x in (level, s, u))
        level_bar, s_bar, u_bar = back
        c, step = columns, layout.origin_step
        where, unit = (c.first, c.length, c.start, c.additive), layout.additive_scale
        of_target = (offset_bar, actual_bar, base_bar, weight_bar)
        if level.is_cuda:
            from esrnn.kernels.gpu import columns as on_gpu

            stream, (n_members, n_windows, n_batch, window) = stream_of(level), inputs_bar.shape
            n_origins = n_members * n_windows * n_batch
            n_steps = n_members * n_batch * (n_windows + window - 1)
            launch(
                on_gpu.of_steps, n_steps, stream,
                *tensors(c.values, c.causal, *where, level, s, u, n_s, n_u, unit, begins,
                          inputs_bar, *back),
            )  # fmt: skip
            launch(
                on_gpu.of_origins, n_origins, stream,
                *tensors(c.causal, *where, level, unit, begins, inputs_bar, level_bar),
            )  # fmt: skip
            launch(
                on_gpu.of_targets, offset_bar.numel(), stream,
                *tensors(c.causal, *where, s, u, n_s, n_u, scored, step, actual, scale,
                          *of_target, *back),
            )  # fmt: skip
        else:
            arguments = (
                c.values, c.causal, *where, level, s, u, n_s, n_u, unit, begins, scored, step,
                actual, scale, inputs_bar, *of_target, *back,
            )  # fmt: skip
            on_cpu.adjoint_columns(*arrays(*arguments))
        return (level_bar, s_bar, u_bar, None, None, None)


def cut_columns(
    smoothed: tuple[Tensor, Tensor, Tensor],
    columns: Columns,
    layout: Layout,
    origins: ColumnOrigins,
) -> ColumnWindows:
    """Cut smoothed columns into windows and targets.

    Parameters
    ----------
    smoothed : tuple of Tensor
        Level, first and second seasonality, from `smooth_columns`.
    columns : Columns
    layout : Layout
    origins : ColumnOrigins

    Returns
    -------
    ColumnWindows
    """
    level, s, u = smoothed
    inputs, offset, actual, observed, base, weight, gain = _Cut.apply(  # type: ignore[no-untyped-call]
        level, s, u, columns, layout, origins
    )
    n_members, n_batch = origins.begins.shape
    forms = columns.additive.view(n_members, 1, n_batch, 1)
    return ColumnWindows(
        inputs, offset, actual, observed, base[..., None], weight[..., None], gain[..., None], forms
    )
