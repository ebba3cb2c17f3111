"""The device that networks run on, how many threads are used, and torch's modes."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from esrnn.errors import InputError
from esrnn.kernels.gpu import launching as gpu_kernels
from esrnn.kernels.threads import at_most

__all__ = ["choose_device", "default_modes", "limited_threads", "single_threaded"]

_LOG = logging.getLogger("esrnn")
_NO_NUMBA_CUDA = "numba-cuda is not installed. Install it: pip install 'esrnn-forecast[gpu]'."


def choose_device(device: str) -> str:
    """Resolve ``"auto"`` and check that a device is there.

    Parameters
    ----------
    device : str
        ``"cpu"``, ``"cuda"`` (or ``"cuda:1"``) or ``"auto"``.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the device is unknown, or CUDA is asked for where torch sees none or numba-cuda, which
        compiles the kernels for a GPU, is not installed. Then ``"auto"`` is the CPU, and a line in
        the log says why.

    Examples
    --------
    >>> choose_device("cpu")
    'cpu'
    """
    unknown = f"device must be 'cpu', 'cuda' or 'auto'; got {device!r}. Use device='auto'."
    if not isinstance(device, str):
        raise InputError(unknown)
    if device == "cpu":
        return device
    kind, cuda = device.split(":")[0], torch.cuda.is_available()
    if kind not in ("auto", "cuda"):
        raise InputError(unknown)
    if cuda and gpu_kernels.is_installed():
        return "cuda" if device == "auto" else device
    if device == "auto":
        if cuda:
            _LOG.warning("ESRNN leaves the GPU idle: %s", _NO_NUMBA_CUDA)
        return "cpu"
    if cuda:
        raise InputError(f"device={device!r} needs numba-cuda. {_NO_NUMBA_CUDA}")
    raise InputError(
        f"device={device!r} needs a GPU, but torch finds none. Use device='auto' or 'cpu', or"
        " install a CUDA build of torch."
    )


class _ThreadNumbers:
    """The number of torch's threads around blocks that change it.

    A thread that asks torch for the first time is told the number that was set last in the process,
    perhaps by a block in another thread. So what it was before the first of the blocks that are
    open now is remembered.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_open = 0
        self._before = 1
        self._here = threading.local()

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Restore this thread's number at the end of a block."""
        is_inner = getattr(self._here, "is_open", False)
        n_torch = torch.get_num_threads() if is_inner else self._open()
        try:
            yield
        finally:
            with self._lock:
                self._n_open -= not is_inner
                self._here.is_open = is_inner
                torch.set_num_threads(n_torch)

    def leave_others_behind(self) -> None:
        """Forget in a forked child the threads that it has not; one may have held the lock."""
        self._lock = threading.Lock()
        self._n_open = int(getattr(self._here, "is_open", False))

    def _open(self) -> int:
        """Count a block; return the number of torch's threads around it."""
        with self._lock:
            n_torch = torch.get_num_threads()
            if not self._n_open:
                self._before = n_torch
            elif n_torch == 1:
                n_torch = self._before
            self._n_open += 1
            self._here.is_open = True
        return n_torch


_THREAD_NUMBERS = _ThreadNumbers()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_THREAD_NUMBERS.leave_others_behind)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Run torch and kernels on one thread, and restore torch's number of threads at the end.

    Several threads of a program may be in such blocks at once and leave them in any order.
    """
    with limited_threads(1):
        yield


@contextmanager
def limited_threads(n_threads: int) -> Iterator[None]:
    """Run torch and kernels on so many threads, and restore torch's number at the end.

    Parameters
    ----------
    n_threads : int
    """
    with _THREAD_NUMBERS.restored(), at_most(n_threads):
        torch.set_num_threads(n_threads)
        yield


@contextmanager
def default_modes() -> Iterator[None]:
    """Run torch in the modes that it starts in, and restore the caller's at the end.

    Gradients are recorded, inference mode and autocast are off, new tensors are on the CPU. These
    modes are the thread's own. Settings of the whole process, such as the default dtype, would
    change in other threads too: the package does not touch them, and names its dtypes.
    """
    with ExitStack() as modes:
        modes.enter_context(torch.inference_mode(mode=False))  # switches gradients on, too
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                modes.enter_context(torch.autocast(kind, enabled=False))
        if not _makes_tensors_on_cpu():  # where they are is asked for at every call, so not always
            modes.enter_context(torch.device("cpu"))
        yield


def _makes_tensors_on_cpu() -> bool:
    """Return whether torch's default device is the CPU."""
    try:
        return torch.get_default_device().type == "cpu"
    except (AssertionError, ImportError, RuntimeError):  # one that torch was not built for
        return False
