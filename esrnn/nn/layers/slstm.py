"""sLSTM, the LSTM with exponential gates of xLSTM."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import logsigmoid

from esrnn.config.cells import HeadsOptions
from esrnn.nn.layers.attention import choose_heads
from esrnn.nn.layers.gated import InputGates
from esrnn.nn.layers.recurrence import heard

__all__ = ["SLSTM"]

_FIRST_BIAS, _BIAS_RANGE, _BIAS_POWER = 5.0, 12.0, 0.3


class SLSTM(InputGates):
    r"""LSTM with an exponential input gate and a normaliser (Beck et al. 2024, eqs 8-18).

    .. math::

        \tilde i, \tilde f, \tilde z, \tilde o &= W x + R h + b, \quad
        i = e^{\tilde i}, \; f = \sigma(\tilde f), \; z = \tanh \tilde z, \; o = \sigma(\tilde o) \\
        c &\leftarrow f c + i z, \quad n \leftarrow f n + i, \quad h \leftarrow o \, c / n

    so that c / n is a weighted mean of all z so far. c and n are kept divided by the exponential of
    :math:`m \leftarrow \max(\log f + m, \tilde i)`, which changes nothing but overflows. R has a
    block for each head: units hear only of those of their own head.

    Parameters
    ----------
    input_size, hidden_size : int
    options : HeadsOptions, optional

    References
    ----------
    M. Beck et al. (2024), xLSTM: extended long short-term memory, NeurIPS, arXiv:2405.04517.

    Notes
    -----
    4 H (I + H / heads + 1) weights. Those of the inputs start Glorot-uniform, R at 0 and the forget
    gate's biases spread from 5 to -7 within a head, as in the authors' program
    (https://github.com/NX-AI/xlstm); the other biases at 0. The convolution, the normalisation and
    the projections of an xLSTM block are not part of the cell. The gates that are shown are shares
    of n: what enters, i / n, and what is kept, 1 - i / n.

    Examples
    --------
    >>> SLSTM(3, 4)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 4])
    """

    gate_names = ("input", "forget", "candidate", "output")

    def __init__(
        self, input_size: int, hidden_size: int, options: HeadsOptions | None = None
    ) -> None:
        options = options or HeadsOptions()
        super().__init__(input_size, hidden_size, options)
        self.heads = choose_heads(hidden_size, options.heads)
        size = hidden_size // self.heads
        self.weight_hh = nn.Parameter(torch.empty(self.heads, size, 4 * size))
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        self.draw_inputs(generator)
        nn.init.zeros_(self.weight_hh)
        size = self.hidden_size // self.heads
        at = torch.linspace(0.0, 1.0, size, device=self.bias.device)
        with torch.no_grad():
            bias = _FIRST_BIAS - _BIAS_RANGE * at**_BIAS_POWER
            self.by_gate(self.bias)[1].copy_(bias.repeat(self.heads))

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return the states (T, B, hidden_size)."""
        states = [parts[0] for parts in self._run(x, self.mask(x, generator))]
        return torch.stack(states).transpose(1, 2).flatten(2)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        for h, enter, n, z, o in self._run(x, mask):
            parts = (h, enter / n, 1.0 - enter / n, z, o)
            state, *gates = (part.transpose(0, 1).flatten(1) for part in parts)
            yield state, tuple(gates)

    def _run(self, x: Tensor, mask: Tensor | None) -> Iterator[tuple[Tensor, ...]]:
        """Run one step at a time; return h, i, n, z and o, (heads, B, size) each."""
        h = c = n = self._by_head(self.start(x))
        m = torch.full_like(h, -torch.inf)
        mask = None if mask is None else self._by_head(mask)
        own_of_all = self.from_inputs(x).reshape(*x.shape[:2], 4, self.heads, -1)
        for own in own_of_all.permute(0, 3, 1, 2, 4).flatten(3):  # (heads, B, 4 * size)
            total = torch.baddbmm(own, heard(h, mask), self.weight_hh)
            i, f, z, o = total.chunk(4, dim=2)
            kept = logsigmoid(f) + m
            m = torch.maximum(kept, i)
            enter, keep = (i - m).exp(), (kept - m).exp()
            z, o = z.tanh(), o.sigmoid()
            c, n = torch.addcmul(keep * c, enter, z), torch.addcmul(enter, keep, n)
            h = o * c / n
            yield h, enter, n, z, o

    def _by_head(self, state: Tensor) -> Tensor:
        """Return (B, hidden_size) as (heads, B, size)."""
        return state.reshape(len(state), self.heads, -1).transpose(0, 1)

    def recurrent_weights(self) -> Sequence[Tensor | None]:
        """Return the recurrent matrix of each gate, with zeros between heads."""
        blocks = self.weight_hh.detach().chunk(4, dim=2)
        whole = torch.zeros(4, self.hidden_size, self.hidden_size)
        size = self.hidden_size // self.heads
        for gate, own in zip(whole, blocks, strict=True):
            for k, block in enumerate(own):
                at = slice(k * size, (k + 1) * size)
                gate[at, at] = block.T
        return list(whole)
