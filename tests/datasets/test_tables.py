"""Files into panels: the wide CSV of M4, and Parquet where the loaders' tests do not go."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from esrnn.datasets import load_m4
from esrnn.datasets.published import file_name, published
from esrnn.datasets.tables import read_m4_info, read_parquet, read_wide_csv, write_parquet
from esrnn.errors import InputError
from esrnn.panel import Panel
from tests.datasets.samples import TEST, TRAIN, by_number, panel_of, put_csv, wide_csv


def read(folder: Path, content: str | bytes) -> Panel:
    path = folder / "Yearly-train.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_wide_csv(path)


def assert_same(panel: Panel, expected: Panel) -> None:
    assert panel.ids == expected.ids
    assert_array_equal(panel.indptr, expected.indptr)
    assert_array_equal(panel.values, expected.values, strict=True)


def test_hourly_as_wide_csv_is_what_was_published_and_loads_the_same(tmp_path: Path) -> None:
    frames = load_m4("hourly")
    for frame, (url, sha256), part in zip(
        frames, published("m4", "hourly").files, ("Train", "Test"), strict=True
    ):
        content = wide_csv(panel_of(frame))
        assert hashlib.sha256(content).hexdigest() == sha256
        (tmp_path / "Dataset" / part).mkdir(parents=True)
        (tmp_path / "Dataset" / part / file_name(url)).write_bytes(content)
    for ours, theirs in zip(load_m4("hourly", tmp_path), frames, strict=True):
        assert_frame_equal(ours, theirs, check_exact=True)


@pytest.mark.slow
@pytest.mark.parametrize("group", ["weekly", "yearly"])
def test_checksums_of_bytes_belong_to_the_values(group: str, competition_data_dir: Path) -> None:
    frames = load_m4(group, competition_data_dir)  # type: ignore[arg-type]
    for frame, (_, sha256) in zip(frames, published("m4", group).files, strict=True):
        content = wide_csv(by_number(panel_of(frame)))
        assert hashlib.sha256(content).hexdigest() == sha256


@pytest.mark.parametrize("place", ["m4", "m4/Dataset", ".", "Dataset"])
@pytest.mark.parametrize("names", [("Train", "Test"), (".", ".")])
def test_wide_csv_is_found_in_each_layout(
    place: str, names: tuple[str, str], tmp_path: Path
) -> None:
    put_csv(tmp_path / place, names=names)
    train, test = load_m4("yearly", tmp_path)
    assert_same(panel_of(train), TRAIN)
    assert_same(panel_of(test), TEST)
    assert test.loc["Y2"].index.tolist() == [3, 4]


def test_parquet_goes_before_csv_in_one_place(tmp_path: Path) -> None:
    put_csv(tmp_path / "m4")
    for panel, part in ((TRAIN, "train"), (TEST, "test")):
        other = Panel(panel.values + 100, panel.indptr, panel.ids)
        write_parquet(other, tmp_path / "m4" / f"yearly_{part}.parquet")
    assert load_m4("yearly", tmp_path)[0]["y"].iloc[0] == 101.5


@pytest.mark.parametrize(
    "content",
    [
        "id,V2,V3,V4,V5\nY1,1.5,2,3.25,4\nY2,10,20,,\n",
        '"V1","V2","V3","V4","V5"\r\n"Y1","1.5","2","3.25","4"\r\n"Y2","10","20",,\r\n',
        '\ufeff"V1","V2","V3","V4","V5"\n"Y1",1.5,2,3.25,4\n"Y2","10","20","",""\n',
        "V1,V2,V3,V4,V5\nY1, 1.5 ,2e0,3.25,4.\nY2,10,20\n\n",
        "V1,V2,V3,V4,V5\nY1,1.5,2,3.25,4\nY2,10,20, ,",
    ],
    ids=["bare", "crlf", "bom", "short rows", "no line end"],
)
def test_ways_to_write_the_same_csv(content: str, tmp_path: Path) -> None:
    assert_same(read(tmp_path, content), TRAIN)


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(finite, min_size=1, max_size=6), min_size=1, max_size=5))
def test_any_numbers_survive_both_formats(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]]
) -> None:
    folder = tmp_path_factory.mktemp("formats")
    panel = Panel.from_arrays(rows, [f"Y{i}" for i in range(len(rows))])
    assert_same(read(folder, wide_csv(panel)), panel)
    write_parquet(panel, folder / "yearly_train.parquet")
    assert_same(read_parquet(folder / "yearly_train.parquet"), panel)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("V1,V2,V3\nY1,1,,\nY2,,2\n", r"1 not so: series 'Y2', column V2: 'empty'"),
        ("V1,V2,V3\nY1,1,x\nY2,1,2\n", r"series 'Y1', column V3: 'x'"),
        ("V1,V2,V3\nY1,NA,2\n", r"series 'Y1', column V2: 'NA'"),
        ("V1,V2,V3\nY1,1,nan\n", r"series 'Y1', column V3: 'nan'"),
        ("V1,V2,V3\nY1,1,-inf\n", r"series 'Y1', column V3: '-inf'"),
        ('V1,V2,V3\nY1,"1,5",2\n', r"series 'Y1', column V2: '1,5'"),
        ("V1,V2,V3\nY1,1\nY2,,\n", r"1 not so: series 'Y2': no values"),
        ("V1,V2,V3\n,1,2\n", r"a row without id, V2: '1'"),
        ("V1,V2,V3\nY1,1,2,3\n", r"series 'Y1': 4 cells in 3 columns"),
        ("V1,V2\nY1,1\nY2,2\nY1,3\n", r"ids must be unique.*1 found: series 'Y1'"),
        ("Y1,1,2\nY2,3,4\n", r"first line must name the columns.*starts with Y1, 1, 2"),
        ("", r"first line must name the columns.*starts with nothing"),
        ("V1,V2\n", r"holds no series"),
        ('V1,V2\nY1,"1\n', r"can't be read as CSV"),
        (b"V1,V2\nY\xff1,1\n", r"can't be read as CSV.*utf-8"),
        ("V1,V2\n" + "".join(f"Y{i},x\n" for i in range(8)), r"8 not so.*'Y4'.*and 3 more"),
    ],
)
def test_damaged_csv_is_refused(content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "Yearly-train.csv") in str(caught.value)


def test_a_group_in_part_is_loaded_in_part(tmp_path: Path) -> None:
    put_csv(tmp_path, TRAIN.subset([1]), TEST.subset([1]))
    train, test = load_m4("yearly", tmp_path)
    assert train.index.unique(level=0).tolist() == ["Y2"]
    assert len(test) == 2


def test_what_is_not_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "yearly_train.parquet"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(InputError, match="can't be read as Parquet"):
        read_parquet(path)
    pd.DataFrame({"unique_id": ["Y1"], "ds": [1], "y": ["many"]}).to_parquet(path)
    with pytest.raises(InputError, match="y numbers"):
        read_parquet(path)
    pd.DataFrame({"unique_id": [], "ds": [], "y": []}).to_parquet(path)
    with pytest.raises(InputError, match="holds no series"):
        read_parquet(path)


def test_the_table_of_series_is_read_from_the_competitions_csv(tmp_path: Path) -> None:
    path = tmp_path / "M4-info.csv"
    path.write_text(
        '"M4id","category","Frequency","Horizon","SP","StartingDate"\n'
        '"Y1","Macro",1,6,"Yearly","01-01-79 12:00"\n'
        '"H1","Other",24,48,"Hourly","01-07-15 12:00"\n'
    )
    info = read_m4_info(path)
    assert info["unique_id"].tolist() == ["Y1", "H1"]
    assert info["seasonal_period"].tolist() == [1, 24]
    assert info["horizon"].tolist() == [6, 48]
    assert info["freq"].tolist() == ["Yearly", "Hourly"]
    path.write_text("M4id,category\nY1,Macro\n")
    with pytest.raises(InputError, match="lacks the columns seasonal_period, horizon"):
        read_m4_info(path)
    path.write_text("")
    with pytest.raises(InputError, match="can't be read"):
        read_m4_info(path)


def test_stored_steps_count_from_one(tmp_path: Path) -> None:
    write_parquet(TRAIN, tmp_path / "x.parquet")
    frame = pd.read_parquet(tmp_path / "x.parquet")
    assert frame["ds"].tolist() == [1, 2, 3, 4, 1, 2]
    assert frame["y"].dtype == np.float64
