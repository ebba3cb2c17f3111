"""Linear attention: attention that is a recurrence."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import elu, pad

from esrnn.config.cells import AttentionOptions
from esrnn.nn.layers.attention import (
    FeedForward,
    choose_heads,
    draw_parts,
    positions,
    split_heads,
)
from esrnn.nn.layers.layer import Layer, draw_mask

__all__ = ["LinearAttention", "attend_linearly"]

_CHUNK = 64
_EPSILON = 1e-6


class LinearAttention(Layer):
    r"""A transformer's layer whose attention is linear (Katharopoulos et al. 2020, section 3.4).

    With queries, keys and values q, k, v of each step, :math:`\phi(x) = \operatorname{elu}(x) + 1`
    and for each head by itself,

    .. math::

        S \leftarrow S + \phi(k) v^\top, \quad z \leftarrow z + \phi(k), \quad
        a = S^\top \phi(q) / (z^\top \phi(q))

    so that a step needs S and z and nothing else of the past. Around it is what a transformer has:

    .. math::

        e = W x + p_t, \quad y = e + A \, a(\operatorname{LN}(e)), \quad
        out = y + F(\operatorname{LN}(y))

    with sines and cosines of the number of the step for :math:`p_t`, and two linear maps with a
    rectifier for F. Norms come first, not last as in the paper, which needs no warm-up
    (Xiong et al. 2020, arXiv:2002.04745).

    Parameters
    ----------
    input_size, hidden_size : int
    options : AttentionOptions, optional

    References
    ----------
    A. Katharopoulos, A. Vyas, N. Pappas, F. Fleuret (2020), Transformers are RNNs: fast
    autoregressive transformers with linear attention, ICML, arXiv:2006.16236.

    Notes
    -----
    H (I + 1) + 4 H (H + 1) + H (2 k H + k + 1) + 4 H weights with k = expansion. Linear maps start
    as torch's, gains at 1. It runs by chunks of 64 steps, each at once, with S and z of all chunks
    before. Recurrent dropout drops values.

    Examples
    --------
    >>> LinearAttention(3, 4)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 4])
    """

    def __init__(
        self, input_size: int, hidden_size: int, options: AttentionOptions | None = None
    ) -> None:
        super().__init__()
        options = options or AttentionOptions()
        self.heads = choose_heads(hidden_size, options.heads)
        self.recurrent_dropout = options.recurrent_dropout
        self.embed = nn.Linear(input_size, hidden_size)
        self.norm = nn.LayerNorm(hidden_size)
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size)
        self.out = nn.Linear(hidden_size, hidden_size)
        self.norm_after = nn.LayerNorm(hidden_size)
        self.feed_forward = FeedForward(hidden_size, options.expansion)
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        draw_parts(self, generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        e = self.embed(x)
        e = e + positions(e.shape[0], e.shape[2], e)[:, None]
        q, k, v = self.qkv(self.norm(e)).chunk(3, dim=2)
        mask = draw_mask(x, v.shape[2], self.recurrent_dropout, generator)
        v = v if mask is None else v * mask
        mixed = attend_linearly(*(split_heads(part, self.heads) for part in (q, k, v)))
        y = e + self.out(mixed.permute(2, 0, 1, 3).flatten(2))
        out: Tensor = y + self.feed_forward(self.norm_after(y))
        return out


def attend_linearly(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return what linear attention reads at each step of itself and all steps before.

    Parameters
    ----------
    q, k : Tensor of shape (B, heads, T, n)
    v : Tensor of shape (B, heads, T, m)

    Returns
    -------
    Tensor of shape (B, heads, T, m)
    """
    n_steps = q.shape[2]
    size = min(_CHUNK, n_steps)
    missing = -n_steps % size
    q, k = elu(q) + 1.0, elu(k) + 1.0
    v = torch.cat([v, torch.ones_like(v[..., :1])], dim=3)  # the last one sums the weights
    q, k, v = (
        pad(part, (0, 0, 0, missing)).reshape(*part.shape[:2], -1, size, part.shape[3])
        for part in (q, k, v)
    )
    within = (q @ k.transpose(3, 4)).tril() @ v
    states = k.transpose(3, 4) @ v
    before = torch.cat([torch.zeros_like(states[:, :, :1]), states[:, :, :-1].cumsum(dim=2)], dim=2)
    sums = (within + q @ before).flatten(2, 3)[:, :, :n_steps]
    return sums[..., :-1] / (sums[..., -1:] + _EPSILON)
