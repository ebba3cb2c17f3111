"""How kernels are compiled: for one thread, without the interpreter's lock, kept on disk.

A compiled kernel never starts threads of its own. Numba's parallel loops would: one that has been
entered can't be entered again by a forked child, nor, with Numba's own pool, by two threads at
once. `esrnn.kernels.threads` shares series out among threads instead. `fastmath` is off, so that
numbers are the same on every machine that rounds alike.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from numba import config, njit
from numba.core import event

from esrnn.kernels.cache import choose_folder

__all__ = ["FOLDER", "compiled", "jit"]

# Where compiled kernels are kept; None where no folder can be written to.
FOLDER = choose_folder()

# No kernel is passed to C code as a pointer, for which Numba would compile a second entry.
_OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
)
_DECORATING = threading.Lock()
_LOG = logging.getLogger("esrnn")


def jit(function: Callable[..., Any]) -> Any:
    """Compile a kernel when it is first called, or take it from disk.

    Numba asks for the folder while it decorates. Setting it in Numba's settings, for just that
    long, is the one way that all its versions have.
    """
    if FOLDER is not None:
        with _DECORATING:
            before = config.CACHE_DIR  # type: ignore[attr-defined]
            config.CACHE_DIR = str(FOLDER)  # type: ignore[attr-defined]
            try:
                return njit(cache=True, **_OPTIONS)(function)
            except RuntimeError:  # no file that Numba could watch: a zip archive, for example
                pass
            finally:
                config.CACHE_DIR = before  # type: ignore[attr-defined]
    return njit(**_OPTIONS)(function)


class _Watcher(event.Listener):
    """Remembers what is compiled, and says in one line why the first call takes long.

    Child processes leave that to their parent. A log record of level WARNING is shown where a
    program has set up no logging.
    """

    def __init__(self) -> None:
        self.compiled: list[str] = []

    def on_start(self, begun: Any) -> None:
        """Hear that Numba begins to compile something, perhaps of another package."""
        kernel = begun.data["dispatcher"].py_func
        if not kernel.__module__.startswith(f"{__package__}."):
            return
        if not self.compiled and multiprocessing.parent_process() is None:
            kept = "not kept: set NUMBA_CACHE_DIR to a folder that can be written to"
            if FOLDER is not None:
                kept = f"kept in {FOLDER}"
            _LOG.warning("ESRNN compiles its kernels, which takes about 20 s (%s)", kept)
        self.compiled.append(kernel.__name__)

    def on_end(self, ended: Any) -> None:
        """Hear that it is done."""


_WATCHER = _Watcher()
event.register("numba:compile", _WATCHER)  # type: ignore[no-untyped-call]


def compiled() -> list[str]:
    """Return the names of the kernels that this process has compiled, and not found on disk."""
    return list(_WATCHER.compiled)
