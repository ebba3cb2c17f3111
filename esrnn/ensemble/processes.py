"""Members trained one after another here, or side by side in processes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from joblib import Parallel, delayed, effective_n_jobs, parallel_config

from esrnn.errors import InputError
from esrnn.training import Callback, Job, Member, train_member
from esrnn.training.progress import Bar, board

__all__ = ["Trained", "Workers", "train_all"]

_LEAST_S = 1e-3  # a training that has no time left still makes its first step


@dataclass(frozen=True)
class Trained:
    """A member that is done.

    Attributes
    ----------
    number : int
        Its place in the ensemble.
    member : Member
    cpu_s : float
        Processor seconds of its training.
    """

    number: int
    member: Member
    cpu_s: float


@dataclass(frozen=True)
class Workers:
    """Where and under whose eyes members train.

    Attributes
    ----------
    n_jobs : int, optional
        Processes, counted as joblib does (-1 is one for each core); by default one for each core
        on a CPU, one on a GPU.
    device : str
    callbacks : tuple of Callback
    progress : bool
        Whether to show a bar.
    deadline : float, optional
        When all members should be done, in seconds of `time.time`.
    """

    n_jobs: int | None
    device: str
    callbacks: tuple[Callback, ...] = ()
    progress: bool = False
    deadline: float | None = None

    def count(self) -> int:
        """Return the number of processes.

        Raises
        ------
        InputError
            If `n_jobs` is no number of processes.
        """
        n_jobs = self.n_jobs
        if n_jobs is not None and (not hasattr(n_jobs, "__index__") or n_jobs == 0):
            raise InputError(
                f"n_jobs must be a number of processes, or -1 for one per core; got {n_jobs!r}"
            )
        if n_jobs is None:
            return 1 if self.device.startswith("cuda") else int(effective_n_jobs(-1))
        return int(effective_n_jobs(n_jobs))


def train_all(jobs: Sequence[Job], workers: Workers) -> Iterator[Trained]:
    """Train members, in any order.

    Parameters
    ----------
    jobs : sequence of Job
    workers : Workers

    Yields
    ------
    Trained

    Raises
    ------
    InputError
        As `Workers.count`.
    TrainingError
        As `esrnn.training.train_member`.
    """
    n_processes = min(workers.count(), max(len(jobs), 1))
    if not jobs:
        return
    if n_processes == 1:
        yield from _train_here(jobs, workers)
    else:
        yield from _train_in_processes(jobs, workers, n_processes)


def _train_here(jobs: Sequence[Job], workers: Workers) -> Iterator[Trained]:
    bar = Bar(len(jobs), jobs[0].config.training.n_epochs) if workers.progress else None
    callbacks = workers.callbacks if bar is None else (*workers.callbacks, bar)
    for place, job in enumerate(jobs):
        yield _train(job, workers, callbacks, n_rounds=len(jobs) - place)
    if bar:
        bar.close()


def _train_in_processes(
    jobs: Sequence[Job], workers: Workers, n_processes: int
) -> Iterator[Trained]:
    n_epochs = jobs[0].config.training.n_epochs
    rounds = [math.ceil((len(jobs) - place) / n_processes) for place in range(len(jobs))]
    with parallel_config("loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=n_processes, return_as="generator_unordered")
        if not workers.progress:
            yield from parallel(
                delayed(_train)(job, workers, workers.callbacks, n_rounds)
                for job, n_rounds in zip(jobs, rounds, strict=True)
            )
            return
        with board(len(jobs), n_epochs) as writers:
            yield from parallel(
                delayed(_train)(job, workers, (*workers.callbacks, writer), n_rounds)
                for job, writer, n_rounds in zip(jobs, writers, rounds, strict=True)
            )


def _train(job: Job, workers: Workers, callbacks: tuple[Callback, ...], n_rounds: int) -> Trained:
    """Train a member; of the time left it takes its share, `n_rounds` members being in line."""
    start, seconds = time.process_time(), None
    if workers.deadline is not None:
        seconds = max((workers.deadline - time.time()) / n_rounds, _LEAST_S)
    member = train_member(job, workers.device, callbacks, seconds)
    return Trained(job.number, member, time.process_time() - start)
