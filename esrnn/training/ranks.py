"""Processes that train one network together, which `torchrun` has started.

They are numbered by their rank. The series are dealt out to them in turn. A process alone is the
case of one rank, in which nothing is sent. What is sent is summed or collected, by gloo on CPUs;
every process must ask for the same things in the same order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import torch
from torch import distributed

from esrnn._typing import IntArray
from esrnn.errors import InputError, LostProcessError

__all__ = ["Ranks", "current_ranks", "data_parallel"]

T = TypeVar("T")

_NAMES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")  # that torchrun sets
_TIMEOUT_S = 1800.0
_LOST = (
    "have lost each other: one has ended, perhaps by an error that it has printed, or does not"
    " answer"
)
_REMEDY = "Correct what ended it and start all of them again."


@dataclass(frozen=True)
class Ranks:
    """The processes that train one network together; by default this one alone.

    Attributes
    ----------
    rank : int
        Of this process, from 0.
    size : int
        Number of processes.
    group : torch.distributed.ProcessGroup, optional
        By which they talk; None for one process.

    Examples
    --------
    >>> second = Ranks(rank=1, size=3)
    >>> second.own(np.array([4, 6, 0, 1, 8])).tolist()
    [0, 3]
    >>> Ranks().sum(np.array([2.0])).tolist(), Ranks().joined(["a"])
    ([2.0], ['a'])
    """

    rank: int = 0
    size: int = 1
    group: Any = None

    def own(self, series: IntArray) -> IntArray:
        """Return the places in `series` of those that belong to this process.

        Parameters
        ----------
        series : ndarray of shape (B,), int64

        Returns
        -------
        ndarray of int64
        """
        return np.flatnonzero(series % self.size == self.rank)

    def require_cpu(self, device: str) -> None:
        """Refuse to train by several processes on another device than the CPU.

        Parameters
        ----------
        device : str

        Raises
        ------
        InputError
        """
        if self.size > 1 and device != "cpu":
            raise InputError(
                f"several processes train a network together on CPUs; got device={device!r}. Leave"
                " device out, or train in one process, side by side on a GPU."
            )

    def sum(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the sums over all processes, the same bits in each.

        Parameters
        ----------
        numbers : ndarray of float or int
            Of the same shape in all processes.

        Returns
        -------
        ndarray
            Of that shape and dtype.

        Raises
        ------
        LostProcessError
            If another process has ended, or does not answer.
        """
        if self.size == 1:
            return numbers
        sums = torch.tensor(numbers)
        with _loss_noticed():
            distributed.all_reduce(sums, group=self.group)
        return sums.numpy()

    def joined(self, own: Sequence[T]) -> list[T]:
        """Return the objects of all processes, those of the first one first.

        Parameters
        ----------
        own : sequence
            Objects that can be pickled.

        Returns
        -------
        list

        Raises
        ------
        LostProcessError
            As `sum`.
        """
        if self.size == 1:
            return list(own)
        lists: list[Any] = [None] * self.size
        with _loss_noticed():
            distributed.all_gather_object(lists, list(own), group=self.group)
        return [one for part in lists for one in part]

    def first(self, own: T) -> T:
        """Return what the first process passes, as `joined`."""
        return self.joined([own])[0]

    def any(self, own: bool) -> bool:
        """Return whether it is so in one of the processes."""
        return bool(self.sum(np.array([float(own)]))[0])


_CURRENT: ContextVar[Ranks | None] = ContextVar("esrnn_ranks", default=None)


def current_ranks() -> Ranks:
    """Return the processes that train together here: those of a `data_parallel` block."""
    return _CURRENT.get() or Ranks()


@contextmanager
def data_parallel(timeout_s: float = _TIMEOUT_S) -> Iterator[Ranks]:
    """Train each network of this block by all processes that `torchrun` has started.

    All of them run the same program on the same data. Each holds the smoothing parameters of its
    part of the series and computes the gradients of these; the network's gradients are summed. The
    result is that of one process, but for rounding, and every process has all of it at the end.

    Parameters
    ----------
    timeout_s : float, default 1800
        Seconds that a process waits for the others before it gives up.

    Yields
    ------
    Ranks
        Their number, and the rank of this one. A process that `torchrun` has not started is alone.

    Raises
    ------
    InputError
        If the environment variables that `torchrun` sets are there in part.
    LostProcessError
        If the processes do not find each other, or one of them ends early.

    Notes
    -----
    Trainings run on the CPU, and in the thread that has opened the block alone. Callbacks are
    called in every process; one that asks for `Epoch.snapshot` must do so in all of them.

    Examples
    --------
    >>> with data_parallel() as ranks:  # not started by torchrun
    ...     print(ranks.rank, ranks.size)
    0 1
    """
    timeout, is_own = timedelta(seconds=timeout_s), not distributed.is_initialized()
    if is_own and not _is_launched():
        yield Ranks()
        return
    if is_own:
        with _loss_noticed(*_not_found(timeout_s)):
            distributed.init_process_group("gloo", timeout=timeout)
        group = distributed.group.WORLD
    else:  # there is one of the program's own, perhaps for GPUs
        with _loss_noticed():
            group = distributed.new_group(backend="gloo", timeout=timeout)
    ranks = Ranks(distributed.get_rank(group), distributed.get_world_size(group), group)
    token = _CURRENT.set(ranks)
    try:
        yield ranks
    finally:
        _CURRENT.reset(token)
        distributed.destroy_process_group(group)


def _is_launched() -> bool:
    """Return whether there are other processes, by what `torchrun` tells each of them."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return False
    found = {name: os.environ.get(name, "") for name in _NAMES}
    numbers = [name for name in _NAMES if name != "MASTER_ADDR"]
    if not found["MASTER_ADDR"] or not all(found[name].isdecimal() for name in numbers):
        raise InputError(
            f"the environment variables that torchrun sets must all be there; got {found}. Start"
            " the processes by torchrun, or unset WORLD_SIZE to train in one."
        )
    if not distributed.is_available():
        raise InputError(
            "this build of torch has no torch.distributed, which processes need to train together."
            " Install another one, or unset WORLD_SIZE to train in one process."
        )
    return True


def _not_found(timeout_s: float) -> tuple[str, str]:
    """Return what it means if the processes can't connect at the start, and what to do."""
    rank, size, host, port = (os.environ[name] for name in _NAMES)
    what = (
        f"have not found each other: rank {rank} of {size} has not reached the others by"
        f" {host}:{port} within {timeout_s:g} s"
    )
    return what, "See that all of them run and reach this address, and start all of them again."


@contextmanager
def _loss_noticed(what: str = _LOST, remedy: str = _REMEDY) -> Iterator[None]:
    """Say what it means if a message does not come through."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).splitlines()[0].removesuffix(".")
        raise LostProcessError(
            f"the processes that train together {what} ({reason}). {remedy}"
        ) from error
