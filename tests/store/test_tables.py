"""Tables come back with their dtypes and bits."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, ModelFileError
from esrnn.store.tables import bytes_to_table, frame_of, matrix_of, ragged_of, table_to_bytes

FRAME = pd.DataFrame(
    {
        "text": ["a", "b", "ü"],
        "number": [1.5, np.nan, -0.0],
        "whole": np.array([3, 2, 1], dtype=np.int32),
        "nullable": pd.array([1, None, 3], dtype="Int64"),
        "kind": pd.Categorical(["x", "y", "x"], ["y", "x"], ordered=True),
        "time": pd.to_datetime(["2024-01-01", "2024-01-02", None]).tz_localize("Europe/Berlin"),
        "true": [True, False, True],
    }
)


def test_a_frame_comes_back_with_its_dtypes() -> None:
    table = bytes_to_table(table_to_bytes(FRAME), "x.parquet")
    pd.testing.assert_frame_equal(frame_of(table, list(FRAME.columns)), FRAME)


def test_rows_of_arrays_come_back_bit_for_bit() -> None:
    matrix = np.random.default_rng(0).normal(size=(4, 3)).T  # not contiguous
    matrix[1, 1] = np.nan
    flat, indptr = np.array([1.0, np.nan, -0.0, 4.0]), np.array([0, 1, 1, 4])
    data = table_to_bytes(FRAME[["text"]], {"matrix": matrix, "ragged": (flat, indptr)})
    table = bytes_to_table(data, "x.parquet")
    assert matrix_of(table, "matrix").tobytes() == np.ascontiguousarray(matrix).tobytes()
    values, bounds = ragged_of(table, "ragged")
    assert values.tobytes() == flat.tobytes()
    assert bounds.tolist() == indptr.tolist()


def test_a_part_of_a_longer_array_is_written_alone() -> None:
    flat = np.arange(10.0)[2:6]
    data = table_to_bytes(FRAME[["text"]], {"x": (flat, np.array([0, 1, 2, 4]))})
    assert ragged_of(bytes_to_table(data, "x"), "x")[0].tolist() == [2.0, 3.0, 4.0, 5.0]


def test_no_rows_come_back_as_none() -> None:
    data = table_to_bytes(
        FRAME[["text"]][:0], {"m": np.empty((0, 3)), "r": (np.empty(0), np.zeros(1, int))}
    )
    table = bytes_to_table(data, "x")
    assert matrix_of(table, "m").shape == (0, 3)
    assert ragged_of(table, "r")[1].tolist() == [0]


def test_mixed_columns_are_refused() -> None:
    with pytest.raises(InputError, match="values of one kind"):
        table_to_bytes(pd.DataFrame({"id": ["a", 1, 2.5]}, dtype=object))


def test_what_parquet_cannot_write_is_refused() -> None:
    intervals = pd.Categorical(pd.interval_range(0, 2))
    with pytest.raises(InputError, match="values of one kind"):
        table_to_bytes(pd.DataFrame({"x": intervals}))


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ModelFileError, match=r"series.parquet must be a Parquet file"):
        bytes_to_table(b"PAR1 and more", "series.parquet")
