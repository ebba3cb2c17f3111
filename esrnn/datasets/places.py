"""Where competition files are looked for, and what is said when they are nowhere.

Nothing is read or fetched here. A place is a folder with a label for messages; files that belong
together are named by their paths inside a place.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from esrnn._folders import cache_dir
from esrnn.datasets.faults import DatasetNotFoundError

__all__ = ["PathLike", "Place", "cache_dir", "describe_search", "find", "find_file", "places"]

_ENVIRONMENT_VARIABLE = "ESRNN_DATA_DIR"
_BUNDLED = Path(__file__).parents[1] / "data"

PathLike: TypeAlias = str | os.PathLike[str]
Place: TypeAlias = tuple[Path, str]  # a folder that may hold files, and its name in messages


def find_file(competition: str, name: str, data_dir: PathLike | None = None) -> Path:
    """Find a file that belongs to a competition, wherever competition data are looked for.

    Parameters
    ----------
    competition : str
        ``"m4"`` or ``"m3"``: the folder inside each place.
    name : str
        The file in that folder, such as ``"info.parquet"``.
    data_dir : path, optional
        Folder that holds ``m4/`` or ``m3/``, searched before ``$ESRNN_DATA_DIR``, the user's cache
        and the package. Nothing is downloaded.

    Returns
    -------
    pathlib.Path
        The file in the first place that has it.

    Raises
    ------
    DatasetNotFoundError
        If the file is in none of the places, or `data_dir` is not a folder.

    Examples
    --------
    >>> from esrnn.datasets import find_file
    >>> find_file("m4", "hourly_test.parquet").suffix
    '.parquet'
    """
    searched = places(data_dir)
    alternatives = [(f"{competition}/{name}",)]
    found = find(alternatives, searched)
    if found is None:
        raise DatasetNotFoundError(
            f"{name} of {competition.upper()} was not found.\n"
            f"{describe_search(competition, alternatives, searched)}\n"
            "Put it into one of these folders, or into the folder "
            f"{competition} of another one and pass that as data_dir."
        )
    return found[1][0]


def places(data_dir: PathLike | None) -> list[Place]:
    """List the folders in which files are looked for, in order; the package comes after them.

    Raises
    ------
    DatasetNotFoundError
        If `data_dir` is given and not a folder.
    """
    found: list[Place] = []
    if data_dir is not None:
        if not Path(data_dir).is_dir():
            raise DatasetNotFoundError(f"data_dir={os.fspath(data_dir)!r} is not a folder")
        found.append((Path(data_dir), "data_dir"))
    named = os.environ.get(_ENVIRONMENT_VARIABLE)
    if named:
        found.append((Path(named), f"${_ENVIRONMENT_VARIABLE}"))
    found.append((cache_dir(), "the user's cache"))
    return found


def find(
    alternatives: Sequence[tuple[str, ...]], searched: Sequence[Place]
) -> tuple[int, tuple[Path, ...]] | None:
    """Find the first place that has all files of one of several sets.

    Returns
    -------
    tuple of int and tuple of pathlib.Path, or None
        The number of the set, and its files.
    """
    for folder, _ in searched:
        for i, names in enumerate(alternatives):
            paths = tuple(folder / name for name in names)
            if all(path.is_file() for path in paths):
                return i, paths
    for i, names in enumerate(alternatives):
        # In the package, files lie in one folder, the competition in front of their names.
        paths = tuple(_BUNDLED / name.replace("/", "_") for name in names)
        if all(path.is_file() for path in paths):
            return i, paths
    return None


def describe_search(
    competition: str, alternatives: Sequence[tuple[str, ...]], searched: Sequence[Place]
) -> str:
    """Say what was looked for and where, and name files that are there without their partner.

    Returns
    -------
    str
        Lines of text without a line feed at the end.
    """
    files = {_joined([name.rpartition("/")[2] for name in names]): None for names in alternatives}
    lines = [f"Looked for {', or '.join(files)}, in"]
    lines += [f"  {folder / competition} ({label})" for folder, label in searched]
    if not any(label.startswith("$") for _, label in searched):
        lines.append(f"  (${_ENVIRONMENT_VARIABLE} is not set)")
    for folder, _ in searched:
        for names in alternatives:
            absent = [name for name in names if not (folder / name).is_file()]
            if 0 < len(absent) < len(names):
                there = [str(folder / name) for name in names if name not in absent]
                lines.append(f"{_joined(there)} is there, but not {_joined(absent)}.")
    return "\n".join(lines)


def _joined(names: Sequence[str]) -> str:
    """Join file names for a message."""
    return " and ".join(names)
