"""Initial weights, drawn from a generator that is handed down.

Modules of torch's draw weights when they are made, from the generator that the whole process
shares. `draw_as_torch` draws the same numbers from another one.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, nn

__all__ = ["draw_as_torch", "initialise"]


def draw_as_torch(module: nn.Linear | nn.RNNBase, generator: Generator | None) -> None:
    """Draw all weights and biases as torch does for a new module.

    Parameters
    ----------
    module : Linear or RNNBase
    generator : Generator or None
        None is torch's own, which the process shares.
    """
    size = module.hidden_size if isinstance(module, nn.RNNBase) else module.in_features
    bound = 1.0 / math.sqrt(size)
    for name, parameter in module.named_parameters():
        if name == "weight":  # of a linear map
            nn.init.kaiming_uniform_(parameter, a=math.sqrt(5), generator=generator)
        else:
            nn.init.uniform_(parameter, -bound, bound, generator=generator)


def initialise(rnn: nn.RNNBase, generator: Generator | None) -> None:
    """Draw weights Glorot-uniformly for each gate, recurrent ones orthogonally; biases are 0.

    Parameters
    ----------
    rnn : RNNBase
    generator : Generator or None
        As for `draw_as_torch`.
    """
    draw_as_torch(rnn, generator)  # replaced below, but what is drawn next depends on it
    hidden = rnn.hidden_size
    with torch.no_grad():
        for name, parameter in rnn.named_parameters():
            if "bias" in name:
                parameter.zero_()
                continue
            for gate in torch.split(parameter, hidden):
                if "weight_hh" in name:
                    nn.init.orthogonal_(gate, generator=generator)
                else:
                    nn.init.xavier_uniform_(gate, generator=generator)
