"""What a job has done so far, kept beside its target until that is whole.

The folder is called ``.NAME.job``. It belongs to one call: what was asked for and which files were
read is written down first, and a job that asks for something else does not go on from it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from esrnn._folders import cache_dir
from esrnn.errors import EsrnnError, FileError, ModelFileError
from esrnn.files.storage import file_errors, full_disk_errors, is_local, open_storage
from esrnn.jobs.checkpoints import write_whole
from esrnn.jobs.faults import CallError, Unfinished
from esrnn.store import bytes_to_json, json_to_bytes

__all__ = ["PREVIOUS", "State", "open_state", "state_folder"]

_ASKED = "job.json"
_LOCK = "lock"
PREVIOUS = "previous"  # the earlier output, while the new one is put in place


class State:
    """The folder of a job that is at work.

    Parameters
    ----------
    folder : pathlib.Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str) -> dict[str, Any] | None:
        """Return plain data that were saved; None if there are none, or the file is damaged."""
        path = self.folder / name
        try:
            found = bytes_to_json(path.read_bytes(), name)
        except (FileNotFoundError, ModelFileError):
            return None
        return found if isinstance(found, dict) else None

    def save(self, name: str, data: Mapping[str, Any]) -> None:
        """Write plain data to a file that appears when it is whole."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json_to_bytes(dict(data)))


def state_folder(target: str) -> Path:
    """Return the folder of a job with this target.

    Parameters
    ----------
    target : str
        A file or a folder; local or a URL. The folder for a URL is among the user's caches.

    Returns
    -------
    pathlib.Path

    Examples
    --------
    >>> state_folder("/data/sales.parquet").as_posix()
    '/data/.sales.parquet.job'
    """
    storage, inside = open_storage(target)
    if is_local(storage):
        path = Path(inside)
        return path.with_name(f".{path.name}.job")
    return cache_dir() / "jobs" / sha256(target.encode()).hexdigest()[:16]


@contextmanager
def open_state(target: str, asked: Mapping[str, Any], restart: bool) -> Iterator[State]:
    """Open the state of a job, alone.

    It is taken away when the block ends well, and when it ends with an error about what was asked
    for or about the data: once that is corrected, it is another job. An interrupt, a full disk or a
    time budget that is used up leave it there.

    Parameters
    ----------
    target : str
    asked : mapping
        Plain data: what the job is asked for, and ``files``, a mapping of names to fingerprints.
    restart : bool
        Whether to forget what an unfinished job has done.

    Yields
    ------
    State

    Raises
    ------
    CallError
        If another job with this target is at work, or an unfinished one was asked for something
        else or read other files.
    FileError
        If the folder can't be written, or the disk is full at any time in the block.
    """
    folder = state_folder(target)
    with file_errors(str(folder), "write"):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise CallError(
                f"another job is at work on {target!r}. Wait until it has ended, or give another"
                " target."
            ) from None
    try:
        with file_errors(str(folder), "write"):
            _remove_partials(target)
            if restart:
                _empty(folder)
            state = State(folder)
            before = state.load(_ASKED)
            if before is None:
                _empty(folder)  # what a job left that was killed before it wrote what it does
                state.save(_ASKED, asked)
            else:
                _require_same(before, bytes_to_json(json_to_bytes(asked), _ASKED), target)
        try:
            with full_disk_errors(str(folder)):
                yield state
        except (FileError, Unfinished):
            raise
        except EsrnnError:
            _remove(folder)
            raise
        _remove(folder)
    finally:
        lock.release()


def _remove_partials(target: str) -> None:
    """Remove what a job left beside the target that was killed while it wrote there."""
    storage, inside = open_storage(target)
    if is_local(storage) and Path(inside).parent.is_dir():
        path = Path(inside)
        name = re.compile(re.escape(f".{path.name}.") + "[0-9a-f]{8}[.]partial")
        for one in path.parent.iterdir():
            if name.fullmatch(one.name):
                shutil.rmtree(one) if one.is_dir() else one.unlink()


def _remove(folder: Path) -> None:
    """Remove the folder; a job that is killed meanwhile must not go on from what is left."""
    with suppress(OSError):
        (folder / _ASKED).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    """Remove all but the lock and an earlier output, first of all what the work was."""
    (folder / _ASKED).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.name not in (_LOCK, PREVIOUS):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _require_same(before: dict[str, Any], now: Any, target: str) -> None:
    """Refuse to go on with work of another kind, or on other files."""
    remedy = (
        " Its work can't be gone on with. Start with restart (--restart) to forget it, or bring"
        " back what there was."
    )
    old, new = before.get("files", {}), now["files"]
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if changed:
        raise CallError(
            f"an unfinished job of {target!r} read other files: {len(changed)} were changed, added"
            f" or removed since then, such as {changed[:5]}.{remedy}"
        )
    other = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if other:
        shown = "; ".join(
            f"{name} was {before.get(name)!r}, is {now.get(name)!r}" for name in other
        )
        raise CallError(f"an unfinished job of {target!r} was asked for else: {shown}.{remedy}")
