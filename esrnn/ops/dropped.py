"""Units that training drops, by lots that do not depend on what else is in a batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from esrnn.kernels import dropped as on_cpu
from esrnn.kernels.gpu.launching import launch
from esrnn.ops.kernel_arguments import arrays, stream_of, tensors

__all__ = ["drop"]


class _Drop(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, seeds: Tensor, step: Tensor, block: int, share: float
    ) -> Tensor:
        ctx.lot = (block, share)
        ctx.save_for_backward(seeds, step)
        return _dropped(x, seeds, step, block, share)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *bars: Tensor) -> tuple[Tensor | None, ...]:
        seeds, step = ctx.saved_tensors
        return _dropped(bars[0], seeds, step, *ctx.lot), None, None, None, None


def _dropped(x: Tensor, seeds: Tensor, step: Tensor, block: int, share: float) -> Tensor:
    x = x.contiguous()
    out = torch.empty_like(x)
    n_each = x.numel() // x.shape[0]
    arguments = (n_each, x.view(-1), seeds, step, block, share, out.view(-1))
    if x.is_cuda:
        from esrnn.kernels.gpu import dropped as on_gpu

        launch(on_gpu.drop, x.numel(), stream_of(x), *tensors(*arguments))
    else:
        on_cpu.drop(*arrays(*arguments))
    return out


def drop(x: Tensor, seeds: Tensor, step: Tensor, block: int, share: float) -> Tensor:
    """Set a share of numbers to 0 and enlarge the others, by lots of each member.

    Parameters
    ----------
    x : Tensor of shape (M, W, B, H)
    seeds : Tensor of shape (M,), int64
    step : Tensor of shape (1,), int64
        The number of the training step.
    block : int
        Of the stack, so that each drops other units.
    share : float

    Returns
    -------
    Tensor of shape (M, W, B, H)
    """
    out: Tensor = _Drop.apply(x, seeds, step, block, share)  # type: ignore[no-untyped-call]
    return out
