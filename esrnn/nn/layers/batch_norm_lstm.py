"""LSTM with recurrent batch normalisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import linear

from esrnn.config.cells import BatchNormOptions
from esrnn.nn.layers.dilated import Dilated
from esrnn.nn.layers.layer import LayerShape
from esrnn.nn.layers.lstm import LSTMCell
from esrnn.nn.layers.recurrence import heard

__all__ = ["BatchNormLSTM", "batch_norm_lstm_layer"]

_EPSILON = 1e-5
_INITIAL_GAIN = 0.1  # so that tanh does not saturate (Cooijmans et al. 2017, section 4)


class BatchNormLSTM(LSTMCell):
    r"""LSTM whose sums are normalised over the series of a batch (Cooijmans et al. 2017).

    .. math::

        (i, f, o, g) &= \operatorname{BN}(W x; \gamma_x) + \operatorname{BN}(V h; \gamma_h) + b \\
        c &\leftarrow \sigma(f) c + \sigma(i) \tanh g, \quad
        h \leftarrow \sigma(o) \tanh(\operatorname{BN}(c; \gamma_c) + e)

    where :math:`\operatorname{BN}(a; \gamma) = \gamma (a - \operatorname{mean} a) /
    \operatorname{std} a` over the batch, at each step by itself. Running means and variances of
    each step stand in for the batch's once the network is trained.

    Parameters
    ----------
    input_size, hidden_size : int
    options : BatchNormOptions, optional

    References
    ----------
    T. Cooijmans et al. (2017), Recurrent batch normalization, ICLR, arXiv:1603.09025.

    Notes
    -----
    4 H (I + H + 3) + 2 H weights, and 18 H running means and variances for each of the `n_steps`.
    Gains start at 0.1, the rest as `esrnn.nn.layers.lstm.LSTM`'s. In training, series of a batch
    see each other's means and variances at the same step, also those that have ended. A batch of
    one has no variance; the running ones are used for it. Later steps than were ever trained, or
    than `n_steps`, take those of the last one. A dilation's interleaved recurrences share running
    means and variances.

    Examples
    --------
    >>> BatchNormLSTM(3, 5)(torch.zeros(7, 2, 3)).shape
    torch.Size([7, 2, 5])
    """

    means: Tensor
    variances: Tensor
    n_trained: Tensor

    def __init__(
        self, input_size: int, hidden_size: int, options: BatchNormOptions | None = None
    ) -> None:
        options = options or BatchNormOptions()
        super().__init__(input_size, hidden_size, options)
        self.momentum = options.momentum
        self.gain_ih = nn.Parameter(torch.empty(4 * hidden_size))
        self.gain_hh = nn.Parameter(torch.empty(4 * hidden_size))
        self.gain_c = nn.Parameter(torch.empty(hidden_size))
        self.bias_c = nn.Parameter(torch.empty(hidden_size))
        width = 9 * hidden_size  # four gates from inputs, four from the state, the content
        self.register_buffer("means", torch.empty(options.n_steps, width))
        self.register_buffer("variances", torch.empty(options.n_steps, width))
        self.register_buffer("n_trained", torch.empty(1))  # steps with means and variances
        self.draw()

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights; gains are 0.1."""
        super().draw(generator)
        for gain in (self.gain_ih, self.gain_hh, self.gain_c):
            nn.init.constant_(gain, _INITIAL_GAIN)
        nn.init.zeros_(self.bias_c)
        self.means.zero_()
        self.variances.fill_(1.0)
        self.n_trained.zero_()

    def forward(self, x: Tensor, generator: Generator | None = None, n_phases: int = 1) -> Tensor:
        """Run over (T, B, input_size); return the states (T, B, hidden_size).

        In training, running means and variances move towards those of the batch.

        Parameters
        ----------
        x : Tensor of shape (T, B, input_size)
        generator : Generator, optional
        n_phases : int, default 1
            Interleaved recurrences that lie side by side in the batch: their steps are at other
            times, so that each has a mean and a variance of its own.

        Returns
        -------
        Tensor of shape (T, B, hidden_size)
        """
        if generator is None or x.shape[1] < 2 * n_phases:
            return super().forward(x, generator)
        seen: list[tuple[Tensor, Tensor]] = []
        states = [h for h, _ in self._steps(x, self.mask(x, generator), n_phases, seen)]
        self._remember(seen)
        return torch.stack(states)

    def steps(
        self, x: Tensor, mask: Tensor | None = None
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time, with the running means and variances (`Recurrence.steps`)."""
        return self._steps(x, mask)

    def _steps(
        self,
        x: Tensor,
        mask: Tensor | None,
        n_phases: int = 1,
        seen: list[tuple[Tensor, Tensor]] | None = None,
    ) -> Iterator[tuple[Tensor, tuple[Tensor, ...]]]:
        """Run one step at a time; where a list is given, normalise by the batch and note it."""
        h = c = self.start(x)
        width = 8 * self.hidden_size
        for t, own in enumerate(linear(x, self.weight_ih)):
            known = None if seen is not None else self._moments(t)
            sums = torch.cat([own, linear(heard(h, mask), self.weight_hh)], dim=1)
            from_both, moments = _normalise(sums, n_phases, known and [m[:width] for m in known])
            from_x, from_h = from_both.chunk(2, dim=1)
            total = torch.addcmul(self.bias, from_x, self.gain_ih)
            i, f, o, g = self.gates(torch.addcmul(total, from_h, self.gain_hh))
            c = torch.addcmul(f * c, i, g)
            content, of_content = _normalise(c, n_phases, known and [m[width:] for m in known])
            h = o * torch.addcmul(self.bias_c, content, self.gain_c).tanh()
            if seen is not None:
                mean, variance = (
                    torch.cat(pair).detach() for pair in zip(moments, of_content, strict=True)
                )
                seen.append((mean, variance))
            yield h, (i, f, o, g)

    def _moments(self, t: int) -> tuple[Tensor, Tensor]:
        """Return the running means and variances of a step."""
        at = max(min(t, int(self.n_trained) - 1), 0)
        return self.means[at], self.variances[at]

    def _remember(self, seen: list[tuple[Tensor, Tensor]]) -> None:
        """Move the running means and variances towards those of a batch."""
        n = min(len(seen), self.means.shape[0])
        means, variances = (torch.stack(parts) for parts in zip(*seen[:n], strict=True))
        known = int(self.n_trained)
        for running, own in ((self.means, means), (self.variances, variances)):
            running[:n].lerp_(own, self.momentum)
            running[known:n] = own[known:]  # a step that is seen for the first time
        self.n_trained.clamp_(min=n)


def _normalise(
    sums: Tensor, n_phases: int, moments: Sequence[Tensor] | None
) -> tuple[Tensor, Sequence[Tensor]]:
    """Normalise (B, n) by means and variances, by default the batch's; return these as well."""
    parts = sums.reshape(n_phases, -1, sums.shape[1])
    if moments is None:
        mean = parts.mean(dim=1, keepdim=True)
        apart = parts - mean
        variance = apart.square().mean(dim=1, keepdim=True)  # torch's own takes twice as long
        moments = (mean.mean(dim=(0, 1)), variance.mean(dim=(0, 1)))
    else:
        apart, variance = parts - moments[0], moments[1]
    return (apart * torch.rsqrt(variance + _EPSILON)).reshape(sums.shape), moments


class _Dilated(Dilated):
    """Tells the cell how many recurrences lie side by side."""

    def run(self, x: Tensor, n_phases: int, generator: Generator | None) -> Tensor:
        """Run the cell over steps of the recurrence."""
        out: Tensor = self.cell(x, generator, n_phases)
        return out


def batch_norm_lstm_layer(shape: LayerShape, options: BatchNormOptions) -> Dilated:
    """Make a dilated layer of such cells."""
    cell = BatchNormLSTM(shape.input_size, shape.hidden_size, options)
    return _Dilated(cell, shape.dilation)
