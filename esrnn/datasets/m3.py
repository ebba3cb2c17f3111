"""The two forms in which M3 is published: the competition's M3C.xls and Monash's text files.

Both hold whole series; the last values are the test part. Series are called N0001 to N3003 as in
the competition. One value is corrected in both: the 84th of N2786, -1200 between 3360 and 1520 in a
competition whose series are all positive, is read as 1200, as R's package Mcomp has it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray
from esrnn.datasets.tables import REMEDY
from esrnn.errors import N_LISTED, InputError
from esrnn.panel import Panel

__all__ = ["SHEETS", "read_m3c", "read_monash"]

SHEETS = {"yearly": "M3Year", "quarterly": "M3Quart", "monthly": "M3Month", "other": "M3Other"}
_FIRST_VALUE = 6  # column of M3C.xls, after Series, N, NF, Category and the start
_WRONG = ("N2786", 83, -1200.0)
# What zipfile raises for a damaged archive; the last two if it seems to have a password or another
# compression.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)


def read_m3c(path: Path, group: str, horizon: int) -> tuple[Panel, Panel]:
    """Read one group from M3C.xls.

    Raises
    ------
    ImportError
        If xlrd is not installed.
    InputError
        If the file has no such sheet, or a row that is not N values followed by empty cells.
    """
    frame = _sheet(path, group)
    cells = frame.iloc[:, _FIRST_VALUE:].apply(pd.to_numeric, errors="coerce").to_numpy(float)
    counts = frame[["N", "NF"]].apply(pd.to_numeric, errors="coerce").fillna(-1).to_numpy(int)
    arrays, refused = [], []
    for name, (n, n_test), values in zip(frame["Series"], counts, cells, strict=True):
        present = np.isfinite(values)
        if n_test != horizon or n < 0 or present.sum() != n or not present[:n].all():
            refused.append(f"{name}: N={n}, NF={n_test}, {present.sum()} numbers")
        arrays.append(values[present])
    if refused:
        raise InputError(
            f"{path}, sheet {SHEETS[group]}: a row must have N numbers without a gap, the last "
            f"NF={horizon} of them for the test; {len(refused)} not so: "
            f"{'; '.join(refused[:N_LISTED])}. {REMEDY}"
        )
    return _split(arrays, [_plain_id(name) for name in frame["Series"]], horizon)


def read_monash(path: Path, first_number: int, horizon: int) -> tuple[Panel, Panel]:
    """Read one group from the archive that Monash's repository publishes, a zipped text file.

    Its series are numbered from T1 in the order of the competition; `first_number` is that of the
    group's first one there.

    Raises
    ------
    InputError
        If the archive can't be read or holds no series, or a value is not a finite number.
    """
    arrays = []
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".tsf"))
            lines = io.TextIOWrapper(archive.open(name), encoding="latin-1")
            for line in _data(lines):
                values = line.rpartition(":")[2]
                arrays.append(np.array([_finite(value) for value in values.split(",")]))
            if not arrays:
                raise ValueError("no series behind a line @data")
    except (*_DAMAGED, ValueError, OSError) as error:
        raise InputError(
            f"{path} must be a zip archive of one .tsf file of numbers: {error}. {REMEDY}"
        ) from None
    ids = [f"N{first_number + i:04d}" for i in range(len(arrays))]
    return _split(arrays, ids, horizon)


def _sheet(path: Path, group: str) -> pd.DataFrame:
    """Read one sheet and leave out rows without a series."""
    sheet = SHEETS[group]
    try:
        frame = pd.read_excel(path, sheet_name=sheet)
    except ImportError:
        raise ImportError(
            f"reading {path} needs the package xlrd; install it with pip install xlrd, or put "
            f"m3_{group}_dataset.zip beside the file"
        ) from None
    except Exception as error:  # engines have errors of their own for a file that is none
        raise InputError(
            f"{path} can't be read as a workbook with the sheet {sheet}: "
            f"{str(error).rstrip('.')}. {REMEDY}"
        ) from None
    absent = [name for name in ("Series", "N", "NF") if name not in frame.columns]
    if absent:
        raise InputError(f"{path}, sheet {sheet}, lacks {', '.join(absent)}. {REMEDY}")
    return frame.dropna(subset=["Series"])


def _data(lines: Iterable[str]) -> Iterable[str]:
    """Yield the lines after the one that says ``@data``."""
    seen = False
    for line in lines:
        if seen and line.strip():
            yield line.strip()
        seen = seen or line.strip().lower() == "@data"


def _finite(text: str) -> float:
    """Read a finite number."""
    value = float(text)
    if not np.isfinite(value):
        raise ValueError(f"{text.strip()!r} is not a finite number")
    return value


def _plain_id(name: object) -> str:
    """Write an id with four digits and without blanks: ``N   1`` is N0001."""
    return f"N{int(str(name).strip().removeprefix('N')):04d}"


def _split(arrays: Sequence[FloatArray], ids: Sequence[str], horizon: int) -> tuple[Panel, Panel]:
    """Correct the one wrong value, and split off the test part."""
    name, step, wrong = _WRONG
    for i, array in enumerate(arrays):
        if ids[i] == name and array.size > step and array[step] == wrong:
            array[step] = -wrong
    whole = Panel.from_arrays(arrays, ids)
    return whole.drop_last(horizon), whole.last(horizon)
