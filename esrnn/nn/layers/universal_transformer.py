"""Universal transformer: one layer of a transformer, run several times."""

from __future__ import annotations

from torch import Generator, Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from esrnn.config.cells import UniversalTransformerOptions
from esrnn.nn.layers.attention import (
    FeedForward,
    choose_heads,
    draw_parts,
    positions,
    split_heads,
)
from esrnn.nn.layers.layer import Layer, draw_mask

__all__ = ["UniversalTransformer"]


class UniversalTransformer(Layer):
    r"""A transformer whose layers share their weights (Dehghani et al. 2019).

    :math:`h = W x` and, `depth` times, for r = 1, 2, ...,

    .. math::

        g = h + p_t + p_r, \quad y = \operatorname{LN}(g + A \, \operatorname{attention}(g)), \quad
        h \leftarrow \operatorname{LN}(y + F(y))

    with sines and cosines of the number of the step and of the round for p, and two linear maps
    with a rectifier for F. A step attends to itself and to all steps before. The paper's adaptive
    number of rounds is left out.

    Parameters
    ----------
    input_size, hidden_size : int
    options : UniversalTransformerOptions, optional

    References
    ----------
    M. Dehghani, S. Gouws, O. Vinyals, J. Uszkoreit, Ł. Kaiser (2019), Universal transformers, ICLR,
    arXiv:1807.03819.

    Notes
    -----
    H (I + 1) + 4 H (H + 1) + H (2 k H + k + 1) + 4 H weights with k = expansion, whatever the
    depth. Linear maps start as torch's, gains at 1. Time and memory grow with the square of the
    number of steps. Recurrent dropout drops values, the same ones in all rounds.

    Examples
    --------
    >>> import torch
    >>> UniversalTransformer(3, 4)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        options: UniversalTransformerOptions | None = None,
    ) -> None:
        super().__init__()
        options = options or UniversalTransformerOptions()
        self.heads = choose_heads(hidden_size, options.heads)
        self.depth = options.depth
        self.recurrent_dropout = options.recurrent_dropout
        self.embed = nn.Linear(input_size, hidden_size)
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size)
        self.out = nn.Linear(hidden_size, hidden_size)
        self.norm = nn.LayerNorm(hidden_size)
        self.feed_forward = FeedForward(hidden_size, options.expansion)
        self.norm_after = nn.LayerNorm(hidden_size)
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        draw_parts(self, generator)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        h: Tensor = self.embed(x)
        n_steps, _, size = h.shape
        mask = draw_mask(x, size, self.recurrent_dropout, generator)
        of_step, of_round = positions(n_steps, size, h)[:, None], positions(self.depth + 1, size, h)
        for r in range(1, self.depth + 1):
            g = h + of_step + of_round[r]
            y = self.norm(g + self._attend(g, mask))
            h = self.norm_after(y + self.feed_forward(y))
        return h

    def _attend(self, g: Tensor, mask: Tensor | None) -> Tensor:
        """Return what each step reads of itself and all steps before."""
        q, k, v = self.qkv(g).chunk(3, dim=2)
        v = v if mask is None else v * mask
        q, k, v = (split_heads(part, self.heads) for part in (q, k, v))
        mixed = scaled_dot_product_attention(q, k, v, is_causal=True)
        read: Tensor = self.out(mixed.permute(2, 0, 1, 3).flatten(2))
        return read
