"""Gated recurrent units."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.gated import GatedCell

__all__ = ["GRU", "gru_layer"]


class GRU(GatedCell):
    r"""Gated recurrent unit (Cho et al. 2014).

    .. math::

        r, z = \sigma(W x + b + V h + d), \quad
        n = \tanh(W_n x + b_n + r (V_n h + d_n)), \quad
        h \leftarrow (1 - z) n + z h

    Parameters
    ----------
    input_size, hidden_size : int

    References
    ----------
    K. Cho et al. (2014), Learning phrase representations using RNN encoder-decoder,
    doi:10.3115/v1/D14-1179.

    Examples
    --------
    >>> GRU(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("reset", "update", "candidate")

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(nn.GRU(input_size, hidden_size))

    def steps(self, x: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Run one step at a time (`GatedCell.steps`)."""
        weight, bias = self.rnn.get_parameter("weight_hh_l0"), self.rnn.get_parameter("bias_hh_l0")
        h = x.new_zeros(x.shape[1], self.rnn.hidden_size)
        for own in self._from_inputs(x):
            x_r, x_z, x_n = own.chunk(3, dim=1)
            h_r, h_z, h_n = (h @ weight.T + bias).chunk(3, dim=1)
            r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
            n = (x_n + r * h_n).tanh()
            h = (1.0 - z) * n + z * h
            yield h, torch.cat([r, z, n], dim=1)


def gru_layer(input_size: int, hidden_size: int, dilation: int) -> Dilated:
    """Make a dilated layer of such cells (`esrnn.nn.layers.LAYERS`)."""
    return Dilated(GRU(input_size, hidden_size), dilation)
