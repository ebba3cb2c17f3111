"""The training of several members side by side, from their jobs to trained members."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from esrnn._typing import FloatArray
from esrnn.errors import TrainingError
from esrnn.nn.stacked import can_stack
from esrnn.runtime import default_modes, single_threaded
from esrnn.training.calibrate import validate
from esrnn.training.callbacks import Callback, notify
from esrnn.training.early_stopping import EarlyStopping
from esrnn.training.graphs import GraphedSteps
from esrnn.training.initial import initial_model
from esrnn.training.loop import Clock, describe_epoch, finish
from esrnn.training.member import History, Member, Network
from esrnn.training.optimisers import learning_rate_factor
from esrnn.training.problem import Job, TrainingProblem
from esrnn.training.stacked_plan import EpochPlan, plan_epoch
from esrnn.training.stacked_state import StackedState
from esrnn.training.state import TrainingState

__all__ = ["StackedTraining", "can_be_stacked", "own_stream", "side_by_side", "train_stacked"]

_MOST = 32  # members at a time
_MOST_NUMBERS = 2**26  # in a tensor of levels, half a GB; a step has about eight of that size


def side_by_side(jobs: Sequence[Job]) -> list[list[Job]]:
    """Split jobs into those that can train side by side, in their order.

    Parameters
    ----------
    jobs : sequence of Job

    Returns
    -------
    list of list of Job
        Groups of one panel, one kind of network and one per-series fit, 32 at most, and fewer
        where series are very long; a job that can't train with others is alone.
    """
    groups: list[list[Job]] = []
    for job in jobs:
        for group in groups:
            if len(group) < _most(job) and _are_alike(group[0], job):
                group.append(job)
                break
        else:
            groups.append([job])
    return groups


def _most(job: Job) -> int:
    """Return how many members like this one may train at a time; fewer where series are long."""
    numbers = job.config.training.batch_size * int(job.panel.lengths.max())
    return min(_MOST, max(_MOST_NUMBERS // numbers, 1))


def _are_alike(one: Job, other: Job) -> bool:
    return (
        can_be_stacked(one)
        and one.config == other.config
        and one.panel is other.panel
        and np.array_equal(one.fit.additive, other.fit.additive)
        and np.array_equal(one.fit.unit, other.fit.unit)
        and _scales(one) == _scales(other)
    )


def _scales(job: Job) -> tuple[float, float] | None:
    """Return what a network that is trained further was trained with; None for a new one."""
    start = job.start
    return None if start is None else (start.network.first_origin, start.network.additive_scale)


def can_be_stacked(job: Job) -> bool:
    """Return whether a job can train side by side with others of its kind.

    Parameters
    ----------
    job : Job

    Returns
    -------
    bool
    """
    return (
        can_stack(job.config.network)
        and job.config.training.level_penalty == 0.0
        and job.covariates is None
        and job.lessons is None
    )


def train_stacked(
    jobs: Sequence[Job],
    device: str = "cpu",
    callbacks: Sequence[Callback] = (),
    seconds: float | None = None,
) -> list[Member]:
    """Train members of one kind side by side, each as it would train alone.

    Parameters
    ----------
    jobs : sequence of Job
        A group of `side_by_side` whose jobs can be stacked.
    device, callbacks, seconds
        As for `esrnn.training.train_member`; the time is that of all members.

    Returns
    -------
    list of Member

    Raises
    ------
    TrainingError
        As `esrnn.training.train_member`. It is found at the end of the epoch.

    Notes
    -----
    Weights, batches, origins and what is held back are drawn as for a member alone. What dropout
    drops is drawn in another way, from the member's seed too: a member gets the same whatever the
    others are, but not the same as by `esrnn.training.train_member`.
    """
    with single_threaded(), default_modes(), own_stream(device):
        rngs = [np.random.default_rng(job.seed) for job in jobs]
        problems = [TrainingProblem(job, rng) for job, rng in zip(jobs, rngs, strict=True)]
        training = StackedTraining(problems, rngs, device, Clock(seconds))
        training.run(callbacks)
        return training.finished()


@contextmanager
def own_stream(device: str) -> Iterator[None]:
    """Work on a stream of its own on a GPU: the default one can't be captured.

    Parameters
    ----------
    device : str
    """
    if not device.startswith("cuda"):
        yield
        return
    stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        yield
    torch.cuda.current_stream(device).wait_stream(stream)


class StackedTraining:
    """Several members in training: their epochs, and what becomes of each.

    Parameters
    ----------
    problems : sequence of TrainingProblem
        One for each member, of jobs that `side_by_side` puts into one group.
    rngs : sequence of numpy.random.Generator
        One for each member: draw batches and origins.
    device : str
    clock : Clock

    Attributes
    ----------
    state : StackedState
    n_graphs : int
        Shapes of steps that have been captured as CUDA graphs.
    """

    def __init__(
        self,
        problems: Sequence[TrainingProblem],
        rngs: Sequence[np.random.Generator],
        device: str,
        clock: Clock,
    ) -> None:
        self.problems, self.jobs = problems, [problem.job for problem in problems]
        self._rngs, self._device, self._clock = rngs, device, clock
        models = [initial_model(job, torch.Generator().manual_seed(job.seed)) for job in self.jobs]
        self._model = models[0]
        self.state = StackedState(problems, models, torch.device(device))
        self._graphs = GraphedSteps(self.state) if device.startswith("cuda") else None
        self._step = self._graphs.step if self._graphs else self.state.step
        self._histories = [History() for _ in problems]
        self._done: dict[int, Member] = {}  # members that a callback has ended
        self._next: EpochPlan | None = None

    @property
    def n_graphs(self) -> int:
        """Shapes of steps that have been captured as CUDA graphs."""
        return self._graphs.n_graphs if self._graphs else 0

    def run(self, callbacks: Sequence[Callback] = ()) -> None:
        """Train for as many epochs as the settings, callbacks and the clock allow.

        Parameters
        ----------
        callbacks : sequence of Callback
            Called after every epoch with one member after another.
        """
        training = self.problems[0].config.training
        watchers = [self._early(m) for m in range(len(self.jobs))]
        for number in range(1, training.n_epochs + 1):
            made = self.run_epoch(number)
            for m, early in enumerate(watchers):
                if m in self._done:
                    continue
                own = [*([early] if early else []), *callbacks]
                snapshot = partial(self.member, m)
                epoch = describe_epoch(self.jobs[m], self._histories[m], self._clock, snapshot)
                if notify(own, epoch):
                    self._done[m] = self._ended(m, early)
            last = made >= (training.n_steps or math.inf)
            if len(self._done) == len(self.jobs) or self._clock.is_over() or last:
                break
        for m, early in enumerate(watchers):
            self._done.setdefault(m, self._ended(m, early))

    def run_epoch(self, number: int) -> int:
        """Make the steps of an epoch; return how many have been made in all epochs so far.

        Parameters
        ----------
        number : int
            From 1.
        """
        plan = self._next or self._plan()
        # The next one is drawn meanwhile: a GPU's queue is short, so that starting steps takes as
        # long as making them.
        with ThreadPoolExecutor(1) as planner:
            upcoming = planner.submit(self._plan)
            made = self._make(plan, number)
            self._next = upcoming.result()
        self._read(plan, number, made)
        return (number - 1) * plan.n_steps + made

    def _make(self, plan: EpochPlan, number: int) -> int:
        """Make the steps of a plan, as far as settings and clock allow; return how many."""
        n_steps = self._upload(plan, number)
        for k in range(n_steps):
            self._step(plan.n_windows[k])
            if self._clock.is_limited and self._wait_and_look(plan, number, k + 1):
                return k + 1
        return n_steps

    def finished(self) -> list[Member]:
        """Return the trained members, with scores of what was held back."""
        return [finish(p, self._done[m], self._device) for m, p in enumerate(self.problems)]

    def member(self, m: int) -> Member:
        """Return a member as it is now."""
        job, layout = self.jobs[m], self._model.layout
        with torch.no_grad():
            weights = self.state.networks.unpacked(self.state.weights[m].cpu().numpy())
            n = self.state.n_series
            rows = self.state.rows[m * n : (m + 1) * n].cpu().numpy().copy()
        network = Network(job.config, layout.first_origin, layout.additive_scale, weights)
        return Member(network, replace(job.fit, rows=rows), history=self._histories[m])

    def _plan(self) -> EpochPlan:
        batch_size = self.problems[0].config.training.batch_size
        return plan_epoch(self.problems, self._model.layout, self._rngs, batch_size)

    def _upload(self, plan: EpochPlan, number: int) -> int:
        """Upload a plan and its learning rates; return how many of its steps are to be made."""
        training = self.problems[0].config.training
        total = training.n_steps or math.inf
        self.state.begin(plan)
        self.state.rates.copy_(torch.from_numpy(self._rates(plan, number, range(plan.n_steps))))
        return int(min(plan.n_steps, max(total - (number - 1) * plan.n_steps, 0)))

    def _rates(self, plan: EpochPlan, number: int, steps: range) -> FloatArray:
        """Return the learning rates of network and series at steps, by what is done now."""
        training = self.problems[0].config.training
        total = training.n_steps or math.inf
        n_epochs = min(training.n_epochs, total / max(plan.n_steps, 1))
        factors = [
            learning_rate_factor(
                training.schedule,
                self._clock.progress((number - 1 + k / plan.n_steps) / n_epochs),
                training.warm_up,
            )
            for k in steps
        ]
        rates = (training.learning_rate, training.series_learning_rate)
        both: FloatArray = np.array(factors)[:, None] * np.array(rates)
        return both

    def _wait_and_look(self, plan: EpochPlan, number: int, upcoming: int) -> bool:
        """Wait for the device, set the next step's rates by the clock; return if time is up."""
        if self.state.weights.is_cuda:
            torch.cuda.current_stream().synchronize()
        if upcoming < plan.n_steps:
            rates = self._rates(plan, number, range(upcoming, upcoming + 1))
            self.state.rates[upcoming] = torch.from_numpy(rates[0])
        return self._clock.is_over()

    def _read(self, plan: EpochPlan, number: int, made: int) -> None:
        """Take in what the device has left of an epoch's steps."""
        state = self.state
        losses, norms, finite = (
            log[:made].cpu().numpy() for log in (state.losses, state.norms, state.is_finite)
        )
        for m, history in enumerate(self._histories):
            if m in self._done:
                continue
            if not finite[:, m].all():
                self._raise(plan, number, int(np.argmin(finite[:, m])), m)
            scores = history.val_owa
            if self._is_watched(m):
                scores = (*scores, validate(self.problems[m], self.member(m), self._device))
            self._histories[m] = History(
                (*history.losses, float(losses[:, m].mean())),
                (*history.gradient_norms, float(norms[:, m].mean())),
                scores,
            )

    def _raise(self, plan: EpochPlan, number: int, step: int, m: int) -> None:
        """Raise an error that names the series of a step; the member is as it was before it."""
        member = self.member(m)
        generator = torch.Generator().manual_seed(self.jobs[m].seed)
        alone = TrainingState(self.problems[m], member.network.model(), self._rngs[m], generator)
        alone.rows.copy_(torch.from_numpy(member.smoothing.rows))
        where = f"epoch {number}, step {step + 1} of {self.jobs[m].name}"
        found = f"the loss is not finite in {where}"
        raise TrainingError.diverged(found, alone.culprits(*plan.drawn(step, m)))

    def _is_watched(self, m: int) -> bool:
        patience = self.problems[m].config.training.patience
        return patience is not None and bool(self.problems[m].origins)

    def _early(self, m: int) -> EarlyStopping | None:
        """Return what ends a member's training early, if anything."""
        if not self._is_watched(m):
            return None
        early = EarlyStopping(self.problems[m].config.training.patience or 0)
        if self.jobs[m].start is not None:
            member = self.member(m)
            early.begin_with(member, validate(self.problems[m], member, self._device))
        return early

    def _ended(self, m: int, early: EarlyStopping | None) -> Member:
        best = early.best if early else None
        return replace(best or self.member(m), history=self._histories[m])
