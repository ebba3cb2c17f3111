"""Recurrences: layers whose output of one step enters the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import torch
from torch import Generator, Tensor

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.layer import Layer, draw_mask

__all__ = ["GateWeights", "Recurrence", "heard"]


class GateWeights(NamedTuple):
    """The weights that make a gate.

    Attributes
    ----------
    inputs : Tensor of shape (hidden_size, n_inputs)
    recurrent : Tensor of shape (hidden_size, hidden_size), or None
        None for a gate that hears nothing of the state.
    bias : Tensor of shape (hidden_size,)
    """

    inputs: Tensor
    recurrent: Tensor | None
    bias: Tensor


class Recurrence(Layer):
    """A layer whose output is its state, written one step at a time.

    A subclass writes its equations in `steps`. It may have a faster way to run over a whole
    sequence. `esrnn.diagnostics` looks at its states and gates.

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions
    """

    gate_names: ClassVar[tuple[str, ...]] = ()  # in the order in which their weights are stacked

    def __init__(self, input_size: int, hidden_size: int, options: RecurrentOptions) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.recurrent_dropout = options.recurrent_dropout

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return the states (T, B, hidden_size)."""
        return torch.stack([h for h, _ in self.steps(x, self.mask(x, generator))])

    def mask(self, x: Tensor, generator: Generator | None) -> Tensor | None:
        """Draw which units of the state are not heard in training (`draw_mask`)."""
        return draw_mask(x, self.hidden_size, self.recurrent_dropout, generator)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run over (T, B, input_size) one step at a time.

        Parameters
        ----------
        x : Tensor of shape (T, B, input_size)
        mask : Tensor of shape (B, hidden_size), optional
            What the state is multiplied by where gates and candidates read it.

        Yields
        ------
        hidden : Tensor of shape (B, hidden_size)
            The state that `forward` returns for the step.
        gates : tuple of Tensor of shape (B, hidden_size)
            In the order of `gate_names`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no steps")

    def gate_weights(self) -> list[GateWeights]:
        """Return the weights of each gate."""
        if not self.gate_names:
            return []
        raise NotImplementedError(f"{type(self).__name__} does not show the weights of its gates")

    def start(self, x: Tensor) -> Tensor:
        """Return the state before the first step: zeros."""
        return x.new_zeros(x.shape[1], self.hidden_size)


def heard(state: Tensor, mask: Tensor | None) -> Tensor:
    """Return what is read of a state: all of it without a mask."""
    return state if mask is None else state * mask
