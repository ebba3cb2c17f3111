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
from esrnn.nn import DilatedNetwork
from esrnn.ops.losses import LossSpec, forecast_loss, level_wiggliness
from esrnn.ops.smoothing import natural_parameters, smooth
from esrnn.ops.windows import (
    Frame,
    Layout,
    Places,
    Smoothed,
    Targets,
    make_frame,
    make_places,
    make_targets,
)
from esrnn.smoothing import Batch

__all__ = ["HybridModel"]


class HybridModel(nn.Module):
    """Smoothing, network and normalisation put together; per-series parameters are passed in.

    Parameters
    ----------
    config : ModelConfig
    first_origin : int
        Index of the first origin that the network sees (`esrnn.ops.windows.Layout`).
    """

    def __init__(self, config: ModelConfig, first_origin: int) -> None:
        super().__init__()
        self.network = DilatedNetwork(config.network)
        self.layout = Layout(
            config.network.input_window,
            config.network.horizon,
            config.smoothing.seasonal_periods,
            first_origin,
            config.training.stretch,
        )

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    def _smooth(self, batch: Batch, rows: Tensor) -> Smoothed:
        periods = self.layout.periods
        parameters = natural_parameters(rows, torch.from_numpy(batch.unit), batch.additive, periods)
        additive = np.full(batch.indptr.size - 1, batch.additive)
        level, s, u = smooth(*parameters, batch.values, batch.indptr, additive)
        device = self.device
        return Smoothed(
            torch.from_numpy(batch.values).to(device),
            level.to(device),
            tuple(f.to(device) for f in (s, u)[: len(periods)]),
        )

    def frame(self, batch: Batch, rows: Tensor) -> Frame:
        """Smooth a batch and cut it into the network's inputs, up to each series' end.

        Parameters
        ----------
        batch : Batch
        rows : Tensor of shape (B, 3 + S + S2), float64
            Per-series parameters, on the CPU.

        Returns
        -------
        Frame
        """
        places = make_places(batch.indptr, self.layout).to(self.device)
        return self._cut(batch, self._smooth(batch, rows), places)

    def frame_and_targets(
        self, batch: Batch, rows: Tensor, starts: IntArray | None = None
    ) -> tuple[Frame, Targets]:
        """Return the network's inputs and what came after each origin.

        Parameters
        ----------
        batch, rows
            As for `frame`.
        starts : ndarray of shape (B,), int64, optional
            The first origin of each series (`esrnn.ops.windows.make_places`).

        Returns
        -------
        Frame, Targets
        """
        places = make_places(batch.indptr, self.layout, starts).to(self.device)
        smoothed = self._smooth(batch, rows)
        frame = self._cut(batch, smoothed, places)
        return frame, make_targets(smoothed, places, self.layout, frame, self._causal(batch))

    def _cut(self, batch: Batch, smoothed: Smoothed, places: Places) -> Frame:
        causal = self._causal(batch) if batch.additive else None
        return make_frame(smoothed, places, self.layout, causal)

    def _causal(self, batch: Batch) -> Tensor:
        return torch.from_numpy(batch.causal).to(self.device)

    def loss(
        self,
        batch: Batch,
        rows: Tensor,
        spec: LossSpec,
        level_penalty: float = 0.0,
        starts: IntArray | None = None,
    ) -> Tensor:
        """Return the training loss of a batch over its origins.

        Parameters
        ----------
        batch, rows, starts
            As for `frame_and_targets`.
        spec : LossSpec
        level_penalty : float

        Returns
        -------
        Tensor of shape ()
        """
        frame, targets = self.frame_and_targets(batch, rows, starts)
        loss = forecast_loss(spec, frame, targets, self.network(frame.inputs))
        if level_penalty > 0.0 and not batch.additive:
            wiggles = level_wiggliness(frame.scale.log(), frame.last)
            loss = loss + level_penalty * wiggles
        return loss

    @torch.no_grad()
    def forecast(self, batch: Batch, rows: Tensor) -> FloatArray:
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
        outputs = torch.stack(self.network(frame.inputs, frame.last))
        last = frame.at_last()
        relative = last.denormalise(outputs.double())
        forecasts: FloatArray = (relative * last.scale[..., None])[:, 0].cpu().numpy()
        return forecasts
