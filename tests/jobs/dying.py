"""Tasks for other processes that end in many ways. Loads little: a process starts at once."""

from __future__ import annotations

import gc
import os
import signal
import struct
from multiprocessing.connection import Connection
from pathlib import Path


def kill_me(*_: object) -> None:
    """End as a process that took too much memory does."""
    os.kill(os.getpid(), signal.SIGKILL)


def double_at_second_try(place: Path, value: int) -> int:
    """Die the first time, in the middle of an answer of 1,000 bytes."""
    if not place.exists():
        place.write_text("tried")
        for pipe in (one for one in gc.get_objects() if isinstance(one, Connection)):
            os.write(pipe.fileno(), struct.pack("!i", 1_000) + b"half")
        kill_me()
    return 2 * value


def fail(text: str) -> None:
    """Raise what nobody expects."""
    raise ZeroDivisionError(text)


def sleep_long() -> None:
    """Do nothing for longer than any test waits."""
    signal.pause()


class WriteProcess:
    """A callback of a training that leaves the number of its process in a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def on_epoch(self, epoch: object) -> None:
        """Write the number."""
        (Path(self.folder) / str(os.getpid())).touch()
