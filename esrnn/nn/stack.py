"""Residual blocks of dilated layers (Chang et al. 2017, Smyl 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Generator, Tensor, nn

from esrnn.config.cells import CellOptions, make_cell_options
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.layer import Layer, LayerShape

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
    options : CellOptions, optional
        Options of the cell; by default its defaults.

    Raises
    ------
    InputError
        If there is no such cell.

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
        options: CellOptions | None = None,
    ) -> None:
        super().__init__()
        options = options or make_cell_options(cell)
        if cell == "linear":  # a chain of linear maps is one linear map
            dilations = ((1,),)
        self.blocks = nn.ModuleList()
        for block in dilations:
            layers = []
            for k, dilation in enumerate(block):
                shape = LayerShape(input_size, hidden_size, dilation, is_first=k == 0)
                layers.append(LAYERS[cell](shape, options))
                input_size = hidden_size
            self.blocks.append(_Block(*layers))
        self.dropout = dropout

    def draw(self, generator: Generator | None = None) -> None:
        """Draw the initial weights of all layers (`esrnn.nn.layers.layer.Layer.draw`)."""
        for block in self.blocks:
            cast("_Block", block).draw(generator)

    def layers(self) -> list[list[Layer]]:
        """Return the layers block by block, from the inputs upwards."""
        return [list(cast("_Block", block).layers()) for block in self.blocks]

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size).

        In training a generator, on the device of x, draws what is dropped; without one nothing is.
        """
        for k, block in enumerate(self.blocks):
            out: Tensor = block(x, generator)
            if generator is not None and self.dropout:
                out = _drop(out, self.dropout, generator)
            x = out if k == 0 else x + out
        return x


class _Block(nn.Sequential):
    """Layers one after another."""

    def draw(self, generator: Generator | None) -> None:
        """Draw the initial weights of all layers."""
        for layer in self.layers():
            layer.draw(generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input); return (T, B, hidden)."""
        for layer in self.layers():
            x = layer(x, generator)
        return x

    def layers(self) -> Iterator[Layer]:
        """Return the layers, from the inputs upwards."""
        return cast("Iterator[Layer]", self.children())


def _drop(x: Tensor, share: float, generator: Generator) -> Tensor:
    """Set a share of numbers to 0 and enlarge the others: torch's dropout takes no generator."""
    kept = torch.empty_like(x).bernoulli_(1.0 - share, generator=generator)
    return x * kept.div_(1.0 - share)
