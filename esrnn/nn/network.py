"""The network that all series share: dilated stack, quantile head, effects of covariates."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Generator, Tensor, nn

from esrnn.config import NetworkConfig
from esrnn.errors import InputError
from esrnn.nn.draws import draw_for_series
from esrnn.nn.future_covariates import FutureEffects, ZeroLinear
from esrnn.nn.heads import QuantileHead
from esrnn.nn.needed_steps import states_at
from esrnn.nn.stack import DilatedStack
from esrnn.ops.covariates import Features

__all__ = ["DilatedNetwork"]

_SHARE_HIDDEN = 0.1
# Untrained states of these cells are near 0 where windows are, so that forecasts begin near those
# of the smoothing. Other cells may begin anywhere, and need a head that does not heed them yet.
_NEAR_ZERO = ("lstm", "gru")


class DilatedNetwork(nn.Module):
    """Forecast every step's future from normalised windows.

    Static covariates shift all windows of a series by a linear map of them, and change its
    sensitivity to future covariates. In training, those of a tenth of the series are hidden, so
    that the network learns to do without them. The base effect of future covariates
    (`esrnn.nn.future_covariates`) is taken out of the windows, so that what it did to past steps is
    not mistaken for a change of level, and is added to the forecasts of all quantiles. Before
    training the network forecasts as if it had no covariates.

    Parameters
    ----------
    config : NetworkConfig

    Attributes
    ----------
    stack : DilatedStack
    head : QuantileHead
    static_shift : ZeroLinear or None
        From static covariates to shifts of the windows; None without.
    future_effects : FutureEffects or None
        None without future covariates.

    Examples
    --------
    >>> config = NetworkConfig(input_window=6, horizon=4, dilations=((1, 2),))
    >>> outputs = DilatedNetwork(config)(torch.zeros(9, 2, 6))
    >>> len(outputs), outputs[0].shape
    (3, torch.Size([9, 2, 4]))
    """

    static_shift: ZeroLinear | None
    future_effects: FutureEffects | None

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.n_static, self.n_future = config.n_static, config.n_future
        self.cell = config.cell
        self.stack = DilatedStack(
            config.input_window, config.hidden_size, config.dilations, config.cell, config.dropout,
            config.options,
        )  # fmt: skip
        self.head = QuantileHead(config.hidden_size, config.horizon, len(config.quantile_levels))
        self.static_shift = self.future_effects = None
        if config.n_static:
            self.static_shift = ZeroLinear(config.n_static, config.input_window)
        if config.n_future:
            state_size = config.hidden_size + config.n_static
            self.future_effects = FutureEffects(config.n_future, state_size, config.input_window)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.device

    def draw(self, generator: Generator | None = None) -> None:
        """Draw initial weights (`esrnn.nn.layers.layer.Layer.draw`)."""
        self.stack.draw(generator)
        self.head.draw(generator)
        if self.cell not in _NEAR_ZERO:
            self.head.start_from_zero()
        # Last, so that the other weights are drawn as without them.
        for part in (self.static_shift, self.future_effects):
            if part is not None:
                part.draw(generator)

    def forward(
        self,
        inputs: Tensor,
        scored: Tensor | None = None,
        features: Features | None = None,
        generator: Generator | None = None,
        *,
        every_step: bool = True,
    ) -> tuple[Tensor, ...]:
        """Map (W, B, input_window) to one (W, B, horizon) for each quantile level.

        Parameters
        ----------
        inputs : Tensor of shape (W, B, input_window)
        scored : Tensor of shape (K, B), int64, optional
            Places along W to forecast from; by default all.
        features : Features, optional
            Covariates of the same windows; needed where the settings name some.
        generator : Generator, optional
            In training, on the device of the inputs: draws what is dropped and which static
            covariates are hidden. Without one nothing is.
        every_step : bool, default True
            Whether layers run at every step, as in training; else, without a generator, at those
            alone that the scored ones depend on (`esrnn.nn.needed_steps`).

        Returns
        -------
        tuple of Tensor of shape (K, B, horizon)

        Raises
        ------
        InputError
            If the network needs features and there are none.
        """
        if features is None and (self.n_static or self.n_future):
            raise InputError(
                f"the network needs {self.n_static} static and {self.n_future} future covariates;"
                " got none; pass those of the windows"
            )
        run = partial(self._hidden, scored=scored, generator=generator, every_step=every_step)
        if features is None:
            return self._quantiles(run(inputs))
        static = features.static
        if self.static_shift is not None:
            if generator is not None:
                static = _hide_some(static, generator)
            inputs = inputs + self.static_shift(static).to(inputs.dtype)
        if self.future_effects is None:
            return self._quantiles(run(inputs))
        base = self.future_effects.base(features.future)
        inputs = (
            inputs - features.in_windows(base) + self.future_effects.shift(features.at_origins())
        )
        state = hidden = run(inputs)
        if self.static_shift is not None:
            state = torch.cat([hidden, static.expand(hidden.shape[0], -1, -1)], dim=2)
        ahead = features.ahead(features.future, scored)
        effect = features.ahead(base, scored) + self.future_effects.adjustment(state, ahead)
        return self._quantiles(hidden, effect)

    def _hidden(
        self, inputs: Tensor, scored: Tensor | None, generator: Generator | None, every_step: bool
    ) -> Tensor:
        if scored is None:
            every: Tensor = self.stack(inputs, generator)
            return every
        if not every_step and generator is None:
            # Large batches without a gradient: torch's own cells are faster than kernels then.
            return states_at(self.stack, inputs, scored)
        has_kernels = self.stack.has_kernels(inputs, generator)
        wanted = _common_steps(scored) if has_kernels else None
        hidden: Tensor = self.stack(inputs, generator, wanted)
        if wanted is not None:
            return hidden
        return hidden[scored, torch.arange(scored.shape[1], device=scored.device)]

    def _quantiles(self, hidden: Tensor, effect: Tensor | None = None) -> tuple[Tensor, ...]:
        outputs: tuple[Tensor, ...] = self.head(hidden, effect)
        return outputs


def _hide_some(static: Tensor, generator: Generator) -> Tensor:
    """Return static covariates, (B, S), without those of a tenth of the series."""

    def draw(shape: tuple[int, ...]) -> Tensor:
        return static.new_empty(shape).uniform_(generator=generator)

    draws = draw_for_series(draw, (static.shape[0], 1), 0, generator)
    return static * (draws >= _SHARE_HIDDEN)


def _common_steps(scored: Tensor) -> range | None:
    """Return the scored places if all series have the same, evenly apart; not known on a GPU."""
    if scored.device.type != "cpu" or not scored.numel():
        return None
    places = scored.numpy()
    first, last = int(places[0, 0]), int(places[-1, 0])
    apart = int(places[1, 0]) - first if len(places) > 1 else 1
    steps = range(first, last + 1, max(apart, 1))
    is_common = len(steps) == len(places) and (places == np.array(steps)[:, None]).all()
    return steps if is_common else None
