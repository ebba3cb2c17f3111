"""Tensors as the kernels of a CPU and of a GPU take them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["arrays", "stream_of", "tensors"]


def stream_of(tensor: Tensor) -> int:
    """Return the handle of torch's current stream on a tensor's GPU."""
    return int(torch.cuda.current_stream(tensor.device).cuda_stream)


def arrays(*arguments: Any) -> tuple[Any, ...]:
    """Return what the CPU's kernels take: arrays for tensors, without a copy."""
    return tuple(a.detach().numpy() if isinstance(a, Tensor) else a for a in arguments)


def tensors(*arguments: Any) -> tuple[Any, ...]:
    """Return what a GPU's kernels take: tensors without a graph, another one for an empty one."""
    some = next(a for a in arguments if isinstance(a, Tensor))
    return tuple(
        (a.detach() if a.numel() else some) if isinstance(a, Tensor) else a for a in arguments
    )
