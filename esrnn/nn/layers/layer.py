"""What a layer of the stack is."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from torch import Generator, Tensor, nn

from esrnn.nn.draws import draw_for_series

__all__ = ["Layer", "LayerShape", "draw_mask"]


class LayerShape(NamedTuple):
    """Where in the stack a layer is, and its sizes.

    Attributes
    ----------
    input_size, hidden_size : int
    dilation : int
    is_first : bool
        Whether it is the first layer of its block.
    """

    input_size: int
    hidden_size: int
    dilation: int = 1
    is_first: bool = True


class Layer(nn.Module):
    """A causal map of (T, B, input) to (T, B, hidden) whose state is zero at the start.

    Attributes
    ----------
    is_bounded : bool
        Whether all outputs lie in [-1, 1].
    """

    is_bounded: ClassVar[bool] = False

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights.

        Parameters
        ----------
        generator : Generator, optional
            On the CPU, as the weights are. By default torch's own, which the process shares:
            training always hands one down, so that members don't depend on what else runs.
        """
        raise NotImplementedError(f"{type(self).__name__} does not draw its weights")

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Map (T, B, input) to (T, B, hidden).

        Parameters
        ----------
        x : Tensor of shape (T, B, input)
        generator : Generator, optional
            In training, on the device of x: draws what is dropped. Without one nothing is.

        Returns
        -------
        Tensor of shape (T, B, hidden)
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def count_parameters(self) -> int:
        """Return the number of weights."""
        return sum(parameter.numel() for parameter in self.parameters())


def draw_mask(x: Tensor, n_units: int, share: float, generator: Generator | None) -> Tensor | None:
    """Draw which units each series drops at all steps alike.

    Parameters
    ----------
    x : Tensor of shape (T, B, input)
    n_units : int
    share : float
        Of the units that are dropped.
    generator : Generator or None
        None outside of training.

    Returns
    -------
    Tensor of shape (B, n_units), or None
        0 for units that are dropped, 1 / (1 - share) for the others; None if nothing is dropped.
    """
    if generator is None or share == 0.0:
        return None

    def draw(shape: tuple[int, ...]) -> Tensor:
        return x.new_empty(shape).bernoulli_(1.0 - share, generator=generator).div_(1.0 - share)

    return draw_for_series(draw, (x.shape[1], n_units), 0, generator)
