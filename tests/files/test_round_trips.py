"""What is read from a file and written again has the types and the form that it had."""

import datetime as dt
import decimal
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import InputError
from esrnn.files import Columns, Source, as_written, read_partition, survey, write_table
from esrnn.frames import long_to_panel, panel_to_long


def _forecast(path: str, **how: str) -> pa.Table:
    """Read a file, make a forecast of two steps, and give it the form of the file."""
    found = survey(Source(path, **how))  # type: ignore[arg-type]
    table = read_partition(found.source, found.partitions[0], found.columns)
    framed = long_to_panel(table.frame)
    ahead = panel_to_long(framed.panel.values[:2].reshape(1, 2), framed, 2)
    return as_written(ahead, table.columns, table.form)


@pytest.mark.parametrize(
    ("stamps", "ahead"),
    [
        (["2024-01-30", "2024-01-31"], ["2024-02-01", "2024-02-02"]),
        (["2024-01", "2024-02"], ["2024-03", "2024-04"]),
        (["2024-01-31 22:00", "2024-01-31 23:00"], ["2024-02-01 00:00", "2024-02-01 01:00"]),
        (["2024-01-31T23", "2024-02-01T00"], ["2024-02-01T01", "2024-02-01T02"]),
        (
            ["2024-01-31T22:00:00.250", "2024-01-31T22:00:00.500"],
            ["2024-01-31T22:00:00.750", "2024-01-31T22:00:01.000"],
        ),
        (
            ["2024-01-31T22:00:00Z", "2024-01-31T23:00:00Z"],
            ["2024-02-01T00:00:00Z", "2024-02-01T01:00:00Z"],
        ),
        (
            ["2024-01-31 22:00-03:30", "2024-01-31 23:00-03:30"],
            ["2024-02-01 00:00-03:30", "2024-02-01 01:00-03:30"],
        ),
        (
            ["2024-01-31 22:00+01", "2024-01-31 23:00+01"],
            ["2024-02-01 00:00+01", "2024-02-01 01:00+01"],
        ),
        (
            ["2024-01-31 22:00+0100", "2024-01-31 23:00+0100"],
            ["2024-02-01 00:00+0100", "2024-02-01 01:00+0100"],
        ),
        (["2023Q3", "2023Q4"], ["2024Q1", "2024Q2"]),
        (["2023-Q3", "2023-Q4"], ["2024-Q1", "2024-Q2"]),
        (["2023-W51", "2023-W52"], ["2024-W01", "2024-W02"]),
        (["1990", "1991"], ["1992", "1993"]),
        (["7", "8"], ["9", "10"]),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".csv.zst", ".csv.bz2", ".tsv", ".parquet"])
def test_time_stamps_of_text_keep_their_form(
    tmp_path: Path, stamps: list[str], ahead: list[str], ending: str
) -> None:
    path, out = str(tmp_path / f"in{ending}"), str(tmp_path / f"out{ending}")
    write_table(pa.table({"unique_id": ["007"] * 2, "ds": stamps, "y": [1.5, 2.5]}), path)
    write_table(_forecast(path), out)
    found = survey(Source(out), Columns(value="y_hat"))
    assert found.said == ()
    again = read_partition(found.source, found.partitions[0], found.columns).frame
    assert again["unique_id"].tolist() == ["007"] * 2
    assert again["y_hat"].tolist() == [1.5, 2.5]
    if ending in (".csv", ".tsv"):
        between = "\t" if ending == ".tsv" else ","
        lines = Path(out).read_text().splitlines()
        assert [line.split(between)[1] for line in lines[1:]] == ahead
    if ending == ".parquet":
        assert pq.read_table(out)["ds"].to_pylist() == ahead


@pytest.mark.parametrize(
    ("time_format", "stamps", "ahead"),
    [
        ("%d.%m.%Y", ["30.01.2024", "31.01.2024"], ["01.02.2024", "02.02.2024"]),
        ("%Y%m%d", ["20240130", "20240131"], ["20240201", "20240202"]),
        ("%m/%d/%Y %H:%M", ["01/31/2024 22:00", "01/31/2024 23:00"],
         ["02/01/2024 00:00", "02/01/2024 01:00"]),
    ],
)  # fmt: skip
def test_a_form_that_the_user_gives(time_format: str, stamps: list[str], ahead: list[str]) -> None:
    table = pa.table({"unique_id": ["a"] * 2, "ds": stamps, "y": [1, 2]})
    write_table(table, "memory://form/in.csv")
    assert _forecast("memory://form/in.csv", time_format=time_format)["ds"].to_pylist() == ahead


def test_offsets_of_a_zone_are_those_of_the_day() -> None:
    stamps = ["2024-03-31T00:00:00+01:00", "2024-03-31T01:00:00+01:00"]
    table = pa.table({"unique_id": ["a"] * 2, "ds": stamps, "y": [1, 2]})
    write_table(table, "memory://form/in.csv")
    assert _forecast("memory://form/in.csv", zone="Europe/Berlin")["ds"].to_pylist() == [
        "2024-03-31T03:00:00+02:00", "2024-03-31T04:00:00+02:00"
    ]  # fmt: skip
    write_table(
        table.set_column(1, "ds", pa.array(["2024-03-31T00:00Z", "2024-03-31T01:00Z"])),
        "memory://form/in.csv",
    )
    assert _forecast("memory://form/in.csv", zone="Europe/Berlin")["ds"].to_pylist() == [
        "2024-03-31T02:00Z", "2024-03-31T03:00Z"
    ]  # fmt: skip


def test_dates_that_are_whole_numbers_stay_so() -> None:
    table = pa.table({"unique_id": ["a"] * 3, "ds": [20240130, 20240131, 20240201], "y": 3 * [1]})
    write_table(table, "memory://form/in.parquet")
    with pytest.raises(InputError, match="look like dates, such as 20240130"):
        _forecast("memory://form/in.parquet")
    table = pa.table({"unique_id": ["a"] * 2, "ds": [20240130, 20240131], "y": [1, 2]})
    write_table(table, "memory://form/in.parquet")
    ahead = _forecast("memory://form/in.parquet", time_format="%Y%m%d")["ds"]
    assert ahead.type == pa.int64()
    assert ahead.to_pylist() == [20240201, 20240202]


_BERLIN = "Europe/Berlin"
_DAYS = pd.date_range("2024-03-30", periods=2, freq="D")
_IDS = {
    "text": pa.array(["7", "7"]),
    "large text": pa.array(["é,\"\n", "é,\"\n"], pa.large_string()),
    "whole": pa.array([2**53 + 1] * 2),
    "small": pa.array([200, 200], pa.uint8()),
    "huge": pa.array([2**64 - 1] * 2, pa.uint64()),
    "float": pa.array([0.5, 0.5]),
    "truth": pa.array([True, True]),
    "bytes": pa.array([b"\x00\xff"] * 2),
    "decimal": pa.array([decimal.Decimal("1.50")] * 2, pa.decimal128(5, 2)),
    "date": pa.array([dt.date(2024, 2, 29)] * 2),
    "category": pa.array(["a", "a"]).dictionary_encode(),
}  # fmt: skip
_TIMES = {
    "date": pa.array(_DAYS, pa.date32()),
    "ms": pa.array(_DAYS, pa.timestamp("ms")),
    "ns": pa.array(_DAYS, pa.timestamp("ns")),
    "ms in a zone": pa.array(_DAYS.tz_localize(_BERLIN), pa.timestamp("ms", _BERLIN)),
    "us in utc": pa.array(_DAYS.tz_localize("UTC"), pa.timestamp("us", "UTC")),
    "offset": pa.array(_DAYS.tz_localize("UTC"), pa.timestamp("us", "+02:00")),
    "int16": pa.array([1, 3], pa.int16()),
    "years": pa.array([1990.0, 1991.0]),
    "periods": pa.array(pd.period_range("2024-01", periods=2, freq="M").array),
    "text": pa.array(["2024-01-01", "2024-01-02"], pa.large_string()),
    "categories": pa.array(["2024-01-01", "2024-01-02"]).dictionary_encode(),
}  # fmt: skip


@pytest.mark.parametrize("ids", _IDS)
@pytest.mark.parametrize("time", ["ms", "int16"])
def test_ids_keep_their_type(ids: str, time: str) -> None:
    table = pa.table({"unique_id": _IDS[ids], "ds": _TIMES[time], "y": [1.0, 2.0]})
    write_table(table, "memory://types/ids.parquet")
    ahead = _forecast("memory://types/ids.parquet")
    assert ahead.schema.field("unique_id").type == _IDS[ids].type
    assert ahead["unique_id"].to_pylist() == _IDS[ids].to_pylist()


@pytest.mark.parametrize("time", _TIMES)
def test_time_stamps_keep_their_type(time: str) -> None:
    table = pa.table({"unique_id": ["a"] * 2, "ds": _TIMES[time], "y": [1.0, 2.0]})
    write_table(table, "memory://types/times.parquet")
    ahead = _forecast("memory://types/times.parquet")["ds"]
    assert ahead.type == _TIMES[time].type
    both = pa.chunked_array([_TIMES[time], *ahead.chunks]).to_pylist()
    if time not in ("categories", "text", "ms in a zone"):
        steps = {later - earlier for earlier, later in pairwise(both)}
        assert len(steps) == 1
    if time == "ms in a zone":  # the clocks change on the second day
        assert [one.strftime("%d %H %z") for one in both[1:]] == [
            "31 00 +0100", "01 00 +0200", "02 00 +0200"
        ]  # fmt: skip


def test_time_stamps_that_outgrow_their_type() -> None:
    table = pa.table({"unique_id": ["a"] * 2, "ds": pa.array([126, 127], pa.int8()), "y": [1, 2]})
    write_table(table, "memory://types/small.parquet")
    assert _forecast("memory://types/small.parquet")["ds"].to_pylist() == [128, 129]


@given(
    st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1), min_size=1, max_size=4, unique=True
    ),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1, max_size=4),
)  # fmt: skip
def test_csv_keeps_all_texts_and_numbers(ids: list[str], values: list[float | None]) -> None:
    n = len(values)
    table = pa.table(
        {
            "unique_id": [one for one in ids for _ in range(n)],
            "ds": [*range(n)] * len(ids),
            "y": pa.array(values * len(ids), pa.float64()),
        }
    )
    write_table(table, "memory://texts/in.csv")
    found = survey(Source("memory://texts/in.csv"))
    frame = read_partition(found.source, found.partitions[0], found.columns).frame
    assert frame["unique_id"].tolist() == table["unique_id"].to_pylist()
    assert frame["ds"].tolist() == table["ds"].to_pylist()
    pd.testing.assert_series_equal(frame["y"], pd.Series(values * len(ids), name="y", dtype=float))
