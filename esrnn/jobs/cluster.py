"""A Dask cluster as an executor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import Any

from esrnn.jobs.faults import CallError, Unfinished

__all__ = ["cluster_executor"]

_SECONDS = 30  # to reach the scheduler
_NO_WORKER_SECONDS = 300.0  # that a cluster may be without any worker


@contextmanager
def cluster_executor(address: str) -> Iterator[tuple[Executor, Callable[[], None]]]:
    """Reach a cluster.

    Parameters
    ----------
    address : str
        Such as ``"tcp://10.0.0.1:8786"``.

    Yields
    ------
    concurrent.futures.Executor
        A file whose workers died as often as the scheduler allows is an error, not tried for ever.
    callable
        To be called now and then; raises `Unfinished` if there has been no worker for five minutes.

    Raises
    ------
    CallError
        If Dask is not installed, or nothing answers at the address.
    Unfinished
        If the workers of a file died again and again, or the scheduler is lost.
    """
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise CallError(
            "scheduler needs Dask, which is not installed. Install it with pip install"
            " 'esrnn-forecast[dask]'."
        ) from None
    try:
        connect: Any = Client  # its types say less than they should
        client = connect(address, timeout=_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CallError(
            f"no Dask scheduler answers at {address!r} ({error}). Check the address, and that the"
            " scheduler runs."
        ) from None
    with client:
        try:
            yield client.get_executor(), _Watch(client).require_workers
        except (CancelledError, asyncio.CancelledError, OSError) as error:
            if isinstance(error, OSError) and client.status == "running":
                raise  # of a file
            raise Unfinished(
                f"the Dask scheduler at {address} was lost. The same call goes on with what is"
                " left."
            ) from None
        except KilledWorker as error:
            raise Unfinished(
                f"the workers of a file died again and again ({error}). Perhaps their memory is"
                " short. The same call goes on with what is left."
            ) from None


class _Watch:
    """Looks whether a cluster has workers."""

    def __init__(self, client: Any) -> None:
        self._client, self._seen = client, time.monotonic()

    def require_workers(self) -> None:
        """Raise if there has been no worker for too long: tasks would wait for ever."""
        if self._client.nthreads():
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > _NO_WORKER_SECONDS:
            raise Unfinished(
                f"the cluster has had no worker for {_NO_WORKER_SECONDS:.0f} s. Start workers; the"
                " same call goes on with the files that are left."
            )
