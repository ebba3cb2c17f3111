"""From the competition's server into the user's cache: download, read, check, convert, keep.

A file is checked before it gets its name in the cache, and gets it by a rename, so that neither a
corrupt download nor half of one is ever found there, whoever else downloads at the same time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from esrnn.datasets.download import Patience, download
from esrnn.datasets.faults import CorruptDownloadError, FetchError
from esrnn.datasets.places import Reader, cache_dir
from esrnn.datasets.published import Group, Remote, check_group, m4_info
from esrnn.datasets.tables import REMEDY, align, read_m4_info, write_parquet
from esrnn.errors import EsrnnError, InputError
from esrnn.panel import Panel

__all__ = ["fetch_group", "fetch_m4_info"]

PATIENCE = Patience()


def fetch_group(group: Group, read: Reader, *, progress: bool) -> tuple[Panel, Panel]:
    """Download a group and keep it in the cache as Parquet.

    Parameters
    ----------
    group : Group
        What is downloaded, and what it must be like.
    read : callable
        Reads the downloaded files into training and test part.
    progress : bool
        Whether a bar is shown for each file.

    Returns
    -------
    train, test : Panel
        As they were published.

    Raises
    ------
    FetchError
        If the server can't be reached or the cache can't be written.
    CorruptDownloadError
        If what came is not what was published.
    """
    title = f"{group.competition.upper()} {group.name}"
    with _workshop(group.competition) as folder:
        paths = _download(group.remotes, folder, title, progress)
        try:
            train, test = align(*read(paths), title)
            check_group(group, train, test)
        except InputError as error:
            raise _corrupt(title, _plain(error, folder)) from None
        made = []
        for panel, part in ((train, "train"), (test, "test")):
            made.append(folder / f"{group.name}_{part}.parquet")
            write_parquet(panel, made[-1])
        _keep(made)
    return train, test


def fetch_m4_info(*, progress: bool) -> pd.DataFrame:
    """Download the table of all series of M4 and keep it in the cache.

    Raises
    ------
    FetchError
        If the server can't be reached or the cache can't be written.
    CorruptDownloadError
        If what came is not what was published.
    """
    title = "M4's table of series"
    with _workshop("m4") as folder:
        (path,) = _download([m4_info()], folder, title, progress)
        try:
            info = read_m4_info(path)
        except InputError as error:
            raise _corrupt(title, _plain(error, folder)) from None
        made = folder / "info.parquet"
        info.to_parquet(made, index=False, compression="zstd")
        _keep([made])
    return info


@contextmanager
def _workshop(competition: str) -> Iterator[Path]:
    """Give a folder inside the cache for files that are not finished, and remove it afterwards."""
    home = cache_dir() / competition
    try:
        home.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".download-", dir=home) as folder:
            yield Path(folder)
    except EsrnnError:
        raise
    except OSError as error:
        raise FetchError(f"the cache {home} can't be written: {error}") from None


def _download(
    remotes: Sequence[Remote], folder: Path, title: str, progress: bool
) -> tuple[Path, ...]:
    paths = tuple(folder / remote.name for remote in remotes)
    for remote, path in zip(remotes, paths, strict=True):
        try:
            download(remote.url, path, remote.sha256, progress=progress, patience=PATIENCE)
        except CorruptDownloadError as error:
            raise _corrupt(title, str(error)) from None
    return paths


def _plain(error: InputError, folder: Path) -> str:
    """Leave out of a message the folder that is gone, and the advice to replace the file there."""
    return str(error).replace(f"{folder}{os.sep}", "").removesuffix(f". {REMEDY}")


def _corrupt(title: str, reason: str) -> CorruptDownloadError:
    return CorruptDownloadError(
        f"what was downloaded is not {title} as published: {reason}. Nothing of it has been kept. "
        "Try again; if it comes out the same, a proxy or the server gives other files: get them by "
        "other means, look at them, and pass their folder as data_dir"
    )


def _keep(made: Sequence[Path]) -> None:
    """Move finished files from the workshop to where they are found."""
    for path in made:
        os.replace(path, path.parents[1] / path.name)
