"""Columns of any type of Arrow, with nulls: read or refused, never another library's error."""

from decimal import Decimal

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import EsrnnError
from esrnn.files import Columns, as_written, read_partition, write_table
from esrnn.frames import long_to_panel, panel_to_long
from tests.files.helpers import look

_TYPES = (
    pa.int8(), pa.uint32(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(),
    pa.bool_(), pa.string(), pa.large_string(), pa.binary(), pa.binary(3), pa.date32(),
    pa.time32("s"), pa.time64("us"), pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ns"),
    pa.timestamp("us", "UTC"), pa.timestamp("us", "America/New_York"), pa.duration("s"),
    pa.decimal128(9, 2), pa.decimal256(40, 3), pa.null(), pa.list_(pa.int64()),
    pa.struct([("a", pa.int64())]), pa.dictionary(pa.int8(), pa.string()),
)  # fmt: skip
_TEXTS = ("2024-01-01", "2024-02", "7", "x", "", "2024-01-01T00:00Z", "ä", "2024Q1")


@st.composite
def _columns(draw: st.DrawFn, n: int) -> pa.Array:
    kind = draw(st.sampled_from(_TYPES))
    n_distinct = draw(st.integers(1, n))
    numbers = [k % n_distinct for k in range(n)]
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_string(plain) or pa.types.is_large_string(plain):
        texts = draw(st.lists(st.sampled_from(_TEXTS), min_size=n_distinct, max_size=n_distinct))
        values: list[object] = [texts[k] for k in numbers]
    elif pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        values = [bytes([k] * 3) for k in numbers]
    elif pa.types.is_boolean(kind):
        values = [bool(k % 2) for k in numbers]
    elif pa.types.is_list(kind):
        values = [[k] for k in numbers]
    elif pa.types.is_struct(kind):
        values = [{"a": k} for k in numbers]
    elif pa.types.is_null(kind):
        values = [None] * n
    else:
        scale = draw(st.sampled_from([1, 1, 7])) if not pa.types.is_time(kind) else 1
        values = list(numbers) if kind == pa.int8() else [k * scale for k in numbers]
    null = draw(st.sets(st.integers(0, n - 1), max_size=2)) if draw(st.booleans()) else set()
    values = [None if k in null else value for k, value in enumerate(values)]
    if pa.types.is_date(kind):
        return pa.array(values, pa.int32()).cast(kind)
    if pa.types.is_decimal(kind):
        values = [None if value is None else Decimal(str(value)) for value in values]
    array = pa.array(values, plain)
    return array.dictionary_encode().cast(kind) if plain is not kind else array


@given(st.data(), st.integers(1, 12))
def test_columns_of_any_types(data: st.DataObject, n: int) -> None:
    names = ("unique_id", "ds", "y", "static", "future")
    table = pa.table({name: data.draw(_columns(n), label=name) for name in names})
    write_table(table, "memory://any/types.parquet")
    try:
        found = look("memory://any/types.parquet", Columns(static=("static",), future=("future",)))
        read = read_partition(found.source, found.partitions[0], found.columns)
        framed = long_to_panel(read.frame, errors="skip")
    except EsrnnError:
        return
    assert 1 <= len(read.frame) <= n  # copies are left out
    ahead = panel_to_long(framed.panel.values[framed.panel.indptr[1:] - 1][:, None], framed, 1)
    written = as_written(ahead, read.columns, read.form)
    assert written.num_rows == framed.n_series
    assert set(written["unique_id"].to_pylist()) <= set(table["unique_id"].to_pylist())
