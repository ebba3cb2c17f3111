"""Cells whose gates read the input and the state by full matrices."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import linear

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.initial import draw_gates, initialise
from esrnn.nn.layers.recurrence import GateWeights, Recurrence

__all__ = ["GatedCell", "TorchCell"]


class TorchCell(Recurrence):
    """One of torch's recurrent cells.

    Torch runs a whole sequence at once and does not show the gates, so a subclass writes its
    equations once more in `steps`. They also run where units of the state are dropped.

    Parameters
    ----------
    rnn : RNNBase
        A single layer of torch's.
    options : RecurrentOptions
    """

    is_bounded = True

    def __init__(self, rnn: nn.RNNBase, options: RecurrentOptions) -> None:
        super().__init__(rnn.input_size, rnn.hidden_size, options)
        self.rnn = rnn
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights (`esrnn.nn.layers.initial.initialise`)."""
        initialise(self.rnn, generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return the states (T, B, hidden_size)."""
        if generator is not None and self.recurrent_dropout:
            return super().forward(x, generator)
        out: Tensor = self.rnn(x)[0]
        return out

    def gate_weights(self) -> list[GateWeights]:
        """Return the weights of each gate; torch's two biases are added up."""
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        parts = [
            torch.chunk(self.rnn.get_parameter(name).detach(), len(self.gate_names))
            for name in names
        ]
        return [GateWeights(w, v, b + d) for w, v, b, d in zip(*parts, strict=True)]

    def from_inputs(self, x: Tensor) -> Tensor:
        """Return what the inputs add to each gate at every step."""
        weight, bias = self.rnn.get_parameter("weight_ih_l0"), self.rnn.get_parameter("bias_ih_l0")
        return x @ weight.T + bias


class GatedCell(Recurrence):
    """A cell with weights of its own: of the inputs, recurrent, and a bias for each gate.

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions
    """

    is_bounded = True

    def __init__(self, input_size: int, hidden_size: int, options: RecurrentOptions) -> None:
        super().__init__(input_size, hidden_size, options)
        n_rows = len(self.gate_names) * hidden_size
        self.weight_ih = nn.Parameter(torch.empty(n_rows, input_size))
        self.weight_hh = nn.Parameter(torch.empty(n_rows, hidden_size))
        self.bias = nn.Parameter(torch.empty(n_rows))

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights gate by gate; the forget gate starts open, other biases are 0."""
        draw_gates(self.weight_ih, self.weight_hh, len(self.gate_names), generator)
        with torch.no_grad():
            for name, bias in zip(self.gate_names, self._by_gate(self.bias), strict=True):
                bias.fill_(1.0 if name == "forget" else 0.0)

    def gate_weights(self) -> list[GateWeights]:
        """Return the weights of each gate."""
        weights = (self.weight_ih, self.weight_hh, self.bias)
        parts = [self._by_gate(weight.detach()) for weight in weights]
        return [GateWeights(*own) for own in zip(*parts, strict=True)]

    def from_inputs(self, x: Tensor) -> Tensor:
        """Return what the inputs and biases add to each gate at every step."""
        return linear(x, self.weight_ih, self.bias)

    def _by_gate(self, weight: Tensor) -> tuple[Tensor, ...]:
        return torch.chunk(weight, len(self.gate_names))
