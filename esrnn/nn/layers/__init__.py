"""The layers of the stack: causal maps of shape (T, B, input) to (T, B, hidden).

A layer is any `layer.Layer`: such a map whose state is zero at the start, and which draws its
weights from a generator that it is given. To add one, write a module of this folder with a factory
that takes the input size, the hidden size and the dilation, and enter it in `LAYERS`. A recurrence
that knows nothing of dilations is wrapped in `dilated.Dilated`; another kind of layer is free to do
with the dilation what it likes. A cell that is a `gated.GatedCell` shows its gates, so that
`esrnn.diagnostics` can inspect a network of it.
"""

from __future__ import annotations

from collections.abc import Callable

from esrnn.nn.layers.gru import gru_layer
from esrnn.nn.layers.layer import Layer
from esrnn.nn.layers.lstm import lstm_layer

__all__ = ["LAYERS"]

LAYERS: dict[str, Callable[[int, int, int], Layer]] = {"lstm": lstm_layer, "gru": gru_layer}
