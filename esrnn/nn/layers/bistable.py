"""Bistable recurrent cells, with and without neuromodulation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor, nn

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.gated import InputGates
from esrnn.nn.layers.recurrence import heard

__all__ = ["BRC", "NBRC"]


class NBRC(InputGates):
    r"""Recurrently neuromodulated bistable cell (Vecoven et al. 2021).

    .. math::

        a = 1 + \tanh(U_a x + W_a h + b_a), \quad c = \sigma(U_c x + W_c h + b_c), \quad
        h \leftarrow c h + (1 - c) \tanh(U x + a h + b)

    A unit whose a is above 1 has two stable states and can hold one of them for good.

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions, optional

    References
    ----------
    N. Vecoven, D. Ernst, G. Drion (2021), A bio-inspired bistable recurrent cell allows for
    long-lasting memory, PLOS ONE 16(6), doi:10.1371/journal.pone.0252676.

    Notes
    -----
    3 H (I + 1) + 2 H² weights. Those of the inputs start Glorot-uniform, recurrent ones orthogonal,
    biases at 0.

    Examples
    --------
    >>> NBRC(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("bistability", "update", "candidate")

    def __init__(
        self, input_size: int, hidden_size: int, options: RecurrentOptions | None = None
    ) -> None:
        super().__init__(input_size, hidden_size, options or RecurrentOptions())
        self.weight_hh = nn.Parameter(torch.empty(2 * hidden_size, hidden_size))
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        self.draw_inputs(generator)
        with torch.no_grad():
            for gate in self.weight_hh.chunk(2):
                nn.init.orthogonal_(gate, generator=generator)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        h, size = self.start(x), self.hidden_size
        for own in self.from_inputs(x):
            read = heard(h, mask)
            gates = torch.addmm(own[:, : 2 * size], read, self.weight_hh.T)
            h, activations = _next(gates, own[:, 2 * size :], h, read)
            yield h, activations

    def recurrent_weights(self) -> Sequence[Tensor | None]:
        """Return the recurrent matrices of the gates; of the candidate the bistability is one."""
        return (*self.weight_hh.detach().chunk(2), None)


class BRC(InputGates):
    r"""Bistable recurrent cell (Vecoven et al. 2021): each unit's gates hear of that unit alone.

    .. math::

        a = 1 + \tanh(U_a x + w_a \circ h + b_a), \quad c = \sigma(U_c x + w_c \circ h + b_c), \quad
        h \leftarrow c h + (1 - c) \tanh(U x + a h + b)

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions, optional

    References
    ----------
    As for `NBRC`.

    Notes
    -----
    3 H (I + 1) + 2 H weights. Those of the inputs start Glorot-uniform, recurrent ones at 1, biases
    at 0.

    Examples
    --------
    >>> BRC(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("bistability", "update", "candidate")

    def __init__(
        self, input_size: int, hidden_size: int, options: RecurrentOptions | None = None
    ) -> None:
        super().__init__(input_size, hidden_size, options or RecurrentOptions())
        self.weight_hh = nn.Parameter(torch.empty(2 * hidden_size))
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        self.draw_inputs(generator)
        nn.init.ones_(self.weight_hh)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        h, size = self.start(x), self.hidden_size
        for own in self.from_inputs(x):
            read = heard(h, mask)
            gates = torch.addcmul(own[:, : 2 * size], read.repeat(1, 2), self.weight_hh)
            h, activations = _next(gates, own[:, 2 * size :], h, read)
            yield h, activations

    def recurrent_weights(self) -> Sequence[Tensor | None]:
        """Return the recurrent matrices of the gates; of the candidate the bistability is one."""
        return (*(torch.diag(own) for own in self.weight_hh.detach().chunk(2)), None)


def _next(
    gates: Tensor, candidate: Tensor, h: Tensor, read: Tensor
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the next state, and a, c and the candidate."""
    size = h.shape[1]
    a, c = 1.0 + gates[:, :size].tanh(), gates[:, size:].sigmoid()
    n = torch.addcmul(candidate, a, read).tanh()
    return torch.lerp(n, h, c), (a, c, n)
