"""Arrays come back as they were, however they lay in memory."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from esrnn.errors import ModelFileError
from esrnn.store import arrays_to_bytes, bytes_to_arrays


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Compare values, dtype, shape and bits."""
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )


def round_trip(array: np.ndarray) -> np.ndarray:
    return bytes_to_arrays(arrays_to_bytes({"x": array}), "x")["x"]


def test_a_table_of_pandas_comes_back_in_order() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]})
    table = frame.to_numpy()
    assert not table.flags.c_contiguous  # as pandas lays it out; else this test shows nothing
    np.testing.assert_array_equal(round_trip(table), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
        np.arange(20.0)[::-3],
        np.broadcast_to(np.arange(3), (4, 3)),
        np.arange(6, dtype=">i4"),
        np.array(3.5),
        np.empty((0, 7)),
        np.array([np.nan, -0.0, np.inf]),
        np.array([True, False]),
    ],
    ids=["axes", "stride", "broadcast", "big-endian", "no axes", "empty", "special", "bool"],
)
def test_any_memory_order_comes_back(array: np.ndarray) -> None:
    back = round_trip(array)
    np.testing.assert_array_equal(back, array)
    assert back.shape == array.shape
    assert back.flags.c_contiguous
    assert back.flags.writeable


@given(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    st.booleans(),
)
def test_bits_come_back(array: np.ndarray, transposed: bool) -> None:
    array = array.T if transposed else array
    assert same(round_trip(array), np.array(array, order="C"))


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([object()]), np.array([1j])])
def test_what_is_no_number_is_refused(array: np.ndarray) -> None:
    with pytest.raises(TypeError, match="'x' must hold numbers"):
        arrays_to_bytes({"x": array})


@pytest.mark.parametrize("data", [b"", b"x" * 7, b"\xff" * 40])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError, match=r"m\.safetensors must be a safetensors file"):
        bytes_to_arrays(data, "m.safetensors")
