"""The attentive LSTM of the M4 winner."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn

from esrnn.config.cells import AttentiveOptions
from esrnn.nn.layers.initial import draw_as_torch
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.lstm import LSTMCell
from esrnn.nn.layers.recurrence import heard

__all__ = ["AttentiveLSTM", "attentive_lstm_layer"]


class AttentiveLSTM(LSTMCell):
    r"""Dilated LSTM that reads a weighted mean of its last d states (Qin et al. 2017, Smyl 2020).

    With the dilation d, for steps t > d,

    .. math::

        w &= \operatorname{softmax}(A \tanh(M x_t + U h_{t-1} + S c_{t-1} + p) + q), \quad
        \bar h = \sum_{k=1}^{d} w_k h_{t-k} \\
        i, f, o &= \sigma(W x_t + V \bar h + b), \quad
        g = \tanh(W_g x_t + V_g \bar h + b_g) \\
        c_t &= f c_{t-d} + i g, \quad h_t = o \tanh c_t

    Up to step d the mean and the content before are 0. With d = 1 it is an LSTM.

    Parameters
    ----------
    input_size, hidden_size : int
    dilation : int, default 1
    options : AttentiveOptions, optional

    References
    ----------
    Y. Qin et al. (2017), A dual-stage attention-based recurrent neural network for time series
    prediction, arXiv:1704.02971, second stage; S. Smyl (2020),
    doi:10.1016/j.ijforecast.2019.03.017, figure 4 and https://github.com/slaweks17/ES_RNN.

    Notes
    -----
    4 H (I + H + 1) weights, and with d > 1 another A (I + 2 H + 1) + d (A + 1) for A units of
    attention. They are initialised as `esrnn.nn.layers.lstm.LSTM`'s, those of the attention as
    torch does. The states of neighbouring steps meet, so time is not folded: it runs T steps,
    whatever the dilation.

    Examples
    --------
    >>> AttentiveLSTM(3, 5, dilation=4)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        dilation: int = 1,
        options: AttentiveOptions | None = None,
    ) -> None:
        options = options or AttentiveOptions()
        super().__init__(input_size, hidden_size, options)
        self.dilation = dilation
        size = options.attention_size or hidden_size
        self.attend: nn.ModuleDict | None = None
        if dilation > 1:
            self.attend = nn.ModuleDict(
                {
                    "inputs": nn.Linear(input_size, size),
                    "states": nn.Linear(2 * hidden_size, size, bias=False),
                    "weights": nn.Linear(size, dilation),
                }
            )
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights."""
        super().draw(generator)
        if self.attend is not None:
            for part in self.attend.values():
                if isinstance(part, nn.Linear):
                    draw_as_torch(part, generator)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time (`Recurrence.steps`)."""
        zero, d = self.start(x), self.dilation
        h, contents = zero, [zero] * d
        recent = zero[:, None].expand(-1, d, -1)  # the last states, the latest first
        queries = None if self.attend is None else self.attend["inputs"](x)
        for t, own in enumerate(self.from_inputs(x)):
            read = zero
            if t >= d:
                read = h
                if self.attend is not None and queries is not None:
                    latest = torch.cat([h, contents[-1]], dim=1)
                    about = torch.tanh(queries[t] + self.attend["states"](latest))
                    weights = self.attend["weights"](about).softmax(dim=1)
                    read = torch.bmm(weights[:, None], recent)[:, 0]
            i, f, o, g = self.gates(torch.addmm(own, heard(read, mask), self.weight_hh.T))
            contents.append(torch.addcmul(f * contents[t], i, g))
            h = o * contents[-1].tanh()
            if d > 1:
                recent = torch.cat([h[:, None], recent[:, :-1]], dim=1)
            yield h, (i, f, o, g)


def attentive_lstm_layer(shape: LayerShape, options: AttentiveOptions) -> AttentiveLSTM:
    """Make such a layer, which knows its dilation."""
    return AttentiveLSTM(shape.input_size, shape.hidden_size, shape.dilation, options)
