"""Gated recurrent units."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from esrnn.config.cells import RecurrentOptions
from esrnn.nn.layers.gated import TorchCell
from esrnn.nn.layers.recurrence import heard

__all__ = ["GRU"]


class GRU(TorchCell):
    r"""Gated recurrent unit (Cho et al. 2014).

    .. math::

        r, z = \sigma(W x + b + V h + d), \quad
        n = \tanh(W_n x + b_n + r (V_n h + d_n)), \quad
        h \leftarrow (1 - z) n + z h

    Parameters
    ----------
    input_size, hidden_size : int
    options : RecurrentOptions, optional

    References
    ----------
    K. Cho et al. (2014), Learning phrase representations using RNN encoder-decoder,
    doi:10.3115/v1/D14-1179.

    Notes
    -----
    3 H (I + H + 2) weights for I inputs and H units. Recurrent weights start orthogonal, those of
    inputs Glorot-uniform, each gate by itself; biases are 0.

    Examples
    --------
    >>> import torch
    >>> GRU(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    gate_names = ("reset", "update", "candidate")

    def __init__(
        self, input_size: int, hidden_size: int, options: RecurrentOptions | None = None
    ) -> None:
        super().__init__(nn.GRU(input_size, hidden_size), options or RecurrentOptions())

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        weight, bias = self.rnn.get_parameter("weight_hh_l0"), self.rnn.get_parameter("bias_hh_l0")
        h = self.start(x)
        for own in self.from_inputs(x):
            x_r, x_z, x_n = own.chunk(3, dim=1)
            h_r, h_z, h_n = (heard(h, mask) @ weight.T + bias).chunk(3, dim=1)
            r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
            n = (x_n + r * h_n).tanh()
            h = (1.0 - z) * n + z * h
            yield h, (r, z, n)
