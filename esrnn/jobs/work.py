"""Files forecast one after another, by processes on this machine, or by a Dask cluster."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import AbstractContextManager
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
    with _executor(run) as executor:
        yield from _submit_all(executor, replace(plan, threads=threads), todo, deadline)


def _submit_all(
    executor: Executor, plan: Plan, todo: Todo, deadline: float | None
) -> Iterator[Done]:
    """Hand all files to an executor."""
    futures = {
        executor.submit(_forecast_there, plan, place, partition): (place, partition)
        for place, partition in todo
    }
    seconds = None if deadline is None else max(0.0, deadline - time.monotonic())
    n_left = len(futures)
    try:
        for future in as_completed(futures, timeout=seconds):
            place, partition = futures[future]
            try:
                done, records = future.result()
            except WorkersDied:
                raise _workers_died(partition) from None
            _say_again(records)
            n_left -= 1
            yield place, done
    except TimeoutError:
        if deadline is None or time.monotonic() < deadline:
            raise  # of a file, such as one on a slow network
        raise _out_of_time(n_left) from None
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


def _executor(run: Run) -> AbstractContextManager[Executor]:
    """Start processes here, or reach a cluster."""
    if run.scheduler is None:
        return process_executor(run.workers)
    from esrnn.jobs.cluster import cluster_executor

    return cluster_executor(run.scheduler)


def _out_of_time(n_left: int) -> Unfinished:
    return Unfinished(
        f"the time budget is used up; {n_left} files are left. The same call goes on with them."
    )


def _workers_died(partition: Partition) -> Unfinished:
    return Unfinished(
        f"{MAX_TRIES} workers died while they were at work on {partition.name}. Perhaps memory is"
        " short: use fewer workers. The same call goes on with the files that are left."
    )
