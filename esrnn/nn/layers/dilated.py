"""Dilated recurrences (Chang et al. 2017)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Generator, Tensor
from torch.nn.functional import pad

from esrnn.nn.layers.layer import Layer, LayerShape

__all__ = ["Dilated", "dilated"]


class Dilated(Layer):
    """A recurrence whose state of step t comes from step t - dilation.

    That is `dilation` interleaved plain recurrences, so time is folded into the batch and the
    cell runs as it is.

    Parameters
    ----------
    cell : Layer
    dilation : int

    Examples
    --------
    >>> import torch
    >>> from esrnn.nn.layers.lstm import LSTM
    >>> Dilated(LSTM(3, 5), dilation=4)(torch.zeros(10, 2, 3)).shape
    torch.Size([10, 2, 5])
    """

    def __init__(self, cell: Layer, dilation: int) -> None:
        super().__init__()
        self.cell = cell
        self.dilation = dilation

    def draw(self, generator: Generator | None = None) -> None:
        """Draw the cell's initial weights."""
        self.cell.draw(generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input); return (T, B, hidden)."""
        n_steps, n_batch, n_features = x.shape
        d = min(self.dilation, n_steps)
        if d == 1:
            return self.run(x, 1, generator)
        n_folded = -(-n_steps // d)
        if n_folded * d > n_steps:
            x = pad(x, (0, 0, 0, 0, 0, n_folded * d - n_steps))
        folded = self.run(x.reshape(n_folded, d * n_batch, n_features), d, generator)
        return folded.reshape(n_folded * d, n_batch, -1)[:n_steps]

    def run(self, x: Tensor, n_phases: int, generator: Generator | None) -> Tensor:
        """Run the cell over steps of the recurrence.

        Parameters
        ----------
        x : Tensor of shape (T / n_phases, n_phases * B, input)
            Steps that are neighbours in time lie side by side, all series of each together.
        n_phases : int
        generator : Generator or None

        Returns
        -------
        Tensor of shape (T / n_phases, n_phases * B, hidden)
        """
        out: Tensor = self.cell(x, generator)
        return out


def dilated(
    cell: Callable[[int, int, Any], Layer],
) -> Callable[[LayerShape, Any], Layer]:
    """Return a maker of layers that are such a cell, dilated.

    Parameters
    ----------
    cell : callable
        Makes a cell from its input size, its hidden size and its options.

    Returns
    -------
    callable
        From the shape of a layer and its options to the layer (`esrnn.nn.layers.LAYERS`).
    """

    def make(shape: LayerShape, options: Any) -> Dilated:
        return Dilated(cell(shape.input_size, shape.hidden_size, options), shape.dilation)

    return make
