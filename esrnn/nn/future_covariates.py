"""Effects of future covariates on a forecast, apart from the recurrent layers.

A promotion at step t + h acts on the forecast of that step. As one more input of the recurrent
stack it would have to be held in the hidden state at t, with those of all H steps. So its effect is
computed for each step by itself. What is linear and does not depend on the state may have been
taken out of the series before (`esrnn.effects`); the rest is learnt here.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from esrnn.nn.layers.initial import draw_as_torch
from esrnn.nn.linear import Linear, in_full_precision

__all__ = ["FutureEffects", "ZeroLinear"]

_HIDDEN_SIZE = 16


class ZeroLinear(Linear):
    """A linear map that is 0 before training, so that useless covariates do no harm.

    A small panel gives too few steps of training to undo weights that were drawn at random.

    Parameters
    ----------
    in_features, out_features : int

    Examples
    --------
    >>> ZeroLinear(3, 2)(torch.ones(1, 3)).tolist()
    [[0.0, 0.0]]
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__(in_features, out_features, bias=False)
        nn.init.zeros_(self.weight)

    def draw(self, generator: Generator | None = None) -> None:
        """Set all weights to 0; the generator moves on as if they had been drawn."""
        draw_as_torch(self, generator)
        nn.init.zeros_(self.weight)


class FutureEffects(nn.Module):
    r"""Effects of the covariates x of a step, of shape (C,), shared by all series and steps.

    A step has a base effect, :math:`w x + v (\tanh(M x + b) - \tanh b)`, which is 0 at x = 0: the
    mean of a number, or an unknown value. The state z of an origin, the network's hidden state and
    the static covariates, adjusts it by :math:`(A z) x`. Windows are shifted by :math:`D x` of
    their origin, so that the network's state can tell how sensitive a series is. Before training
    nothing has an effect: w, v, A and D are `ZeroLinear`.

    Parameters
    ----------
    n_future, state_size, input_window : int
        C, the size of z, I.

    Examples
    --------
    >>> effects = FutureEffects(n_future=3, state_size=5, input_window=8)
    >>> effects.base(torch.ones(2, 7, 3)).shape
    torch.Size([2, 7])
    >>> effects.shift(torch.ones(6, 2, 3)).shape
    torch.Size([6, 2, 8])
    >>> effects.adjustment(torch.ones(6, 2, 5), torch.ones(6, 2, 3, 4)).shape
    torch.Size([6, 2, 4])
    """

    def __init__(self, n_future: int, state_size: int, input_window: int) -> None:
        super().__init__()
        self.linear = ZeroLinear(n_future, 1)
        self.curved = Linear(n_future, _HIDDEN_SIZE)
        self.out = ZeroLinear(_HIDDEN_SIZE, 1)
        self.sensitivity = ZeroLinear(state_size, n_future)
        self.origin = ZeroLinear(n_future, input_window)

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights (`esrnn.nn.layers.layer.Layer.draw`)."""
        self.linear.draw(generator)
        draw_as_torch(self.curved, generator)
        for part in (self.out, self.sensitivity, self.origin):
            part.draw(generator)

    def base(self, future: Tensor) -> Tensor:
        """Return the base effect of steps.

        Parameters
        ----------
        future : Tensor of shape (..., C)

        Returns
        -------
        Tensor of shape (...)
        """
        bias = in_full_precision(self.curved.bias)
        bend = torch.tanh(self.curved(future)) - torch.tanh(bias)
        effect: Tensor = self.linear(future) + self.out(bend)
        return effect[..., 0].to(future.dtype)

    def shift(self, future: Tensor) -> Tensor:
        """Return what the covariates at origins add to the windows that end there.

        Parameters
        ----------
        future : Tensor of shape (W, B, C)

        Returns
        -------
        Tensor of shape (W, B, I)
        """
        shift: Tensor = self.origin(future)
        return shift.to(future.dtype)

    def adjustment(self, state: Tensor, future: Tensor) -> Tensor:
        """Return what the state at origins adds to the effects of the steps after them.

        Parameters
        ----------
        state : Tensor of shape (K, B, state_size)
        future : Tensor of shape (K, B, C, H)
            Covariates of the steps after each origin.

        Returns
        -------
        Tensor of shape (K, B, H)
        """
        future_ahead = in_full_precision(future)
        adjustment = torch.einsum("kbc,kbch->kbh", self.sensitivity(state), future_ahead)
        return adjustment.to(future.dtype)
