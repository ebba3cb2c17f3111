"""Pieces of a file: whole series, bounded, and together all rows of the file."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import InputError
from esrnn.files import Columns, read_pieces, write_table
from esrnn.files.regroup import hash_ids
from tests.files.helpers import look


def _pieces(path: str, max_rows: int, columns: Columns | None = None) -> list[pd.DataFrame]:
    found = look(path, columns)
    pieces = read_pieces(found.source, found.partitions[0], found.columns, max_rows=max_rows)
    return [piece.frame for piece in pieces]


def test_exact_copies_are_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    frame = pd.DataFrame({"unique_id": list("aabbb"), "ds": [1, 2, 1, 2, 2], "y": 0.5})
    frame["promo"] = [0, 1, 0, 1, 0]  # the rows of b differ in it
    both = pd.concat([frame, frame.iloc[[3, 1]]], ignore_index=True)
    write_table(both, "memory://copies/in.csv")
    (piece,) = _pieces("memory://copies/in.csv", 100, Columns(future=("promo",)))
    pd.testing.assert_frame_equal(piece[frame.columns], frame, check_dtype=False)
    assert caplog.messages == ["in.csv: 2 rows that are exact copies of others were left out"]
    (piece,) = _pieces("memory://copies/in.csv", 100)
    assert piece["ds"].tolist() == [1, 2, 1, 2]
    assert "3 rows" in caplog.messages[1]


@pytest.mark.parametrize(
    ("ids", "stamps"),
    [("aab", [1, 1, 1]), ("aabba", [1, 2, 1, 2, 2]), ("aab", [2, 1, 2]), ("baa", [1, 1, 2])],
)
def test_copies_are_found_in_any_order(ids: str, stamps: list[int]) -> None:
    frame = pd.DataFrame({"unique_id": list(ids), "ds": stamps, "y": 0.5})
    write_table(frame, "memory://copies/order.parquet")
    (piece,) = _pieces("memory://copies/order.parquet", 100)
    pd.testing.assert_frame_equal(
        piece, frame.drop_duplicates(ignore_index=True), check_dtype=False
    )


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), min_size=1, max_size=20),
    st.integers(1, 60),
    st.booleans(),
    st.sampled_from(["csv", "parquet"]),
)
def test_pieces_have_each_series_once(
    runs: list[tuple[int, int]], max_rows: int, grouped: bool, ending: str
) -> None:
    ids = np.repeat([one for one, _ in runs], [n for _, n in runs])
    if grouped:
        ids = np.sort(ids)
    frame = pd.DataFrame({"unique_id": ids.astype(str), "ds": np.arange(ids.size), "y": 0.5})
    path = f"memory://pieces/in.{ending}"
    write_table(frame, path)
    pieces = _pieces(path, max_rows)
    seen: set[str] = set()
    for piece in pieces:
        there = set(piece["unique_id"])
        assert not there & seen
        assert len(piece) <= max_rows or len(there) == 1
        seen |= there
    whole = pd.concat(pieces, ignore_index=True)
    kind = frame["unique_id"].dtype
    if grouped or len(frame) <= max_rows:  # also in the order of the file
        pd.testing.assert_frame_equal(whole.astype({"unique_id": kind}), frame)
    else:  # rows of a series are in the order of the file
        for name, rows in frame.groupby("unique_id"):
            assert whole.loc[whole["unique_id"] == name, "ds"].tolist() == rows["ds"].tolist()
    assert len(whole) == len(frame)


def test_a_bucket_of_many_rows_is_dealt_out_again() -> None:
    n = 300
    frame = pd.DataFrame({"unique_id": [*range(n)] * 2, "ds": [1] * n + [2] * n, "y": 1.0})
    write_table(frame, "memory://pieces/many.parquet")
    pieces = _pieces("memory://pieces/many.parquet", 2)
    assert max(map(len, pieces)) <= 2
    whole = pd.concat(pieces)
    assert whole.groupby("unique_id")["ds"].agg(list).map(tuple).unique().tolist() == [(1, 2)]
    assert len(whole) == 2 * n
    again = pd.concat(_pieces("memory://pieces/many.parquet", 2))
    pd.testing.assert_frame_equal(whole, again)


def test_a_covariate_is_of_one_kind_in_all_pieces() -> None:
    kinds, sizes = ["1"] * 3 + ["x"] * 3, ["1"] * 3 + ["2"] * 3
    frame = pd.DataFrame({"unique_id": ["a"] * 3 + ["b"] * 3, "ds": [1, 2, 3] * 2, "y": 1.0})
    frame = frame.assign(kind=kinds, size=sizes)
    write_table(frame, "memory://pieces/kinds.csv")
    first, second = _pieces("memory://pieces/kinds.csv", 3, Columns(static=("kind", "size")))
    assert first["kind"].tolist() == ["1"] * 3
    assert second["kind"].tolist() == ["x"] * 3
    assert first["size"].tolist() == [1.0] * 3


def test_max_rows_must_be_positive() -> None:
    write_table(pd.DataFrame({"ds": [1], "y": [2]}), "memory://pieces/one.csv")
    with pytest.raises(InputError, match="max_rows must be at least 1; got 0"):
        _pieces("memory://pieces/one.csv", 0)


@pytest.mark.parametrize(
    "ids",
    [pa.array([1, 2, 1]), pa.array(["1", "2", "1"]), pa.array([b"\xff", b"", b"\xff"]),
     pa.array([1.5, None, 1.5]), pa.array(["a", None, "a"]).dictionary_encode(),
     pa.array([1, 2, 1], pa.decimal128(5, 2))],
)  # fmt: skip
def test_equal_ids_have_equal_hashes(ids: pa.Array) -> None:
    one, two, three = hash_ids(pa.chunked_array([ids[:1], ids[1:]])).tolist()
    assert one == three != two
