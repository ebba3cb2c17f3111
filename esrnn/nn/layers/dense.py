"""Layers without a memory: a rectified and a plain linear map of the window."""

from __future__ import annotations

from torch import Generator, Tensor, nn

from esrnn.config.cells import CellOptions
from esrnn.nn.layers.layer import Layer, LayerShape

__all__ = ["DenseLayer", "LinearLayer", "linear_layer", "mlp_layer"]


class DenseLayer(Layer):
    r"""A layer of a multilayer perceptron, at each step by itself: :math:`h = \max(0, W x + b)`.

    All that it knows of the past is the input window. Dilations say nothing but how many layers
    there are.

    Parameters
    ----------
    input_size, hidden_size : int

    References
    ----------
    D. E. Rumelhart, G. E. Hinton, R. J. Williams (1986), Learning representations by
    back-propagating errors, Nature 323, doi:10.1038/323533a0.

    Notes
    -----
    H (I + 1) weights. They start He-uniform (He et al. 2015, arXiv:1502.01852), the bias at 0.

    Examples
    --------
    >>> import torch
    >>> DenseLayer(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.map = nn.Linear(input_size, hidden_size)
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        nn.init.kaiming_uniform_(self.map.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(self.map.bias)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Map (T, B, input_size) to (T, B, hidden_size)."""
        out: Tensor = self.map(x)
        return out.relu()


class LinearLayer(Layer):
    r"""A linear map of the window, at each step by itself: :math:`h = W x + b`.

    With the head it makes every forecast a linear function of the window, so that one layer is as
    good as many. A stack has one, whatever the dilations. Training starts from the ridge regression
    of what came on the window (`esrnn.training.ridge`).

    Parameters
    ----------
    input_size, hidden_size : int
        Forecasts have as many degrees of freedom as the smallest of input window, hidden size and
        horizon.

    References
    ----------
    A. E. Hoerl, R. W. Kennard (1970), Ridge regression: biased estimation for nonorthogonal
    problems, Technometrics 12(1), doi:10.1080/00401706.1970.10488634.

    Notes
    -----
    H (I + 1) weights. Without the ridge regression they start Glorot-uniform, the bias at 0.

    Examples
    --------
    >>> import torch
    >>> LinearLayer(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.map = nn.Linear(input_size, hidden_size)
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        nn.init.xavier_uniform_(self.map.weight, generator=generator)
        nn.init.zeros_(self.map.bias)

    def forward(self, x: Tensor, generator: Generator | None = None) -> Tensor:
        """Map (T, B, input_size) to (T, B, hidden_size)."""
        out: Tensor = self.map(x)
        return out


def mlp_layer(shape: LayerShape, options: CellOptions) -> DenseLayer:
    """Make a layer of a multilayer perceptron."""
    return DenseLayer(shape.input_size, shape.hidden_size)


def linear_layer(shape: LayerShape, options: CellOptions) -> LinearLayer:
    """Make a linear layer."""
    return LinearLayer(shape.input_size, shape.hidden_size)
