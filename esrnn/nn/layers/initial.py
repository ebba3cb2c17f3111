"""Initial weights of recurrent layers."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["initialise"]


def initialise(rnn: nn.RNNBase) -> None:
    """Draw weights Glorot-uniformly for each gate, recurrent ones orthogonally; biases are 0."""
    hidden = rnn.hidden_size
    with torch.no_grad():
        for name, parameter in rnn.named_parameters():
            if "bias" in name:
                parameter.zero_()
                continue
            for gate in torch.split(parameter, hidden):
                if "weight_hh" in name:
                    nn.init.orthogonal_(gate)
                else:
                    nn.init.xavier_uniform_(gate)
