"""Layers run one step at a time, so that their states and gates can be looked at.

A cell brings its own equations (`esrnn.nn.layers.gated.GatedCell.steps`). Here is what a dilation
adds: one step of the recurrence is `dilation` origins.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from esrnn.errors import InputError
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.gated import GatedCell

__all__ = ["fold", "gate_limits", "gated_cell", "recompute", "unfold"]


def gate_limits(name: str) -> tuple[float, float]:
    """Return the ends of a gate's range.

    Examples
    --------
    >>> gate_limits("forget"), gate_limits("candidate")
    ((0.0, 1.0), (-1.0, 1.0))
    """
    return (-1.0, 1.0) if name == "candidate" else (0.0, 1.0)


def gated_cell(layer: nn.Module) -> tuple[GatedCell, int]:
    """Return the cell of a layer, and its dilation.

    Parameters
    ----------
    layer : Module
        Of `esrnn.nn.layers`.

    Returns
    -------
    cell : GatedCell
    dilation : int

    Raises
    ------
    InputError
        If its cells are none with known gates.
    """
    cell, dilation = (layer.cell, layer.dilation) if isinstance(layer, Dilated) else (layer, 1)
    if not isinstance(cell, GatedCell) or not cell.gate_names:
        raise InputError(
            f"the gates of {type(cell).__name__} layers are not known, so that a network of them "
            "cannot be inspected; make the cell an esrnn.nn.layers.gated.GatedCell with "
            "gate_names and steps, as LSTM and GRU are"
        )
    return cell, dilation


def recompute(layer: nn.Module, x: Tensor) -> tuple[list[Tensor], Tensor]:
    """Run a layer one step at a time.

    Parameters
    ----------
    layer : Module
        A dilated recurrence of cells with gates.
    x : Tensor of shape (W, B, n_inputs)

    Returns
    -------
    hidden : list of Tensor of shape (d * B, hidden_size)
        After each step of the recurrence, d origins of all series side by side (see `unfold`).
        Differentiable in x and in the states before.
    gates : Tensor of shape (W, B, n_gates, hidden_size), float32
        Detached, in the order of the cell's `gate_names`.

    Raises
    ------
    InputError
        As `gated_cell`.

    Examples
    --------
    >>> from esrnn.nn.layers.gru import gru_layer
    >>> hidden, gates = recompute(gru_layer(3, 5, dilation=4), torch.zeros(7, 2, 3))
    >>> len(hidden), gates.shape
    (2, torch.Size([7, 2, 3, 5]))
    """
    cell, dilation = gated_cell(layer)
    n_origins, n_batch, _ = x.shape
    hidden, gates = [], []
    for state, activations in cell.steps(fold(x, min(dilation, n_origins))):
        hidden.append(state)
        gates.append(activations.detach().float())
    together = unfold(gates, n_batch, n_origins)
    return hidden, together.reshape(n_origins, n_batch, len(cell.gate_names), -1)


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
    return whole.reshape(-1, n_batch, whole.shape[2])[:n_origins]
