"""Series of the M4 and M3 competitions as data frames.

What lives here finds files, reads them and lays them out. M4 Hourly ships with the package; other
groups are read from files in the same layout: ``<folder>/m4/yearly_train.parquet``,
``<folder>/m4/yearly_test.parquet`` and so on, ``<folder>/m3/...`` likewise, each with the columns
``unique_id`` (string), ``ds`` (step, an integer) and ``y`` (number). The folder is, in this order,
the argument `data_dir`, the environment variable ``ESRNN_DATA_DIR``, the user's cache
(`cache_dir`), and the package itself. Input of the user's own goes through `esrnn.frames`.

References
----------
Makridakis, S., Spiliotis, E., Assimakopoulos, V. (2020). The M4 competition: 100,000 time
series and 61 forecasting methods. International Journal of Forecasting 36(1), 54-74.
doi:10.1016/j.ijforecast.2019.04.014

Makridakis, S., Hibon, M. (2000). The M3-Competition: results, conclusions and implications.
International Journal of Forecasting 16(4), 451-476. doi:10.1016/S0169-2070(00)00057-1
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray
from esrnn.errors import N_LISTED, EsrnnError, InputError, describe_offenders

__all__ = ["DatasetNotFoundError", "cache_dir", "load_m3", "load_m4", "load_m4_info"]

Layout: TypeAlias = Literal["multiindex", "long"]
M4Group: TypeAlias = Literal["yearly", "quarterly", "monthly", "weekly", "daily", "hourly"]
M3Group: TypeAlias = Literal["yearly", "quarterly", "monthly", "other"]
TrainAndTest: TypeAlias = tuple[pd.DataFrame, pd.DataFrame]

_COLUMNS = ("unique_id", "ds", "y")
_ENVIRONMENT_VARIABLE = "ESRNN_DATA_DIR"
_BUNDLED = Path(__file__).parent / "data"
_PUBLISHED_AT = {
    "m4": "https://github.com/Mcompetitions/M4-methods",
    "m3": "https://cran.r-project.org/package=Mcomp",
}


class DatasetNotFoundError(EsrnnError, FileNotFoundError):
    """A competition's file is in none of the places where it is looked for."""


def load_m4(
    group: M4Group, data_dir: str | os.PathLike[str] | None = None, *, layout: Layout = "multiindex"
) -> TrainAndTest:
    """Load one group of the M4 competition, training part and test part.

    Parameters
    ----------
    group : {"yearly", "quarterly", "monthly", "weekly", "daily", "hourly"}
        Hourly is always there; the others need their files.
    data_dir : path, optional
        Folder that holds ``m4/``, searched before ``$ESRNN_DATA_DIR``, the user's cache and the
        package.
    layout : {"multiindex", "long"}
        ``"multiindex"``: one column ``y`` on the index levels ``unique_id`` and ``ds``, which is
        sktime's ``pd-multiindex``. ``"long"``: columns ``unique_id``, ``ds`` and ``y``.

    Returns
    -------
    train : pandas.DataFrame
        Steps are counted from 1 in every series. Series keep the order of the file.
    test : pandas.DataFrame
        The same series in the same order; the steps continue those of `train`, although the files
        start again at 1.

    Raises
    ------
    DatasetNotFoundError
        If the files are in none of the places, or `data_dir` is not a folder. It is also a
        FileNotFoundError.
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
    return _load("m4", group, get_args(M4Group), data_dir, layout)


def load_m3(
    group: M3Group, data_dir: str | os.PathLike[str] | None = None, *, layout: Layout = "multiindex"
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

    Returns
    -------
    train, test : pandas.DataFrame
        As in `load_m4`.

    Raises
    ------
    DatasetNotFoundError
        If the files are in none of the places, or `data_dir` is not a folder.
    InputError
        As in `load_m4`.

    Examples
    --------
    >>> from esrnn.datasets import load_m3
    >>> train, test = load_m3("yearly", data_dir="data")  # doctest: +SKIP
    """
    return _load("m3", group, get_args(M3Group), data_dir, layout)


def load_m4_info(data_dir: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Load what is known about each of the 100,000 series of M4.

    Parameters
    ----------
    data_dir : path, optional
        Folder that holds ``m4/info.parquet``, searched before ``$ESRNN_DATA_DIR`` and the user's
        cache; the file does not ship with the package.

    Returns
    -------
    pandas.DataFrame
        One row per series: at least ``unique_id``, ``category``, ``seasonal_period`` (of M4's
        measures) and ``horizon``.

    Raises
    ------
    DatasetNotFoundError
        If the file is in none of the places, or `data_dir` is not a folder.

    Examples
    --------
    >>> from esrnn.datasets import load_m4_info
    >>> load_m4_info("data")["category"].value_counts()  # doctest: +SKIP
    """
    (path,) = _find("m4", ("info.parquet",), data_dir)
    return pd.read_parquet(path)


def cache_dir() -> Path:
    """Return the folder where files are kept for the user, whether it is there or not.

    Returns
    -------
    pathlib.Path
        ``esrnn`` below ``$XDG_CACHE_HOME`` or ``~/.cache``; below ``~/Library/Caches`` on macOS
        and ``%LOCALAPPDATA%`` on Windows.

    Examples
    --------
    >>> from esrnn.datasets import cache_dir
    >>> cache_dir().name
    'esrnn'
    """
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "esrnn"


@dataclass(frozen=True)
class _Place:
    """A folder that may hold competition files, and how to call it in a message."""

    folder: Path
    label: str


def _load(
    competition: str,
    group: str,
    groups: tuple[str, ...],
    data_dir: str | os.PathLike[str] | None,
    layout: Layout,
) -> TrainAndTest:
    if group not in groups:
        raise InputError(f"group must be one of {', '.join(groups)}; got {group!r}")
    if layout not in get_args(Layout):
        raise InputError(f"layout must be 'multiindex' or 'long'; got {layout!r}")
    names = (f"{group}_train.parquet", f"{group}_test.parquet")
    train, test = (_read(path) for path in _find(competition, names, data_dir))
    test = _behind(train, test, competition, group)
    if layout == "long":
        return train, test
    return train.set_index(["unique_id", "ds"]), test.set_index(["unique_id", "ds"])


def _find(
    competition: str, names: tuple[str, ...], data_dir: str | os.PathLike[str] | None
) -> tuple[Path, ...]:
    """Return the paths of `names`, all from the first place that has all of them."""
    places = []
    if data_dir is not None:
        if not Path(data_dir).is_dir():
            raise DatasetNotFoundError(f"data_dir={os.fspath(data_dir)!r} is not a folder")
        places.append(_Place(Path(data_dir), "data_dir"))
    named = os.environ.get(_ENVIRONMENT_VARIABLE)
    if named:
        places.append(_Place(Path(named), f"${_ENVIRONMENT_VARIABLE}"))
    places.append(_Place(cache_dir(), "the user's cache"))
    for place in places:
        paths = tuple(place.folder / competition / name for name in names)
        if all(path.is_file() for path in paths):
            return paths
    bundled = tuple(_BUNDLED / f"{competition}_{name}" for name in names)
    if all(path.is_file() for path in bundled):
        return bundled
    looked = ", ".join(f"{place.folder / competition} ({place.label})" for place in places)
    unset = "" if named else f"; ${_ENVIRONMENT_VARIABLE} is not set"
    raise DatasetNotFoundError(
        f"{' and '.join(names)} of {competition.upper()} not found in {looked}{unset}. Put "
        f"{' and '.join(names)} into one of these folders, or into the folder {competition}/ of "
        "another one and pass that as data_dir. Series files are Parquet with the columns "
        f"unique_id, ds (step) and y; the data are published at {_PUBLISHED_AT[competition]}. "
        "Only M4 hourly ships with the package"
    )


def _read(path: Path) -> pd.DataFrame:
    """Read one file of series and check that it is complete and in order of time."""
    frame = pd.read_parquet(path)
    absent = [column for column in _COLUMNS if column not in frame.columns]
    if absent:
        raise InputError(
            f"{path} must have the columns {', '.join(_COLUMNS)}; it lacks {', '.join(absent)}"
        )
    ids = frame["unique_id"].astype(str)
    frame = pd.DataFrame(
        {
            "unique_id": ids,
            "ds": frame["ds"].astype(np.int64),
            "y": frame["y"].astype(np.float64),
        }
    )
    starts = (ids != ids.shift()).to_numpy()
    steps = np.diff(frame["ds"].to_numpy(), prepend=0)
    # A series met a second time, further down, is as wrong as a step left out.
    again = starts & ids.duplicated().to_numpy()
    _refuse(again | (~starts & (steps != 1)), frame, path, "steps must be consecutive in a series")
    _refuse(~np.isfinite(frame["y"].to_numpy()), frame, path, "y must be finite")
    return frame


def _refuse(bad: BoolArray, frame: pd.DataFrame, path: Path, expected: str) -> None:
    rows = np.flatnonzero(bad)
    if rows.size:
        some = frame.iloc[rows[:N_LISTED]]
        offenders = describe_offenders(
            some["unique_id"].tolist(), some["ds"].tolist(), some["y"].tolist(), count=rows.size
        )
        raise InputError(f"{path}: {expected}; {offenders}. Replace the file by a sound copy")


def _behind(train: pd.DataFrame, test: pd.DataFrame, competition: str, group: str) -> pd.DataFrame:
    """Bring the test part into the order of the training part and continue its steps."""
    last = train.groupby("unique_id", sort=False)["ds"].last()
    position = pd.Index(last.index).get_indexer(pd.Index(test["unique_id"]))
    unknown = test["unique_id"][position < 0].unique().tolist()
    untested = last.index.difference(pd.Index(test["unique_id"])).tolist()
    if unknown or untested:
        raise InputError(
            f"training and test part of {competition.upper()} {group} must hold the same series; "
            f"only in one of them: {describe_offenders(unknown + untested)}. Take both files from "
            "one source"
        )
    order = np.argsort(position, kind="stable")
    test = test.iloc[order].reset_index(drop=True)
    step = test.groupby("unique_id", sort=False).cumcount().to_numpy() + 1
    test["ds"] = last.to_numpy()[position[order]] + step
    return test
