"""Long short-term memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.initial import initialise

__all__ = ["LSTM", "lstm_layer"]


class LSTM(nn.Module):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), forget-gate bias 1.

    Parameters
    ----------
    input_size, hidden_size : int

    Examples
    --------
    >>> LSTM(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden_size)
        initialise(self.rnn)
        with torch.no_grad():  # torch's gate order: input, forget, cell, output
            bias = self.rnn.get_parameter("bias_ih_l0")
            bias[hidden_size : 2 * hidden_size] = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return the hidden states (T, B, hidden_size)."""
        out: Tensor = self.rnn(x)[0]
        return out


def lstm_layer(input_size: int, hidden_size: int, dilation: int) -> Dilated:
    """Make a dilated layer of such cells (`esrnn.nn.layers.LAYERS`)."""
    return Dilated(LSTM(input_size, hidden_size), dilation)
