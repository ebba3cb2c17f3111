"""Members trained one after another here, or side by side in processes by joblib.

The backend is the caller's where `joblib.parallel_config` has set one, such as Dask's or Ray's; by
default it is loky.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from joblib import Parallel, delayed, effective_n_jobs, parallel_config
from joblib.externals.loky import get_reusable_executor  # type: ignore[import-untyped]
from joblib.parallel import BACKENDS, get_active_backend

from esrnn.ensemble.options import TrainingOptions
from esrnn.ensemble.training_time import estimate_seconds
from esrnn.errors import InputError
from esrnn.training import Callback, Job, Member, current_ranks, train_member
from esrnn.training.progress import Bar, shared_progress
from esrnn.training.stacked import can_be_stacked, side_by_side, train_stacked

__all__ = ["count_processes", "train_all"]

log = logging.getLogger("esrnn.ensemble")

_QUIET_S = 10.0  # at least, between two lines of the log
_START_S = 10.0  # of worker processes, which import torch
_LEAST_S = 1e-3  # a training that has no time left still makes its first step


def count_processes(
    options: TrainingOptions, jobs: Sequence[Job] = (), deadline: float | None = None
) -> int:
    """Return how many members train at the same time.

    Parameters
    ----------
    options : TrainingOptions
        With the device resolved.
    jobs : sequence of Job
        What is to be trained.
    deadline : float, optional
        When it should be done, in seconds of `time.time`.

    Returns
    -------
    int
        A number that was asked for counts, by `n_jobs` or `joblib.parallel_config`. Else 1 on a
        GPU, in a child process, and where joblib's backend is one of threads: whatever runs there
        uses the other cores already. Else one for each core where this saves more time than the
        start of processes takes, and 1 where it does not.

    Raises
    ------
    InputError
        If `n_jobs` is no number of processes, or several where processes train together.
    """
    n_jobs, n_ranks = options.n_jobs, current_ranks().size
    if n_jobs is not None and (not hasattr(n_jobs, "__index__") or n_jobs == 0):
        raise InputError(
            f"n_jobs must be a number of processes, or -1 for one per core; got {n_jobs!r}"
        )
    if n_ranks > 1:
        if n_jobs not in (None, 1):
            raise InputError(
                f"{n_ranks} processes train each network together already; got n_jobs={n_jobs!r}."
                " Leave n_jobs out."
            )
        return 1
    backend, callers = get_active_backend()
    if multiprocessing.current_process().daemon and _is_replaced(backend):
        return 1  # such a process may not have children
    if n_jobs is None and getattr(backend, "supports_sharedmem", False):
        return 1
    asked = [n for n in (n_jobs, callers) if n is not None]
    if asked:
        return _count(asked[0], backend)
    if options.device.startswith("cuda") or multiprocessing.parent_process() is not None:
        return 1
    n_cores = _count(-1, backend)
    if type(backend) is BACKENDS["loky"] and _saved_seconds(jobs, n_cores, deadline) < _START_S:
        return 1
    return n_cores


def _count(n_jobs: int, backend: object) -> int:
    """Return how many processes a number of joblib's stands for.

    For -1 Ray's backend asks its cluster, but starts or joins one only when tasks are given to it.
    """
    if n_jobs == -1 and type(backend).__module__.startswith("ray."):
        ray = sys.modules["ray"]
        if not ray.is_initialized():
            ray.init()
    return int(effective_n_jobs(n_jobs))


def _saved_seconds(jobs: Sequence[Job], n_processes: int, deadline: float | None) -> float:
    """Estimate the wall time that processes save, their start left out."""
    if n_processes == 1 or len(jobs) < 2:
        return 0.0
    in_line = sum(map(estimate_seconds, jobs))
    if deadline is not None:
        in_line = min(in_line, deadline - time.time())
    return in_line * (1.0 - math.ceil(len(jobs) / n_processes) / len(jobs))


def train_all(
    jobs: Sequence[Job], options: TrainingOptions, deadline: float | None = None
) -> Iterator[tuple[int, Member, float]]:
    """Train members, in any order.

    Parameters
    ----------
    jobs : sequence of Job
    options : TrainingOptions
        With the device resolved.
    deadline : float, optional
        When all members should be done, in seconds of `time.time`.

    Yields
    ------
    number : int
        The member's place in the ensemble.
    member : Member
    cpu_s : float
        Processor seconds of its training.

    Raises
    ------
    InputError
        As `count_processes`.
    TrainingError
        As `esrnn.training.train_member`.
    """
    n_processes = min(count_processes(options, jobs, deadline), max(len(jobs), 1))
    if not jobs:
        return
    if n_processes == 1:
        trained = _train_here(jobs, options, deadline)
    else:
        trained = _train_in_processes(jobs, options, deadline, n_processes)
    yield from _logged(trained, jobs)


def _logged(
    trained: Iterator[tuple[int, Member, float]], jobs: Sequence[Job]
) -> Iterator[tuple[int, Member, float]]:
    """Say in the log what is trained, then now and then how much is done and how long it takes."""
    n, began = len(jobs), time.monotonic()
    log.info("training begins: %d networks on %d series", n, jobs[0].panel.n_series)
    said = began
    for n_done, one in enumerate(trained, 1):
        now = time.monotonic()
        if n_done == n:
            log.info("%d of %d networks trained, in %.0f s", n, n, now - began)
        elif now - said > _QUIET_S:
            left = (now - began) / n_done * (n - n_done)
            log.info("%d of %d networks trained; about %.0f s left", n_done, n, left)
            said = now
        yield one


def _train_here(
    jobs: Sequence[Job], options: TrainingOptions, deadline: float | None
) -> Iterator[tuple[int, Member, float]]:
    """Train members one after another in this process; on a GPU, those of a kind together."""
    bar = Bar(len(jobs), jobs[0].config.training.n_epochs) if options.progress else None
    callbacks = options.callbacks if bar is None else (*options.callbacks, bar)
    on_gpu = options.device.startswith("cuda")
    groups = side_by_side(jobs) if on_gpu else [[job] for job in jobs]
    try:
        for place, group in enumerate(groups):
            n_rounds = len(groups) - place
            if bar:
                bar.begin_next()
            if on_gpu and can_be_stacked(group[0]):
                yield from _train_together(group, options.device, callbacks, deadline, n_rounds)
            else:
                yield _train(group[0], options.device, callbacks, deadline, n_rounds)
    finally:
        if bar:
            bar.close()


def _train_in_processes(
    jobs: Sequence[Job], options: TrainingOptions, deadline: float | None, n_processes: int
) -> Iterator[tuple[int, Member, float]]:
    """Train members side by side, by the caller's backend of joblib or by loky.

    Loky also stands in for threads, and for multiprocessing, which forks: torch can't train on a
    GPU in a forked child, and other libraries of the program may not stand a fork.
    """
    n_epochs = jobs[0].config.training.n_epochs
    rounds = [math.ceil((len(jobs) - place) / n_processes) for place in range(len(jobs))]
    backend, _ = get_active_backend()
    by_loky = _is_replaced(backend)
    lazily = by_loky or getattr(backend, "supports_return_generator", False)
    with (
        _loky() if by_loky else nullcontext(),
        shared_progress(len(jobs), n_epochs) if options.progress else nullcontext() as writers,
    ):
        watching = [()] * len(jobs) if writers is None else [(writer,) for writer in writers]
        calls = [
            delayed(_train)(job, options.device, (*options.callbacks, *own), deadline, n_rounds)
            for job, own, n_rounds in zip(jobs, watching, rounds, strict=True)
        ]
        return_as = "generator_unordered" if lazily else "list"
        yield from Parallel(n_jobs=n_processes, return_as=return_as)(calls)


def _is_replaced(backend: object) -> bool:
    """Return whether loky trains where the caller has set this backend."""
    is_forking = type(backend) in (BACKENDS["loky"], BACKENDS.get("multiprocessing"))
    return is_forking or bool(getattr(backend, "supports_sharedmem", False))


@contextmanager
def _loky() -> Iterator[None]:
    """Train by loky, whose workers wait for more to do, but not in a child process.

    A child would wait for them when it ends, five minutes. A worker that has done other work before
    grows when it imports torch; loky starts another and warns in a thread of its own. To a program
    whose warnings are errors, that thread's end would be a wait without end.
    """
    try:
        with parallel_config("loky", inner_max_num_threads=1), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
            yield
    finally:
        if multiprocessing.parent_process() is not None:
            get_reusable_executor(reuse=True).shutdown(wait=True)


def _train(
    job: Job, device: str, callbacks: tuple[Callback, ...], deadline: float | None, n_rounds: int
) -> tuple[int, Member, float]:
    """Train a member; it may take the `n_rounds`-th part of the time that is left."""
    start = time.process_time()
    member = train_member(job, device, callbacks, _seconds_left(deadline, n_rounds))
    return job.number, member, time.process_time() - start


def _train_together(
    jobs: Sequence[Job],
    device: str,
    callbacks: tuple[Callback, ...],
    deadline: float | None,
    n_rounds: int,
) -> Iterator[tuple[int, Member, float]]:
    """Train members of a kind side by side; each is said to have taken its share of the time."""
    start = time.process_time()
    members = train_stacked(jobs, device, callbacks, _seconds_left(deadline, n_rounds))
    share = (time.process_time() - start) / len(jobs)
    yield from ((job.number, own, share) for job, own in zip(jobs, members, strict=True))


def _seconds_left(deadline: float | None, n_rounds: int) -> float | None:
    """Return the `n_rounds`-th part of the time that is left; None without a deadline."""
    return None if deadline is None else max((deadline - time.time()) / n_rounds, _LEAST_S)
