"""Networks of one kind side by side: all their weights in one tensor, one batch of each.

Member m of M has row m of the weights, which are those of its `DilatedNetwork` in the order of its
parameters, and sees only batch m. So M networks cost about as many calls as one, which counts where
each call is small: on a GPU.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import elu, pad

from esrnn._typing import FloatArray
from esrnn.config import NetworkConfig
from esrnn.config.cells import RecurrentOptions
from esrnn.nn.network import DilatedNetwork
from esrnn.ops.dropped import drop
from esrnn.ops.lstm import lstm

__all__ = ["StackedNetworks", "can_stack"]


def can_stack(config: NetworkConfig) -> bool:
    """Return whether networks with these settings can run side by side.

    Parameters
    ----------
    config : NetworkConfig

    Returns
    -------
    bool
        True for LSTMs that drop none of their states and see no covariates.
    """
    options = config.options
    plain = isinstance(options, RecurrentOptions) and options.recurrent_dropout == 0.0
    return config.cell == "lstm" and plain and not (config.n_static or config.n_future)


class StackedNetworks:
    """The forward pass of M networks of one kind; weights are passed in.

    Parameters
    ----------
    config : NetworkConfig
        One that `can_stack`.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        Of the weights of one network, by name.

    Examples
    --------
    >>> config = NetworkConfig(input_window=6, horizon=4, dilations=((1, 2),))
    >>> networks = StackedNetworks(config)
    >>> weights = torch.zeros(2, networks.n_weights)
    >>> scored = torch.arange(9)[None, :, None].expand(2, 9, 3)
    >>> outputs = networks(weights, torch.zeros(2, 9, 3, 6), scored)
    >>> len(outputs), outputs[0].shape
    (3, torch.Size([2, 9, 3, 4]))
    """

    def __init__(self, config: NetworkConfig) -> None:
        with torch.device("meta"):  # shapes only
            network = DilatedNetwork(config)
        self.config = config
        self.shapes = {name: tuple(w.shape) for name, w in network.state_dict().items()}
        self._sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        self._dilations = [list(block) for block in config.dilations]

    @property
    def n_weights(self) -> int:
        """Weights of one network."""
        return sum(self._sizes)

    def flat(self, members: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """Lay the weights of all members into one tensor.

        Parameters
        ----------
        members : sequence of mapping of str to Tensor
            The state of each member's network.

        Returns
        -------
        Tensor of shape (M, n_weights)
        """
        return torch.stack(
            [torch.cat([own[name].reshape(-1) for name in self.shapes]) for own in members]
        )

    def unpacked(self, row: FloatArray) -> dict[str, FloatArray]:
        """Return one member's weights by name, from its row.

        Parameters
        ----------
        row : ndarray of shape (n_weights,)

        Returns
        -------
        dict of str to ndarray
        """
        parts = np.split(row, list(accumulate(self._sizes))[:-1])
        return {
            name: part.reshape(shape).copy()
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def __call__(
        self,
        weights: Tensor,
        inputs: Tensor,
        scored: Tensor,
        seeds: Tensor | None = None,
        step: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Run all networks, each over its own batch.

        Parameters
        ----------
        weights : Tensor of shape (M, n_weights)
        inputs : Tensor of shape (M, W, B, I)
        scored : Tensor of shape (M, K, B), int64
            Places along W to forecast from.
        seeds, step : Tensor of shape (M,) and (1,), int64, optional
            In training: what lots are drawn by (`esrnn.ops.dropped.drop`).

        Returns
        -------
        tuple of Tensor of shape (M, K, B, H)
            One for each quantile level.
        """
        n_members = weights.shape[0]
        parts = dict(zip(self.shapes, torch.split(weights, self._sizes, dim=1), strict=True))
        own = {name: part.view(n_members, *self.shapes[name]) for name, part in parts.items()}
        x = inputs
        for k, block in enumerate(self._dilations):
            out = x
            for j, dilation in enumerate(block):
                names = f"stack.blocks.{k}.{j}.cell.rnn."
                out = _layer(out, dilation, *(own[f"{names}{name}_l0"] for name in _WEIGHTS))
            if seeds is not None and step is not None and self.config.dropout:
                out = drop(out, seeds, step, k, self.config.dropout)
            x = out if k == 0 else x + out
        n_units = x.shape[3]
        at = scored[..., None].expand(*scored.shape, n_units)
        return self._quantiles(x.gather(1, at), own)

    def _quantiles(self, hidden: Tensor, own: dict[str, Tensor]) -> tuple[Tensor, ...]:
        """Return all quantiles of (M, K, B, H): the middle one and distances outwards from it."""
        n = len(self.config.quantile_levels)
        weight = torch.cat([own[f"head.linears.{k}.weight"] for k in range(n)], dim=1)
        bias = torch.cat([own[f"head.linears.{k}.bias"] for k in range(n)], dim=1)
        parts = list(_linear(hidden, weight, bias).chunk(n, dim=3))
        middle = n // 2
        for k in range(middle + 1, n):
            parts[k] = parts[k - 1] + elu(parts[k]) + 1.0
        for k in range(middle - 1, -1, -1):
            parts[k] = parts[k + 1] - elu(parts[k]) - 1.0
        return tuple(parts)


_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _layer(
    x: Tensor, dilation: int, w_in: Tensor, w_state: Tensor, b_in: Tensor, b_state: Tensor
) -> Tensor:
    """Run a dilated LSTM over (M, W, B, input): as many recurrences as it has dilation."""
    n_members, n_windows, n_batch, n_inputs = x.shape
    d = min(dilation, n_windows)
    n_steps = -(-n_windows // d)
    if n_steps * d > n_windows:
        x = pad(x, (0, 0, 0, 0, 0, n_steps * d - n_windows))
    folded = x.reshape(n_members, n_steps, d * n_batch, n_inputs)
    out = lstm(_linear(folded, w_in, b_in + b_state), w_state)
    out = out.view(n_members, n_steps * d, n_batch, -1)
    return out[:, :n_windows]


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map the last axis of (M, ..., input) by each member's own weights."""
    out = torch.baddbmm(bias[:, None], x.flatten(1, -2), weight.transpose(1, 2))
    return out.view(*x.shape[:-1], -1)
