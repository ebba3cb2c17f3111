"""Dilated recurrent layers and the residual blocks made of them (Chang et al. 2017, Smyl 2020)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn.functional import pad

from esrnn.errors import InputError
from esrnn.nn.cells import CELLS

__all__ = ["Dilated", "DilatedStack"]


class Dilated(nn.Module):
    """A recurrence whose state of step t comes from step t - dilation.

    That is `dilation` interleaved plain recurrences, so time is folded into the batch and the
    cell runs as it is.

    Parameters
    ----------
    cell : Module
        Maps (T, B, input) to (T, B, hidden).
    dilation : int

    Examples
    --------
    >>> import torch
    >>> from esrnn.nn.cells import LSTM
    >>> Dilated(LSTM(3, 5), dilation=4)(torch.zeros(10, 2, 3)).shape
    torch.Size([10, 2, 5])
    """

    def __init__(self, cell: nn.Module, dilation: int) -> None:
        super().__init__()
        self.cell = cell
        self.dilation = dilation

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


class DilatedStack(nn.Module):
    """Blocks of dilated layers; every block after the first adds its input to its output.

    Parameters
    ----------
    input_size, hidden_size : int
    dilations : sequence of sequence of int
        One inner sequence for each block.
    cell : str
        Key of `esrnn.nn.cells.CELLS`.
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
        if cell not in CELLS:
            raise InputError(f"cell must be one of {sorted(CELLS)}; got {cell!r}")
        self.blocks = nn.ModuleList()
        for block in dilations:
            layers = []
            for dilation in block:
                layers.append(Dilated(CELLS[cell](input_size, hidden_size), dilation))
                input_size = hidden_size
            self.blocks.append(nn.Sequential(*layers))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        for k, block in enumerate(self.blocks):
            out = self.dropout(block(x))
            x = out if k == 0 else x + out
        return x
