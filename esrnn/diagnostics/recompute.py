"""Layers run one step at a time, so that their states and gates can be looked at.

A recurrence brings its own equations (`esrnn.nn.layers.recurrence.Recurrence.steps`). Here is what
a dilation adds: one step of the recurrence is `dilation` origins. Other layers run as they are: no
output of theirs enters a later step.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.layer import Layer
from esrnn.nn.layers.recurrence import Recurrence

__all__ = ["cell_of", "fold", "gate_limits", "recompute", "unfold"]

_LIMITS = {"candidate": (-1.0, 1.0), "bistability": (0.0, 2.0)}


def gate_limits(name: str) -> tuple[float, float]:
    """Return the ends of a gate's range.

    Examples
    --------
    >>> gate_limits("forget"), gate_limits("candidate")
    ((0.0, 1.0), (-1.0, 1.0))
    """
    return _LIMITS.get(name, (0.0, 1.0))


def cell_of(layer: Layer) -> Layer:
    """Return what a dilated layer repeats, and any other layer itself."""
    return layer.cell if isinstance(layer, Dilated) else layer


def recompute(layer: Layer, x: Tensor) -> tuple[list[Tensor], Tensor]:
    """Run a layer one step at a time.

    Parameters
    ----------
    layer : Layer
    x : Tensor of shape (W, B, n_inputs)

    Returns
    -------
    hidden : list of Tensor of shape (d * B, hidden_size)
        Outputs after each step of a recurrence, d origins of all series side by side (see
        `unfold`); d is 1 where time is not folded. Differentiable in x and in the states before.
    gates : Tensor of shape (W, B, n_gates, hidden_size), float32
        Detached, in the order of the cell's `gate_names`; none of a layer that is no recurrence.

    Examples
    --------
    >>> from esrnn.nn.layers.gru import GRU
    >>> hidden, gates = recompute(Dilated(GRU(3, 5), dilation=4), torch.zeros(7, 2, 3))
    >>> len(hidden), gates.shape
    (2, torch.Size([7, 2, 3, 5]))
    """
    cell, (n_origins, n_batch, _) = cell_of(layer), x.shape
    if not isinstance(cell, Recurrence):
        out = layer.forward(x)  # not called, since what runs this is a hook of such calls
        return list(out), out.new_zeros((n_origins, n_batch, 0, out.shape[2]), dtype=torch.float32)
    hidden, gates = [], []
    folds = min(layer.dilation, n_origins) if isinstance(layer, Dilated) else 1
    for state, activations in cell.steps(fold(x, folds)):
        hidden.append(state)
        together = torch.stack(activations, dim=1) if activations else state.new_zeros(0)
        gates.append(together.detach().float().reshape(len(state), -1))
    values = unfold(gates, n_batch, n_origins)
    return hidden, values.reshape(n_origins, n_batch, len(cell.gate_names), cell.hidden_size)


def fold(x: Tensor, d: int) -> Tensor:
    """Put d neighbouring origins side by side, zeros after the last ones.

    Parameters
    ----------
    x : Tensor of shape (W, B, n)
    d : int

    Returns
    -------
    Tensor of shape (ceil(W / d), d * B, n)
    """
    n_origins, n_batch, n_features = x.shape
    n_steps = -(-n_origins // d)
    x = pad(x, (0, 0, 0, 0, 0, n_steps * d - n_origins))
    return x.reshape(n_steps, d * n_batch, n_features)


def unfold(steps: list[Tensor], n_batch: int, n_origins: int) -> Tensor:
    """Undo `fold`.

    Parameters
    ----------
    steps : list of Tensor of shape (d * B, n)
    n_batch, n_origins : int
        B and W.

    Returns
    -------
    Tensor of shape (W, B, n)
    """
    whole = torch.stack(steps)
    phases = whole.shape[1] // n_batch
    return whole.reshape(len(steps) * phases, n_batch, whole.shape[2])[:n_origins]
