"""Processes of this machine as an executor, which goes on when one of them dies at any moment.

The pools of the standard library and of joblib share one pipe among all workers. A worker that dies
while it writes there leaves half a message, or a lock, for which the others wait for ever. Here
each worker has a pipe of its own, which ends with the worker.
"""

from __future__ import annotations

import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TypeVar

from esrnn.errors import EsrnnError

__all__ = ["MAX_TRIES", "NAME", "WorkersDied", "process_executor"]

log = logging.getLogger("esrnn.jobs")

NAME = "esrnn worker"  # of each process
MAX_TRIES = 3  # of a task whose worker died
_END_S = 10.0  # for a process that was killed to be gone

P = ParamSpec("P")
T = TypeVar("T")


class WorkersDied(RuntimeError):
    """A task's workers died again and again."""


@contextmanager
def process_executor(n_workers: int) -> Iterator[Executor]:
    """Start processes, and kill them at the end, whatever they are at.

    Parameters
    ----------
    n_workers : int

    Yields
    ------
    concurrent.futures.Executor
        A task whose worker dies is done again by a new one, three times at most. Then its future
        raises `WorkersDied`.

    Examples
    --------
    >>> with process_executor(1) as executor:
    ...     executor.submit(divmod, 7, 3).result()
    (2, 1)
    """
    processes = _Processes(n_workers)
    try:
        yield processes
    finally:
        processes.shutdown()


class _Processes(Executor):
    """Threads, each of which hands tasks to a process of its own and waits for the answer."""

    def __init__(self, n_workers: int) -> None:
        self._threads = ThreadPoolExecutor(n_workers)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._workers: set[_Worker] = set()
        self._is_over = False

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a process do a task."""
        return self._threads.submit(self._do, task, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """Kill all processes; what is not done by then fails or is cancelled."""
        with self._lock:
            self._is_over = True
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown(wait=wait, cancel_futures=cancel_futures)

    def _do(self, task: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        for n_left in reversed(range(MAX_TRIES)):
            try:
                return self._worker().do(task, args, kwargs)  # type: ignore[no-any-return]
            except _Died:
                self._forget()
                if self._is_over:
                    break
                if n_left:
                    log.warning("a worker died; what it was at work on is begun again")
        raise WorkersDied

    def _worker(self) -> _Worker:
        """Return the process of this thread; start it if there is none."""
        if getattr(self._own, "worker", None) is None:
            with self._lock:
                if self._is_over:
                    raise _Died
                self._own.worker = _Worker()
                self._workers.add(self._own.worker)
        worker: _Worker = self._own.worker
        return worker

    def _forget(self) -> None:
        """Leave a process that died."""
        worker, self._own.worker = getattr(self._own, "worker", None), None
        if worker is not None:
            with self._lock:
                self._workers.discard(worker)
            worker.kill()


class _Died(Exception):
    """A process ended before it gave an answer."""


class _Worker:
    """A process, and this end of the pipe to it."""

    def __init__(self) -> None:
        # Not by fork: torch and kernels may have threads, which a forked child has not.
        spawn = multiprocessing.get_context("spawn")
        self._pipe, there = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(there,), name=NAME)
        self._process.start()
        there.close()  # so that the pipe ends with the process

    def do(self, task: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Have it do a task; return or raise what the task does."""
        try:
            self._pipe.send((task, args, kwargs))
            answer, error = self._pipe.recv()
        except (EOFError, OSError):
            raise _Died from None
        if error is not None:
            raise error
        return answer

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join(_END_S)


def _serve(pipe: multiprocessing.connection.Connection) -> None:
    """Do what comes through a pipe, until the parent closes it or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts are the parent's
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, ConnectionError):
        while True:
            task, args, kwargs = pipe.recv()
            answer, error = None, None
            try:
                answer = task(*args, **kwargs)
            except Exception as raised:
                error = raised
                if not isinstance(error, EsrnnError):  # else nobody would see where it comes from
                    error.add_note(traceback.format_exc())
            pipe.send((answer, error))


def _end_with_parent() -> None:
    """End this process when its parent does, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
