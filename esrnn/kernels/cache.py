"""Where compiled kernels are kept.

Numba keeps a compiled function until the function's own file changes. The functions that it calls
are compiled into it, and changes in *their* files go unnoticed. So the folder is named after the
source of all kernels, and another version of the package looks into another folder.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import uuid
from importlib.resources import files
from pathlib import Path

import numba

from esrnn._folders import cache_dir

__all__ = ["choose_folder", "source_digest"]

_ROOM = 2**22  # bytes; all compiled kernels take less


def source_digest() -> str:
    """Return a name for the source of all kernels and the version of Numba.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256(f"numba {numba.__version__}\n".encode())
    modules = [file for file in files(__package__).iterdir() if file.name.endswith(".py")]
    for module in sorted(modules, key=lambda file: file.name):
        content = module.read_bytes()
        digest.update(f"{module.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def choose_folder() -> Path | None:
    """Choose where compiled kernels are kept.

    The first that can be written to of: the folder that Numba is told to use (``NUMBA_CACHE_DIR``),
    or else the package's own and the user's cache; at last a temporary folder of the user's. A
    new folder starts with what another one has, such as that of an image that was warmed up and
    is read-only now.

    Returns
    -------
    pathlib.Path or None
        None if there is none: kernels are compiled in every process then.
    """
    name = f"esrnn-{source_digest()}"
    folders = [place / name for place in _places()]
    filled = next(filter(Path.is_dir, folders), None)
    chosen = next((folder for folder in folders if _prepare(folder, filled)), None)
    if chosen is None and (temporary := _users_temporary_folder()) is not None:
        folder = temporary / name
        return folder if _prepare(folder, filled) else None
    return chosen


def _places() -> list[Path]:
    """List the folders that may hold compiled kernels, the best first."""
    named = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    if named:
        return [Path(named).absolute()]
    places = [Path(__file__).absolute().parent / "__pycache__"]
    try:
        places.append(cache_dir() / "kernels")
    except RuntimeError:  # a user without a home
        pass
    return places


def _prepare(folder: Path, filled: Path | None) -> bool:
    """Make a folder, with what `filled` holds if it is new; return whether it can be written to."""
    try:
        if filled is not None and not folder.is_dir():
            _copy(filled, folder)
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
        with tempfile.TemporaryFile(dir=folder) as probe:
            if is_empty:  # is there room for what is to come?
                probe.write(bytes(_ROOM))
                probe.flush()
    except OSError:
        return False
    return True


def _copy(filled: Path, folder: Path) -> None:
    """Copy compiled kernels to a new folder, unless another process is quicker."""
    copy = folder.with_name(f"{folder.name}-{uuid.uuid4().hex[:8]}")
    try:
        for file in filled.rglob("*.nb?"):
            to = copy / file.relative_to(filled)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
        copy.replace(folder)
    except OSError:
        shutil.rmtree(copy, ignore_errors=True)


def _users_temporary_folder() -> Path | None:
    """Return a temporary folder that nobody else can write to: code is loaded from it."""
    user = os.getuid() if hasattr(os, "getuid") else "cache"
    try:
        folder = Path(tempfile.gettempdir()) / f"esrnn-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_own = user == "cache" or (found.st_uid == user and not found.st_mode & 0o022)
    return folder if stat.S_ISDIR(found.st_mode) and is_own else None
