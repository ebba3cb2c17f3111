"""Folders, patterns and Hive keys; what is found, what is refused, what the results are called."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from esrnn.errors import FileError, InputError
from esrnn.files import (
    Columns,
    Source,
    checksum,
    find_partitions,
    find_shared_series,
    output_name,
    read_partition,
    refuse_shared_series,
    shared,
    write_table,
)
from tests.files.helpers import frames, look, put

_ROWS = "ds,y\n2024-01-01,1\n2024-01-02,2\n"


def _names(path: str, **how: object) -> list[str]:
    return [part.name for part in find_partitions(Source(path, **how))]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["memory", "local"])
def test_a_folder_of_files_with_keys(kind: str, tmp_path: Path) -> None:
    root = str(tmp_path) if kind == "local" else f"memory://keys/{tmp_path.name}"
    for name in ("region=EU/kind=a%2Fb/s1.csv", "region=US/kind=c/s2.csv.gz",
                 "_SUCCESS", ".s3.csv.crc", "region=US/_temporary/s4.csv"):  # fmt: skip
        path = f"{root}/{name}"
        if name.endswith((".csv", ".gz")):
            write_table(pd.DataFrame({"ds": [1, 2], "y": [1.0, 2.0]}), path)
        else:
            write_table(pd.DataFrame({"ds": [1]}), path + ".csv")
    found = look(root, Columns(static=("region", "kind")))
    assert [part.name for part in found.partitions] == [
        "region=EU/kind=a%2Fb/s1.csv", "region=US/kind=c/s2.csv.gz"
    ]  # fmt: skip
    assert found.partitions[0].keys == (("region", "EU"), ("kind", "a/b"))
    assert "each file is one series" in found.said[-1]
    read = list(frames(found).values())
    assert read[0]["unique_id"].tolist() == ["region=EU/kind=a%2Fb/s1"] * 2
    assert read[0][["region", "kind"]].to_numpy().tolist() == [["EU", "a/b"]] * 2
    assert output_name(found.partitions[1], "parquet") == "region=US/kind=c/s2.parquet"


def test_keys_stay_text() -> None:
    for key in ("1", "b"):
        put(f"/textkeys/shop={key}/x.csv", _ROWS)
        write_table(
            pd.DataFrame({"ds": [1], "y": [2.0]}), f"memory://textkeys2/shop={key}/x.parquet"
        )
    for path in ("memory://textkeys", "memory://textkeys2"):
        read = frames(look(path, Columns(static=("shop",)))).values()
        assert [frame["shop"].iloc[0] for frame in read] == ["1", "b"]


def test_a_key_may_be_the_id() -> None:
    for name in ("a", "b", "__HIVE_DEFAULT_PARTITION__"):
        put(f"/idkeys/shop={name}/x.csv", _ROWS)
    read = frames(look("memory://idkeys", Columns(id="shop")))
    assert read["shop=a/x.csv"]["shop"].tolist() == ["a", "a"]
    assert read["shop=__HIVE_DEFAULT_PARTITION__/x.csv"]["shop"].isna().all()
    assert look("memory://idkeys").columns.id == "shop"


def test_patterns() -> None:
    for name in ("a1.csv", "a2.csv", "b1.csv", "notes.md"):
        put(f"/patterns/{name}", _ROWS)
    assert _names("memory://patterns/a*.csv") == ["a1.csv", "a2.csv"]
    assert _names("memory://patterns/[ab]1.csv") == ["a1.csv", "b1.csv"]
    assert _names("memory://patterns/b1.csv") == ["b1.csv"]
    with pytest.raises(FileError, match=r"no file matches 'memory://patterns/c\*.csv'"):
        _names("memory://patterns/c*.csv")
    with pytest.raises(InputError, match=r"got \['/patterns/notes.md'\].*format="):
        _names("memory://patterns")
    assert len(_names("memory://patterns", format="csv")) == 4


def test_a_path_that_is_not_there() -> None:
    put("/there/sales.csv", _ROWS)
    with pytest.raises(
        FileError, match=r"no file or folder 'memory://there/sale.csv'.*'sales.csv'"
    ):
        _names("memory://there/sale.csv")
    with pytest.raises(FileError, match="Nor is there a folder '/nowhere/at/all'"):
        _names("/nowhere/at/all/x.csv")
    with pytest.raises(FileError, match="fsspec knows; got 'nosuch://x'"):
        _names("nosuch://x")
    with pytest.raises(InputError, match="needs a path"):
        Source("")


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()
    with pytest.raises(FileError, match="no data files"):
        _names(str(tmp_path))


def test_files_of_two_formats() -> None:
    put("/mixed/a.csv", _ROWS)
    write_table(pd.DataFrame({"ds": [1], "y": [2]}), "memory://mixed/b.parquet")
    with pytest.raises(InputError, match=r"one format; got \['csv', 'parquet'\]"):
        _names("memory://mixed")


def test_fingerprints_tell_changes(tmp_path: Path) -> None:
    path = str(tmp_path / "in.csv")
    write_table(pd.DataFrame({"ds": [1], "y": [2]}), path)
    (before,) = find_partitions(Source(path))
    assert find_partitions(Source(path)) == [before]
    sum_before = checksum(Source(path), before)
    write_table(pd.DataFrame({"ds": [1], "y": [3]}), path)
    (after,) = find_partitions(Source(path))
    assert after.size == before.size
    assert after.fingerprint != before.fingerprint
    assert checksum(Source(path), after) != sum_before


def test_a_series_in_two_partitions_is_found() -> None:
    put("/shared/year=2023/x.csv", "unique_id,ds,y\na,2023-12-31,1\nb,2023-12-31,2\n")
    put("/shared/year=2024/x.csv", "unique_id,ds,y\na,2024-01-01,3\nc,2024-01-01,4\n")
    found = look("memory://shared")
    both = ("year=2023/x.csv", "year=2024/x.csv")
    assert find_shared_series(found) == {"a": both}
    with pytest.raises(InputError, match=r"found in several: 1 found: series 'a': .*together=True"):
        refuse_shared_series(found)
    together = look("memory://shared", together=True)
    (partition,) = together.partitions
    assert find_shared_series(together) == {}
    assert partition.size == sum(part.size for part in found.partitions)
    frame = read_partition(together.source, partition, together.columns).frame
    assert frame["unique_id"].tolist() == ["a", "b", "a", "c"]
    assert len(checksum(together.source, partition)) == 64


def test_unlike_ids_of_one_hash_are_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    put("/hashes/1.csv", "unique_id,ds,y\na,1,1\nb,1,2\n")
    put("/hashes/2.csv", "unique_id,ds,y\nb,1,3\nc,1,4\n")
    monkeypatch.setattr(shared, "hash_ids", lambda ids: np.zeros(len(ids), dtype=np.uint64))
    assert find_shared_series(look("memory://hashes")) == {"b": ("1.csv", "2.csv")}


def test_series_named_by_files_or_keys_are_not_shared() -> None:
    put("/own/a/x.csv", _ROWS)
    put("/own/b/x.csv", _ROWS)
    found = look("memory://own")
    assert [frame["unique_id"].iloc[0] for frame in frames(found).values()] == ["a/x", "b/x"]
    refuse_shared_series(found)


def test_missing_ids_are_not_shared() -> None:
    for name in ("a", "b"):
        table = pa.table({"unique_id": [name, None], "ds": [1, 2], "y": [1.0, 2.0]})
        write_table(table, f"memory://missing/{name}.parquet")
    assert find_shared_series(look("memory://missing")) == {}


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            pa.table({"unique_id": [1]}),
            pa.table({"unique_id": ["1"]}),
            "'unique_id' .* whole numbers",
        ),
        (
            pa.table({"ds": pa.array([1], pa.timestamp("s"))}),
            pa.table({"ds": [1]}),
            "'ds' .* without",
        ),
        (
            pa.table({"ds": pa.array([1], pa.timestamp("s"))}),
            pa.table({"ds": pa.array([1], pa.timestamp("s", "UTC"))}),
            "'ds' .* with a zone in b.parquet",
        ),
        (pa.table({"size": [1.5]}), pa.table({"size": ["big"]}), "'size' .* text in b.parquet"),
    ],
)
def test_files_with_columns_of_other_types(first: pa.Table, second: pa.Table, message: str) -> None:
    for name, table in (("a", first), ("b", second)):
        whole = {"unique_id": pa.array([7]), "ds": pa.array([7]), "y": pa.array([1.0]),
                 "size": pa.array([1.0])}  # fmt: skip
        whole |= {column: table[column] for column in table.column_names}
        write_table(pa.table(whole), f"memory://types2/{name}.parquet")
    with pytest.raises(InputError, match=message):
        look("memory://types2", Columns(static=("size",)))


def test_files_with_equal_columns_in_other_types_of_arrow() -> None:
    write_table(pa.table({"unique_id": ["a"], "ds": [1], "y": [1]}), "memory://near/a.parquet")
    table = pa.table({"unique_id": pa.array(["b"]).dictionary_encode(),
                      "ds": pa.array([1], pa.int16()), "y": [1.5]})  # fmt: skip
    write_table(table, "memory://near/b.parquet")
    assert [len(frame) for frame in frames(look("memory://near")).values()] == [1, 1]
    together = look("memory://near", together=True)
    with pytest.raises(InputError, match=r"b.parquet has others"):
        read_partition(together.source, together.partitions[0], together.columns)


def test_an_index_that_was_written_is_no_column() -> None:
    frame = pd.DataFrame({"day": ["2024-01-01", "2024-01-02"], "units": [1.5, 2.5]}, [7, 8])
    put("/index/in.csv", frame.to_csv())
    assert look("memory://index/in.csv").columns.value == "units"
    put("/index/in.parquet", frame.to_parquet())
    found = look("memory://index/in.parquet")
    assert (found.columns.time, found.columns.value) == ("day", "units")


def test_a_file_that_lacks_a_column() -> None:
    put("/lacks/a.csv", "unique_id,ds,y\na,1,1\n")
    put("/lacks/b.csv", "unique_id,ds,Y\nb,1,1\n")
    with pytest.raises(InputError, match=r"b.csv lacks columns: value column 'y'.*has .*'Y'"):
        look("memory://lacks")
