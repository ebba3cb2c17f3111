"""The manifest of a model directory: its format, and name, size and checksum of each file.

The manifest carries a checksum of itself and is written in one form only, so that a change of any
byte, in it or in a file that it lists, is found before anything is read.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import cast

from esrnn import __version__
from esrnn.errors import ModelFileError
from esrnn.store.plain import bytes_to_json, json_to_bytes

__all__ = ["FORMAT_VERSION", "MANIFEST", "check_file", "files_listed", "make_manifest"]

MANIFEST = "MANIFEST.json"
FORMAT = "esrnn model directory"
# Goes up when an older release could not read a newer directory.
FORMAT_VERSION = 1

_LIBRARIES = ("numpy", "pandas", "pyarrow", "safetensors", "torch", "numba", "sktime")
# Folders and files, none of which starts with a dot.
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
_AGAIN = "Copy the model directory again, or save the model anew."


def make_manifest(files: Mapping[str, bytes]) -> bytes:
    """Write the manifest of some files.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by name; a name may have folders, such as ``members/000.safetensors``.

    Returns
    -------
    bytes
        The content of `MANIFEST`.

    Raises
    ------
    ValueError
        If a name is not safe: empty, absolute, or with a part that starts with a dot.

    Examples
    --------
    >>> list(files_listed(make_manifest({"config.json": b"{}"})))
    ['config.json']
    """
    for name in files:
        if not _is_safe(name):
            raise ValueError(f"a file in a model directory must have a plain name; got {name!r}")
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "libraries": _library_versions(),
        "files": {
            name: {"bytes": len(data), "sha256": sha256(data).hexdigest()}
            for name, data in files.items()
        },
    }
    return _signed(content)


def files_listed(manifest: bytes) -> dict[str, dict[str, object]]:
    """Check a manifest, and return size and checksum of each file it lists.

    Parameters
    ----------
    manifest : bytes

    Returns
    -------
    dict of str to dict
        With keys ``bytes`` and ``sha256``, by name.

    Raises
    ------
    ModelFileError
        If it is no manifest, was changed, is of a newer format, or names a file outside the
        directory.
    """
    content = bytes_to_json(manifest, MANIFEST)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelFileError(
            f"{MANIFEST} must describe an {FORMAT!r}; got"
            f" {content.get('format') if isinstance(content, dict) else type(content).__name__!r}."
            " Give the path of a folder that esrnn saved."
        )
    # Before the checksum: a newer release may compute it in another way.
    _require_known_version(content)
    unsigned = {key: value for key, value in content.items() if key != "sha256"}
    if _signed(unsigned) != manifest:
        raise ModelFileError(f"{MANIFEST} was changed or damaged after it was written. {_AGAIN}")
    files = content["files"]
    outside = [name for name in files if not _is_safe(name)]
    if outside:
        raise ModelFileError(
            f"a model directory may name files inside its folder only; got {outside[:5]}. Do not"
            " use this model: it was not written by esrnn."
        )
    return cast("dict[str, dict[str, object]]", files)


def check_file(name: str, data: bytes, expected: Mapping[str, object]) -> None:
    """Compare a file with what the manifest says of it.

    Parameters
    ----------
    name : str
    data : bytes
        What was read.
    expected : mapping
        The file's entry in `files_listed`.

    Raises
    ------
    ModelFileError
        If the size or the checksum is another one.
    """
    if len(data) != expected["bytes"]:
        what = "is truncated" if len(data) < cast("int", expected["bytes"]) else "is too long"
        raise ModelFileError(
            f"{name} {what}: {MANIFEST} says {expected['bytes']} bytes, the file has {len(data)}."
            f" {_AGAIN}"
        )
    if sha256(data).hexdigest() != expected["sha256"]:
        raise ModelFileError(
            f"{name} was changed or damaged: its checksum is not the one in {MANIFEST}. {_AGAIN}"
        )


def _require_known_version(content: Mapping[str, object]) -> None:
    """Refuse formats that this release does not know."""
    found = content.get("format_version")
    if type(found) is int and found == FORMAT_VERSION:  # JSON's true is equal to 1
        return
    if isinstance(found, int) and found > FORMAT_VERSION:
        libraries = content.get("libraries")
        writer = libraries.get("esrnn") if isinstance(libraries, dict) else None
        raise ModelFileError(
            f"the model directory has format version {found}, written by esrnn {writer}; esrnn"
            f" {__version__} reads version {FORMAT_VERSION}. Install a newer esrnn."
        )
    raise ModelFileError(
        f"the model directory must have format version {FORMAT_VERSION}; got {found!r}. {_AGAIN}"
    )


def _signed(content: Mapping[str, object]) -> bytes:
    """Write a manifest with the checksum of its other entries."""
    return json_to_bytes({**content, "sha256": sha256(json_to_bytes(content)).hexdigest()})


def _is_safe(name: object) -> bool:
    return isinstance(name, str) and _SAFE_NAME.fullmatch(name) is not None


def _library_versions() -> dict[str, str]:
    """Return the versions of what decides the numbers in the files."""
    found = {"esrnn": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
