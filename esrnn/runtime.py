"""The device that networks run on, and how many threads torch and Numba use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba
import torch

from esrnn.errors import InputError

__all__ = ["choose_device", "restore_threads", "single_threaded"]


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
        If the device is unknown, or CUDA is asked for where torch sees none.

    Examples
    --------
    >>> choose_device("cpu")
    'cpu'
    """
    unknown = f"device must be 'cpu', 'cuda' or 'auto'; got {device!r}. Use device='auto'."
    if not isinstance(device, str):
        raise InputError(unknown)
    cuda = torch.cuda.is_available()
    if device == "auto":
        return "cuda" if cuda else "cpu"
    if device == "cpu" or (device.split(":")[0] == "cuda" and cuda):
        return device
    if device.split(":")[0] == "cuda":
        raise InputError(
            f"device={device!r} needs a GPU, but torch finds none. Use device='auto' or 'cpu', or"
            " install a CUDA build of torch."
        )
    raise InputError(unknown)


@contextmanager
def restore_threads() -> Iterator[None]:
    """Restore the numbers of threads at the end; Numba's first parallel kernel sets torch's."""
    torch_threads, numba_threads = torch.get_num_threads(), numba.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        numba.set_num_threads(numba_threads)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Run torch and Numba on one thread each, and restore the numbers of threads at the end."""
    with restore_threads():
        torch.set_num_threads(1)
        numba.set_num_threads(1)
        yield
