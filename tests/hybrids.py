"""Small panels, settings and untrained models, for the tests of what stands above the kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import FloatArray, IntArray
from esrnn.config import (
    ModelConfig,
    NetworkConfig,
    Seasonality,
    SmoothingConfig,
    TrainingConfig,
)
from esrnn.ensemble import TrainingOptions
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.model import HybridModel
from esrnn.panel import Panel
from esrnn.smoothing import PreparedPanel, fit_smoothing

HERE = TrainingOptions(n_jobs=1, device="cpu")

# Two threads on a busy machine wait for each other, some milliseconds at each of many small calls.
torch.set_num_threads(1)


def random_panel(
    seed: int, lengths: list[int], *, period: int = 4, signed: bool = False, missing: float = 0.0
) -> Panel:
    """Draw trending, seasonal, noisy series, positive or of either sign, of unlike sizes."""
    rng = np.random.default_rng(seed)
    parts = []
    for n in lengths:
        season = rng.normal(0.0, 0.3, period)[np.arange(n) % period]
        y = np.cumsum(rng.normal(0.0, 0.05, n)) + season + rng.normal(0.0, 0.1, n)
        y = (y if signed else np.exp(y)) * 10.0 ** rng.uniform(-2.0, 4.0)
        hole = rng.random(n) < missing
        hole[0] = False
        y[hole] = np.nan
        parts.append(y)
    return Panel.from_arrays(parts, [f"series {i}" for i in range(len(lengths))])


def small_config(
    *,
    periods: tuple[int, ...] = (4,),
    horizon: int = 3,
    input_window: int = 5,
    seasonality: Seasonality = "auto",
    training: TrainingConfig | None = None,
) -> ModelConfig:
    """Return settings of a network of some hundred weights."""
    return ModelConfig(
        NetworkConfig(input_window, horizon, ((1, 2), (3,)), hidden_size=6),
        SmoothingConfig(periods, seasonality),
        training or TrainingConfig(n_epochs=2, batch_size=4, learning_rate=1e-2),
    )


@dataclass(frozen=True)
class Case:
    """A panel, what was fitted to it, and an untrained network; parameters stay as they are."""

    panel: Panel
    config: ModelConfig
    fit: SmoothingFit
    model: HybridModel

    def prepared(self, panel: Panel | None = None) -> PreparedPanel:
        """Prepare the panel, or another one of the same series, in the fitted forms."""
        return PreparedPanel.of(panel or self.panel, self.fit, self.config.smoothing.lag)

    def batch(self, panel: Panel | None = None, indices: IntArray | None = None) -> PreparedPanel:
        """Return some series, by default all, as a batch."""
        data = self.prepared(panel)
        return data if indices is None else data.subset(indices)

    def rows(self, indices: IntArray | slice = slice(None)) -> Tensor:
        """Return the fitted parameters of some series."""
        return torch.from_numpy(self.fit.rows[indices])

    def forecast(self, panel: Panel | None = None, indices: IntArray | None = None) -> FloatArray:
        """Forecast some series, (Q, B, H)."""
        rows = self.rows(slice(None) if indices is None else indices)
        return self.model.forecast(self.batch(panel, indices), rows)


def make_case(panel: Panel, config: ModelConfig, first_origin: int = 4, seed: int = 0) -> Case:
    """Fit the series and draw a network."""
    model = HybridModel(config, first_origin).draw(torch.Generator().manual_seed(seed)).eval()
    return Case(panel, config, fit_smoothing(panel, config.smoothing), model)
