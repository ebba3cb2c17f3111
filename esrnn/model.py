"""The hybrid: every series' smoothing parameters and the network that all of them share.

`HybridModel` is the network and the passage from a batch of series to forecasts. Which series make
a batch, and how parameters are found, lives in `esrnn.training`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.errors import InputError
from esrnn.nn import DilatedNetwork
from esrnn.ops.covariates import Features, make_features
from esrnn.ops.cut import cut
from esrnn.ops.layout import Layout, Span, forecast_span, make_places, training_span
from esrnn.ops.losses import LossSpec, forecast_loss, level_wiggliness
from esrnn.ops.smoothing import natural_parameters, smooth
from esrnn.ops.windows import Frame, Smoothed, Targets, make_frame, make_targets
from esrnn.smoothing import PreparedPanel

__all__ = ["HybridModel"]


class HybridModel(nn.Module):
    """Smoothing, network and normalisation put together; per-series parameters are passed in.

    Parameters
    ----------
    config : ModelConfig
    first_origin : int
        Index of the first origin that the network sees (`esrnn.ops.layout.Layout`).
    gauge : float, default 1
        Of additive series (`esrnn.ops.layout.Layout`).
    """

    def __init__(self, config: ModelConfig, first_origin: int, gauge: float = 1.0) -> None:
        super().__init__()
        self.network = DilatedNetwork(config.network)
        self.layout = Layout(
            config.network.input_window,
            config.network.horizon,
            config.smoothing.seasonal_periods,
            first_origin,
            config.training.stretch,
            config.training.origin_step,
            gauge,
        )

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    def _smooth(self, batch: PreparedPanel, rows: Tensor) -> Smoothed:
        periods = self.layout.periods
        unit = torch.from_numpy(batch.unit)
        parameters = natural_parameters(rows, unit, batch.is_additive, periods)
        level, s, u = smooth(*parameters, batch.values, batch.indptr, batch.additive)
        device = self.device
        return Smoothed(
            torch.from_numpy(batch.values).to(device),
            level.to(device),
            tuple(f.to(device) for f in (s, u)[: len(periods)]),
        )

    def frame(self, batch: PreparedPanel, rows: Tensor) -> Frame:
        """Smooth a batch and cut it into the network's inputs, up to each series' end.

        Parameters
        ----------
        batch : PreparedPanel
            Series of one form.
        rows : Tensor of shape (B, 3 + S + S2), float64
            Per-series parameters, on the CPU.

        Returns
        -------
        Frame
            With each series' last origin scored.

        Raises
        ------
        InputError
            If the batch's covariates are not those that the settings of the network name.
        """
        return self._cut(batch, rows, forecast_span(np.diff(batch.indptr), self.layout))[0]

    def frame_and_targets(
        self, batch: PreparedPanel, rows: Tensor, starts: IntArray | None = None, phase: int = 0
    ) -> tuple[Frame, Targets]:
        """Return the network's inputs over a stretch of origins, and what came after them.

        Parameters
        ----------
        batch, rows
            As for `frame`.
        starts : ndarray of shape (B,), int64, optional
            The first origin of each series; by default its earliest.
        phase : int, default 0
            The first scored origin, counted from `starts`.

        Returns
        -------
        Frame, Targets

        Raises
        ------
        InputError
            As `frame`.
        """
        lengths = np.diff(batch.indptr)
        starts = self.layout.first_starts(lengths) if starts is None else starts
        return self._cut(batch, rows, training_span(lengths, self.layout, starts, phase))

    def _cut(self, batch: PreparedPanel, rows: Tensor, span: Span) -> tuple[Frame, Targets]:
        features = self._features(batch, span)
        smoothed = self._smooth(batch, rows)
        if self.device.type == "cpu":
            frame, targets = cut(
                smoothed, batch.causal, batch.indptr, self.layout, span, batch.is_additive
            )
        else:
            places = make_places(batch.indptr, self.layout, span).to(self.device)
            causal = torch.from_numpy(batch.causal).to(self.device)
            frame = make_frame(smoothed, places, self.layout, causal if batch.is_additive else None)
            targets = make_targets(smoothed, places, self.layout, frame, causal)
        return (frame if features is None else frame._replace(features=features)), targets

    def _features(self, batch: PreparedPanel, span: Span) -> Features | None:
        covariates, network, horizon = batch.covariates, self.network, self.layout.horizon
        expected = (network.n_static, network.n_known)
        got = (0, 0) if covariates is None else (covariates.n_static, covariates.n_known)
        if got != expected:
            raise InputError(
                f"the network takes covariates of {expected[0]} facts of each series and"
                f" {expected[1]} features known in advance; got {got[0]} and {got[1]}; encode them"
                " as for training, and set n_static and n_known of the network's settings by them"
            )
        if covariates is None or expected == (0, 0):
            return None
        if covariates.horizon < horizon:
            raise InputError(
                f"covariates must reach as far as the forecasts, {horizon} steps after each"
                f" series; got {covariates.horizon}; encode them with that horizon"
            )
        return make_features(batch, self.layout, span).to(self.device)

    def outputs(self, frame: Frame) -> tuple[Tensor, ...]:
        """Return the network's output at the scored origins.

        Parameters
        ----------
        frame : Frame

        Returns
        -------
        tuple of Tensor of shape (K, B, H)
            One for each quantile level, to be read by `Frame.denormalise`.
        """
        outputs: tuple[Tensor, ...] = self.network(frame.inputs, frame.scored, frame.features)
        return outputs

    def loss(self, frame: Frame, targets: Targets, spec: LossSpec, level_penalty: float) -> Tensor:
        """Return the training loss of a batch over its scored origins.

        Parameters
        ----------
        frame : Frame
        targets : Targets
        spec : LossSpec
        level_penalty : float
            Weight of the mean squared second difference of the levels' logarithms; multiplicative
            series only.

        Returns
        -------
        Tensor of shape ()
        """
        loss = forecast_loss(spec, frame, targets, self.outputs(frame))
        if level_penalty > 0.0 and not frame.additive:
            loss = loss + level_penalty * level_wiggliness(frame.level.log(), frame.last)
        return loss

    @torch.no_grad()
    def forecast(self, batch: PreparedPanel, rows: Tensor) -> FloatArray:
        """Forecast from each series' last observation.

        Parameters
        ----------
        batch, rows
            As for `frame`.

        Returns
        -------
        ndarray of shape (Q, B, H), float64
            In units of y, one for each quantile level.
        """
        frame = self.frame(batch, rows)
        outputs = torch.stack(self.outputs(frame))
        relative = frame.denormalise(outputs.double())
        forecasts: FloatArray = frame.in_units(relative)[:, 0].cpu().numpy()
        return forecasts
