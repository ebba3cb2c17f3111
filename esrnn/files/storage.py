"""Files in any place that fsspec reaches, and errors of the system as messages for people."""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from esrnn.errors import FileError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = [
    "file_errors",
    "full_disk_errors",
    "is_full_disk",
    "is_local",
    "open_storage",
    "replace_file",
]

_FULL = (errno.ENOSPC, errno.EDQUOT)


def open_storage(
    path: str, options: Mapping[str, Any] | None = None
) -> tuple[AbstractFileSystem, str]:
    """Return the file system that a path is on, and the path there.

    Parameters
    ----------
    path : str
        A local path or a URL.
    options : mapping, optional
        For the driver.

    Returns
    -------
    fsspec.AbstractFileSystem
    str

    Raises
    ------
    FileError
        If there is no driver for this kind of URL.

    Examples
    --------
    >>> open_storage("memory://sales/2024.csv")[1]
    '/sales/2024.csv'
    """
    from fsspec.core import url_to_fs

    kind = path.partition("://")[0]
    try:
        storage, inside = url_to_fs(path, **(options or {}))
    except ImportError as error:
        raise FileError(f"{kind}:// needs a driver that is not installed ({error}).") from None
    except ValueError as error:
        raise FileError(
            f"a path must be local or a URL that fsspec knows; got {path!r} ({error}). Check what"
            " is before '://'."
        ) from None
    return storage, str(inside)


def is_local(storage: AbstractFileSystem) -> bool:
    """Return whether files are on this machine's own file system."""
    protocol = storage.protocol
    return "file" in ((protocol,) if isinstance(protocol, str) else protocol)


@contextmanager
def file_errors(path: str, doing: str) -> Iterator[None]:
    """Turn errors of the system into a `FileError` that says what to do.

    Parameters
    ----------
    path : str
    doing : {"read", "write"}
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        raise _explained(error, path, doing) from error


@contextmanager
def full_disk_errors(path: str) -> Iterator[None]:
    """Turn a full disk, met by whatever writes in the block, into a `FileError`.

    Parameters
    ----------
    path : str
        What the message names.
    """
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        if not is_full_disk(error):
            raise
        raise _explained(error, path, "write") from error


def is_full_disk(error: OSError) -> bool:
    """Return whether an error says that a disk is full, or a quota used up.

    Parameters
    ----------
    error : OSError
        Of the system, or the `FileError` made of it.

    Returns
    -------
    bool
    """
    return error.errno in _FULL


@contextmanager
def replace_file(storage: AbstractFileSystem, path: str) -> Iterator[IO[bytes]]:
    """Write a file that appears under its name only when it is whole.

    Parameters
    ----------
    storage : fsspec.AbstractFileSystem
    path : str
        On that file system. Folders above it are made; a file that is there is replaced at the end.

    Yields
    ------
    file
        To write bytes to; it may be closed in the block. If the block raises, what was at `path`
        stays as it was.

    Raises
    ------
    FileError
        If the disk is full, the place is read-only, or a folder is at `path`.
    """
    with file_errors(path, "write"):
        if storage.isdir(path):
            raise FileError(
                f"can't write the file {path!r}: a folder of this name is there. Give another name."
            )
        if is_local(storage):
            with _replace_local(Path(path)) as file:
                yield file
            return
        # Other stores show an object when all of it has arrived.
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "whole"
            with whole.open("xb") as file:
                yield file
            storage.makedirs(storage._parent(path), exist_ok=True)
            storage.put_file(str(whole), path)


@contextmanager
def _replace_local(path: Path) -> Iterator[IO[bytes]]:
    """Write beside the target and rename."""
    target = Path(os.path.realpath(path))  # a link stays a link
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            yield file
        with partial.open("rb+") as file:
            os.fsync(file.fileno())  # a rename must not reach the disk before the content does
        if target.exists():
            os.chmod(partial, target.stat().st_mode & 0o7777)
        os.replace(partial, target)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def _explained(error: OSError, path: str, doing: str) -> FileError:
    """Say what happened and what to do."""
    kept = " An earlier file of this name is unchanged." if doing == "write" else ""
    reason, remedy = {
        errno.ENOSPC: ("the disk is full", "Free some space, or write elsewhere."),
        errno.EDQUOT: ("your quota is used up", "Free some space, or write elsewhere."),
        errno.EROFS: ("the file system is read-only", "Write elsewhere."),
        errno.EACCES: ("permission denied", f"Ask for the right to {doing} it."),
        errno.EPERM: ("permission denied", f"Ask for the right to {doing} it."),
        errno.ENOENT: ("there is no such file or folder", "Check the path."),
        errno.EEXIST: ("a part of the path is a file, not a folder", "Check the path."),
        errno.ENOTDIR: ("a part of the path is a file, not a folder", "Check the path."),
        errno.EISDIR: ("it is a folder", "Give the path of a file."),
        errno.ENAMETOOLONG: ("the name is too long", "Give a shorter name."),
    }.get(error.errno or 0, (str(error) or type(error).__name__, "Try again, or check the path."))
    explained = FileError(f"can't {doing} {path!r}: {reason}. {remedy}{kept}")
    explained.errno = error.errno
    return explained
