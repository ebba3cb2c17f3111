"""What a layer of the stack is."""

from __future__ import annotations

from torch import Generator, nn

__all__ = ["Layer"]


class Layer(nn.Module):
    """A causal map of (T, B, input) to (T, B, hidden) whose state is zero at the start."""

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights.

        Parameters
        ----------
        generator : Generator, optional
            On the CPU, as the weights are. By default torch's own, which the process shares:
            training always hands one down, so that members don't depend on what else runs.
        """
        raise NotImplementedError(f"{type(self).__name__} does not draw its weights")
