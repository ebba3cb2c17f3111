"""Causal dilated convolutions."""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import pad

from esrnn.config.cells import ConvolutionOptions
from esrnn.nn.layers.layer import Layer, LayerShape, draw_mask

__all__ = ["CausalConvolution", "cnn_layer"]


class CausalConvolution(Layer):
    r"""A layer that reads its own step and some before, each a dilation further back.

    .. math::

        h_t = \max(0, \sum_{k=0}^{K-1} W_k x_{t - k d} + b)

    It has no state: it sees as far back as (K - 1) d steps, and a stack as far as all of its layers
    together.

    Parameters
    ----------
    input_size, hidden_size : int
    dilation : int, default 1
        d.
    options : ConvolutionOptions, optional

    References
    ----------
    A. van den Oord et al. (2016), WaveNet: a generative model for raw audio, arXiv:1609.03499;
    S. Bai, J. Z. Kolter, V. Koltun (2018), An empirical evaluation of generic convolutional and
    recurrent networks for sequence modeling, arXiv:1803.01271. Their residual connections are those
    of the stack.

    Notes
    -----
    H (K I + 1) weights. They start He-uniform, the bias at 0. Recurrent dropout drops inputs of
    earlier steps.

    Examples
    --------
    >>> CausalConvolution(3, 5, dilation=2)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        dilation: int = 1,
        options: ConvolutionOptions | None = None,
    ) -> None:
        super().__init__()
        options = options or ConvolutionOptions()
        self.dilation = dilation
        self.kernel_size = options.kernel_size
        self.recurrent_dropout = options.recurrent_dropout
        self.taps = nn.Linear(options.kernel_size * input_size, hidden_size)
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        nn.init.kaiming_uniform_(self.taps.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(self.taps.bias)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Run over (T, B, input_size); return (T, B, hidden_size)."""
        mask = draw_mask(x, x.shape[2], self.recurrent_dropout, generator)
        past = x if mask is None else x * mask
        n_steps, parts = x.shape[0], [x]
        for k in range(1, self.kernel_size):
            back = min(k * self.dilation, n_steps)
            parts.append(pad(past[: n_steps - back], (0, 0, 0, 0, back, 0)))
        # One product of matrices is faster on a CPU than torch's convolution along time.
        out: Tensor = self.taps(torch.cat(parts, dim=2))
        return out.relu()


def cnn_layer(shape: LayerShape, options: ConvolutionOptions) -> CausalConvolution:
    """Make such a layer, which knows its dilation."""
    return CausalConvolution(shape.input_size, shape.hidden_size, shape.dilation, options)
