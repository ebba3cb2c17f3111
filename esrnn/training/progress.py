"""Progress of members that train in this process or in others, as one bar of epochs.

A `Bar` is a callback for members that train here. Members in other processes write to a small file
by a `ProgressWriter`, a callback that `shared_progress` returns; a thread here reads the file and
moves the bar.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from esrnn.training.callbacks import Epoch

__all__ = ["Bar", "ProgressWriter", "shared_progress"]

_INTERVAL_S = 0.2


class Bar:
    """A bar of all members' epochs, with the time left, for members that train here.

    Parameters
    ----------
    n_members, n_epochs : int
        Members still to train, and epochs of each.
    """

    def __init__(self, n_members: int, n_epochs: int) -> None:
        self._bar = _bar(n_members * n_epochs)
        self._n_epochs = n_epochs
        self._over = 0  # members
        self._running: dict[int, int] = {}  # epochs of each member

    def on_epoch(self, epoch: Epoch) -> None:
        """Move the bar."""
        self._running[epoch.member] = epoch.number
        done = self._over * self._n_epochs + sum(self._running.values())
        _move(self._bar, done, f"{epoch.member + 1}/{epoch.n_members}", epoch.loss)

    def begin_next(self) -> None:
        """Count the members that have trained so far as done, also if they stopped early."""
        self._over += len(self._running)
        self._running = {}

    def close(self) -> None:
        """Finish, with all epochs done or stopped early."""
        _move(self._bar, self._bar.total, "", None)
        self._bar.close()


class ProgressWriter:
    """Writes a member's epochs where another process reads them.

    Parameters
    ----------
    path : str
        The file that the members share.
    row : int
        The member's place in it.
    """

    def __init__(self, path: str, row: int) -> None:
        self._path = path
        self._row = row

    def on_epoch(self, epoch: Epoch) -> None:
        """Write the epoch's number and loss."""
        try:
            table = np.memmap(self._path, dtype=np.float64, mode="r+").reshape(-1, 2)
        except OSError:  # the reader is gone; training goes on without it
            return
        table[self._row] = epoch.number, epoch.loss


@contextmanager
def shared_progress(n_members: int, n_epochs: int) -> Iterator[list[ProgressWriter]]:
    """Show a bar of what members in other processes write.

    Parameters
    ----------
    n_members, n_epochs : int
        Members still to train, and epochs of each.

    Yields
    ------
    list of ProgressWriter
        A callback for each member.
    """
    with tempfile.TemporaryDirectory(prefix="esrnn-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "progress"
        np.zeros((n_members, 2)).tofile(path)
        bar, over = _bar(n_members * n_epochs), threading.Event()
        reader = threading.Thread(target=_read, args=(path, bar, over, n_epochs), daemon=True)
        reader.start()
        try:
            yield [ProgressWriter(str(path), row) for row in range(n_members)]
            finished = True
        except BaseException:
            finished = False
            raise
        finally:
            over.set()
            reader.join()
            if finished:
                _move(bar, bar.total, "", None)
            bar.close()


def _read(path: Path, bar: tqdm, over: threading.Event, n_epochs: int) -> None:
    """Move the bar to what members have written, until it is over."""
    while not over.wait(_INTERVAL_S):
        table = np.fromfile(path, dtype=np.float64).reshape(-1, 2)
        begun = table[:, 0] > 0
        running = begun & (table[:, 0] < n_epochs)
        if begun.any():
            loss = float(table[running if running.any() else begun, 1].mean())
            _move(bar, int(table[:, 0].sum()), "", loss)


def _bar(total: int) -> tqdm:
    """Return a bar of epochs."""
    return tqdm(total=total, desc="ESRNN", unit="epoch", mininterval=0.1)


def _move(bar: tqdm, done: int, member: str, loss: float | None) -> None:
    """Move a bar to a number of epochs, and write the member and its loss beside it."""
    if loss is not None:
        shown = {"member": member} if member else {}
        bar.set_postfix({**shown, "loss": f"{loss:.4f}"}, refresh=False)
    bar.update(done - bar.n)
