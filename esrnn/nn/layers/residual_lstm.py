"""The residual LSTM of the M4 winner."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.lstm import LSTMCell
from esrnn.nn.layers.recurrence import heard

__all__ = ["ResidualLSTM", "residual_lstm_layer"]


class ResidualLSTM(LSTMCell):
    r"""LSTM whose output gate also lets its input pass (Kim et al. 2017).

    .. math::

        i, f, o = \sigma(W x + V h + b), \quad g = \tanh(W_g x + V_g h + b_g), \quad
        c \leftarrow f c + i g, \quad h \leftarrow o (x + \tanh c)

    Without the shortcut it is an LSTM. So is the first layer of each block in the program that won
    M4, whose input has another size.

    Parameters
    ----------
    input_size, hidden_size : int
        Equal, if there is a shortcut.
    options : RecurrentOptions, optional
    has_shortcut : bool, default True

    References
    ----------
    J. Kim, M. El-Khamy, J. Lee (2017), Residual LSTM: design of a deep recurrent architecture for
    distant speech recognition, arXiv:1701.03360. The form without a projection, as here:
    S. Smyl (2018), https://github.com/slaweks17/ES_RNN.

    Notes
    -----
    4 H (I + H + 1) weights, initialised as `esrnn.nn.layers.lstm.LSTM`'s.

    Examples
    --------
    >>> ResidualLSTM(5, 5)(torch.zeros(7, 2, 5)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        options: RecurrentOptions | None = None,
        has_shortcut: bool = True,
    ) -> None:
        super().__init__(input_size, hidden_size, options or RecurrentOptions())
        self.has_shortcut = has_shortcut
        self.draw()

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        h = c = self.start(x)
        for own, passing in zip(self.from_inputs(x), x, strict=True):
            i, f, o, g = self.gates(torch.addmm(own, heard(h, mask), self.weight_hh.T))
            c = torch.addcmul(f * c, i, g)
            h = o * (c.tanh() + passing) if self.has_shortcut else o * c.tanh()
            yield h, (i, f, o, g)


def residual_lstm_layer(shape: LayerShape, options: RecurrentOptions) -> Dilated:
    """Make a dilated layer; the first one of a block has no shortcut."""
    sizes = shape.input_size, shape.hidden_size
    return Dilated(ResidualLSTM(*sizes, options, not shape.is_first), shape.dilation)
