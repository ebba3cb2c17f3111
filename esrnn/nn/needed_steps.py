"""The stack run only at the steps that a forecast depends on.

A forecast reads the state at one step. With a dilation of 12 that state depends on every twelfth
step before it alone, so the last layer needs to run at these only, and the layer below at what they
depend on in turn. For the dilations (1, 3), (6, 12) and 36 steps the four layers run at 36, 12, 6
and 3 steps instead of 36 each. What is computed is computed as by `DilatedStack.forward`.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import IntArray
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.stack import DilatedStack

__all__ = ["states_at"]


def states_at(stack: DilatedStack, x: Tensor, steps: Tensor) -> Tensor:
    """Return a stack's outputs at some steps of each series, outside of training.

    Parameters
    ----------
    stack : DilatedStack
    x : Tensor of shape (T, B, input_size)
    steps : Tensor of shape (K, B), int64
        Places along T.

    Returns
    -------
    Tensor of shape (K, B, hidden_size)
        Those of the whole stack, to rounding.

    Examples
    --------
    >>> stack = DilatedStack(3, 5, [[1, 2], [4, 8]], "lstm", 0.0)
    >>> x, steps = torch.randn(20, 2, 3), torch.tensor([[19, 17]])
    >>> there = stack(x)[steps, torch.arange(2)]
    >>> torch.allclose(states_at(stack, x, steps), there, atol=1e-6)
    True
    """
    series = torch.arange(steps.shape[1], device=steps.device)
    wanted, place = torch.unique(steps, return_inverse=True)
    blocks = stack.layers()
    layers = [layer for layer in chain(*blocks) if isinstance(layer, Dilated)]
    if wanted.numel() == x.shape[0] or len(layers) < sum(map(len, blocks)):
        whole: Tensor = stack(x)
        return whole[steps, series]
    dilations = tuple(layer.dilation for layer in layers)
    needed, folds = _plan(tuple(wanted.tolist()), dilations)
    known, x = needed, _take(x, needed)
    plan = iter(zip(layers, folds, strict=True))
    for k, block in enumerate(blocks):
        out, own = x, known
        for layer, fold in islice(plan, len(block)):
            out, own = _run(layer, out, fold), fold.steps
        # The steps that a layer is wanted at are among those that it reads.
        x = out if k == 0 else _take(x, np.searchsorted(known, own)) + out
        known = own
    return x[place, series]


class _Fold(NamedTuple):
    """How a layer runs at some steps: as a batch of interleaved plain recurrences.

    Attributes
    ----------
    n_phases : int
        Recurrences.
    reads : ndarray of int64
        The steps of all recurrences, as places in what the layer is given.
    keeps : ndarray of int64
        Places of the wanted steps in what the recurrences return.
    steps : ndarray of int64
        The wanted steps themselves, in increasing order.
    """

    n_phases: int
    reads: IntArray
    keeps: IntArray
    steps: IntArray


@lru_cache(maxsize=64)
def _plan(wanted: tuple[int, ...], dilations: tuple[int, ...]) -> tuple[IntArray, list[_Fold]]:
    """Return the steps of the input that are needed, and how each layer runs, from the first on."""
    steps, folds = np.asarray(wanted), []
    for dilation in reversed(dilations):
        last = int(steps[-1])
        phases = np.unique(steps % dilation)
        # What comes after the last step fills up a recurrence that has a step less.
        rows = np.arange(last // dilation + 1)[:, None] * dilation + phases
        needed = np.unique(rows[rows <= last])
        reads = np.searchsorted(needed, np.minimum(rows, needed[-1]).ravel())
        keeps = steps // dilation * phases.size + np.searchsorted(phases, steps % dilation)
        folds.append(_Fold(phases.size, reads, keeps, steps))
        steps = needed
    return steps, folds[::-1]


def _run(layer: Dilated, x: Tensor, fold: _Fold) -> Tensor:
    """Run a layer, (T, B, input) to (K, B, hidden) at the steps that are wanted of it."""
    n_series = x.shape[1]
    folded = _take(x, fold.reads).reshape(-1, fold.n_phases * n_series, x.shape[2])
    out = layer.run(folded, fold.n_phases, None)
    return _take(out.reshape(fold.reads.size, n_series, -1), fold.keeps)


def _take(x: Tensor, places: IntArray) -> Tensor:
    """Return some steps of x; x itself where that is all of them."""
    if places.size == x.shape[0] and places[0] == 0 and (np.diff(places) == 1).all():
        return x
    return x.index_select(0, torch.from_numpy(places).to(x.device))
