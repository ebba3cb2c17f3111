"""How many threads torch and Numba use, and leaving the caller's choice as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
import torch

__all__ = ["kept_threads", "single_threaded"]


@contextmanager
def kept_threads() -> Iterator[None]:
    """Restore both numbers of threads at the end.

    Numba's first parallel kernel sets OpenMP's number of threads, and with it torch's.
    """
    torch_threads, numba_threads = torch.get_num_threads(), numba.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        numba.set_num_threads(numba_threads)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Keep torch and Numba to one thread each, and restore what the caller had."""
    with kept_threads():
        torch.set_num_threads(1)
        numba.set_num_threads(1)
        yield
