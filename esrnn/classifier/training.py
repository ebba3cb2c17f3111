"""The training of one network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from esrnn._typing import Float32Array, FloatArray, IntArray
from esrnn.classifier.encoding import Histories
from esrnn.classifier.network import HistoryNetwork, log_probabilities, make_network, read_batch
from esrnn.classifier.settings import ClassifierConfig
from esrnn.errors import TrainingError
from esrnn.training.batches import make_batches
from esrnn.training.optimisers import learning_rate_factor, make_adam

__all__ = ["Labelled", "hold_out", "train_network"]

_LONGEST_GRADIENT = 1.0
_FEWEST = 10  # series that can tell one epoch from another
_STEPS = 25  # of an epoch, within the batch sizes that follow
_SMALL, _LARGE = 8, 64

Weights = dict[str, Float32Array]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Histories and their classes.

    Attributes
    ----------
    data : Histories
    y : ndarray of shape (N,), int64
        Class of each series, from 0.
    class_weights : ndarray of shape (n_classes,)
        What a series of each class counts in the loss.
    """

    data: Histories
    y: IntArray
    class_weights: FloatArray

    @property
    def shares(self) -> FloatArray:
        """Weighted share of each class."""
        counts = np.bincount(self.y, minlength=self.class_weights.size) * self.class_weights
        shares: FloatArray = counts / counts.sum()
        return shares

    @property
    def weights(self) -> FloatArray:
        """What each series counts in the loss, 1 on average."""
        own = self.class_weights[self.y]
        weights: FloatArray = own / own.mean()
        return weights


def train_network(config: ClassifierConfig, examples: Labelled, seed: int) -> Weights:
    """Train a network, and stop where series that are held out are classified best.

    Parameters
    ----------
    config : ClassifierConfig
    examples : Labelled
    seed : int

    Returns
    -------
    dict of str to ndarray
        Weights after the best epoch; after the last one where too few series can be held out.

    Raises
    ------
    TrainingError
        If the loss is not finite.
    """
    rng, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    data = examples.data
    held, trained = hold_out(examples.y, config.validation, rng)
    sizes = (data.steps.shape[1], data.facts.shape[1], examples.class_weights.size)
    network = make_network(config, sizes)
    network.draw(generator, np.log(examples.shares))
    optimiser, is_watched = make_adam(network.parameters()), held.size > 0
    # A new network knows the shares of the classes: none that does worse is ever taken.
    batch_size = config.batch_size or min(max(trained.size // _STEPS, _SMALL), _LARGE)
    best, best_loss, best_epoch = _copy(network), _loss(network, examples, held), 0
    for number in range(1, config.n_epochs + 1):
        alike = np.zeros(trained.size, dtype=np.bool_)
        batches = make_batches(data.lengths[trained], alike, batch_size, rng)
        for k, batch in enumerate(batches):
            loss = _batch_loss(network, examples, trained[batch], generator)
            if not math.isfinite(loss.item()):
                raise TrainingError(
                    f"training diverged: the loss is {loss.item()} in epoch {number}, step {k + 1}."
                    f" Lower learning_rate ({config.learning_rate:g}), or take another cell than"
                    f" {config.cell!r}."
                )
            optimiser.clear_gradients()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.clip(_LONGEST_GRADIENT)
            progress = (number - 1 + k / len(batches)) / config.n_epochs
            optimiser.step(config.learning_rate * learning_rate_factor("cosine", progress))
        if not is_watched:
            continue
        held_loss = _loss(network, examples, held)
        if held_loss < best_loss:
            best, best_loss, best_epoch = _copy(network), held_loss, number
        elif number - best_epoch >= config.patience:
            break
    return best if is_watched else _copy(network)


def hold_out(y: IntArray, share: float, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Split series into those that are held out and the others.

    Parameters
    ----------
    y : ndarray of shape (N,), int64
        Class of each series.
    share : float
        Of each class, rounded down, that is held out.
    rng : numpy.random.Generator

    Returns
    -------
    held, others : ndarray of int64
        No series is held out where that would be fewer than 10 of them.

    Examples
    --------
    >>> held, others = hold_out(np.repeat([0, 1], [80, 20]), 0.2, np.random.default_rng(0))
    >>> held.size, others.size, int((held >= 80).sum())
    (20, 80, 4)
    """
    is_held = np.zeros(y.size, dtype=np.bool_)
    for label in np.unique(y):
        own = rng.permutation(np.flatnonzero(y == label))
        is_held[own[: int(own.size * share + 1e-9)]] = True
    if is_held.sum() < _FEWEST:
        is_held[:] = False
    return np.flatnonzero(is_held), np.flatnonzero(~is_held)


def _batch_loss(
    network: HistoryNetwork, examples: Labelled, which: IntArray, generator: Generator
) -> Tensor:
    out: Tensor = network(*read_batch(examples.data, which), generator)
    right = out[torch.arange(which.size), torch.from_numpy(examples.y[which])]
    return -(right * torch.from_numpy(examples.weights[which]).float()).mean()


def _loss(network: HistoryNetwork, examples: Labelled, which: IntArray) -> float:
    """Return the loss of some series; infinite if there are none."""
    if not which.size:
        return math.inf
    y = examples.y[which]
    right = log_probabilities(network, examples.data, which)[np.arange(which.size), y]
    return float(-(right * examples.weights[which]).mean())


def _copy(network: HistoryNetwork) -> Weights:
    return {name: part.detach().numpy().copy() for name, part in network.state_dict().items()}
