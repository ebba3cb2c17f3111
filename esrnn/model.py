"""The hybrid: every series' smoothing parameters and the network that all of them share.

`HybridModel` is the network and the passage from a batch of series to forecasts. Which series make
a batch, and how parameters are found, lives in `esrnn.training`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache

import numpy as np
import torch
from torch import Generator, Tensor, nn

from esrnn._typing import FloatArray
from esrnn.config import ModelConfig, NetworkConfig
from esrnn.errors import InputError
from esrnn.nn import DilatedNetwork
from esrnn.ops import losses, losses_cpu, windows_cpu
from esrnn.ops import windows as windows_torch
from esrnn.ops.covariates import Features, make_features
from esrnn.ops.layout import Layout, OriginRange, forecast_range, training_range
from esrnn.ops.lessons import lesson_parts
from esrnn.ops.losses import LossSpec, level_wiggliness
from esrnn.ops.parameters import natural_parameters
from esrnn.ops.smoothing import smooth
from esrnn.ops.windows import Targets, Windows
from esrnn.smoothing import PreparedPanel

__all__ = ["HybridModel", "weight_shapes"]


@cache
def weight_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Return the shapes of a network's weights by name.

    Parameters
    ----------
    config : NetworkConfig

    Returns
    -------
    dict of str to tuple of int

    Examples
    --------
    >>> from esrnn.config import preset_config
    >>> weight_shapes(preset_config("yearly").network)["head.linears.0.bias"]
    (6,)
    """
    weights = _without_weights(config).state_dict()
    return {name: tuple(weight.shape) for name, weight in weights.items()}


@cache
def _without_weights(config: NetworkConfig) -> DilatedNetwork:
    """Make a network to be copied: a copy takes a third of the time, since it draws no weights."""
    with torch.device("meta"):  # torch would draw weights from the process's generator
        return DilatedNetwork(config)


class HybridModel(nn.Module):
    """Smoothing, network and normalisation put together; per-series parameters are passed in.

    A new model has no weights, in float32 on the CPU, until they are drawn or loaded.

    Parameters
    ----------
    config : ModelConfig
    first_origin : int
        Index of the first origin that the network sees (`esrnn.ops.layout.Layout`).
    additive_scale : float, default 1
        Of additive series (`esrnn.ops.layout.Layout`).
    """

    def __init__(self, config: ModelConfig, first_origin: int, additive_scale: float = 1.0) -> None:
        super().__init__()
        self.network = deepcopy(_without_weights(config.network))
        self.layout = Layout(
            config.network.input_window,
            config.network.horizon,
            config.smoothing.seasonal_periods,
            first_origin,
            config.training.training_window,
            config.training.origin_step,
            additive_scale,
        )

    def draw(self, generator: Generator) -> HybridModel:
        """Draw initial weights; return the model itself.

        Parameters
        ----------
        generator : Generator
            On the CPU.

        Returns
        -------
        HybridModel
        """
        shapes = {name: weight.shape for name, weight in self.network.state_dict().items()}
        empty = {
            name: torch.empty(shape, dtype=torch.float32, device="cpu")
            for name, shape in shapes.items()
        }
        self.network.load_state_dict(empty, assign=True)
        self.network.draw(generator)
        return self

    def load(self, weights: Mapping[str, FloatArray]) -> HybridModel:
        """Take copies of weights; return the model itself.

        Parameters
        ----------
        weights : mapping of str to ndarray, float32
            By the names of the network's parameters.

        Returns
        -------
        HybridModel
        """
        own = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
        self.network.load_state_dict(own, assign=True)
        return self

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.network.device

    def _smooth(self, batch: PreparedPanel, rows: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return the levels and the factors of each seasonality, on the network's device."""
        periods, unit = self.layout.periods, torch.from_numpy(batch.unit)
        rows, unit = rows.to(self.device), unit.to(self.device)
        parameters = natural_parameters(rows, unit, batch.is_additive, periods)
        level, *factors = smooth(*parameters, batch.values, batch.indptr, batch.additive)
        return level, tuple(factors[: len(periods)])

    def windows(self, batch: PreparedPanel, rows: Tensor) -> Windows:
        """Smooth a batch and cut it into the network's inputs, up to each series' end.

        Parameters
        ----------
        batch : PreparedPanel
            Series of one form.
        rows : Tensor of shape (B, 3 + S + S2), float64
            Per-series parameters, on the CPU.

        Returns
        -------
        Windows
            With each series' last origin scored.

        Raises
        ------
        InputError
            If the batch's covariates are not those that the settings of the network name.
        """
        return self._cut(batch, rows, forecast_range(np.diff(batch.indptr), self.layout))[0]

    def windows_and_targets(
        self, batch: PreparedPanel, rows: Tensor, origins: OriginRange | None = None
    ) -> tuple[Windows, Targets]:
        """Return the network's inputs over a training window, and what came after its origins.

        Parameters
        ----------
        batch, rows
            As for `windows`.
        origins : OriginRange, optional
            As `esrnn.ops.layout.training_range` returns it; by default from each series' earliest
            origin on.

        Returns
        -------
        Windows, Targets

        Raises
        ------
        InputError
            As `windows`.
        """
        if origins is None:
            lengths = np.diff(batch.indptr)
            origins = training_range(lengths, self.layout, self.layout.first_starts(lengths))
        return self._cut(batch, rows, origins)

    def _cut(
        self, batch: PreparedPanel, rows: Tensor, origin_range: OriginRange
    ) -> tuple[Windows, Targets]:
        features = self._features(batch, origin_range)
        level, factors = self._smooth(batch, rows)
        cut = windows_cpu.cut_windows if self.device.type == "cpu" else windows_torch.cut_windows
        windows, targets = cut(batch, level, factors, self.layout, origin_range)
        return (windows if features is None else windows._replace(features=features)), targets

    def _features(self, batch: PreparedPanel, origin_range: OriginRange) -> Features | None:
        covariates, network, horizon = batch.covariates, self.network, self.layout.horizon
        expected = (network.n_static, network.n_future)
        got = (0, 0) if covariates is None else (covariates.n_static, covariates.n_future)
        if got != expected:
            raise InputError(
                f"the network takes {expected[0]} static and {expected[1]} future covariates; got"
                f" {got[0]} and {got[1]}; encode them as for training, and set n_static and"
                " n_future in the network's settings accordingly"
            )
        if covariates is None or expected == (0, 0):
            return None
        if covariates.horizon < horizon:
            raise InputError(
                f"covariates must reach as far as the forecasts, {horizon} steps after each"
                f" series; got {covariates.horizon}; encode them with that horizon"
            )
        return make_features(batch, self.layout, origin_range).to(self.device)

    def forward(self, windows: Windows, generator: Generator | None = None) -> tuple[Tensor, ...]:
        """Return the network's output at the scored origins.

        Parameters
        ----------
        windows : Windows
        generator : Generator, optional
            In training: draws what is dropped and hidden (`esrnn.nn.DilatedNetwork`).

        Returns
        -------
        tuple of Tensor of shape (K, B, H)
            One for each quantile level, to be read by `Windows.denormalise`.
        """
        outputs: tuple[Tensor, ...] = self.network(
            windows.inputs, windows.scored, windows.features, generator
        )
        return outputs

    def loss(
        self,
        windows: Windows,
        targets: Targets,
        spec: LossSpec,
        level_penalty: float,
        generator: Generator | None = None,
        lessons: Sequence[Targets] = (),
    ) -> Tensor:
        """Return the training loss of a batch over its scored origins.

        Parameters
        ----------
        windows : Windows
        targets : Targets
        spec : LossSpec
        level_penalty : float
            Weight of the mean squared second difference of the levels' logarithms, of the series
            that have a target; multiplicative series only.
        generator : Generator, optional
            As for `forward`.
        lessons : sequence of Targets, optional
            Another model's quantiles, to be learnt in place of `targets`
            (`esrnn.ops.lessons.lesson_targets`).

        Returns
        -------
        Tensor of shape ()
        """
        by_device = losses_cpu if self.device.type == "cpu" else losses
        outputs = self(windows, generator)
        loss: Tensor
        if lessons:
            parts = [
                weight * by_device.forecast_loss(own, windows, lesson, [output])
                for weight, own, lesson, output in lesson_parts(spec, lessons, outputs)
            ]
            loss = torch.stack(parts).sum()
        else:
            loss = by_device.forecast_loss(spec, windows, targets, outputs)
        if level_penalty > 0.0 and not windows.additive:
            learnt = lessons[0] if lessons else targets
            has_target = learnt.observed.any(dim=2).any(dim=0)
            wiggliness = level_wiggliness(windows.level.log(), windows.last, has_target)
            loss = loss + level_penalty * wiggliness
        return loss

    @torch.no_grad()
    def forecast(self, batch: PreparedPanel, rows: Tensor) -> FloatArray:
        """Forecast from each series' last observation.

        Parameters
        ----------
        batch, rows
            As for `windows`.

        Returns
        -------
        ndarray of shape (Q, B, H), float64
            In units of y, one for each quantile level.
        """
        windows = self.windows(batch, rows)
        seen = (windows.inputs, windows.scored, windows.features)
        outputs = torch.stack(self.network(*seen, every_step=False))
        relative = windows.denormalise(outputs.double())
        forecasts: FloatArray = windows.in_units(relative)[:, 0].cpu().numpy()
        return forecasts
