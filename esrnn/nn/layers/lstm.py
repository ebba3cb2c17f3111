"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn

from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.gated import GatedCell

__all__ = ["LSTM", "lstm_layer"]


class LSTM(GatedCell):
    r"""Long short-term memory (Hochreiter and Schmidhuber 1997), forget-gate bias 1.

    .. math::

        i, f, o = \sigma(W x + b + V h + d), \quad g = \tanh(W_g x + b_g + V_g h + d_g), \quad
        c \leftarrow f c + i g, \quad h \leftarrow o \tanh c

    Parameters
    ----------
    input_size, hidden_size : int

    References
    ----------
    S. Hochreiter, J. Schmidhuber (1997), Long short-term memory, Neural Computation 9(8),
    1735-1780, doi:10.1162/neco.1997.9.8.1735.

    Examples
    --------
    >>> LSTM(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("input", "forget", "candidate", "output")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(nn.LSTM(input_size, hidden_size))

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights; the forget gate, the second one, starts open."""
        super().draw(generator)
        with torch.no_grad():
            self.rnn.get_parameter("bias_ih_l0").chunk(4)[1].fill_(1.0)

    def steps(self, x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Run one step at a time (`GatedCell.steps`)."""
        weight, bias = self.rnn.get_parameter("weight_hh_l0"), self.rnn.get_parameter("bias_hh_l0")
        h = c = x.new_zeros(x.shape[1], self.rnn.hidden_size)
        for own in self._from_inputs(x):
            i, f, g, o = (own + h @ weight.T + bias).chunk(4, dim=1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            yield h, torch.cat([i, f, g, o], dim=1)


def lstm_layer(input_size: int, hidden_size: int, dilation: int) -> Dilated:
    """Make a dilated layer of such cells (`esrnn.nn.layers.LAYERS`)."""
    return Dilated(LSTM(input_size, hidden_size), dilation)
