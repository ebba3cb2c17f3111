"""Write and read a model directory as a whole: the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from esrnn.errors import InputError, InputTypeError, ModelFileError
from esrnn.store.manifest import MANIFEST, check_file, files_listed, make_manifest
from esrnn.store.remote import (
    is_remote,
    read_remote,
    read_remote_manifest,
    require_no_model,
    write_remote,
)

__all__ = ["read_directory", "read_manifest", "require_replaceable", "write_directory"]

_N_TRIES = 3  # to read a directory that another process is about to replace


def write_directory(path: str | os.PathLike[str], files: Mapping[str, bytes]) -> None:
    """Write files and their manifest into a folder, and put it in place at the end.

    Parameters
    ----------
    path : str or path
        The folder, or a URL (`esrnn.store.remote`). A model directory that is there is replaced,
        but not at a URL.
    files : mapping of str to bytes
        Contents by name; a name may have folders.

    Raises
    ------
    InputError
        If something else than a model directory is at `path`, or anything at a URL.
    OSError
        If the disk is full or may not be written to.

    Notes
    -----
    Everything is written to a folder of a temporary name beside `path`, which is then renamed. An
    old directory is moved aside before that and deleted afterwards. A process that is killed
    between these two renames leaves the old directory under its other name, where `read_directory`
    finds it.
    """
    if is_remote(path):
        write_remote(str(path), files)
        return
    require_replaceable(path)
    target = _as_path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        for name, data in {**files, MANIFEST: make_manifest(files)}.items():
            _write_file(partial / name, data)
        _replace(target, partial)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_directory(path: str | os.PathLike[str]) -> dict[str, bytes]:
    """Read all files of a model directory that its manifest lists, and check them.

    Parameters
    ----------
    path : str or path
        A folder, or a URL that fsspec knows.

    Returns
    -------
    dict of str to bytes
        Contents by name, the manifest left out. Files that the manifest does not list are not read.

    Raises
    ------
    ModelFileError
        If it is no model directory, or a file is missing, truncated, changed or outside the folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "model"
    >>> write_directory(folder, {"config.json": b"{}"})
    >>> read_directory(folder)
    {'config.json': b'{}'}
    """
    if is_remote(path):
        return read_remote(str(path))
    target = _as_path(path)
    manifest = None
    for _ in range(_N_TRIES):
        folder = _where_it_is(target)
        before, manifest = manifest, _read_inside(folder, MANIFEST)
        try:
            return _read_files(folder, manifest)
        except ModelFileError:
            if manifest == before:  # nobody replaced it since the last try
                raise
    raise ModelFileError(
        f"the model directory {str(path)!r} was replaced again and again while it was read. Try"
        " later, or read a copy."
    )


def read_manifest(path: str | os.PathLike[str]) -> bytes:
    """Read the manifest of a model directory, which has the checksums of all its files.

    Parameters
    ----------
    path : str or path
        A folder, or a URL that fsspec knows.

    Returns
    -------
    bytes

    Raises
    ------
    ModelFileError
        If it is no model directory.
    """
    if is_remote(path):
        return read_remote_manifest(str(path))
    return _read_inside(_where_it_is(_as_path(path)), MANIFEST)


def _where_it_is(target: Path) -> Path:
    """Return the folder to read: the other one where a writer was killed between two renames."""
    folder = target
    if not target.exists() and _previous(target).is_dir():
        folder = _previous(target)
    if (folder / MANIFEST).is_file():
        return folder
    what = "has no such file" if folder.is_dir() else "is no folder"
    raise ModelFileError(
        f"a model directory must have a {MANIFEST}; {str(target)!r} {what}. Give the path that the"
        " model was saved to."
    )


def _read_files(folder: Path, manifest: bytes) -> dict[str, bytes]:
    """Read and check what a manifest lists."""
    files = {}
    for name, expected in files_listed(manifest).items():
        files[name] = _read_inside(folder, name)
        check_file(name, files[name], expected)
    return files


def _as_path(path: object) -> Path:
    """Return the real path, so that a link to a model directory stays a link."""
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise InputTypeError(f"path must be the path of a folder; got {path!r}")
    if isinstance(path, str):
        path = path.removeprefix("file://")
    return Path(os.path.realpath(path))


def _previous(target: Path) -> Path:
    return target.with_name(f".{target.name}.previous")


def require_replaceable(path: str | os.PathLike[str]) -> None:
    """Refuse to write over anything but a model directory or an empty folder.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    InputError
        If something else is there.
    """
    if is_remote(path):
        require_no_model(str(path))
        return
    target = _as_path(path)
    if not target.exists():
        return
    if target.is_dir():
        there = {p.relative_to(target).as_posix() for p in target.rglob("*") if not p.is_dir()}
        if not there:
            return
        own = _own_files(target)
        others = sorted(there - own)
        if own and not others:
            return
        if own:
            raise InputError(
                f"the model directory {str(target)!r} holds other files, which would be lost:"
                f" {others[:5]}. Move them, or give another path."
            )
    raise InputError(
        f"a model is saved to a new folder, or in place of another model; {str(target)!r} is"
        " neither. Give another path, or remove what is there."
    )


def _own_files(target: Path) -> set[str]:
    """Return what the manifest of a model directory lists; nothing if it is no such directory."""
    try:
        listed = files_listed(_read_inside(target, MANIFEST))
    except ModelFileError:
        return set()
    return {MANIFEST, *listed}


def _write_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # a rename must not reach the disk before the content does


def _replace(target: Path, partial: Path) -> None:
    """Put a finished folder in place of the old one, if there is one."""
    previous = _previous(target)
    if not target.exists():
        os.rename(partial, target)
        shutil.rmtree(previous, ignore_errors=True)
        return
    if previous.exists():
        shutil.rmtree(previous)
    os.rename(target, previous)
    try:
        os.rename(partial, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.rename(previous, target)
        raise
    shutil.rmtree(previous, ignore_errors=True)


def _read_inside(folder: Path, name: str) -> bytes:
    """Read a file of the folder; refuse links that lead out of it, and what is no file."""
    path = folder / name
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(folder):
        raise ModelFileError(
            f"{name} must be a file inside the model directory; it is a link to a place outside."
            " Copy the model directory with its files instead of links to them."
        )
    if not real.is_file():
        raise ModelFileError(
            f"{name} is missing in the model directory {str(folder)!r}. Copy the model directory"
            " again, or save the model anew."
        )
    try:
        return real.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"{name} in the model directory {str(folder)!r} can't be read: {error.strerror}. Check"
            " that the file is there and may be read."
        ) from error
