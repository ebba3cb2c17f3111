"""Recurrent cells behind one interface: (T, B, input) to (T, B, hidden), state zero at the start.

A cell knows nothing of dilation: `esrnn.nn.stack.Dilated` reshapes time so that a plain
recurrence becomes a dilated one. To add a cell, write a module with this signature and put it into
`CELLS`; cells that need the dilation itself take it in their constructor.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

__all__ = ["CELLS", "GRU", "LSTM"]


def _initialise(rnn: nn.RNNBase) -> None:
    """Draw weights Glorot-uniformly for each gate, recurrent ones orthogonally; biases are 0."""
    hidden = rnn.hidden_size
    with torch.no_grad():
        for name, parameter in rnn.named_parameters():
            if "bias" in name:
                parameter.zero_()
                continue
            for gate in torch.split(parameter, hidden):
                if "weight_hh" in name:
                    nn.init.orthogonal_(gate)
                else:
                    nn.init.xavier_uniform_(gate)


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
        _initialise(self.rnn)
        with torch.no_grad():  # torch's gate order: input, forget, cell, output
            bias = self.rnn.get_parameter("bias_ih_l0")
            bias[hidden_size : 2 * hidden_size] = 1.0

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return the hidden states (T, B, hidden_size)."""
        out: Tensor = self.rnn(x)[0]
        return out


class GRU(nn.Module):
    """Gated recurrent unit (Cho et al. 2014).

    Parameters
    ----------
    input_size, hidden_size : int

    Examples
    --------
    >>> GRU(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.rnn = nn.GRU(input_size, hidden_size)
        _initialise(self.rnn)

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return the hidden states (T, B, hidden_size)."""
        out: Tensor = self.rnn(x)[0]
        return out


CELLS: dict[str, Callable[[int, int], nn.Module]] = {"lstm": LSTM, "gru": GRU}
