"""Dilated recurrences (Chang et al. 2017)."""

from __future__ import annotations

from torch import Generator, Tensor
from torch.nn.functional import pad

from esrnn.nn.layers.layer import Layer

__all__ = ["Dilated"]


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

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input); return (T, B, hidden)."""
        n_steps, n_batch, n_features = x.shape
        d = min(self.dilation, n_steps)
        if d == 1:
            out: Tensor = self.cell(x)
            return out
        n_folded = -(-n_steps // d)
        if n_folded * d > n_steps:
            x = pad(x, (0, 0, 0, 0, 0, n_folded * d - n_steps))
        folded = self.cell(x.reshape(n_folded, d * n_batch, n_features))
        unfolded: Tensor = folded.reshape(n_folded * d, n_batch, -1)
        return unfolded[:n_steps]
