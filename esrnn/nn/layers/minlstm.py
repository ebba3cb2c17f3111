"""Minimal LSTM whose gates do not hear of the state."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import linear, logsigmoid

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.recurrence import GateWeights, Recurrence
from esrnn.ops.scan import linear_scan

__all__ = ["MinLSTM"]


class MinLSTM(Recurrence):
    r"""Minimal LSTM (Feng et al. 2024).

    .. math::

        f, i = \sigma(W x + b), \quad
        h \leftarrow \frac{f}{f + i} h + \frac{i}{f + i} (W_h x + b_h)

    Neither gates nor candidate hear of the state, so that the recurrence is linear.

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions, optional

    References
    ----------
    L. Feng, F. Tung, M. O. Ahmed, Y. Bengio, H. Hajimirsadeghi (2024), Were RNNs all we needed?,
    arXiv:2410.01201, section 3.2.3.

    Notes
    -----
    3 H (I + 1) weights. They start Glorot-uniform, gate by gate; biases at 0, but 1 for the forget
    gate. It runs by `esrnn.ops.scan.linear_scan`. Recurrent dropout drops units with all that they
    hold, since no other unit would hear of it.

    Examples
    --------
    >>> MinLSTM(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("forget", "input")

    def __init__(
        self, input_size: int, hidden_size: int, options: RecurrentOptions | None = None
    ) -> None:
        super().__init__(input_size, hidden_size, options or RecurrentOptions())
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.bias = nn.Parameter(torch.empty(3 * hidden_size))
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights; the forget gate starts open."""
        with torch.no_grad():
            for gate in self.weight_ih.chunk(3):
                nn.init.xavier_uniform_(gate, generator=generator)
            self.bias.zero_()
            self.bias[: self.hidden_size] = 1.0

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return the states (T, B, hidden_size)."""
        kept, added = self._parts(x, self.mask(x, generator))
        return linear_scan(kept, added)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`); the mask drops whole units."""
        h = self.start(x)
        for kept, added in zip(*self._parts(x, mask), strict=True):
            h = kept * h + added
            yield h, (kept, 1.0 - kept)

    def gate_weights(self) -> list[GateWeights]:
        """Return the weights of the two gates, as they are before they are made to add up to 1."""
        parts = zip(self.weight_ih.detach().chunk(3), self.bias.detach().chunk(3), strict=True)
        return [GateWeights(weight, None, bias) for weight, bias in parts][:2]

    def _parts(self, x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the share of the state that is kept, and what is added, at every step."""
        forget, enter, candidate = linear(x, self.weight_ih, self.bias).chunk(3, dim=2)
        # f / (f + i) without a quotient of numbers that may both be next to 0.
        kept = (logsigmoid(forget) - logsigmoid(enter)).sigmoid()
        added = (1.0 - kept) * candidate
        return kept, added if mask is None else added * mask
