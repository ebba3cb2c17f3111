"""Small cases with covariates, for the tests of what stands above the kernels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from esrnn._typing import FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.model import HybridModel
from esrnn.panel import Covariates, Panel
from esrnn.smoothing import PreparedPanel
from tests.hybrids import Case, make_case


def random_covariates(
    seed: int, lengths: IntArray, horizon: int, *, n_static: int = 2, n_future: int = 3
) -> Covariates:
    """Draw numbers for every series and step."""
    rng = np.random.default_rng(seed)
    indptr = np.concatenate([[0], np.cumsum(np.asarray(lengths) + horizon)])
    static = rng.normal(size=(len(lengths), n_static)).astype(np.float32)
    known = rng.normal(size=(int(indptr[-1]), n_future)).astype(np.float32)
    return Covariates(static, known, indptr, horizon)


def with_features(config: ModelConfig, covariates: Covariates) -> ModelConfig:
    """Return settings of a network that takes the covariates."""
    network = replace(
        config.network, n_static=covariates.n_static, n_future=covariates.n_future
    )  # fmt: skip
    return replace(config, network=network)


def stir(model: HybridModel, seed: int = 0) -> None:
    """Draw all weights that covariates act by, which start at 0, as if they had been trained."""
    generator, network = torch.Generator().manual_seed(seed), model.network
    parts = [part for part in (network.static_shift, network.future_effects) if part is not None]
    with torch.no_grad():
        for parameter in (p for part in parts for p in part.parameters()):
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))


@dataclass(frozen=True)
class Covered:
    """A case and its covariates."""

    case: Case
    covariates: Covariates

    @property
    def model(self) -> HybridModel:
        return self.case.model

    def batch(self, panel: Panel | None = None, indices: IntArray | None = None) -> PreparedPanel:
        """Return some series, by default all, with as much of the covariates as they are long."""
        data = self.case.prepared(panel)
        data = replace(data, covariates=self.covariates.cut(data.lengths))
        return data if indices is None else data.subset(indices)

    def rows(self) -> Tensor:
        return self.case.rows()

    def forecast(self, panel: Panel | None = None) -> FloatArray:
        return self.model.forecast(self.batch(panel), self.rows())


def make_covered(
    panel: Panel,
    config: ModelConfig,
    first_origin: int = 4,
    *,
    n_static: int = 2,
    n_future: int = 3,
) -> Covered:
    """Fit the series, draw covariates and a network that heeds them."""
    horizon = config.network.horizon
    covariates = random_covariates(
        1, panel.lengths, horizon, n_static=n_static, n_future=n_future
    )  # fmt: skip
    case = make_case(panel, with_features(config, covariates), first_origin)
    stir(case.model)
    return Covered(case, covariates)
