"""Residual blocks of dilated layers (Chang et al. 2017, Smyl 2020)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from numpy.random import SFC64
from torch import Generator, Tensor, nn

from esrnn.config.cells import CellOptions, make_cell_options
from esrnn.nn.draws import draw_for_series
from esrnn.nn.layers import LAYERS
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.layer import Layer, LayerShape
from esrnn.nn.layers.lstm import LSTM
from esrnn.ops.lstm_cpu import StackSteps, run_lstm_stack

__all__ = ["DilatedStack"]

_PARAMETERS = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")  # torch's names
_DRAWS = 2**16  # different ones


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
        self.dilations = tuple(map(tuple, dilations))
        # Walking through modules takes long, beside a step of a small network.
        self._modules_inside = tuple(self.blocks.modules())
        self._lstms = tuple(_lstms_of(self.layers()))

    def draw(self, generator: Generator | None = None) -> None:
        """Draw the initial weights of all layers (`esrnn.nn.layers.layer.Layer.draw`)."""
        for block in self.blocks:
            cast("_Block", block).draw(generator)

    def layers(self) -> list[list[Layer]]:
        """Return the layers block by block, from the inputs upwards."""
        return [list(cast("_Block", block).layers()) for block in self.blocks]

    def forward(
        self, x: Tensor, generator: Generator | None = None, wanted: range | None = None
    ) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size).

        Parameters
        ----------
        x : Tensor of shape (T, B, input_size)
        generator : Generator, optional
            In training, on the device of x: draws what is dropped. Without one nothing is.
        wanted : range, optional
            Steps to return; by default all.

        Returns
        -------
        Tensor of shape (T, B, hidden_size)
        """
        wanted = range(x.shape[0]) if wanted is None else wanted
        if self.has_kernels(x, generator):
            return self._by_kernels(x, generator, wanted)
        return self.by_layers(x, generator)[wanted.start : wanted.stop : wanted.step]

    def by_layers(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run layer by layer, by torch operations, through all steps.

        Parameters
        ----------
        x, generator
            As for `forward`.

        Returns
        -------
        Tensor of shape (T, B, hidden_size)
        """
        for k, block in enumerate(self.blocks):
            out: Tensor = block(x, generator)
            if generator is not None and self.dropout:
                out = out * _draw_kept(out, out.shape, self.dropout, generator)
            x = out if k == 0 else x + out
        return x

    def has_kernels(self, x: Tensor, generator: Generator | None = None) -> bool:
        """Return whether compiled kernels run the stack (`esrnn.ops.lstm_cpu`).

        They do for LSTMs on the CPU, at none but the steps that are wanted. They cannot show what
        goes on in between, so a stack that has hooks runs layer by layer.

        Parameters
        ----------
        x, generator
            As for `forward`.

        Returns
        -------
        bool
        """
        if not self._lstms or x.device.type != "cpu":
            return False
        if generator is not None and self._lstms[0].recurrent_dropout:
            return False
        return not any(map(_has_hooks, self._modules_inside))

    def draw_kept(
        self, x: Tensor, wanted: range, generator: Generator | None
    ) -> list[Tensor] | None:
        """Draw what each block's output is multiplied by where kernels run the stack.

        Parameters
        ----------
        x, generator, wanted
            As for `forward`.

        Returns
        -------
        list of Tensor of shape (T', B, hidden_size), or None
            At the steps that each block is run at (`StackSteps`); None if nothing is dropped.
        """
        if generator is None or not self.dropout:
            return None
        shape = (x.shape[1], self._lstms[0].hidden_size)
        steps = StackSteps.leading_to(wanted, self.dilations).outputs
        return [_draw_kept(x, (len(own), *shape), self.dropout, generator) for own in steps]

    def _by_kernels(self, x: Tensor, generator: Generator | None, wanted: range) -> Tensor:
        parameters = [getattr(cell.rnn, name) for cell in self._lstms for name in _PARAMETERS]
        kept = self.draw_kept(x, wanted, generator)
        return run_lstm_stack(x, parameters, self.dilations, wanted, kept)


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


def _draw_kept(like: Tensor, shape: tuple[int, ...], share: float, generator: Generator) -> Tensor:
    """Draw what sets a share of numbers, (T, B, H), to 0 and enlarges the others.

    Torch's dropout takes no generator, and its draws on the CPU take as long as the layers: there
    the generator seeds one of NumPy's, and each number takes 16 bits.
    """

    def draw(shape: tuple[int, ...]) -> Tensor:
        if like.device.type != "cpu":
            kept = like.new_empty(shape).bernoulli_(1.0 - share, generator=generator)
            return kept.div_(1.0 - share)
        seed = int(torch.empty((), dtype=torch.int64).random_(generator=generator))
        n = math.prod(shape)
        bits = SFC64(seed).random_raw(-(-n // 4)).view(np.uint16)[:n].reshape(shape)
        is_kept = torch.from_numpy(bits < np.uint16(min(round((1.0 - share) * _DRAWS), _DRAWS - 1)))
        return is_kept.to(like.dtype).mul_(1.0 / (1.0 - share))

    return draw_for_series(draw, shape, 1, generator)


def _lstms_of(blocks: Sequence[Sequence[Layer]]) -> list[LSTM]:
    """Return the cells of all layers if all are LSTMs, else none."""
    layers = [layer for block in blocks for layer in block]
    cells = [layer.cell for layer in layers if isinstance(layer, Dilated)]
    lstms = [cell for cell in cells if type(cell) is LSTM]
    return lstms if len(lstms) == len(layers) else []


def _has_hooks(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)
