"""The groups of M4 and M3 as data frames, found or downloaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.datasets.faults import DatasetNotFoundError, FetchError
from esrnn.datasets.m3 import read_m3c, read_monash
from esrnn.datasets.places import PathLike, describe_search, find, places
from esrnn.datasets.published import Group, file_name, m4_info, published
from esrnn.datasets.tables import Reader, align, read_m4_info, read_parquet, read_wide_csv
from esrnn.errors import InputError
from esrnn.panel import Panel

__all__ = ["load_m3", "load_m4", "load_m4_info"]

Layout: TypeAlias = Literal["multiindex", "long"]
M4Group: TypeAlias = Literal["yearly", "quarterly", "monthly", "weekly", "daily", "hourly"]
M3Group: TypeAlias = Literal["yearly", "quarterly", "monthly", "other"]
TrainAndTest: TypeAlias = tuple[pd.DataFrame, pd.DataFrame]
# Files that together hold a group, by their paths inside a place, and how they are read.
FileSet: TypeAlias = tuple[tuple[str, ...], Reader]

_DOWNLOADED = 1  # number of the file set of a group that is downloaded
_OFFLINE = "ESRNN_OFFLINE"
# A clone of M4's repository inside a place, or a place that is such a clone, or files put there.
_M4_FOLDERS = ("m4/", "m4/Dataset/", "", "Dataset/")


def load_m4(
    group: M4Group,
    data_dir: PathLike | None = None,
    *,
    layout: Layout = "multiindex",
    download: bool = True,
    progress: bool = True,
) -> TrainAndTest:
    """Load one group of the M4 competition, training part and test part.

    Parameters
    ----------
    group : {"yearly", "quarterly", "monthly", "weekly", "daily", "hourly"}
        Hourly is always there; the others need their files.
    data_dir : path, optional
        Folder that holds ``m4/``, or a clone of the competition's repository; searched before
        ``$ESRNN_DATA_DIR``, the user's cache and the package.
    layout : {"multiindex", "long"}
        ``"multiindex"``: one column ``y`` on the index levels ``unique_id`` and ``ds``, which is
        sktime's ``pd-multiindex``. ``"long"``: columns ``unique_id``, ``ds`` and ``y``.
    download : bool
        Whether files that are in none of the places are downloaded into the user's cache. With
        ``$ESRNN_OFFLINE`` set to 1, they never are.
    progress : bool
        Whether downloads show a bar.

    Returns
    -------
    train : pandas.DataFrame
        Steps are counted from 1 in every series. Series keep the order of the file, and there are
        as many as there are in it: a group that is there only in part is loaded in part.
    test : pandas.DataFrame
        The same series in the same order; the steps continue those of `train`, although the files
        start again at 1.

    Raises
    ------
    DatasetNotFoundError
        If the files are in none of the places and were not downloaded, or `data_dir` is not a
        folder. It is also a FileNotFoundError.
    CorruptDownloadError
        If a downloaded file is not the published one. It is not saved.
    InputError
        If there is no such group or layout, or a file lacks a column, has missing or infinite
        values, steps that are not consecutive, or other series in its test than in its training
        part.

    Examples
    --------
    >>> from esrnn.datasets import load_m4
    >>> train, test = load_m4("hourly")
    >>> train.loc["H1", "y"].tail(2).tolist(), test.loc["H1", "y"].head(2).tolist()
    ([739.0, 684.0], [619.0, 565.0])
    >>> test.loc["H1"].index[:2].tolist()
    [701, 702]
    """
    _check_choice("group", group, get_args(M4Group))
    _check_choice("layout", layout, get_args(Layout))
    known = published("m4", group)
    parts = _obtain(known, _m4_files(group), data_dir, download, progress)
    return _frames(*parts, layout)


def load_m3(
    group: M3Group,
    data_dir: PathLike | None = None,
    *,
    layout: Layout = "multiindex",
    download: bool = True,
    progress: bool = True,
) -> TrainAndTest:
    """Load one group of the M3 competition, training part and test part.

    Parameters
    ----------
    group : {"yearly", "quarterly", "monthly", "other"}
        None of them ships with the package.
    data_dir : path, optional
        Folder that holds ``m3/``, searched before ``$ESRNN_DATA_DIR`` and the user's cache.
    layout : {"multiindex", "long"}
        As in `load_m4`.
    download, progress : bool
        As in `load_m4`.

    Returns
    -------
    train, test : pandas.DataFrame
        As in `load_m4`.

    Raises
    ------
    DatasetNotFoundError, CorruptDownloadError, InputError
        As in `load_m4`.
    ImportError
        If what is found is the competition's workbook and xlrd is not installed.

    Examples
    --------
    >>> from esrnn.datasets import load_m3
    >>> train, test = load_m3("yearly", data_dir="data")  # doctest: +SKIP
    """
    _check_choice("group", group, get_args(M3Group))
    _check_choice("layout", layout, get_args(Layout))
    known = published("m3", group)
    parts = _obtain(known, _m3_files(known), data_dir, download, progress)
    return _frames(*parts, layout)


def load_m4_info(
    data_dir: PathLike | None = None, *, download: bool = True, progress: bool = True
) -> pd.DataFrame:
    """Load what is known about each of the 100,000 series of M4.

    Parameters
    ----------
    data_dir : path, optional
        Folder that holds ``m4/info.parquet`` or the competition's ``M4-info.csv``, searched before
        ``$ESRNN_DATA_DIR`` and the user's cache; neither ships with the package.
    download, progress : bool
        As in `load_m4`.

    Returns
    -------
    pandas.DataFrame
        One row per series: at least ``unique_id``, ``category``, ``seasonal_period`` (of M4's
        measures) and ``horizon``.

    Raises
    ------
    DatasetNotFoundError, CorruptDownloadError
        As in `load_m4`.
    InputError
        If the file can't be read or lacks a column.

    Examples
    --------
    >>> from esrnn.datasets import load_m4_info
    >>> load_m4_info("data")["category"].value_counts()  # doctest: +SKIP
    """
    alternatives = [("m4/info.parquet",), *((f"{folder}M4-info.csv",) for folder in _M4_FOLDERS)]
    searched = places(data_dir)
    found = find(alternatives, searched)
    if found is not None:
        return read_m4_info(found[1][0])
    reason = _why_not(download)
    if reason is None:
        from esrnn.datasets.fetch import fetch_m4_info  # loads networking, so only where needed

        try:
            return fetch_m4_info(progress=progress)
        except FetchError as error:
            reason = str(error)
    raise DatasetNotFoundError(
        f"M4's table of series was not found, and not downloaded: {reason}.\n"
        f"{describe_search('m4', alternatives, searched)}\n"
        f"Put M4-info.csv into one of these folders:\n  {m4_info()[0]}\n"
        f"{published('m4', 'hourly').advice}"
    )


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Refuse a value that is not one of the choices."""
    if value not in choices:
        raise InputError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def _obtain(
    group: Group,
    files: Sequence[FileSet],
    data_dir: PathLike | None,
    download: bool,
    progress: bool,
) -> tuple[Panel, Panel]:
    """Read a group from the first place that has it, or from where it is published."""
    title = f"{group.competition.upper()} {group.name}"
    alternatives = [names for names, _ in files]
    searched = places(data_dir)
    found = find(alternatives, searched)
    if found is not None:
        which, paths = found
        return align(*files[which][1](paths), title)
    reason = _why_not(download)
    if reason is None:
        from esrnn.datasets.fetch import fetch_group  # loads networking, so only where needed

        try:
            return fetch_group(group, files[_DOWNLOADED][1], progress=progress)
        except FetchError as error:
            reason = str(error)
    wanted = " and ".join(file_name(url) for url, _ in group.files)
    addresses = "\n".join(f"  {url}" for url, _ in group.files)
    raise DatasetNotFoundError(
        f"{title} was not found, and not downloaded: {reason}.\n"
        f"{describe_search(group.competition, alternatives, searched)}\n"
        f"Put {wanted} into one of these folders, or into the folder {group.competition} of "
        f"another one and pass that as data_dir:\n{addresses}\n"
        f"{group.advice} Parquet files have the columns unique_id, ds (step) and y. Only M4 hourly "
        "ships with the package."
    )


def _why_not(download: bool) -> str | None:
    """Say why nothing may be downloaded; None if it may."""
    if not download:
        return "download=False"
    if os.environ.get(_OFFLINE, "") not in ("", "0"):
        return f"${_OFFLINE} is set"
    return None


def _m4_files(group: str) -> list[FileSet]:
    """List the file sets that a group of M4 can be read from."""
    train, test = (f"{group.capitalize()}-{part}.csv" for part in ("train", "test"))
    found = [_parquet_files("m4", group)]
    for folder in _M4_FOLDERS:
        found.append(((f"{folder}{train}", f"{folder}{test}"), _read_wide_csvs))
        found.append(((f"{folder}Train/{train}", f"{folder}Test/{test}"), _read_wide_csvs))
    return found


def _m3_files(group: Group) -> list[FileSet]:
    """List the file sets that a group of M3 can be read from."""
    workbook: Reader = partial(_read_workbook, group)
    archive: Reader = partial(_read_archive, group)
    name = f"m3_{group.name}_dataset.zip"
    return [
        _parquet_files("m3", group.name),
        ((f"m3/{name}",), archive),
        ((name,), archive),
        (("m3/M3C.xls",), workbook),
        (("M3C.xls",), workbook),
    ]


def _parquet_files(competition: str, group: str) -> FileSet:
    """Return the Parquet files of a group."""
    names = tuple(f"{competition}/{group}_{part}.parquet" for part in ("train", "test"))
    return names, _read_parquets


def _read_parquets(paths: Sequence[Path]) -> tuple[Panel, Panel]:
    """Read training and test part from Parquet files."""
    return read_parquet(paths[0]), read_parquet(paths[1])


def _read_wide_csvs(paths: Sequence[Path]) -> tuple[Panel, Panel]:
    """Read training and test part from M4's own files."""
    return read_wide_csv(paths[0]), read_wide_csv(paths[1])


def _read_workbook(group: Group, paths: Sequence[Path]) -> tuple[Panel, Panel]:
    """Read a group from M3C.xls."""
    return read_m3c(paths[0], group.name, group.horizon)


def _read_archive(group: Group, paths: Sequence[Path]) -> tuple[Panel, Panel]:
    """Read a group from Monash's archive."""
    return read_monash(paths[0], group.first_number, group.horizon)


def _frames(train: Panel, test: Panel, layout: Layout) -> TrainAndTest:
    """Make frames whose steps count from 1 and go on in the test part."""
    before = np.asarray(train.lengths)
    return _frame(train, np.zeros_like(before), layout), _frame(test, before, layout)


def _frame(panel: Panel, before: IntArray, layout: Layout) -> pd.DataFrame:
    """Make a frame of a panel; `before`, shape (N,), is the number of steps before each series."""
    steps = np.arange(1, panel.values.size + 1) + np.repeat(
        before - panel.indptr[:-1], panel.lengths
    )
    if layout == "long":
        ids = pd.Index(panel.ids).repeat(panel.lengths)
        return pd.DataFrame({"unique_id": ids, "ds": steps, "y": panel.values})
    # Made of levels and codes, since looking up the ids among millions of strings takes longer than
    # reading the file.
    order = np.argsort(np.array(panel.ids, dtype=str), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    step_level, step_codes = np.unique(steps, return_inverse=True)
    index = pd.MultiIndex(
        levels=[[panel.ids[i] for i in order], step_level.tolist()],
        codes=[np.repeat(rank, panel.lengths), step_codes],  # type: ignore[list-item]
        names=["unique_id", "ds"],
    )
    return pd.DataFrame({"y": panel.values}, index=index)
