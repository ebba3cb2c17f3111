"""Gated recurrent units."""

from __future__ import annotations

from torch import Tensor, nn

from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.initial import initialise

__all__ = ["GRU", "gru_layer"]


class GRU(nn.Module):
    """Gated recurrent unit (Cho et al. 2014).

    Parameters
    ----------
    input_size, hidden_size : int

    Examples
    --------
    >>> import torch
    >>> GRU(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.rnn = nn.GRU(input_size, hidden_size)
        initialise(self.rnn)

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return the hidden states (T, B, hidden_size)."""
        out: Tensor = self.rnn(x)[0]
        return out


def gru_layer(input_size: int, hidden_size: int, dilation: int) -> Dilated:
    """Make a dilated layer of such cells (`esrnn.nn.layers.LAYERS`)."""
    return Dilated(GRU(input_size, hidden_size), dilation)
