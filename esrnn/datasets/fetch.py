"""From the competition's server into the user's cache: download, read, check, convert, save.

A file is checked before it is renamed to its place in the cache. So the cache never holds a corrupt
or a partial file, also when several processes download at the same time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from esrnn.datasets.download import download
from esrnn.datasets.faults import CorruptDownloadError, FetchError
from esrnn.datasets.places import cache_dir
from esrnn.datasets.published import Group, RemoteFile, check_group, file_name, m4_info
from esrnn.datasets.tables import REMEDY, Reader, align, read_m4_info, write_parquet
from esrnn.errors import EsrnnError, InputError
from esrnn.panel import Panel

__all__ = ["fetch_group", "fetch_m4_info"]


def fetch_group(group: Group, read: Reader, *, progress: bool) -> tuple[Panel, Panel]:
    """Download a group and save it in the cache as Parquet.

    Parameters
    ----------
    group : Group
        Addresses of its files, and what they must hold.
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
        If a downloaded file is not the published one.
    """
    title = f"{group.competition.upper()} {group.name}"
    with _temporary_folder(group.competition) as folder:
        paths = _download(group.files, folder, title, progress)
        try:
            train, test = align(*read(paths), title)
            check_group(group, train, test)
        except InputError as error:
            raise _corrupt(title, _plain(error, folder)) from None
        made = []
        for panel, part in ((train, "train"), (test, "test")):
            made.append(folder / f"{group.name}_{part}.parquet")
            write_parquet(panel, made[-1])
        _move_to_cache(made)
    return train, test


def fetch_m4_info(*, progress: bool) -> pd.DataFrame:
    """Download the table of all series of M4 and save it in the cache.

    Raises
    ------
    FetchError
        If the server can't be reached or the cache can't be written.
    CorruptDownloadError
        If a downloaded file is not the published one.
    """
    title = "M4's table of series"
    with _temporary_folder("m4") as folder:
        (path,) = _download([m4_info()], folder, title, progress)
        try:
            info = read_m4_info(path)
        except InputError as error:
            raise _corrupt(title, _plain(error, folder)) from None
        made = folder / "info.parquet"
        info.to_parquet(made, index=False, compression="zstd")
        _move_to_cache([made])
    return info


@contextmanager
def _temporary_folder(competition: str) -> Iterator[Path]:
    """Yield a folder inside the cache for unfinished files, and remove it afterwards."""
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
    files: Sequence[RemoteFile], folder: Path, title: str, progress: bool
) -> tuple[Path, ...]:
    """Download files into a folder and return their paths."""
    paths = tuple(folder / file_name(url) for url, _ in files)
    for (url, sha256), path in zip(files, paths, strict=True):
        try:
            download(url, path, sha256, progress=progress)
        except CorruptDownloadError as error:
            raise _corrupt(title, str(error)) from None
    return paths


def _plain(error: InputError, folder: Path) -> str:
    """Remove from a message the temporary folder, and the advice to replace the file there."""
    return str(error).replace(f"{folder}{os.sep}", "").removesuffix(f". {REMEDY}")


def _corrupt(title: str, reason: str) -> CorruptDownloadError:
    """Return the error for a download that is not what was published."""
    return CorruptDownloadError(
        f"the download is not {title} as published: {reason}. Nothing of it was saved. Try again. "
        "If it fails in the same way, a proxy or the server sends other files: get them in another "
        "way, look at them, and pass their folder as data_dir"
    )


def _move_to_cache(made: Sequence[Path]) -> None:
    """Move finished files from the temporary folder into the cache."""
    for path in made:
        os.replace(path, path.parents[1] / path.name)
