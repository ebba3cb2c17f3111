"""Compiling and starting kernels on a GPU."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

__all__ = ["compiled_for_gpu", "is_installed", "kernel", "launch", "launch_blocks"]

_BLOCK = 128  # threads
# With fewer blocks numba-cuda warns that the device is not busy. Those without work end at once.
_FEWEST_BLOCKS = 128


def is_installed() -> bool:
    """Return whether numba-cuda is installed."""
    return importlib.util.find_spec("numba_cuda") is not None


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel when it is first started."""
    from numba import cuda

    return cuda.jit(function)  # type: ignore[no-untyped-call]


def compiled_for_gpu(function: Callable[..., Any]) -> Any:
    """Compile a function that kernels call."""
    from numba import cuda

    return cuda.jit(device=True)(function)  # type: ignore[no-untyped-call]


def launch(kernel: Any, n_threads: int, stream: int, *arguments: Any) -> None:
    """Start a kernel with at least so many threads.

    Parameters
    ----------
    kernel : kernel
        Made by `kernel`; it ignores threads beyond those that it needs.
    n_threads : int
    stream : int
        Handle of the CUDA stream; 0 is the default one.
    *arguments
        Of the kernel.
    """
    n_blocks = max(-(-n_threads // _BLOCK), _FEWEST_BLOCKS)
    launch_blocks(kernel, (n_blocks, _BLOCK), 0, stream, *arguments)


def launch_blocks(
    kernel: Any, shape: tuple[int, int], shared_bytes: int, stream: int, *arguments: Any
) -> None:
    """Start a kernel with blocks of threads that share memory.

    Parameters
    ----------
    kernel : kernel
    shape : tuple of int
        Blocks, and threads of each.
    shared_bytes : int
        Shared memory of each block.
    stream : int
    *arguments
    """
    from numba import cuda

    on = cuda.external_stream(stream) if stream else 0
    kernel[max(shape[0], _FEWEST_BLOCKS), shape[1], on, shared_bytes](*arguments)
