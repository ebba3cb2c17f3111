"""What is known about the published data: addresses, numbers of series, checksums.

The figures stand in ``data/sources.json`` and were taken once, from copies that had been compared
with one another. The checksum of a file is over its bytes; the checksum of values
(`values_sha256`) is the same for every copy, whatever its file format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from esrnn.errors import InputError
from esrnn.panel import Panel
from esrnn.panel.flat import indptr_of

__all__ = [
    "Group",
    "RemoteFile",
    "check_group",
    "file_name",
    "m4_info",
    "published",
    "values_sha256",
]

RemoteFile: TypeAlias = tuple[str, str | None]  # address, and checksum of its bytes if it is known

_SOURCES = Path(__file__).parents[1] / "data" / "sources.json"


@dataclass(frozen=True)
class Group:
    """One group of a competition, as published.

    Parameters
    ----------
    competition, name : str
        ``"m4"``, ``"hourly"``.
    advice : str
        A sentence about other ways to get the files.
    horizon : int
        Steps of the test part, H.
    first_number : int
        Number of the first series in its id.
    n_series : int
        Number of series of the whole group.
    n_train : int or None
        Observations in the training part; None where no whole copy has been counted.
    values_sha256 : str or None
        `values_sha256` of both parts; None likewise.
    files : tuple of (str, str or None)
        Address of each file that holds the group, and the checksum of its bytes, where known.
    """

    competition: str
    name: str
    advice: str
    horizon: int
    first_number: int
    n_series: int
    n_train: int | None
    values_sha256: str | None
    files: tuple[RemoteFile, ...]


@cache
def published(competition: str, name: str) -> Group:
    """Return what is known about a group."""
    source = _sources()[competition]
    entry = source["groups"][name]
    return Group(
        competition,
        name,
        source["advice"],
        entry["horizon"],
        entry["first_number"],
        entry["n_series"],
        entry["n_train"],
        entry["values_sha256"],
        tuple((source["url"] + path, sha) for path, sha in entry["files"].items()),
    )


def file_name(url: str) -> str:
    """Return the last part of an address.

    Examples
    --------
    >>> file_name("https://example.org/Train/Yearly-train.csv?download=1")
    'Yearly-train.csv'
    """
    return urlsplit(url).path.rpartition("/")[2]


def m4_info() -> RemoteFile:
    """Return address and checksum of the table of all series of M4."""
    source = _sources()["m4"]
    ((path, sha),) = source["info"].items()
    return source["url"] + path, sha


def values_sha256(train: pd.DataFrame, test: pd.DataFrame) -> str:
    """Checksum of ids, lengths and values, whatever the order of the series and the file format.

    Parameters
    ----------
    train, test : pandas.DataFrame
        One column ``y`` on the index levels ``unique_id`` and ``ds``.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits, over each part in turn: the sorted ids joined by line feeds,
        their lengths as little-endian int64, and their values as little-endian float64.

    Examples
    --------
    >>> import pandas as pd
    >>> from esrnn.datasets import values_sha256
    >>> index = pd.MultiIndex.from_tuples([("b", 1), ("a", 1)], names=["unique_id", "ds"])
    >>> frame = pd.DataFrame({"y": [1.0, 2.0]}, index=index)
    >>> values_sha256(frame, frame) == values_sha256(frame[::-1], frame)
    True
    """
    return panels_sha256(_panel(frame) for frame in (train, test))


def panels_sha256(panels: Iterable[Panel]) -> str:
    """Return what `values_sha256` returns, from panels."""
    digest = hashlib.sha256()
    for panel in panels:
        names = [str(name) for name in panel.ids]
        order = sorted(range(len(names)), key=names.__getitem__)
        ordered = panel.subset(order)
        digest.update("\n".join(names[i] for i in order).encode())
        digest.update(ordered.lengths.astype("<i8").tobytes())
        digest.update(ordered.values.astype("<f8").tobytes())
    return digest.hexdigest()


def check_group(group: Group, train: Panel, test: Panel) -> None:
    """Refuse series that are not those of the whole group.

    Raises
    ------
    InputError
        If the number of series, the horizon, or, where they are known, the number of training
        observations or the checksum of the values is another one.
    """
    _check("number of series", group.n_series, train.n_series)
    _check("number of test values", group.n_series * group.horizon, test.values.size)
    _check("shortest test series", group.horizon, int(test.lengths.min()))
    if group.n_train is not None:
        _check("number of training values", group.n_train, train.values.size)
    if group.values_sha256 is not None:
        _check("sha256 of the values", group.values_sha256, panels_sha256((train, test)))


def _check(what: str, expected: object, got: object) -> None:
    """Refuse a value that is not the expected one."""
    if got != expected:
        raise InputError(f"{what}: expected {expected}, got {got}")


def _panel(frame: pd.DataFrame) -> Panel:
    """Make a panel of a frame, each series' rows in their order."""
    codes, ids = pd.factorize(frame.index.get_level_values(0))
    rows = np.argsort(codes, kind="stable")
    indptr = indptr_of(np.bincount(codes, minlength=len(ids)))
    return Panel(frame["y"].to_numpy(np.float64)[rows], indptr, tuple(ids.tolist()))


@cache
def _sources() -> dict[str, dict[str, Any]]:
    """Return the contents of ``data/sources.json``."""
    sources: dict[str, dict[str, Any]] = json.loads(_SOURCES.read_text(encoding="utf-8"))
    return sources
