"""M3 as the competition's workbook and as Monash's archives hold it."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from esrnn.datasets import cache_dir, load_m3, loaders
from esrnn.datasets.m3 import read_m3c, read_monash
from esrnn.datasets.published import file_name, published
from esrnn.errors import InputError
from tests.datasets.samples import panel_of, tsf_zip
from tests.datasets.server import Server

SERIES = [[float(i + 10 * k) for i in range(8 + k)] for k in range(3)]


def sheet(series: list[list[float]] = SERIES, n_test: int = 6, first: int = 1) -> pd.DataFrame:
    """Lay out series as pandas reads a sheet of M3C.xls."""
    width = max(map(len, series))
    rows = [
        [f"N{first + i:4d}", len(one), n_test, "MICRO       ", 1975, 1]
        + one
        + [np.nan] * (width - len(one))
        for i, one in enumerate(series)
    ]
    head = ["Series", "N", "NF", "Category", "Starting Year", "Unnamed: 5"]
    return pd.DataFrame(rows, columns=[*head, *range(1, width + 1)])


@pytest.fixture
def workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """Stand in for the engine that reads .xls, which need not be installed."""
    sheets = {"M3Year": sheet()}
    monkeypatch.setattr(pd, "read_excel", lambda path, sheet_name: sheets[sheet_name])
    (tmp_path / "M3C.xls").write_bytes(b"")
    return sheets


def test_the_workbook_is_read(workbook: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    train, test = load_m3("yearly", tmp_path)
    assert train.index.unique(level=0).tolist() == ["N0001", "N0002", "N0003"]
    assert train.loc["N0003", "y"].tolist() == SERIES[2][:-6]
    assert test.loc["N0003", "y"].tolist() == SERIES[2][-6:]
    assert test.loc["N0001"].index.tolist() == [3, 4, 5, 6, 7, 8]
    # Empty rows at the end of a sheet are none of its series.
    workbook["M3Year"] = pd.concat([sheet(), pd.DataFrame([{}])], ignore_index=True)
    assert load_m3("yearly", tmp_path)[0].index.unique(level=0).size == 3


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (sheet(n_test=8), "3 not so: N   1: N=8, NF=8, 8 numbers"),
        (sheet([[*SERIES[0][:3], np.nan, *SERIES[0][4:]]]), "1 not so: N   1: N=8, NF=6, 7"),
        (sheet().assign(N=[8, None, 10]), "1 not so: N   2: N=-1"),
        (sheet().replace({7.0: "seven"}), "1 not so: N   1: N=8, NF=6, 7 numbers"),
        (sheet().drop(columns="NF"), "M3Year, lacks NF"),
    ],
)
def test_a_damaged_workbook_is_refused(
    damaged: pd.DataFrame,
    message: str,
    workbook: dict[str, pd.DataFrame],
    tmp_path: Path,
) -> None:
    workbook["M3Year"] = damaged
    with pytest.raises(InputError, match=re.escape(message)):
        load_m3("yearly", tmp_path)


def test_the_engine_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("Missing optional dependency 'xlrd'.")

    monkeypatch.setattr(pd, "read_excel", missing)
    with pytest.raises(ImportError, match=r"needs the package xlrd.*m3_other_dataset\.zip"):
        read_m3c(tmp_path / "M3C.xls", "other", 8)


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("xlrd", reason="reading .xls needs xlrd")
    (tmp_path / "M3C.xls").write_bytes(b"<html></html>")
    with pytest.raises(InputError, match="can't be read as a workbook with the sheet M3Year"):
        read_m3c(tmp_path / "M3C.xls", "yearly", 6)


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("folder", ["m3", "."])
def test_the_archive_is_read(dated: bool, folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "m3_yearly_dataset.zip").write_bytes(tsf_zip(SERIES, dated=dated))
    train, test = load_m3("yearly", tmp_path)
    assert train.index.unique(level=0).tolist() == ["N0001", "N0002", "N0003"]
    assert_array_equal(train.loc["N0002", "y"], SERIES[1][:-6])
    assert_array_equal(test.loc["N0002", "y"], SERIES[1][-6:])


def _with_bytes(content: bytes, place: int, new: bytes) -> bytes:
    return content[:place] + new + content[place + len(new) :]


# Behind the local header of 30 bytes and the file's name is the packed text.
_PACKED = 30 + len("m3_yearly_dataset.tsf")


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        tsf_zip([])[:-30],
        tsf_zip(SERIES).replace(b".tsf", b".txt"),
        _with_bytes(tsf_zip(SERIES), _PACKED, b"\xff" * 8),
        tsf_zip([]),
        tsf_zip([[1.0] * 9 + [float("nan")]]),
    ],
)
def test_a_damaged_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "m3_yearly_dataset.zip"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"must be a zip archive of one \.tsf file"):
        read_monash(path, 1, 6)


def test_the_one_wrong_value_is_put_right(tmp_path: Path) -> None:
    series = np.full((2, 96), 2000.0)
    series[:, 83] = -1200.0
    path = tmp_path / "m3_monthly_dataset.zip"
    path.write_bytes(tsf_zip(series.tolist()))
    _, test = read_monash(path, 2785, 18)
    assert test.ids == ("N2785", "N2786")
    assert test.series(0)[5] == -1200.0
    assert test.series(1)[5] == 1200.0


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize("group", ["yearly", "quarterly", "monthly", "other"])
def test_the_archives_hold_what_was_published(
    group: str, competition_data_dir: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [panel_of(frame) for frame in load_m3(group, competition_data_dir)]  # type: ignore[arg-type]
    arrays = [np.concatenate([part.series(i) for part in parts]) for i in range(parts[0].n_series)]
    if group == "monthly":
        arrays[2786 - 1402][83] *= -1
    known = published("m3", group)
    url = server.serve(file_name(known.files[0][0]), tsf_zip([array.tolist() for array in arrays]))
    local = dataclasses.replace(known, files=((url, known.files[0][1]),))
    monkeypatch.setattr(loaders, "published", lambda *_: local)
    for frame, part in zip(load_m3(group, progress=False), parts, strict=True):  # type: ignore[arg-type]
        assert panel_of(frame).ids == part.ids
        assert_array_equal(frame["y"], part.values)
    assert (cache_dir() / "m3" / f"{group}_train.parquet").is_file()
