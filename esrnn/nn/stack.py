"""Residual blocks of dilated layers (Chang et al. 2017, Smyl 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Generator, Tensor, nn

from esrnn.errors import InputError
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.layer import Layer

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
        Share of each block's outputs that is dropped in training.

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
        self.dropout = dropout

    def draw(self, generator: Generator | None = None) -> None:
        """Draw the initial weights of all layers (`esrnn.nn.layers.layer.Layer.draw`)."""
        for block in self.blocks:
            for layer in cast("Iterator[Layer]", block.children()):
                layer.draw(generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size).

        In training a generator, on the device of x, draws what is dropped; without one nothing is.
        """
        for k, block in enumerate(self.blocks):
            out: Tensor = block(x)
            if generator is not None and self.dropout:
                out = _drop(out, self.dropout, generator)
            x = out if k == 0 else x + out
        return x


def _drop(x: Tensor, share: float, generator: Generator) -> Tensor:
    """Set a share of numbers to 0 and enlarge the others: torch's dropout takes no generator."""
    kept = torch.empty_like(x).bernoulli_(1.0 - share, generator=generator)
    return x * kept.div_(1.0 - share)
