"""Files forecast one after another, by processes on this machine, or by a Dask cluster."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import joblib

from esrnn.files.partitions import Partition
from esrnn.jobs.faults import Unfinished
from esrnn.jobs.options import Run
from esrnn.jobs.partition import Plan, forecast_partition
from esrnn.jobs.processes import MAX_TRIES, WorkersDied, process_executor

__all__ = ["forecast_partitions"]

log = logging.getLogger("esrnn.jobs")

Todo = Sequence[tuple[int, Partition]]
Done = tuple[int, dict[str, Any]]
Answer = tuple[dict[str, Any], list[logging.LogRecord]]

_LOOK_SECONDS = 10.0  # between two looks, while nothing comes


def forecast_partitions(plan: Plan, todo: Todo, run: Run, deadline: float | None) -> Iterator[Done]:
    """Forecast files, in any order.

    Parameters
    ----------
    plan : Plan
    todo : sequence of (int, Partition)
    run : Run
    deadline : float, optional
        In seconds of `time.monotonic`. No file is begun after it. One that is at work then is
        finished here, and given up by processes and clusters.

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
    with _executor(run) as (executor, look):
        plan = replace(plan, threads=threads)
        futures: dict[Future[Answer], tuple[int, Partition]] = {
            executor.submit(_forecast_there, plan, place, partition): (place, partition)
            for place, partition in todo
        }
        try:
            for future in _completed(futures, deadline, look):
                place, partition = futures[future]
                try:
                    done, records = future.result()
                except WorkersDied:
                    raise _workers_died(partition) from None
                _say_again(records)
                yield place, done
        finally:
            for future in futures:
                future.cancel()


def _completed(
    futures: Iterable[Future[Answer]], deadline: float | None, look: Callable[[], None]
) -> Iterator[Future[Answer]]:
    """Yield futures that are done, and look now and then whether others can still be."""
    waiting = set(futures)
    while waiting:
        left = _LOOK_SECONDS if deadline is None else deadline - time.monotonic()
        if left <= 0.0:
            raise _out_of_time(len(waiting))
        done, waiting = wait(waiting, min(left, _LOOK_SECONDS), return_when=FIRST_COMPLETED)
        yield from done
        if not done:
            look()


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
def _executor(run: Run) -> Iterator[tuple[Executor, Callable[[], None]]]:
    """Start processes here, or reach a cluster; what is called now and then may raise."""
    if run.scheduler is None:
        with process_executor(run.workers) as executor:
            yield executor, lambda: None
        return
    from esrnn.jobs.cluster import cluster_executor

    with cluster_executor(run.scheduler) as reached:
        yield reached


def _out_of_time(n_left: int) -> Unfinished:
    return Unfinished(
        f"the time budget is used up; {n_left} files are left. The same call goes on with them."
    )


def _workers_died(partition: Partition) -> Unfinished:
    return Unfinished(
        f"{MAX_TRIES} workers died while they were at work on {partition.name}. Perhaps memory is"
        " short: use fewer workers. The same call goes on with the files that are left."
    )
