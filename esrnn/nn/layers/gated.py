"""Cells with gates: what they share."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import linear

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.initial import initialise
from esrnn.nn.layers.recurrence import GateWeights, Recurrence

__all__ = ["GatedCell", "InputGates", "TorchCell"]


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


class InputGates(Recurrence):
    """A cell with one matrix for what its inputs add to each gate, and a bias.

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
        self.bias = nn.Parameter(torch.empty(n_rows))

    def draw_inputs(self, generator: Generator | None) -> None:
        """Draw weights of inputs gate by gate; the forget gate starts open, other biases are 0."""
        with torch.no_grad():
            for gate in self.by_gate(self.weight_ih):
                nn.init.xavier_uniform_(gate, generator=generator)
            for name, bias in zip(self.gate_names, self.by_gate(self.bias), strict=True):
                bias.fill_(1.0 if name == "forget" else 0.0)

    def from_inputs(self, x: Tensor) -> Tensor:
        """Return what the inputs and biases add to each gate at every step."""
        return linear(x, self.weight_ih, self.bias)

    def gate_weights(self) -> list[GateWeights]:
        """Return the weights of each gate."""
        inputs, biases = self.by_gate(self.weight_ih.detach()), self.by_gate(self.bias.detach())
        return [
            GateWeights(*own) for own in zip(inputs, self.recurrent_weights(), biases, strict=True)
        ]

    def recurrent_weights(self) -> Sequence[Tensor | None]:
        """Return the recurrent matrix of each gate."""
        raise NotImplementedError(f"{type(self).__name__} does not show its recurrent weights")

    def by_gate(self, weight: Tensor) -> tuple[Tensor, ...]:
        """Return the rows of each gate."""
        return torch.chunk(weight, len(self.gate_names))


class GatedCell(InputGates):
    """A cell whose gates read the state by full matrices.

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions
    """

    def __init__(self, input_size: int, hidden_size: int, options: RecurrentOptions) -> None:
        super().__init__(input_size, hidden_size, options)
        self.weight_hh = nn.Parameter(torch.empty(len(self.gate_names) * hidden_size, hidden_size))

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights gate by gate: of inputs Glorot-uniformly, recurrent orthogonally."""
        self.draw_inputs(generator)
        with torch.no_grad():
            for gate in self.by_gate(self.weight_hh):
                nn.init.orthogonal_(gate, generator=generator)

    def recurrent_weights(self) -> Sequence[Tensor | None]:
        """Return the recurrent matrix of each gate."""
        return self.by_gate(self.weight_hh.detach())
