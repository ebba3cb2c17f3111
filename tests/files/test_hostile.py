"""Damaged and unexpected files: always an error of the package that names the file."""

import errno
import gzip
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from fsspec import AbstractFileSystem
from hypothesis import example, given
from hypothesis import strategies as st

from esrnn.errors import EsrnnError, FileError, InputError
from esrnn.files import Columns, CsvOptions, Source, read_partition, survey, write_table
from esrnn.files.storage import open_storage, replace_file
from esrnn.frames import long_to_panel
from tests.files.helpers import frames, look, put

_GOOD = "unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,2\n"


def _read(path: str, columns: Columns | None = None, **how: object) -> pd.DataFrame:
    return next(iter(frames(look(path, columns, **how)).values()))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "in.csv is empty"),
        (b"\n\n", "in.csv is empty"),
        ("unique_id,ds,y\nä,2024-01-01,1\n".encode("latin-1"), "in.csv is not text .*'cp1252'"),
        (_GOOD.encode("utf-16"), "in.csv is not text in the encoding 'utf-8'.*'utf-16'"),
        (b"unique_id,ds,y\na,2024-01-01\n", r"in.csv must be a CSV file .*Row #2: Expected 3"),
        (b"y,unique_id,ds,y\n1,a,2024-01-01,1\n", r"in.csv has several of \['y'\]"),
        (gzip.compress(_GOOD.encode() * 99, mtime=0)[:-60], "in.csv can't be decompressed"),
        (b"a,2024-01-01,1\na,2024-01-02,2\n", "first line"),
        (b'unique_id,ds,y\n"a,2024-01-01,1\n', "in.csv must be a CSV file"),
        (b"PAR1 and so on", "first line"),
        (b"unique_id,ds,y\na,31/01/2024,1\n", "column 'ds' of in.csv.* time_format='%d/%m/%Y'"),
        (b"unique_id,ds,y\na,01/02/2024,1\n", "time_format='%d/%m/%Y' or '%m/%d/%Y'"),
        (b"unique_id,ds,y\na,20240131,1\na,20240201,1\na,20240202,1\n",
         "column 'ds' of in.csv look like dates, such as 20240131.* time_format='%Y%m%d'"),
        (b"unique_id,ds,y\na,202311,1\na,202312,1\na,202401,1\n", "time_format='%Y%m'"),
        (b"unique_id,ds,y\na,soon,1\n", "got 'soon' in column 'ds' of in.csv"),
        (b"unique_id,ds,y\na,2024-01-01T00:00Z,1\na,2024-01-02T00:00,2\n", "got both in column"),
        (b"unique_id,ds,y\na,2024-01-01 00:00+01,1\na,2024-07-02 00:00+02,2\n", "zone='Europe"),
        (b"date,shop,item,sold\n2024-01-01,1,2,3\n", r"several columns of in.csv .*'shop', 'item'"),
        (b"date,what,which,sold\n2024-01-01,a,b,3\n", r"several columns .*'which'\. .*with --id"),
        (b"unique_id,ds,p,q\na,2024-01-01,1,3\n", r"several columns .* value .*'p', 'q'"),
        (b"unique_id,ds,p\na,2024-01-01,x\n", "told to be the value column.*with --value"),
    ],
)  # fmt: skip
def test_a_csv_with_a_fault(content: bytes, message: str) -> None:
    path = put("/hostile/in.csv", content)
    with pytest.raises(InputError, match=message):
        _read(path)


@pytest.mark.parametrize(
    ("content", "how"),
    [
        (_GOOD.encode("utf-8-sig"), {}),
        (_GOOD.replace("\n", "\r\n").encode(), {}),
        (("\n" + _GOOD).encode(), {}),
        (_GOOD.replace(",", ";").encode(), {}),
        (_GOOD.replace(",", "\t").encode(), {}),
        (_GOOD.replace(",", ":").encode(), {"csv": CsvOptions(delimiter=":")}),
        (_GOOD.encode("utf-16"), {"csv": CsvOptions(encoding="utf-16")}),
        (_GOOD.replace(",1\n", ", 1 \n").encode(), {}),
        (b'unique_id,ds,y,note\na,2024-01-01,1,"two\nlines"\na,2024-01-02,2,\n', {}),
        (b"unique_id;ds;y\na;2024-01-01;1,0\na;2024-01-02;2,0\n", {"csv": CsvOptions(decimal=",")}),
    ],
)  # fmt: skip
def test_csv_files_as_other_programs_write_them(content: bytes, how: dict[str, object]) -> None:
    frame = _read(put("/hostile/other.csv", content), **how)
    assert frame["unique_id"].tolist() == ["a", "a"]
    assert frame["ds"].dt.day.tolist() == [1, 2]
    assert frame["y"].tolist() == [1.0, 2.0]


def test_what_stands_for_missing() -> None:
    text = "unique_id,ds,y\nNA,1,NA\nNA,2,\nNA,3,nan\nnull,1,-\n,2,7\n"
    frame = _read(put("/hostile/na.csv", text), csv=CsvOptions(missing=("-",)))
    assert frame["unique_id"].tolist()[:4] == ["NA", "NA", "NA", "null"]  # text is as it is
    assert pd.isna(frame["unique_id"].iloc[4])
    assert frame["y"].isna().tolist() == [True] * 4 + [False]


def test_a_decimal_comma_is_no_separator_of_thousands() -> None:
    frame = _read(put("/hostile/thousands.csv", "ds;y\n1;1.234,5\n"), csv=CsvOptions(decimal=","))
    assert frame["y"].tolist() == ["1.234,5"]


def test_values_and_stamps_that_can_not_be_read_are_told_with_their_series() -> None:
    text = "unique_id,ds,y\na,2024-01-01,1\na,2024-01-02,x\nb,2024-01-01,3\nb,1st,4\n"
    text += "c,2024-01-01,5\nc,2024-01-02,6\n"
    frame = _read(put("/hostile/values.csv", text))
    framed = long_to_panel(frame, errors="skip")
    assert framed.panel.ids == ("c",)
    assert framed.skipped[["series", "value"]].to_numpy().tolist() == [["b", "'1st'"], ["a", "'x'"]]


def test_a_header_alone_is_no_row() -> None:
    path = put("/hostile/head.csv", "unique_id,ds,y\n")
    assert _read(path).shape == (0, 3)
    write_table(
        pa.table({"unique_id": ["a"], "ds": [1], "y": [2.0]})[:0], "memory://hostile/h.parquet"
    )
    assert _read("memory://hostile/h.parquet").shape == (0, 3)


@pytest.mark.parametrize("cut", [0, 3, 100, -9, -1])
def test_a_parquet_file_cut_short(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    write_table(pa.table({"unique_id": ["a"] * 99, "ds": [*range(99)], "y": [1.5] * 99}), str(path))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(
        InputError, match=r"in.parquet must be a whole Parquet file.*write it again"
    ):
        _read(str(path))


def test_a_parquet_file_with_a_name_twice() -> None:
    table = pa.Table.from_arrays([pa.array([1])] * 3, names=["ds", "y", "y"])
    write_table(table, "memory://hostile/twice.parquet")
    with pytest.raises(InputError, match=r"twice.parquet has several of \['y'\]"):
        _read("memory://hostile/twice.parquet")


def test_ids_that_are_lists() -> None:
    table = pa.table({"unique_id": [[1]], "ds": [1], "y": [1.0]})
    write_table(table, "memory://hostile/lists.parquet")
    with pytest.raises(InputError, match=r"got list<.*> in column 'unique_id' of lists.parquet"):
        _read("memory://hostile/lists.parquet")


def test_a_zone_for_several_offsets() -> None:
    text = ("unique_id,ds,y\na,2024-03-31 00:00+01:00,1\na,2024-03-31 01:00+01:00,2\n"
            "a,2024-03-31 03:00+02:00,3\n")  # fmt: skip
    path = put("/hostile/zones.csv", text)
    frame = _read(path, zone="Europe/Berlin")
    assert str(frame["ds"].dt.tz) == "Europe/Berlin"
    assert frame["ds"].dt.hour.tolist() == [0, 1, 3]
    with pytest.raises(InputError, match="got 'Mars/Olympus'"):
        _read(path, zone="Mars/Olympus")


def test_options_that_make_no_sense() -> None:
    path = put("/hostile/good.csv", _GOOD)
    with pytest.raises(InputError, match="got '%Q'"):
        _read(path, time_format="%Q")
    with pytest.raises(InputError, match=r"readable in the form '%d.%m.%Y'; got '2024-01-01'"):
        _read(path, time_format="%d.%m.%Y")
    with pytest.raises(InputError, match=r"encoding must be one that Python knows.*'nosuch'"):
        _read(path, csv=CsvOptions(encoding="nosuch"))
    with pytest.raises(InputError, match=r"time column 'day' is not there.*'ds'"):
        _read(path, Columns(time="day"))
    with pytest.raises(InputError, match="format must be one of"):
        Source(path, format="xlsx")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="layout must be"):
        Source(path, layout="tall")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"several for \['y'\]"):
        Columns(value="y", static=("y",))


@given(st.binary(max_size=300), st.sampled_from(["csv", "parquet", "tsf", "jsonl"]))
@example(b"unique_id,ds,y\n\x00,\x00,\x00", "csv")
@example(b"\x1f\x8b", "csv")
@example(b"\x1f\x8b", "jsonl")
@example(b"\x1f\x8b", "tsf")
@example(b"\x28\xb5\x2f\xfd", "csv")
@example(b"@data\n:", "tsf")
@example(b'{"start": {}, "target": {}}', "jsonl")
def test_any_bytes_are_read_or_refused(content: bytes, ending: str) -> None:
    path = put(f"/hostile/any.{ending}", content)
    message = ""
    try:
        _read(path)
    except EsrnnError as error:
        message = str(error)
    assert not message or f"any.{ending}" in message


@given(st.text(max_size=200), st.sampled_from(["csv", "tsf", "jsonl"]))
def test_any_text_after_a_good_start_is_read_or_refused(text: str, ending: str) -> None:
    start = {
        "csv": _GOOD,
        "tsf": "@attribute a string\n@attribute s date\n@frequency daily\n@data\na:2024-01-01:1\n",
        "jsonl": '{"start": "2024", "target": [1], "freq": "D"}\n',
    }[ending]
    path = put(f"/hostile/any.{ending}", (start + text).encode("utf-8", "surrogatepass"))
    message = ""
    try:
        assert _read(path).notna().iloc[0].all()
    except EsrnnError as error:
        message = str(error)
    assert not message or f"any.{ending}" in message


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "the disk is full. Free some space"),
        (errno.EDQUOT, "your quota is used up"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission denied"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    number: int, message: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    write_table(pd.DataFrame({"a": [1]}), str(path))

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(FileError, match=f"can't write .*{message}.*unchanged"):
        write_table(pd.DataFrame({"a": [2]}), str(path))
    assert path.read_text() == "a\n1\n"
    assert os.listdir(tmp_path) == ["out.csv"]


def _write_half(storage: AbstractFileSystem, path: str) -> None:
    with replace_file(storage, path) as file:
        file.write(b"new")
        raise KeyboardInterrupt


def test_a_writer_that_is_stopped_leaves_the_old_file(tmp_path: Path) -> None:
    for path in (str(tmp_path / "out.bin"), "memory://stopped/out.bin"):
        storage, inside = open_storage(path)
        with replace_file(storage, inside) as file:
            file.write(b"old")
        with pytest.raises(KeyboardInterrupt):
            _write_half(storage, inside)
        assert storage.cat_file(inside) == b"old"
    assert os.listdir(tmp_path) == ["out.bin"]


def test_places_that_can_not_be_written_to(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1]})
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(FileError, match="a folder of this name is there"):
        write_table(table, str(tmp_path / "dir.csv"))
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="a part of the path is a file"):
        write_table(table, str(tmp_path / "file" / "x.csv"))
    with pytest.raises(InputError, match=r"written as CSV or Parquet; got .*x.tsf"):
        write_table(table, str(tmp_path / "x.tsf"))
    with pytest.raises(InputError, match="values of one kind"):
        write_table(pd.DataFrame({"a": [1, "x"]}), str(tmp_path / "x.csv"))


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").touch(mode=0o640)
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write_table(pd.DataFrame({"a": [1]}), str(tmp_path / "link.csv"))
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a\n1\n"
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o640


def test_a_file_that_vanishes(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(_GOOD)
    found = survey(Source(str(path)))
    path.unlink()
    with pytest.raises(FileError, match=r"can't read 'in.csv': there is no such file"):
        read_partition(found.source, found.partitions[0], found.columns)
