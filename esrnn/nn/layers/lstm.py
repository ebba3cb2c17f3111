"""Long short-term memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.gated import GatedCell, TorchCell
from esrnn.nn.layers.recurrence import heard

__all__ = ["LSTM", "LSTMCell"]


class LSTM(TorchCell):
    r"""Long short-term memory (Hochreiter and Schmidhuber 1997), forget-gate bias 1.

    .. math::

        i, f, o = \sigma(W x + b + V h + d), \quad g = \tanh(W_g x + b_g + V_g h + d_g), \quad
        c \leftarrow f c + i g, \quad h \leftarrow o \tanh c

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions, optional

    References
    ----------
    S. Hochreiter, J. Schmidhuber (1997), Long short-term memory, Neural Computation 9(8),
    1735-1780, doi:10.1162/neco.1997.9.8.1735. The forget gate: F. Gers, J. Schmidhuber, F. Cummins
    (2000), Learning to forget, Neural Computation 12(10), doi:10.1162/089976600300015015.

    Notes
    -----
    4 H (I + H + 2) weights for I inputs and H units. Recurrent weights start orthogonal, those of
    inputs Glorot-uniform, each gate by itself; biases are 0, but 1 for the forget gate.

    Examples
    --------
    >>> LSTM(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("input", "forget", "candidate", "output")

    def __init__(
        self, input_size: int, hidden_size: int, options: RecurrentOptions | None = None
    ) -> None:
        super().__init__(nn.LSTM(input_size, hidden_size), options or RecurrentOptions())

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights; the forget gate, the second one, starts open."""
        super().draw(generator)
        with torch.no_grad():
            self.rnn.get_parameter("bias_ih_l0").chunk(4)[1].fill_(1.0)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        weight, bias = self.rnn.get_parameter("weight_hh_l0"), self.rnn.get_parameter("bias_hh_l0")
        h = c = self.start(x)
        for own in self.from_inputs(x):
            i, f, g, o = (own + heard(h, mask) @ weight.T + bias).chunk(4, dim=1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            yield h, (i, f, g, o)


class LSTMCell(GatedCell):
    """What variants of the LSTM share: the gates i, f, o and the candidate g, in this order."""

    gate_names = ("input", "forget", "output", "candidate")

    @staticmethod
    def gates(total: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return i, f, o and g, (B, hidden_size) each, from sums of shape (B, 4 * hidden_size)."""
        size = total.shape[1] // 4
        i, f, o = total[:, : 3 * size].sigmoid().chunk(3, dim=1)
        return i, f, o, total[:, 3 * size :].tanh()
