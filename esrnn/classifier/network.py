"""The network: a stack of recurrent layers reads a history, facts join at its end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Generator, Tensor, nn

from esrnn._typing import Float32Array, FloatArray, IntArray
from esrnn.classifier.encoding import Histories
from esrnn.classifier.settings import ClassifierConfig
from esrnn.nn.layers.initial import draw_as_torch
from esrnn.nn.stack import DilatedStack
from esrnn.panel.flat import batches_by_length

__all__ = ["HistoryNetwork", "log_probabilities", "make_network", "read_batch"]

_BATCH = 256  # series that are classified together


class HistoryNetwork(nn.Module):
    """From histories and facts to a logarithm of a probability for each class.

    The state of the stack at a series' last step and its facts go through one layer of tanh units
    and a linear map. Before training the linear map is 0 and its bias that of the classes' shares.

    Parameters
    ----------
    config : ClassifierConfig
    n_features, n_facts, n_classes : int
        Numbers of a step, of a series, and of the result.

    Examples
    --------
    >>> import torch
    >>> from esrnn import SeriesClassifier
    >>> network = HistoryNetwork(SeriesClassifier().config(), 2, 3, 4)
    >>> x, last = torch.zeros(7, 5, 2), torch.tensor([6, 3, 0, 6, 2])
    >>> network(x, last, torch.zeros(5, 3)).shape
    torch.Size([5, 4])
    """

    def __init__(
        self, config: ClassifierConfig, n_features: int, n_facts: int, n_classes: int
    ) -> None:
        super().__init__()
        self.stack = DilatedStack(
            n_features, config.hidden_size, config.dilations, config.cell, config.dropout,
            config.options,
        )  # fmt: skip
        self.join = nn.Linear(config.hidden_size + n_facts, config.hidden_size)
        self.out = nn.Linear(config.hidden_size, n_classes)

    def draw(self, generator: Generator, log_shares: FloatArray) -> None:
        """Draw initial weights.

        Parameters
        ----------
        generator : Generator
        log_shares : ndarray of shape (n_classes,)
            Logarithms of the shares of the classes, with which forecasts begin.
        """
        self.stack.draw(generator)
        draw_as_torch(self.join, generator)
        nn.init.zeros_(self.out.weight)
        with torch.no_grad():
            self.out.bias.copy_(torch.from_numpy(log_shares))

    def forward(
        self, x: Tensor, last: Tensor, facts: Tensor, generator: Generator | None = None
    ) -> Tensor:
        """Map (T, B, n_features) to (B, n_classes).

        Parameters
        ----------
        x : Tensor of shape (T, B, n_features)
            Series begin at step 0; what is behind their last steps does not matter.
        last : Tensor of shape (B,), int64
            The last step of each series.
        facts : Tensor of shape (B, n_facts)
        generator : Generator, optional
            In training: draws what is dropped.

        Returns
        -------
        Tensor of shape (B, n_classes)
        """
        first = int(last.min())
        states: Tensor = self.stack(x, generator, range(first, x.shape[0]))
        at_end = states[last - first, torch.arange(x.shape[1])]
        joined = torch.tanh(self.join(torch.cat([at_end, facts], dim=1)))
        scores: Tensor = self.out(joined)
        return scores.log_softmax(dim=1)


def make_network(
    config: ClassifierConfig,
    sizes: tuple[int, int, int],
    weights: Mapping[str, Float32Array] | None = None,
) -> HistoryNetwork:
    """Make a network, with weights or with room for them.

    Parameters
    ----------
    config : ClassifierConfig
    sizes : tuple of int
        Features of a step, facts, classes.
    weights : mapping of str to ndarray, optional
        By default they have to be drawn.

    Returns
    -------
    HistoryNetwork
        In float32 on the CPU, whatever the caller's defaults are.
    """
    with torch.device("meta"):  # torch would draw weights from the process's generator
        network = HistoryNetwork(config, *sizes)
    if weights is None:
        own = {
            name: torch.empty(part.shape, dtype=torch.float32, device="cpu")
            for name, part in network.state_dict().items()
        }
    else:
        own = {name: torch.from_numpy(np.array(part)) for name, part in weights.items()}
    network.load_state_dict(own, assign=True)
    return network


def read_batch(data: Histories, which: IntArray) -> tuple[Tensor, Tensor, Tensor]:
    """Return some series as what `HistoryNetwork.forward` takes."""
    last = data.lengths[which] - 1
    steps = np.arange(int(last.max()) + 1)[:, None]
    x = data.steps[data.indptr[which] + np.minimum(steps, last)]
    return torch.from_numpy(x), torch.from_numpy(last), torch.from_numpy(data.facts[which])


def log_probabilities(
    network: HistoryNetwork, data: Histories, which: IntArray | None = None
) -> FloatArray:
    """Classify series.

    Parameters
    ----------
    network : HistoryNetwork
    data : Histories
    which : ndarray of int64, optional
        By default all.

    Returns
    -------
    ndarray of shape (len(which), n_classes), float64
    """
    which = np.arange(data.lengths.size) if which is None else which
    out = np.empty((which.size, network.out.out_features))
    alike = np.zeros(which.size, dtype=np.bool_)
    with torch.no_grad():
        for part in batches_by_length(data.lengths[which], alike, _BATCH):
            out[part] = network(*read_batch(data, which[part])).numpy()
    return out
