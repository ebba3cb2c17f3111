"""A trained member of an ensemble, in four parts.

They are the network, the smoothing parameters of every series
(`esrnn.kernels.smoothing_fit.SmoothingFit`), what was held back from training, and how training
went.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from esrnn._arrays import ArrayRecord
from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.model import HybridModel

__all__ = ["History", "Holdout", "Member", "Network"]

_OF_EACH_STEP = re.compile(r"head\.linears\.\d+\.(weight|bias)")


@dataclass(frozen=True)
class Network(ArrayRecord):
    """A network that all series share.

    Attributes
    ----------
    config : ModelConfig
    first_origin : int
        Index of the first origin that it was trained on (`esrnn.ops.layout.Layout`).
    additive_scale : float
        Unit of additive series (`esrnn.ops.layout.Layout`).
    weights : dict of str to ndarray, float32
        The state of the torch module.
    """

    config: ModelConfig
    first_origin: int
    additive_scale: float
    weights: dict[str, FloatArray]

    def model(self) -> HybridModel:
        """Build the model with these weights, on the CPU, in evaluation mode."""
        model = HybridModel(self.config, self.first_origin, self.additive_scale)
        return model.load(self.weights).eval()

    def first_steps(self, horizon: int) -> Network:
        """Return the part that forecasts the first steps, whose numbers stay, bit for bit."""
        config = replace(self.config, network=replace(self.config.network, horizon=horizon))
        weights = {
            name: weight[:horizon].copy() if _OF_EACH_STEP.fullmatch(name) else weight
            for name, weight in self.weights.items()
        }
        return replace(self, config=config, weights=weights)

    def forecasting(self, horizon: int, device: str) -> HybridModel:
        """Return a model of the first steps to forecast with, which is built once.

        Parameters
        ----------
        horizon : int
            At most that of the settings.
        device : str

        Returns
        -------
        HybridModel
            In evaluation mode, not to be changed.
        """
        key = (horizon, device)
        if key not in self._models:
            part = self if horizon == self.config.network.horizon else self.first_steps(horizon)
            self._models[key] = part.model().to(torch.device(device))
        return self._models[key]

    @cached_property
    def _models(self) -> dict[tuple[int, str], HybridModel]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was built."""
        return {own.name: getattr(self, own.name) for own in fields(self)}


@dataclass(frozen=True)
class Holdout(ArrayRecord):
    """What was held back from training, and how the member forecast it.

    Attributes
    ----------
    series : ndarray of shape (K,), int64
        The series whose last horizon the network has not been trained on.
    scores, spacing : ndarray of shape (Q, K * H), float64
        `esrnn.quantiles.calibration.conformity_scores` and `quantile_spacing` of that horizon.
    error_scale : ndarray of shape (K * H,), float64
        `esrnn.quantiles.error_scale.relative_error_scale` of the series that they belong to.
    intermittent : ndarray of shape (K * H,), bool
        Whether these series are intermittent (`esrnn.quantiles.intermittent`); none by default.
    """

    series: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    scores: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    spacing: FloatArray = field(default_factory=lambda: np.empty((0, 0)))
    error_scale: FloatArray = field(default_factory=lambda: np.empty(0))
    intermittent: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if self.error_scale.size and not self.intermittent.size:
            none = np.zeros(self.error_scale.size, dtype=np.bool_)
            object.__setattr__(self, "intermittent", none)

    def some(self, which: IntArray | BoolArray) -> Holdout:
        """Return some of the scores.

        Parameters
        ----------
        which : ndarray of int64 or bool
            Places, or whether each is wanted.

        Returns
        -------
        Holdout
        """
        return Holdout(
            self.series,
            self.scores[:, which],
            self.spacing[:, which],
            self.error_scale[which],
            self.intermittent[which],
        )

    @classmethod
    def joined(cls, series: IntArray, parts: Sequence[Holdout]) -> Holdout:
        """Return the scores of several, at least one.

        Parameters
        ----------
        series : ndarray of shape (K,), int64
        parts : sequence of Holdout

        Returns
        -------
        Holdout
        """
        return cls(
            series,
            np.hstack([part.scores for part in parts]),
            np.hstack([part.spacing for part in parts]),
            np.concatenate([part.error_scale for part in parts]),
            np.concatenate([part.intermittent for part in parts]),
        )


@dataclass(frozen=True)
class History(ArrayRecord):
    """How training went, epoch by epoch.

    Attributes
    ----------
    losses : tuple of float
        Mean training loss.
    gradient_norms : tuple of float
        Mean norm of the network's gradient, before it was clipped.
    val_owa : tuple of float
        OWA on the horizons held back for early stopping; empty without early stopping.
    """

    losses: tuple[float, ...] = ()
    gradient_norms: tuple[float, ...] = ()
    val_owa: tuple[float, ...] = ()


@dataclass(frozen=True)
class Member(ArrayRecord):
    """A trained network and the smoothing parameters of every series.

    Attributes
    ----------
    network : Network
    smoothing : SmoothingFit
        Its rows are those that were trained together with the network.
    holdout : Holdout
    history : History

    Notes
    -----
    `arrays` returns all of it but the settings, and
    ``Member.from_arrays(arrays, {"config": config})`` brings it back bit by bit.
    """

    network: Network
    smoothing: SmoothingFit
    holdout: Holdout = field(default_factory=Holdout)
    history: History = field(default_factory=History)

    @property
    def config(self) -> ModelConfig:
        """Settings of this member."""
        return self.network.config
