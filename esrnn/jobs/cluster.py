"""A Dask cluster as an executor."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from esrnn.jobs.faults import CallError, Unfinished

__all__ = ["cluster_executor"]

_SECONDS = 30  # to reach the scheduler
_RETRIES = 2  # of a file whose worker raised what is no fault of the data


@contextmanager
def cluster_executor(address: str) -> Iterator[Executor]:
    """Reach a cluster.

    Parameters
    ----------
    address : str
        Such as ``"tcp://10.0.0.1:8786"``.

    Yields
    ------
    concurrent.futures.Executor
        A file whose workers died as often as the scheduler allows is an error, not tried for ever.

    Raises
    ------
    CallError
        If Dask is not installed, or nothing answers at the address.
    Unfinished
        If the workers of a file died again and again.
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
            yield client.get_executor()
        except KilledWorker as error:
            raise Unfinished(
                f"the workers of a file died again and again ({error}). Perhaps their memory is"
                " short. The same call goes on with what is left."
            ) from None
