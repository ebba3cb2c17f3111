"""The network that all series share: dilated stack and quantile head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from esrnn.config import NetworkConfig
from esrnn.nn.heads import QuantileHead
from esrnn.nn.stack import DilatedStack

__all__ = ["DilatedNetwork"]


class DilatedNetwork(nn.Module):
    """Forecast every step's future from normalised windows.

    Parameters
    ----------
    config : NetworkConfig

    Examples
    --------
    >>> config = NetworkConfig(input_window=6, horizon=4, dilations=((1, 2),))
    >>> outputs = DilatedNetwork(config)(torch.zeros(9, 2, 6))
    >>> len(outputs), outputs[0].shape
    (3, torch.Size([9, 2, 4]))
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.stack = DilatedStack(
            config.input_window, config.hidden_size, config.dilations, config.cell, config.dropout
        )
        self.head = QuantileHead(config.hidden_size, config.horizon, len(config.quantile_levels))

    def forward(self, inputs: Tensor, scored: Tensor | None = None) -> tuple[Tensor, ...]:
        """Map (W, B, input_window) to one (W, B, horizon) for each quantile level.

        With `scored`, of shape (K, B), from these places along W only: (K, B, horizon).
        """
        hidden = self.stack(inputs)
        if scored is not None:
            hidden = hidden[scored, torch.arange(scored.shape[1], device=scored.device)]
        outputs: tuple[Tensor, ...] = self.head(hidden)
        return outputs
