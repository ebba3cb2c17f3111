"""LSTM with layer normalisation."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import layer_norm, linear

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.lstm import LSTMCell
from esrnn.nn.layers.recurrence import heard

__all__ = ["LayerNormLSTM"]


class LayerNormLSTM(LSTMCell):
    r"""LSTM whose sums are normalised over the units at each step (Ba et al. 2016, eqs 20-22).

    .. math::

        (i, f, o, g) &= \operatorname{LN}(W x; \alpha) + \operatorname{LN}(V h; \gamma) + b \\
        c &\leftarrow \sigma(f) c + \sigma(i) \tanh g, \quad
        h \leftarrow \sigma(o) \tanh(\operatorname{LN}(c; \delta) + e)

    where :math:`\operatorname{LN}(a; \alpha) = \alpha (a - \operatorname{mean} a) /
    \operatorname{std} a` over all units of the four gates. The paper's three shifts of a gate add
    up to one bias.

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions, optional

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton (2016), Layer normalization, arXiv:1607.06450.

    Notes
    -----
    4 H (I + H + 3) + 2 H weights. Gains start at 1, the rest as `esrnn.nn.layers.lstm.LSTM`'s.

    Examples
    --------
    >>> LayerNormLSTM(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(
        self, input_size: int, hidden_size: int, options: RecurrentOptions | None = None
    ) -> None:
        super().__init__(input_size, hidden_size, options or RecurrentOptions())
        self.gain_ih = nn.Parameter(torch.empty(4 * hidden_size))
        self.gain_hh = nn.Parameter(torch.empty(4 * hidden_size))
        self.gain_c = nn.Parameter(torch.empty(hidden_size))
        self.bias_c = nn.Parameter(torch.empty(hidden_size))
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights; gains are 1."""
        super().draw(generator)
        for gain in (self.gain_ih, self.gain_hh, self.gain_c):
            nn.init.ones_(gain)
        nn.init.zeros_(self.bias_c)

    def from_inputs(self, x: Tensor) -> Tensor:
        """Return what the inputs and biases add to each gate at every step."""
        sums = linear(x, self.weight_ih)
        return layer_norm(sums, sums.shape[-1:], self.gain_ih, self.bias)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        h = c = self.start(x)
        own_shape, shape = (4 * self.hidden_size,), (self.hidden_size,)
        for own in self.from_inputs(x):
            sums = layer_norm(linear(heard(h, mask), self.weight_hh), own_shape, self.gain_hh)
            i, f, o, g = self.gates(own + sums)
            c = torch.addcmul(f * c, i, g)
            h = o * layer_norm(c, shape, self.gain_c, self.bias_c).tanh()
            yield h, (i, f, o, g)
