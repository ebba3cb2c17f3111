r"""Recurrent layers run step by step from their weights, so that each step can be looked at.

torch's own LSTM and GRU run a whole sequence at once and keep gates and the hidden states in
between to themselves. Here they are, with x the input and h the state one step of the recurrence,
that is `dilation` origins, before:

.. math::

    \text{LSTM:}\quad i, f, o &= \sigma(W x + b + V h + d), \quad
    g = \tanh(W_g x + b_g + V_g h + d_g) \\
    c &\leftarrow f c + i g, \quad h \leftarrow o \tanh c \\
    \text{GRU:}\quad r, z &= \sigma(W x + b + V h + d), \quad
    n = \tanh(W_n x + b_n + r (V_n h + d_n)) \\
    h &\leftarrow (1 - z) n + z h

References
----------
S. Hochreiter, J. Schmidhuber (1997), Long short-term memory, Neural Computation 9(8), 1735-1780,
doi:10.1162/neco.1997.9.8.1735. K. Cho et al. (2014), Learning phrase representations using RNN
encoder-decoder, doi:10.3115/v1/D14-1179.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from esrnn.errors import InputError

__all__ = ["GATES", "Steps", "fold", "gate_limits", "recompute", "require_known", "unfold"]

# In the order in which torch stacks their weights.
GATES = {
    "LSTM": ("input", "forget", "candidate", "output"),
    "GRU": ("reset", "update", "candidate"),
}


class Steps(NamedTuple):
    """A layer's run.

    Attributes
    ----------
    hidden : list of Tensor of shape (d * B, hidden_size)
        After each step of the recurrence, d origins of all series side by side (see `unfold`).
    gates : Tensor of shape (W, B, n_gates, hidden_size), float32
        Detached, in the order of `GATES`.
    """

    hidden: list[Tensor]
    gates: Tensor


def gate_limits(name: str) -> tuple[float, float]:
    """Return the ends of a gate's range.

    Parameters
    ----------
    name : str

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> gate_limits("forget"), gate_limits("candidate")
    ((0.0, 1.0), (-1.0, 1.0))
    """
    return (-1.0, 1.0) if name == "candidate" else (0.0, 1.0)


def require_known(cell: nn.Module) -> nn.RNNBase:
    """Return the torch module in a cell, if its gates are known here.

    Parameters
    ----------
    cell : Module
        Of `esrnn.nn.layers`.

    Returns
    -------
    Module

    Raises
    ------
    InputError
        If it is neither an LSTM nor a GRU.
    """
    rnn = getattr(cell, "rnn", None)
    if not isinstance(rnn, nn.RNNBase) or type(rnn).__name__ not in GATES:
        raise InputError(
            f"only networks of {' and '.join(GATES)} cells can be inspected; got cells of type "
            f"{type(cell).__name__}; write its steps in esrnn/diagnostics/recompute.py"
        )
    return rnn


def recompute(cell: nn.Module, x: Tensor, dilation: int) -> Steps:
    """Run a layer as `esrnn.nn.stack.Dilated` does, one step at a time.

    Parameters
    ----------
    cell : Module
        An LSTM or GRU of `esrnn.nn.layers`.
    x : Tensor of shape (W, B, n_inputs)
    dilation : int

    Returns
    -------
    Steps
        Differentiable in x and in every hidden state.

    Raises
    ------
    InputError
        As `require_known`.

    Examples
    --------
    >>> from esrnn.nn.layers.gru import GRU
    >>> steps = recompute(GRU(3, 5), torch.zeros(7, 2, 3), dilation=4)
    >>> len(steps.hidden), steps.gates.shape
    (2, torch.Size([7, 2, 3, 5]))
    """
    rnn = require_known(cell)
    n_origins, n_batch, _ = x.shape
    d = min(dilation, n_origins)
    weight, bias = rnn.get_parameter("weight_ih_l0"), rnn.get_parameter("bias_ih_l0")
    from_inputs = fold(x, d) @ weight.T + bias
    run = _lstm_steps if isinstance(rnn, nn.LSTM) else _gru_steps
    hidden, gates = [], []
    for state, activations in run(rnn, from_inputs):
        hidden.append(state)
        gates.append(activations.detach().float())
    together = unfold(gates, n_batch, n_origins)
    return Steps(hidden, together.reshape(n_origins, n_batch, -1, rnn.hidden_size))


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


def _lstm_steps(rnn: nn.RNNBase, from_inputs: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    weight, bias = rnn.get_parameter("weight_hh_l0"), rnn.get_parameter("bias_hh_l0")
    h = c = from_inputs.new_zeros(from_inputs.shape[1], rnn.hidden_size)
    for own in from_inputs:
        i, f, g, o = (own + h @ weight.T + bias).chunk(4, dim=1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        yield h, torch.cat([i, f, g, o], dim=1)


def _gru_steps(rnn: nn.RNNBase, from_inputs: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    weight, bias = rnn.get_parameter("weight_hh_l0"), rnn.get_parameter("bias_hh_l0")
    h = from_inputs.new_zeros(from_inputs.shape[1], rnn.hidden_size)
    for own in from_inputs:
        x_r, x_z, x_n = own.chunk(3, dim=1)
        h_r, h_z, h_n = (h @ weight.T + bias).chunk(3, dim=1)
        r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
        n = (x_n + r * h_n).tanh()
        h = (1.0 - z) * n + z * h
        yield h, torch.cat([r, z, n], dim=1)
