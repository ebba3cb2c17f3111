"""What a member has to learn: the data, what of it is held back, and the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.config import ModelConfig
from esrnn.kernels.smoothing_fit import SmoothingFit
from esrnn.ops.losses import LossSpec
from esrnn.panel import Covariates, Panel
from esrnn.smoothing import PreparedPanel
from esrnn.training.batches import make_batches
from esrnn.training.holdout import Origin, choose_held_series, hold_back_for_training
from esrnn.training.member import Holdout, Network
from esrnn.training.ranks import Ranks
from esrnn.training.scores import loss_spec

__all__ = ["Job", "Start", "TrainingProblem"]


@dataclass(frozen=True)
class Start:
    """What a training that goes on needs of a trained member.

    Attributes
    ----------
    network : Network
    holdout : Holdout
        Its scores are kept where nothing can be held back this time.
    """

    network: Network
    holdout: Holdout


@dataclass(frozen=True)
class Job:
    """What a member is trained from.

    Attributes
    ----------
    panel : Panel
    fit : SmoothingFit
        Where the per-series parameters start.
    config : ModelConfig
    seed : int
        Equal seeds on one machine's CPU give equal bits.
    number, n_members : int
        The member's place in its ensemble, for those who watch.
    covariates : Covariates, optional
        Of the panel's series.
    start : Start, optional
        What is trained further; by default a new network is drawn.
    held : ndarray of shape (N,), bool, optional
        Series to hold back for calibration; by default drawn.
    lessons : ndarray of shape (Q, n_obs, H), float64, optional
        Quantiles that another model forecasts from every observation of the panel, in units of y:
        what the network learns. By default it learns what happened.
    """

    panel: Panel
    fit: SmoothingFit
    config: ModelConfig
    seed: int
    number: int = 0
    n_members: int = 1
    covariates: Covariates | None = None
    start: Start | None = None
    held: BoolArray | None = None
    lessons: FloatArray | None = None

    @property
    def name(self) -> str:
        """What messages call the member."""
        cell, rate = self.config.network.cell, self.config.training.learning_rate
        place = f"member {self.number + 1} of {self.n_members}"
        return f"{place} (cell {cell!r}, learning_rate {rate:g})"


class TrainingProblem:
    """Series to train on, series up to the origins that are held back, and the loss.

    Nothing in it changes while a member trains.

    Parameters
    ----------
    job : Job
    rng : numpy.random.Generator
        Draws the series to hold back, if the job does not name them.
    ranks : Ranks, optional
        Processes that train the member together; by default this one alone.

    Attributes
    ----------
    data : PreparedPanel
        All series, without what is held back.
    origins : list of Origin
        What is held back, the latest origin first.
    loss : LossSpec
    ranks : Ranks
    """

    def __init__(self, job: Job, rng: np.random.Generator, ranks: Ranks | None = None) -> None:
        held = choose_held_series(job.panel.n_series, job.config.training, rng, job.held)
        train, self.origins = hold_back_for_training(job.panel, job.config, held)
        covariates = job.covariates
        if covariates is not None:
            covariates = covariates.cut(train.lengths)
        self.job = job
        self.ranks = ranks or Ranks()
        self.data = PreparedPanel.of(train, job.fit, job.config.smoothing.lag, covariates)
        self.loss: LossSpec = loss_spec(train, job.config)
        self._up_to: dict[int, PreparedPanel] = {}

    def panel_up_to(self, k: int) -> PreparedPanel:
        """Return the series of origin k as they were up to there.

        It is prepared when it is first asked for: most members read it after training only.
        """
        if k not in self._up_to:
            self._up_to[k] = _prepare(self.origins[k], self.job)
        return self._up_to[k]

    def lessons_at(
        self, indices: IntArray, origins: IntArray
    ) -> tuple[FloatArray, BoolArray] | None:
        """Return the quantiles to learn at some origins; None where it is what happened.

        Parameters
        ----------
        indices : ndarray of shape (B,), int64
            The series.
        origins : ndarray of shape (K, B), int64
            Observations of each, counted from its start.

        Returns
        -------
        quantiles : ndarray of shape (Q, K, B, H), float64
        known : ndarray of shape (K, B, H), bool
            False after the end of a series, and where the forecast is of a step that is held back.
        """
        lessons = self.job.lessons
        if lessons is None:
            return None
        horizon = self.config.network.horizon
        lengths, whole = self.data.lengths[indices], self.job.panel.lengths[indices]
        at = np.minimum(origins, lengths - 1) + self.job.panel.indptr[indices]
        is_origin = (origins < lengths)[..., None]
        ahead = origins[..., None] + np.arange(1, horizon + 1)
        # The teacher may know what is held back. Beyond the data nobody knows anything.
        known = is_origin & ((ahead < lengths[:, None]) | (lengths == whole)[:, None])
        return lessons[:, at, :horizon], known

    @property
    def config(self) -> ModelConfig:
        """Settings of the member."""
        return self.job.config

    def draw_batches(self, rng: np.random.Generator) -> list[IntArray]:
        """Split the series that can be trained on into batches for one epoch.

        Parameters
        ----------
        rng : numpy.random.Generator

        Returns
        -------
        list of ndarray of int64
        """
        trainable = np.flatnonzero(self.data.lengths > 1)  # one observation has no future
        lengths, additive = self.data.lengths[trainable], self.data.additive[trainable]
        batches = make_batches(lengths, additive, self.config.training.batch_size, rng)
        return [trainable[batch] for batch in batches]


def _prepare(origin: Origin, job: Job) -> PreparedPanel:
    """Prepare the series of an origin as they were up to there."""
    covariates, history = job.covariates, origin.history
    if covariates is not None:
        covariates = covariates.subset(origin.which).cut(history.lengths)
    fit = job.fit.subset(origin.which)
    return PreparedPanel.of(history, fit, job.config.smoothing.lag, covariates)
