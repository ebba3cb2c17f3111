"""The quantile head on the CPU, by a compiled kernel with its own adjoint (`esrnn.nn.heads`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn.kernels.products import padded
from esrnn.kernels.quantile_head import HeadBars, head_adjoint, head_forward
from esrnn.ops.lstm_cpu import widened

__all__ = ["HeadRun", "run_head", "run_head_adjoint", "run_quantile_head"]

Array = NDArray[np.floating[Any]]


class HeadRun(NamedTuple):
    """What a head did in a forward pass.

    Attributes
    ----------
    rows : ndarray of shape (R, H padded)
        States.
    weight : ndarray of shape (Q * n, H)
    outputs, distances : ndarray of shape (Q, R * n)
        Quantiles, and what the adjoint needs.
    """

    rows: Array
    weight: Array
    outputs: Array
    distances: Array


def run_head(rows: Array, parameters: Sequence[Array], effect: Array | None = None) -> HeadRun:
    """Run a head without torch.

    Parameters
    ----------
    rows : ndarray of shape (R, H padded)
        States.
    parameters : sequence of ndarray
        As `run_quantile_head` takes them.
    effect : ndarray of shape (R * n,), optional
        Added to all quantiles.

    Returns
    -------
    HeadRun
    """
    weight, bias = np.concatenate(parameters[::2]), np.concatenate(parameters[1::2])
    n_quantiles = len(parameters) // 2
    outputs = np.empty((n_quantiles, rows.shape[0] * (bias.size // n_quantiles)), rows.dtype)
    run = HeadRun(rows, weight, outputs, np.empty_like(outputs))
    added = np.empty(0, rows.dtype) if effect is None else effect
    head_forward(rows, weight, bias, added, run.distances, outputs)
    return run


def run_head_adjoint(outputs_bar: Array, run: HeadRun) -> tuple[HeadBars, list[Array]]:
    """Return the adjoints of a head's inputs and parameters.

    Parameters
    ----------
    outputs_bar : ndarray of shape (Q, R * n)
    run : HeadRun

    Returns
    -------
    bars : HeadBars
    gradients : list of ndarray
        Of the parameters, in their order.
    """
    rows, weight = run.rows, run.weight
    width, units, n = padded(weight.shape[0]), weight.shape[1], weight.shape[0] // len(run.outputs)
    bars = HeadBars(
        np.zeros_like(rows), np.zeros((width, rows.shape[1]), rows.dtype),
        np.zeros(width, rows.dtype), np.empty(outputs_bar.shape[1], rows.dtype),
    )  # fmt: skip
    head_adjoint(rows, weight, run.distances, outputs_bar, bars)
    gradients: list[Array] = []
    for first in range(0, weight.shape[0], n):
        gradients.append(np.ascontiguousarray(bars.weight[first : first + n, :units]))
        gradients.append(bars.bias[first : first + n])
    return bars, gradients


class _QuantileHead(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, effect: Tensor | None, *parameters: Tensor
    ) -> tuple[Tensor, ...]:
        rows = widened(hidden.numpy().reshape(-1, hidden.shape[-1]), padded(hidden.shape[-1]))
        added = None if effect is None else np.ascontiguousarray(effect.numpy()).reshape(-1)
        with np.errstate(all="ignore"):  # what is not finite is for the caller to notice
            ctx.run = run_head(rows, [p.numpy() for p in parameters], added)
        ctx.save_for_backward(hidden, *parameters)  # so that torch notices what is changed
        ctx.effect_shape = None if effect is None else effect.shape
        ctx.set_materialize_grads(False)
        outputs = torch.from_numpy(ctx.run.outputs)
        return outputs.view(-1, *hidden.shape[:-1], parameters[1].shape[0]).unbind()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *output_bars: Tensor | None) -> tuple[Tensor | None, ...]:
        hidden, outputs_bar = ctx.saved_tensors[0], np.empty_like(ctx.run.outputs)
        for own, bar in zip(outputs_bar, output_bars, strict=True):
            own[:] = 0.0 if bar is None else bar.numpy().reshape(-1)
        with np.errstate(all="ignore"):
            bars, gradients = run_head_adjoint(outputs_bar, ctx.run)
        hidden_bar = torch.from_numpy(bars.hidden[:, : hidden.shape[-1]]).reshape(hidden.shape)
        shape = ctx.effect_shape
        effect_bar = None if shape is None else torch.from_numpy(bars.middle.reshape(shape))
        return (hidden_bar, effect_bar, *map(torch.from_numpy, gradients))


def run_quantile_head(
    hidden: Tensor, parameters: Sequence[Tensor], effect: Tensor | None = None
) -> tuple[Tensor, ...]:
    """Map states to quantiles that cannot cross.

    Parameters
    ----------
    hidden : Tensor of shape (K, B, H), float32 or float64, on the CPU
    parameters : sequence of Tensor
        Weight, (n, H), and bias, (n,), of each quantile's linear map, lowest first.
    effect : Tensor of shape (K, B, n), optional
        Added to all quantiles.

    Returns
    -------
    tuple of Tensor of shape (K, B, n)
        One for each quantile.

    Examples
    --------
    >>> zeros = [torch.zeros(4, 5), torch.zeros(4)]
    >>> low, middle, high = run_quantile_head(torch.zeros(7, 2, 5), 3 * zeros)
    >>> middle.shape, float(high[0, 0, 0])
    (torch.Size([7, 2, 4]), 1.0)
    """
    out: tuple[Tensor, ...] = _QuantileHead.apply(hidden, effect, *parameters)  # type: ignore[no-untyped-call]
    return out
