"""Model directories at a URL that fsspec reaches, such as ``s3://bucket/model``.

Other stores can't put a folder in place of another at once. So a model is written to a new place
only, its manifest last: what has no manifest is no model yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from esrnn.errors import InputError, ModelFileError
from esrnn.store.manifest import MANIFEST, check_file, files_listed, make_manifest

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["is_remote", "read_remote", "read_remote_manifest", "require_no_model", "write_remote"]


def is_remote(path: object) -> bool:
    """Return whether a path is a URL of another place than this machine's files.

    Examples
    --------
    >>> is_remote("s3://bucket/model"), is_remote("models/monthly")
    (True, False)
    """
    return isinstance(path, str) and "://" in path and not path.startswith(("file://", "local://"))


def read_remote_manifest(url: str) -> bytes:
    """Read the manifest of a model.

    Parameters
    ----------
    url : str

    Returns
    -------
    bytes

    Raises
    ------
    ModelFileError
        If there is none, or it can't be read.
    FileError
        If there is no driver for this kind of URL.
    """
    return _read(*_place(url), MANIFEST, url)


def read_remote(url: str) -> dict[str, bytes]:
    """Read all files of a model that its manifest lists, and check them.

    Parameters
    ----------
    url : str

    Returns
    -------
    dict of str to bytes
        As `esrnn.store.read_directory`.

    Raises
    ------
    ModelFileError, FileError
        As `read_remote_manifest`, or if a file is missing, truncated or changed.
    """
    storage, folder = _place(url)
    files = {}
    for name, expected in files_listed(read_remote_manifest(url)).items():
        files[name] = _read(storage, folder, name, url)
        check_file(name, files[name], expected)
    return files


def require_no_model(url: str) -> None:
    """Refuse to write over a model.

    Parameters
    ----------
    url : str

    Raises
    ------
    InputError
        If one is there.
    FileError
        If there is no driver for this kind of URL.
    """
    storage, folder = _place(url)
    if storage.exists(f"{folder}/{MANIFEST}"):
        raise InputError(
            f"a model at a URL can't be replaced at once, so it is written to a new place only;"
            f" there is one at {url!r}. Give another URL, such as one with the date in it, or"
            " delete that model first."
        )


def write_remote(url: str, files: Mapping[str, bytes]) -> None:
    """Write files, then their manifest.

    Parameters
    ----------
    url : str
    files : mapping of str to bytes
        As for `esrnn.store.write_directory`.

    Raises
    ------
    InputError, FileError
        As `require_no_model`.
    OSError
        If the place can't be written to.
    """
    require_no_model(url)
    storage, folder = _place(url)
    for name, data in {**files, MANIFEST: make_manifest(files)}.items():
        path = f"{folder}/{name}"
        storage.makedirs(path.rpartition("/")[0], exist_ok=True)
        storage.pipe_file(path, data)


def _place(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of a URL, and the folder there."""
    from esrnn.files.storage import open_storage

    storage, folder = open_storage(url)
    return storage, folder.rstrip("/")


def _read(storage: AbstractFileSystem, folder: str, name: str, url: str) -> bytes:
    try:
        data: bytes = storage.cat_file(f"{folder}/{name}")
    except FileNotFoundError:
        raise ModelFileError(
            f"{name} is missing in the model directory {url!r}. Give the URL that the model was"
            " saved to; if it was, save it anew."
        ) from None
    except OSError as error:
        raise ModelFileError(
            f"{name} in the model directory {url!r} can't be read: {error}. Check the connection"
            " and your rights."
        ) from error
    return data
