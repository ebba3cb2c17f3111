"""The training loop: one member, from a fitted panel to trained parameters."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from esrnn._typing import IntArray
from esrnn.errors import TrainingError
from esrnn.nn.draws import SeriesGenerator
from esrnn.runtime import default_modes, single_threaded
from esrnn.training.calibrate import score_holdout, validate
from esrnn.training.callbacks import Callback, Epoch, notify
from esrnn.training.early_stopping import EarlyStopping
from esrnn.training.initial import initial_model
from esrnn.training.keeping import keep_some
from esrnn.training.member import History, Member
from esrnn.training.predict import overflowing
from esrnn.training.problem import Job, TrainingProblem
from esrnn.training.ranks import Ranks, current_ranks
from esrnn.training.ridge import start_from_ridge
from esrnn.training.shared_state import SharedState
from esrnn.training.state import TrainingState

__all__ = ["Clock", "describe_epoch", "finish", "run_epoch", "run_epochs", "train_member"]


class Clock:
    """How much of a training is done, by epochs or by time.

    Parameters
    ----------
    seconds : float, optional
        Wall time that the training may take, from now on.
    ranks : Ranks, optional
        Processes that train together: the clock of the first one counts.
    """

    def __init__(self, seconds: float | None = None, ranks: Ranks | None = None) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._ranks = ranks or Ranks()

    def elapsed(self) -> float:
        """Return the seconds since the clock was made."""
        return time.monotonic() - self._began

    def progress(self, by_epochs: float) -> float:
        """Return the share of the training that is done, in [0, 1].

        Parameters
        ----------
        by_epochs : float
            The share of the epochs that is done.

        Returns
        -------
        float
        """
        return min(max(by_epochs, self._by_time()), 1.0)

    @property
    def is_limited(self) -> bool:
        """Whether there is a time after which training ends."""
        return self._seconds is not None

    def is_over(self) -> bool:
        """Return whether the time is used up."""
        return self._by_time() >= 1.0

    def _by_time(self) -> float:
        """Return the share of the time that is used up; 0 where it has no limit."""
        if self._seconds is None:
            return 0.0
        share = self.elapsed() / self._seconds
        return float(self._ranks.sum(np.array([share * (self._ranks.rank == 0)]))[0])


def train_member(
    job: Job,
    device: str = "cpu",
    callbacks: Sequence[Callback] = (),
    seconds: float | None = None,
) -> Member:
    """Train one network together with every series' parameters.

    Parameters
    ----------
    job : Job
    device : str
        Where the network trains, as torch names it.
    callbacks : sequence of Callback
        Called after every epoch.
    seconds : float, optional
        Wall time after which training ends, with learning rates that fall as if it had been meant
        to; at least one step is made. Which step is the last depends on the machine, so that runs
        do not repeat bit by bit.

    Returns
    -------
    Member

    Raises
    ------
    TrainingError
        If a loss or a gradient is not finite, or the trained network's forecasts overflow; names
        the step, the member and the series.
    InputError, LostProcessError
        In a `data_parallel` block as `Ranks.require_cpu` and `SharedState`.
    """
    with single_threaded(), default_modes():
        ranks = current_ranks()
        ranks.require_cpu(device)
        clock, rng = Clock(seconds, ranks), np.random.default_rng(job.seed)
        draws = SeriesGenerator()
        generator = draws.manual_seed(job.seed)
        problem, model = TrainingProblem(job, rng, ranks), initial_model(job, generator)
        if job.config.network.cell == "linear" and job.start is None:
            start_from_ridge(problem, model)
        if device != "cpu":  # there it draws what the network drops
            generator = torch.Generator(device).manual_seed(job.seed)
        if ranks.size > 1:
            state: TrainingState = SharedState(problem, model, rng, draws)
        else:
            state = TrainingState(problem, model, rng, generator)
        return finish(problem, run_epochs(state, clock, callbacks, device), device)


def finish(problem: TrainingProblem, member: Member, device: str) -> Member:
    """Return a member as its training leaves it.

    Parameters
    ----------
    problem : TrainingProblem
    member : Member
        After its last epoch.
    device : str

    Returns
    -------
    Member
        With scores of what was held back, and perhaps some of the weights that it started from.

    Raises
    ------
    TrainingError
        If the forecasts of most series overflow: no step comes after the last one to notice it.
    """
    job, member = problem.job, keep_some(problem.job, member)
    bad, seen = overflowing(member, problem.data, device)
    if 2 * bad.size > seen:
        found = f"forecasts overflow after epoch {len(member.history.losses)} of {job.name}"
        raise TrainingError.diverged(found, [job.panel.ids[i] for i in bad.tolist()])
    return replace(member, holdout=score_holdout(problem, member, device))


def run_epochs(
    state: TrainingState, clock: Clock, callbacks: Sequence[Callback], device: str
) -> Member:
    """Train for as many epochs as the settings, early stopping and the clock allow.

    Parameters
    ----------
    state : TrainingState
    clock : Clock
    callbacks : sequence of Callback
        Called after every epoch.
    device : str

    Returns
    -------
    Member
        After the best epoch with early stopping, else after the last.
    """
    problem, training = state.problem, state.problem.config.training
    early = EarlyStopping(training.patience or 0)
    is_watched = training.patience is not None and bool(problem.origins)
    callbacks = [early, *callbacks] if is_watched else callbacks
    history = History()
    if is_watched and problem.job.start is not None:
        early.begin_with(state.member(history), validate(problem, state.member(history), device))
    for number in range(1, training.n_epochs + 1):
        batches = problem.draw_batches(state.rng)
        loss, norm = run_epoch(state, batches, number, clock)
        scores = history.val_owa
        if is_watched:
            scores = (*scores, validate(problem, state.member(history), device))
        history = History((*history.losses, loss), (*history.gradient_norms, norm), scores)
        epoch = describe_epoch(problem.job, history, clock, partial(state.member, history))
        last = number * len(batches) >= (training.n_steps or math.inf)
        is_ended = problem.ranks.any(notify(callbacks, epoch))
        if is_ended or clock.is_over() or last:
            break
    return replace(early.best or state.member(history), history=history)


def run_epoch(
    state: TrainingState, batches: Sequence[IntArray], number: int, clock: Clock
) -> tuple[float, float]:
    """Make a step with every batch.

    Parameters
    ----------
    state : TrainingState
    batches : sequence of ndarray of int64
        Series of each step (`TrainingProblem.draw_batches`), or the share of them that is trained
        on here.
    number : int
        Number of the epoch, from 1.
    clock : Clock
        Ends the epoch early if its time is over.

    Returns
    -------
    loss, gradient_norm : float
        Means over the steps.
    """
    training, n_batches = state.problem.config.training, len(batches)
    n_steps = training.n_steps or math.inf
    n_epochs = min(training.n_epochs, n_steps / max(n_batches, 1))
    done: list[tuple[float, float]] = []
    state.model.train()
    for k, batch in enumerate(batches):
        if (number - 1) * n_batches + k >= n_steps:
            break
        progress = clock.progress((number - 1 + k / n_batches) / n_epochs)
        done.append(state.step(batch, progress, f"epoch {number}, step {k + 1}"))
        if clock.is_over():
            break
    loss, norm = np.mean(done, axis=0) if done else (0.0, 0.0)
    return float(loss), float(norm)


def describe_epoch(
    job: Job, history: History, clock: Clock, snapshot: Callable[[], Member]
) -> Epoch:
    """Describe the last epoch of a member for the callbacks.

    Parameters
    ----------
    job : Job
    history : History
        Of the member's training so far.
    clock : Clock
    snapshot : callable
        Returns the member as it is now.

    Returns
    -------
    Epoch
    """
    return Epoch(
        member=job.number,
        n_members=job.n_members,
        number=len(history.losses),
        n_epochs=job.config.training.n_epochs,
        loss=history.losses[-1],
        gradient_norm=history.gradient_norms[-1],
        val_owa=history.val_owa[-1] if history.val_owa else math.nan,
        seconds=clock.elapsed(),
        snapshot=snapshot,
    )
