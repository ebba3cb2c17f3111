"""The smoothing recursion as a differentiable torch function.

The kernels run in float64 where the parameters are: on the CPU, or on a GPU by
`esrnn.ops.columns`. Both compile the steps of `esrnn.kernels.recursion`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.kernels import smoothing as kernel
from esrnn.ops.columns import Columns, initial_places, smooth_columns

__all__ = ["smooth"]


class _Smooth(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        coefficients: Tensor,
        seasonality_init: Tensor,
        seasonality2_init: Tensor,
        values: FloatArray,
        indptr: IntArray,
        additive: BoolArray,
    ) -> tuple[Tensor, Tensor, Tensor]:
        c, s_init, u_init = map(_to_numpy, (coefficients, seasonality_init, seasonality2_init))
        smoothed = kernel.smooth(values, indptr, c, s_init, u_init, additive)
        ctx.problem = (values, indptr, c, additive)
        outputs = tuple(torch.from_numpy(out) for out in smoothed)
        ctx.save_for_backward(*outputs)
        level, s, u = outputs
        return level, s, u

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor) -> tuple[Tensor | None, ...]:
        if not any(ctx.needs_input_grad[:3]):
            return (None,) * 6
        level, s, u = (out.numpy() for out in ctx.saved_tensors)
        level_bar, s_bar, u_bar = map(_to_numpy, bars)
        values, indptr, c, additive = ctx.problem
        grads = kernel.smooth_adjoint(
            values, indptr, c, additive, (level, s, u), (level_bar, s_bar, u_bar)
        )
        wanted = zip(grads, ctx.needs_input_grad[:3], strict=True)
        back = [torch.from_numpy(g) if need else None for g, need in wanted]
        return (*back, None, None, None)


def _to_numpy(tensor: Tensor) -> FloatArray:
    array: FloatArray = np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float64)
    return array


def smooth(
    coefficients: Tensor,
    seasonality_init: Tensor,
    seasonality2_init: Tensor,
    values: FloatArray,
    indptr: IntArray,
    additive: BoolArray,
) -> tuple[Tensor, Tensor, Tensor]:
    """Smooth a ragged panel, differentiably in its parameters.

    Parameters
    ----------
    coefficients : Tensor of shape (N, 3), float64
        Smoothing coefficients of level, first and second seasonality, each in (0, 1).
    seasonality_init : Tensor of shape (N, S), float64
        Initial factors; S = 0 for no seasonality.
    seasonality2_init : Tensor of shape (N, S2), float64
        The same for the second seasonality.
    values : ndarray of shape (n_obs,), float64
        Observations, NaN where missing; no gradient.
    indptr : ndarray of shape (N + 1,), int64
    additive : ndarray of shape (N,), bool

    Returns
    -------
    level : Tensor of shape (n_obs,), float64
    seasonality : Tensor of shape (n_obs + N * S,), float64
    seasonality2 : Tensor of shape (n_obs + N * S2,), float64
        Flat, as `esrnn.kernels.smoothing.smooth` lays them out, on the parameters' device.

    Examples
    --------
    >>> c = torch.tensor([[0.5, 0.5, 0.5]], dtype=torch.float64, requires_grad=True)
    >>> none = torch.empty(1, 0, dtype=torch.float64)
    >>> level, _, _ = smooth(
    ...     c, none, none, np.array([4.0, 8.0]), np.array([0, 2]), np.array([False])
    ... )
    >>> level[-1].backward()
    >>> c.grad
    tensor([[4., 0., 0.]], dtype=torch.float64)
    """
    if coefficients.is_cuda:
        parameters = (coefficients, seasonality_init, seasonality2_init)
        return smooth_columns(*parameters, _uploaded(parameters, values, indptr, additive))
    out: tuple[Tensor, Tensor, Tensor] = _Smooth.apply(  # type: ignore[no-untyped-call]
        coefficients, seasonality_init, seasonality2_init, values, indptr, additive
    )
    return out


def _uploaded(
    parameters: tuple[Tensor, ...], values: FloatArray, indptr: IntArray, additive: BoolArray
) -> Columns:
    """Return a panel on its parameters' GPU, every series a column."""
    device = parameters[0].device
    y, starts, lengths, forms = (
        torch.from_numpy(np.ascontiguousarray(part)).to(device)
        for part in (values, indptr[:-1], np.diff(indptr), additive)
    )
    periods = [init.shape[1] for init in parameters[1:] if init.shape[1]]
    places = tuple(initial_places(starts, period) for period in periods)
    return Columns(y, y, starts, lengths, starts, forms, places, y.numel())
