"""Plain functions for cells that are computed by hand."""

from __future__ import annotations

import torch
from torch import Tensor


def randn(*shape: int, seed: int = 0) -> Tensor:
    """Draw normal numbers by a seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def sigmoid(x: Tensor) -> Tensor:
    """Return the logistic function, from its definition."""
    return 1.0 / (1.0 + torch.exp(-x))
