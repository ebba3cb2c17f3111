"""Files forecast one after another, by processes on this machine, or by a Dask cluster."""

from __future__ import annotations

import logging
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import joblib

from esrnn.files.partitions import Partition
from esrnn.jobs.faults import Unfinished
from esrnn.jobs.options import Run
from esrnn.jobs.partition import Plan, forecast_partition

__all__ = ["forecast_partitions"]

log = logging.getLogger("esrnn.jobs")

_MAX_TRIES = 3  # of a file whose worker died

Todo = Sequence[tuple[int, Partition]]
Done = tuple[int, dict[str, Any]]


def forecast_partitions(plan: Plan, todo: Todo, run: Run, deadline: float | None) -> Iterator[Done]:
    """Forecast files, in any order.

    Parameters
    ----------
    plan : Plan
    todo : sequence of (int, Partition)
    run : Run
    deadline : float, optional
        In seconds of `time.monotonic`; files that are at work then are finished, no other is begun.

    Yields
    ------
    int
        Number of the file.
    dict
        As of `forecast_partition`.

    Raises
    ------
    Unfinished
        If the time is over, or a file's workers died again and again.
    EsrnnError
        As `forecast_partition`.
    """
    if run.workers == 1 and run.scheduler is None:
        plan = replace(plan, threads=run.threads)
        for n, (place, partition) in enumerate(todo):
            if n and deadline is not None and time.monotonic() > deadline:
                raise _out_of_time(len(todo) - n)
            yield place, forecast_partition(plan, place, partition)
        return
    threads = run.threads or max(1, int(joblib.cpu_count()) // run.workers)
    yield from _side_by_side(replace(plan, threads=threads), dict(todo), run, deadline)


def _side_by_side(
    plan: Plan, todo: dict[int, Partition], run: Run, deadline: float | None
) -> Iterator[Done]:
    """Hand files to an executor; where a worker of this machine dies, to a new one."""
    n_tries = 0
    while todo:
        n_before = len(todo)
        try:
            with _executor(run) as executor:
                yield from _submit_all(executor, plan, todo, deadline)
        except BrokenProcessPool:
            n_tries = n_tries + 1 if len(todo) == n_before else 1
            if n_tries == _MAX_TRIES:
                raise _workers_died(todo) from None
            log.warning("a worker died; %d files are begun again", len(todo))


def _submit_all(
    executor: Executor, plan: Plan, todo: dict[int, Partition], deadline: float | None
) -> Iterator[Done]:
    """Submit all files that are left, and take each off the list when it is done."""
    futures = {
        executor.submit(_forecast_there, plan, place, partition): place
        for place, partition in todo.items()
    }
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    try:
        for future in as_completed(futures, timeout=left):
            done, records = future.result()
            _say_again(records)
            del todo[futures[future]]
            yield futures[future], done
    except TimeoutError:
        raise _out_of_time(len(todo)) from None
    finally:
        for future in futures:
            future.cancel()


class _Kept(logging.Handler):
    """Keeps what this thread says."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, in a form that another process can read."""
        if record.thread == threading.get_ident():
            record.msg, record.args = record.getMessage(), None
            self.records.append(record)


def _forecast_there(
    plan: Plan, place: int, partition: Partition
) -> tuple[dict[str, Any], list[logging.LogRecord]]:
    """Forecast a file in a worker, whose log nobody reads, and return what it says there."""
    logger, kept = logging.getLogger("esrnn"), _Kept()
    level = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.INFO)
    try:
        return forecast_partition(plan, place, partition), kept.records
    finally:
        logger.removeHandler(kept)
        logger.setLevel(level)


def _say_again(records: Sequence[logging.LogRecord]) -> None:
    """Write what another process said to the log here."""
    for record in records:
        logger = logging.getLogger(record.name)
        if record.process != os.getpid() and logger.isEnabledFor(record.levelno):
            logger.handle(record)


@contextmanager
def _executor(run: Run) -> Iterator[Executor]:
    """Start processes here, or reach a cluster."""
    if run.scheduler is not None:
        from esrnn.jobs.cluster import cluster_executor

        with cluster_executor(run.scheduler) as executor:
            yield executor
        return
    others = set(multiprocessing.active_children())
    # Not by fork: torch and kernels may have threads, which a forked child has not.
    spawn = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(run.workers, mp_context=spawn, initializer=_begin_worker)
    try:
        yield executor
    except BaseException:  # also an interrupt: what is at work is not waited for
        executor.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        executor.shutdown()


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _out_of_time(n_left: int) -> Unfinished:
    return Unfinished(
        f"the time budget is used up; {n_left} files are left. The same call goes on with them."
    )


def _workers_died(todo: dict[int, Partition]) -> Unfinished:
    names = [partition.name for partition in todo.values()]
    return Unfinished(
        f"workers died {_MAX_TRIES} times in a row, with these files left: {names[:5]}. Perhaps"
        " memory is short: use fewer workers. The same call goes on with them."
    )
