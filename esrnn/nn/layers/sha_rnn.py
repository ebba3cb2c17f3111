"""Single-headed attention RNN."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from esrnn.config.cells import SHAOptions
from esrnn.nn.layers.attention import draw_parts
from esrnn.nn.layers.layer import Layer
from esrnn.nn.layers.lstm import LSTM

__all__ = ["SHARNN"]


class SHARNN(Layer):
    r"""LSTM, attention with a single head, and a feed-forward part (Merity 2019).

    .. math::

        h &= \operatorname{LSTM}(x), \quad m = \operatorname{LN}(h), \quad
        e = \operatorname{LN}(h) \\
        q &= \sigma(s_q) \operatorname{LN}(Q e), \quad k = \sigma(s_k) m, \quad v = s_v m \\
        y &= e + \operatorname{attention}(q, k, v), \quad
        out = \operatorname{LN}(y) + B(\operatorname{LN}(y))

    Each LN has weights of its own. The scale of the values is
    :math:`s_v = \sigma(f) \tanh(c)` with :math:`(c, f) = L \sigma(s) + l`. B widens by a linear map
    with a GELU and adds up its parts, in place of a second map. A step attends to itself and to all
    steps before.

    Parameters
    ----------
    input_size, hidden_size : int
    options : SHAOptions, optional

    References
    ----------
    S. Merity (2019), Single headed attention RNN: stop thinking with your head, arXiv:1911.11423,
    and https://github.com/Smerity/sha-rnn.

    Notes
    -----
    4 H (I + H + 2) + H (H + 1) + 2 H (H + 1) + k H (H + 1) + 13 H weights with k = expansion. The
    LSTM starts as `esrnn.nn.layers.lstm.LSTM`, other linear maps as torch's, gains at 1, s at 0.
    The paper's norm of the inputs is left out: it takes away the level and spread of a window.
    Time and memory grow with the square of the number of steps. Recurrent dropout is the LSTM's.

    Examples
    --------
    >>> SHARNN(3, 4)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 4])
    """

    def __init__(
        self, input_size: int, hidden_size: int, options: SHAOptions | None = None
    ) -> None:
        super().__init__()
        options = options or SHAOptions()
        self.lstm = LSTM(input_size, hidden_size, options)
        self.query = nn.Linear(hidden_size, hidden_size)
        self.value_scale = nn.Linear(hidden_size, 2 * hidden_size)
        self.boom = nn.Linear(hidden_size, options.expansion * hidden_size)
        names = ("memory", "middle", "query", "skip", "boom")
        self.norms = nn.ModuleDict({name: nn.LayerNorm(hidden_size) for name in names})
        self.scales = nn.Parameter(torch.empty(3, hidden_size))  # of queries, keys and values
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        self.lstm.draw(generator)
        draw_parts(self, generator)
        nn.init.zeros_(self.scales)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        h = self.lstm(x, generator)
        memory, e = self.norms["memory"](h), self.norms["middle"](h)
        of_query, of_key, of_value = self.scales.sigmoid()
        content, gate = self.value_scale(of_value).chunk(2)
        q = of_query * self.norms["query"](self.query(e))
        k, v = of_key * memory, gate.sigmoid() * content.tanh() * memory
        q, k, v = (part.transpose(0, 1) for part in (q, k, v))
        read = scaled_dot_product_attention(q, k, v, is_causal=True)
        y = e + read.transpose(0, 1)
        wide = gelu(self.boom(self.norms["boom"](y)))
        boomed = wide.reshape(*y.shape[:2], -1, y.shape[2]).sum(dim=2)
        out: Tensor = self.norms["skip"](y) + boomed
        return out
