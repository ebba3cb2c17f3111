"""Cells with gates, which can also be run one step at a time to look at the gates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn

from esrnn.nn.layers.initial import initialise
from esrnn.nn.layers.layer import Layer

__all__ = ["GatedCell"]


class GatedCell(Layer):
    """One of torch's recurrent cells with gates.

    A subclass names its gates and writes its equations once more in `steps`, since torch runs a
    whole sequence at once and does not show the gates. `esrnn.diagnostics` looks at networks of
    such cells.

    Parameters
    ----------
    rnn : RNNBase
        A single layer of torch's.
    """

    gate_names: ClassVar[tuple[str, ...]] = ()  # in the order in which torch stacks their weights

    def __init__(self, rnn: nn.RNNBase) -> None:
        super().__init__()
        self.rnn = rnn
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights (`esrnn.nn.layers`)."""
        initialise(self.rnn, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Run over (T, B, input_size); return the hidden states (T, B, hidden_size)."""
        out: Tensor = self.rnn(x)[0]
        return out

    def steps(self, x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Run over (T, B, input_size) one step at a time.

        Parameters
        ----------
        x : Tensor of shape (T, B, input_size)

        Yields
        ------
        hidden : Tensor of shape (B, hidden_size)
            The state that `forward` returns for the step.
        gates : Tensor of shape (B, n_gates * hidden_size)
            In the order of `gate_names`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no steps")

    def gate_weights(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Return the weights of each gate: of the inputs, recurrent, and the sum of its biases."""
        names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
        parts = [
            torch.chunk(self.rnn.get_parameter(name).detach(), len(self.gate_names))
            for name in names
        ]
        return [(w, v, b + d) for w, v, b, d in zip(*parts, strict=True)]

    def _from_inputs(self, x: Tensor) -> Tensor:
        """Return what the inputs add to each gate at every step."""
        weight, bias = self.rnn.get_parameter("weight_ih_l0"), self.rnn.get_parameter("bias_ih_l0")
        return x @ weight.T + bias
