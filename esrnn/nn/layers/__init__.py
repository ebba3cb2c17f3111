"""The layers of the stack: causal maps of shape (T, B, input) to (T, B, hidden).

A layer is any `layer.Layer`: such a map whose state is zero at the start, and which draws its
weights from a generator that it is given. To add one, write a module of this folder, and enter in
`LAYERS` what makes a layer from a `layer.LayerShape` and its options (`esrnn.config.CELL_OPTIONS`).
A cell that knows nothing of dilations is wrapped by `dilated.dilated`; another kind of layer is
free to do with the dilation what it likes. A cell whose output is its state is a
`recurrence.Recurrence`, which shows its states and gates, so that `esrnn.diagnostics` can look at
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from esrnn.nn.layers.attentive_lstm import attentive_lstm_layer
from esrnn.nn.layers.batch_norm_lstm import batch_norm_lstm_layer
from esrnn.nn.layers.bistable import BRC, NBRC
from esrnn.nn.layers.cnn import cnn_layer
from esrnn.nn.layers.dense import linear_layer, mlp_layer
from esrnn.nn.layers.dilated import dilated
from esrnn.nn.layers.gru import GRU
from esrnn.nn.layers.indrnn import IndRNN
from esrnn.nn.layers.layer import Layer, LayerShape
from esrnn.nn.layers.layer_norm_lstm import LayerNormLSTM
from esrnn.nn.layers.linear_attention import LinearAttention
from esrnn.nn.layers.lmu import LMU
from esrnn.nn.layers.lstm import LSTM
from esrnn.nn.layers.minlstm import MinLSTM
from esrnn.nn.layers.residual_lstm import residual_lstm_layer
from esrnn.nn.layers.sha_rnn import SHARNN
from esrnn.nn.layers.slstm import SLSTM
from esrnn.nn.layers.universal_transformer import UniversalTransformer

__all__ = ["LAYERS"]

LAYERS: Mapping[str, Callable[[LayerShape, Any], Layer]] = MappingProxyType(
    {
        "lstm": dilated(LSTM),
        "gru": dilated(GRU),
        "residual_lstm": residual_lstm_layer,
        "attentive_lstm": attentive_lstm_layer,
        "layer_norm_lstm": dilated(LayerNormLSTM),
        "batch_norm_lstm": batch_norm_lstm_layer,
        "indrnn": dilated(IndRNN),
        "lmu": dilated(LMU),
        "brc": dilated(BRC),
        "nbrc": dilated(NBRC),
        "slstm": dilated(SLSTM),
        "minlstm": dilated(MinLSTM),
        "sha_rnn": dilated(SHARNN),
        "linear_attention": dilated(LinearAttention),
        "universal_transformer": dilated(UniversalTransformer),
        "cnn": cnn_layer,
        "mlp": mlp_layer,
        "linear": linear_layer,
    }
)
"""What makes a layer, by the name that `ESRNN(cell=...)` takes; dilations are those of Chang et al.
(2017)."""
