"""Series shared out among threads that are started for one call and ended with it.

Kernels run for one thread each and without the interpreter's lock. Series are independent and
threads write to disjoint places, so results don't depend on the number of threads. Nothing stays
behind that a forked child or another thread could trip over.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import joblib
import numpy as np

from esrnn._typing import IntArray

__all__ = ["at_most", "count_threads", "over_series"]

_PARTS = 4  # of the work for each thread, so that a slow one does not keep all waiting


class _Limit(threading.local):
    """The most threads that what this thread calls may use."""

    n_threads: int | None = None


_limit = _Limit()


@contextmanager
def at_most(n_threads: int) -> Iterator[None]:
    """Let kernels that this thread calls use no more than so many threads."""
    before, _limit.n_threads = _limit.n_threads, n_threads
    try:
        yield
    finally:
        _limit.n_threads = before


def count_threads() -> int:
    """Return how many threads a kernel may use.

    Returns
    -------
    int
        What ``NUMBA_NUM_THREADS`` says, else ``OMP_NUM_THREADS``, else one for each core that this
        process may use; not more than `at_most` allows.
    """
    if _limit.n_threads == 1:  # counting cores reads files
        return 1
    named = [os.environ.get(name, "") for name in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")]
    numbers = [int(first) for first in (text.split(",")[0] for text in named) if first.isdecimal()]
    n_threads = max(numbers[0], 1) if numbers else int(joblib.cpu_count())
    return n_threads if _limit.n_threads is None else min(n_threads, _limit.n_threads)


def over_series(indptr: IntArray, work: Callable[[int, int], object], fewest: int) -> None:
    """Do something for all series, for ranges of them at the same time.

    Parameters
    ----------
    indptr : ndarray of shape (N + 1,), int64
        Starts of the series.
    work : callable
        Called with the first series of a range and the one after its last, from any thread.
    fewest : int
        Observations that are worth a thread.

    Examples
    --------
    >>> over_series(np.array([0, 3, 5]), lambda first, end: print(first, end), 1000)
    0 2
    """
    n_series, n_obs = indptr.size - 1, int(indptr[-1])
    n_threads = min(count_threads(), n_obs // fewest)
    if n_threads <= 1:
        work(0, n_series)
        return
    goals = np.linspace(0, n_obs, _PARTS * n_threads + 1)[1:-1]
    cuts = np.unique([0, *np.searchsorted(indptr, goals), n_series]).tolist()
    with ThreadPoolExecutor(n_threads) as pool:
        parts = [pool.submit(work, first, end) for first, end in pairwise(cuts)]
        try:
            for part in parts:
                part.result()
        except BaseException:  # also the user's interrupt
            pool.shutdown(cancel_futures=True)
            raise
