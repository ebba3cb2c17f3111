"""Independently recurrent network."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import linear

from esrnn.config.cells import IndRNNOptions
from esrnn.nn.layers.recurrence import Recurrence
from esrnn.ops.scan import linear_scan, relu_scan

__all__ = ["IndRNN"]


class IndRNN(Recurrence):
    r"""Recurrent network whose units hear only of themselves (Li et al. 2018).

    .. math::

        h \leftarrow \phi(W x + b + u \circ h)

    with :math:`\phi` the rectifier, :math:`\max(0, \cdot)`, or nothing at all. A unit keeps its
    state for long where its u is close to 1.

    Parameters
    ----------
    input_size, hidden_size : int
    options : IndRNNOptions, optional

    References
    ----------
    S. Li, W. Li, C. Cook, C. Zhu, Y. Gao (2018), Independently recurrent neural network (IndRNN):
    building a longer and deeper RNN, CVPR, arXiv:1803.04831.

    Notes
    -----
    H (I + 2) weights. Those of the inputs start Glorot-uniform, biases at 0, u uniform in [0, 1].
    Training keeps u in [-1, 1], so that no state can grow by itself; the paper's bound, 2 to the
    power of one over the number of steps, depends on the length of the series. Without a rectifier
    it runs by `esrnn.ops.scan.linear_scan`, else by `esrnn.ops.scan.relu_scan`. Recurrent dropout
    drops units with all that they hold, since no other unit would hear of it.

    Examples
    --------
    >>> IndRNN(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(
        self, input_size: int, hidden_size: int, options: IndRNNOptions | None = None
    ) -> None:
        options = options or IndRNNOptions()
        super().__init__(input_size, hidden_size, options)
        self.is_linear = options.activation == "linear"
        self.weight_ih = nn.Parameter(torch.empty(hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(hidden_size))
        self.bias = nn.Parameter(torch.empty(hidden_size))
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        nn.init.xavier_uniform_(self.weight_ih, generator=generator)
        nn.init.uniform_(self.weight_hh, 0.0, 1.0, generator=generator)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return the states (T, B, hidden_size)."""
        if generator is not None:
            with torch.no_grad():
                self.weight_hh.clamp_(-1.0, 1.0)
        added = self._added(x, self.mask(x, generator))
        scan = linear_scan if self.is_linear else relu_scan
        return scan(self.weight_hh, added)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`); the mask drops whole units."""
        h = self.start(x)
        for own in self._added(x, mask):
            h = own + self.weight_hh * h
            h = h if self.is_linear else h.relu()
            yield h, ()

    def _added(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return what the inputs add to the state at every step."""
        added = linear(x, self.weight_ih, self.bias)
        return added if mask is None else added * mask
