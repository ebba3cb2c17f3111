"""Monash, GluonTS and wide files, against frames written by hand."""

import bz2
import gzip
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from esrnn.errors import InputError
from esrnn.files import Columns, Source, as_written, read_partition, read_pieces, write_table
from esrnn.files.steps import FileStep, step_of_alias, step_of_words
from tests.files.helpers import frames, look, put

_TSF = """# a comment
@relation test
@attribute series_name string
@attribute region string
@attribute size numeric
@attribute start_timestamp date
@frequency {}
@horizon 2
@missing true
@equallength false
@data
T1:north:3:{}:1.5,?,2
T2:south:4:{}:7
"""


def _one(path: str, columns: Columns | None = None, **how: object) -> pd.DataFrame:
    (frame,) = frames(look(path, columns, **how)).values()
    return frame


@pytest.mark.parametrize(
    ("frequency", "start", "stamps"),
    [
        # A year that begins on its last day is that year, not the next one.
        ("yearly", "1990-12-31 00-00-00", ["1990-01-01", "1991-01-01", "1992-01-01"]),
        ("yearly", "1990-01-01 12-00-00", ["1990-01-01", "1991-01-01", "1992-01-01"]),
        ("yearly", "1968-12-31 12-00-00", ["1968-01-01", "1969-01-01", "1970-01-01"]),
        ("quarterly", "1990-12-31 00-00-00", ["1990-10-01", "1991-01-01", "1991-04-01"]),
        ("monthly", "1990-12-31 00-00-00", ["1990-12-01", "1991-01-01", "1991-02-01"]),
        ("weekly", "1990-12-31 00-00-00", ["1990-12-31", "1991-01-07", "1991-01-14"]),
        (
            "daily",
            "1990-12-31 12-00-00",
            ["1990-12-31 12:00", "1991-01-01 12:00", "1991-01-02 12:00"],
        ),
        (
            "hourly",
            "1990-12-31 23-00-00",
            ["1990-12-31 23:00", "1991-01-01 00:00", "1991-01-01 01:00"],
        ),
        (
            "half_hourly",
            "1990-12-31 23-30-00",
            ["1990-12-31 23:30", "1991-01-01 00:00", "1991-01-01 00:30"],
        ),
        (
            "10_minutes",
            "1990-12-31 23-50-00",
            ["1990-12-31 23:50", "1991-01-01 00:00", "1991-01-01 00:10"],
        ),
        (
            "4_seconds",
            "1990-12-31 23-59-56",
            ["1990-12-31 23:59:56", "1991-01-01 00:00:00", "1991-01-01 00:00:04"],
        ),
    ],
)
def test_a_monash_file(frequency: str, start: str, stamps: list[str]) -> None:
    path = put("tsf/in.tsf", _TSF.format(frequency, start, start))
    frame = _one(path, Columns(static=("region", "size")))
    expected = pd.DataFrame(
        {
            "unique_id": ["T1", "T1", "T1", "T2"],
            "ds": pd.to_datetime([*stamps, stamps[0]]).as_unit("s"),
            "y": [1.5, np.nan, 2.0, 7.0],
            "region": ["north"] * 3 + ["south"],
            "size": [3.0] * 3 + [4.0],
        }
    )
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


def test_a_monash_file_without_dates_counts_steps() -> None:
    path = put("tsf/in.tsf", "@attribute series_name string\n@data\na:1,2\nb:3\n")
    assert _one(path).to_numpy().tolist() == [["a", 1, 1.0], ["a", 2, 2.0], ["b", 1, 3.0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have a line @data"),
        ("@attribute a string\n@frequency fortnightly\n@data\n", "line 2 .* 'fortnightly'"),
        ("@attribute series_name text\n@data\n", "line 1 .* string, numeric or date"),
        ("series_name\n@data\n", "line 1 .* only lines with @ or #"),
        ("@attribute series_name string\n@data\na:b:1,2\n", "line 3 .* got 2 attributes"),
        (_TSF.format("daily", "31.12.1990", "1990-12-31 00-00-00"), "line 12 .*'31.12.1990'"),
        ("@attribute y string\n@attribute y numeric\n@data\n", "different names"),
        ("@attribute series_name string\n@data\na:1,x\n", None),
    ],
)  # fmt: skip
def test_a_monash_file_with_a_fault(text: str, message: str | None) -> None:
    path = put("tsf/in.tsf", text)
    if message is None:  # a value that is no number is told of its series, when it is forecast
        assert _one(path)["y"].tolist() == [1.0, "x"]
        return
    with pytest.raises(InputError, match=message):
        _one(path)


def test_compressed_monash_and_gluonts_files() -> None:
    start = "1990-12-31 00-00-00"
    path = put("packed/in.tsf.gz", gzip.compress(_TSF.format("daily", start, start).encode()))
    assert len(_one(path)) == 4
    line = _lines({"start": "2024", "target": [1, 2], "freq": "D"}).encode()
    for name, data in (("in.json.gz", gzip.compress(line)), ("in.jsonl.bz2", bz2.compress(line))):
        assert len(_one(put(f"packed/{name}", data))) == 2


def test_a_wide_file_with_a_long_first_line() -> None:
    names = [f"series-{k:06d}" for k in range(6_000)]
    path = put("wide/long.csv", f"ds,{','.join(names)}\n1{',2' * 6_000}\n")
    frame = _one(path, layout="wide")
    assert frame["unique_id"].tolist() == names
    assert (frame["y"] == 2.0).all()


def test_steps_in_words() -> None:
    assert step_of_words("15_minutes") == FileStep("second", 900)
    assert step_of_words("3_months") == FileStep("month", 3)
    assert step_of_words("0_minutes") is None
    assert step_of_words("fortnightly") is None
    assert step_of_alias("30T") == step_of_alias("30min") == FileStep("second", 1800)
    assert step_of_alias("A-DEC") == step_of_alias("YE") == FileStep("month", 12)
    assert step_of_alias("W-SUN") == step_of_alias("7D") == FileStep("second", 604_800)
    assert step_of_alias("x") is step_of_alias("0D") is step_of_alias("") is None
    days = FileStep("business day", 1).stamps(np.datetime64("2024-03-01"), 2)  # a Friday
    assert days.astype("M8[D]").astype(str).tolist() == ["2024-03-01", "2024-03-04"]


def _lines(*objects: dict[str, object]) -> str:
    return "\n".join(json.dumps(one) for one in objects) + "\n"


def test_gluonts_lines() -> None:
    path = put(
        "gluon/own.jsonl",
        _lines(
            {"start": "2024-01-31 23:00:00", "target": [1, None, "NaN", 2.5], "item_id": "a",
             "feat_static_cat": [3], "feat_dynamic_real": [[0, 0, 0, 0, 1, 1]], "freq": "h"},
            {"start": "2024-02-01", "target": [7], "item_id": 8, "feat_static_cat": [4],
             "feat_dynamic_real": [[1]], "freq": "H"},
        ),
    )  # fmt: skip
    frame = _one(path, Columns(static=("static_cat_0",), future=("dynamic_real_0",)))
    assert frame["unique_id"].tolist() == ["a"] * 6 + ["8"]
    # The feature is known for two steps after the end, which are rows without a value.
    expected = [1.0, np.nan, np.nan, 2.5, np.nan, np.nan, 7.0]
    np.testing.assert_array_equal(frame["y"], expected)
    assert frame["ds"].iloc[[0, 5, 6]].astype(str).tolist() == [
        "2024-01-31 23:00:00", "2024-02-01 04:00:00", "2024-02-01 00:00:00"
    ]  # fmt: skip
    assert frame["static_cat_0"].tolist() == [3] * 6 + [4]
    assert frame["dynamic_real_0"].tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "place", ["metadata.json", "train/metadata.json", "metadata/metadata.json"]
)
def test_gluonts_metadata_give_the_step(place: str) -> None:
    root = f"gluon/{place.replace('/', '-')}"
    path = put(f"{root}/train/data.json", _lines({"start": "2023-12-31", "target": [1, 2]}))
    with pytest.raises(InputError, match=r"neither in its lines nor in a metadata.json.*freq="):
        _one(path)
    assert _one(path, freq="Q")["ds"].astype(str).tolist() == ["2023-10-01", "2024-01-01"]
    put(f"{root}/{place}", json.dumps({"freq": "M"}))
    assert _one(path)["ds"].astype(str).tolist() == ["2023-12-01", "2024-01-01"]
    assert _one(path)["unique_id"].tolist() == ["0", "0"]
    assert list(frames(look(f"memory://{root}"))) == ["train/data.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ('[{"start": "2024", "target": [1]}]', "line 1 .* must be an object"),
        ('{"start": "2024", "target": [1]', "line 1 .* it is no JSON"),
        ('{"start": "2024", "target": [[1], [2]], "freq": "D"}', "line 1 .* target must be a list"),
        ('{"start": "2024", "target": ["x"], "freq": "D"}', "line 1 .* target must be a list"),
        ('{"start": "2024", "target": [true], "freq": "D"}', "line 1 .* target must be a list"),
        ('{"start": "2024", "target": [], "freq": "D"}', "line 1 .* target must be a list"),
        ('{"start": "2024", "freq": "D"}', "line 1 .* target must be a list"),
        ('{"start": "soon", "target": [1], "freq": "D"}', "line 1 .* got 'soon'"),
        ('{"target": [1], "freq": "D"}', "line 1 .* got None"),
        ('{"start": "2024", "target": [1], "freq": "X"}', "got 'X'"),
        ('{"start": "2024", "target": [1], "freq": 3}', "got 3"),
        ('{"start": "2024", "target": [1, 2, 3], "feat_dynamic_real": [[1, 2]], "freq": "D"}',
         "must have 3 values, got 2"),
        ('{"start": "2024", "target": [1], "feat_static_cat": [1], "freq": "D"}\n'
         '{"start": "2024", "target": [1], "freq": "D"}', "line 2 .* no .'static_cat_0'"),
    ],
)  # fmt: skip
def test_gluonts_lines_with_a_fault(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _one(put("gluon/fault.jsonl", text))


def test_a_wide_csv() -> None:
    path = put("wide/in.csv", "month,a,b\n2024-01,1,\n2024-02,NA,5\n2024-03,3,6\n")
    frame = _one(path, layout="wide")
    assert frame.columns.tolist() == ["unique_id", "month", "y"]
    assert frame["unique_id"].tolist() == ["a", "a", "b", "b"]
    assert frame["y"].tolist() == [1.0, 3.0, 5.0, 6.0]
    assert frame["month"].dt.month.tolist() == [1, 3, 2, 3]
    named = _one(path, Columns(id="shop", value="sold"), layout="wide")
    assert named.columns.tolist() == ["shop", "month", "sold"]


def test_a_wide_parquet() -> None:
    table = pa.table({"when": pa.array([1, 2], pa.timestamp("s")), "a": [1, 2], "b": [0.5, None],
                      "c": pa.nulls(2)})  # fmt: skip
    write_table(table, "memory://wide/in.parquet")
    frame = _one("memory://wide/in.parquet", layout="wide")
    assert frame["unique_id"].tolist() == ["a", "a", "b"]
    assert frame["y"].tolist() == [1.0, 2.0, 0.5]


def test_a_wide_file_that_can_not_be_one() -> None:
    path = put("wide/in.csv", "u,a,b\nx,1,2\n")
    with pytest.raises(InputError, match=r"column of time stamps of in.csv could not be told"):
        _one(path, layout="wide")
    with pytest.raises(InputError, match=r"lacks the time column 'day'; it has \['u', 'a', 'b'\]"):
        _one(path, Columns(time="day"), layout="wide")
    with pytest.raises(InputError, match="no static or future columns"):
        _one(path, Columns(time="u", static=("a",)), layout="wide")
    table = pa.table({"ds": [1, 2], "a": ["x", "y"]})
    write_table(table, "memory://wide/in.parquet")
    with pytest.raises(InputError, match=r"string in column 'a' of in.parquet"):
        _one("memory://wide/in.parquet", layout="wide")


def test_results_of_a_monash_file_are_dates() -> None:
    path = put("tsf/in.tsf", _TSF.format("yearly", "1990-12-31 00-00-00", "1990-12-31 00-00-00"))
    found = look(path)
    table = read_partition(found.source, found.partitions[0], found.columns)
    (piece,) = read_pieces(Source(path), found.partitions[0], found.columns)
    pd.testing.assert_frame_equal(piece.frame, table.frame)
    ahead = pd.DataFrame({"unique_id": ["T1"], "ds": [pd.Timestamp("1993-01-01")], "y_hat": [1.0]})
    write_table(as_written(ahead, table.columns, table.form), "memory://tsf/out.csv")
    assert _one("memory://tsf/out.csv", Columns(value="y_hat"))["ds"].astype(str)[0] == "1993-01-01"
