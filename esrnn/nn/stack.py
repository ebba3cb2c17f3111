"""Residual blocks of dilated layers (Chang et al. 2017, Smyl 2020)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from esrnn.errors import InputError
from esrnn.nn.layers import LAYERS

__all__ = ["DilatedStack"]


class DilatedStack(nn.Module):
    """Blocks of dilated layers; every block after the first adds its input to its output.

    Parameters
    ----------
    input_size, hidden_size : int
    dilations : sequence of sequence of int
        One inner sequence for each block.
    cell : str
        Key of `esrnn.nn.layers.LAYERS`.
    dropout : float
        Share of each block's outputs dropped in training.

    Examples
    --------
    >>> import torch
    >>> DilatedStack(3, 5, [[1, 2], [4, 8]], "lstm", 0.0)(torch.zeros(10, 2, 3)).shape
    torch.Size([10, 2, 5])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        dilations: Sequence[Sequence[int]],
        cell: str,
        dropout: float,
    ) -> None:
        super().__init__()
        if cell not in LAYERS:
            raise InputError(f"cell must be one of {sorted(LAYERS)}; got {cell!r}")
        self.blocks = nn.ModuleList()
        for block in dilations:
            layers = []
            for dilation in block:
                layers.append(LAYERS[cell](input_size, hidden_size, dilation))
                input_size = hidden_size
            self.blocks.append(nn.Sequential(*layers))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        for k, block in enumerate(self.blocks):
            out = self.dropout(block(x))
            x = out if k == 0 else x + out
        return x
