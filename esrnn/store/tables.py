"""Tables as the bytes of a Parquet file, and back: columns of a frame, and arrays row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError, ModelFileError
from esrnn.panel.flat import indptr_of

__all__ = ["bytes_to_table", "frame_of", "matrix_of", "ragged_of", "table_to_bytes"]

Matrix = npt.NDArray[Any]
Ragged = tuple[FloatArray, IntArray]


def table_to_bytes(frame: pd.DataFrame, rows: Mapping[str, Matrix | Ragged] | None = None) -> bytes:
    """Write a table as the bytes of a Parquet file.

    Parameters
    ----------
    frame : pd.DataFrame
        Columns with text as names; its index is left out.
    rows : mapping of str to ndarray of shape (n, k), or to (ndarray, indptr), optional
        Further columns that hold an array in each row: of one length, or, given as flat values and
        the boundaries of the rows, of unlike lengths.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If a column holds what Parquet can't, such as numbers and text together.

    Examples
    --------
    >>> data = table_to_bytes(pd.DataFrame({"id": ["a", "b"]}), {"x": np.ones((2, 3))})
    >>> table = bytes_to_table(data, "series.parquet")
    >>> frame_of(table, ["id"])["id"].tolist(), matrix_of(table, "x").shape
    (['a', 'b'], (2, 3))
    """
    import pyarrow.parquet as pq  # here, since most processes neither save nor load

    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        for name, values in (rows or {}).items():
            column = _list_of(*values) if isinstance(values, tuple) else _fixed_list(values)
            table = table.append_column(name, column)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            "ids and columns can be saved if each holds values of one kind: numbers, text, truth"
            f" values, time stamps or categories; got {error}. Convert them before fit, for"
            " example with .astype(str)."
        ) from None
    return bytes(sink.getvalue())


def bytes_to_table(data: bytes, name: str) -> pa.Table:
    """Read a Parquet file.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for the message.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    ModelFileError
        If the bytes are no Parquet file.
    """
    import pyarrow.parquet as pq

    try:
        return pq.read_table(pa.BufferReader(data), use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ModelFileError(
            f"{name} must be a Parquet file; it can't be read as one ({error}). Copy the model"
            " directory again, or save the model anew."
        ) from None


def frame_of(table: pa.Table, columns: list[str]) -> pd.DataFrame:
    """Return some columns as a frame with the dtypes that they were written with.

    Parameters
    ----------
    table : pyarrow.Table
    columns : list of str

    Returns
    -------
    pd.DataFrame
    """
    frame: pd.DataFrame = table.select(columns).to_pandas(use_threads=False)
    return frame


def matrix_of(table: pa.Table, name: str) -> Matrix:
    """Return a column of arrays of one length.

    Parameters
    ----------
    table : pyarrow.Table
    name : str

    Returns
    -------
    ndarray of shape (n, k)
    """
    column = table.column(name)
    width = column.type.list_size
    flat = np.concatenate([np.asarray(c.flatten()) for c in column.chunks] or [np.empty(0)])
    return flat.reshape(table.num_rows, width).copy()


def ragged_of(table: pa.Table, name: str) -> Ragged:
    """Return a column of arrays of unlike lengths, flat.

    Parameters
    ----------
    table : pyarrow.Table
    name : str

    Returns
    -------
    values : ndarray of shape (sum of lengths,), float64
    indptr : ndarray of shape (n + 1,), int64
    """
    chunks = table.column(name).chunks
    flat = np.concatenate([np.asarray(c.flatten()) for c in chunks] or [np.empty(0)])
    lengths = np.concatenate([np.asarray(c.value_lengths()) for c in chunks] or [np.empty(0)])
    indptr = indptr_of(lengths.astype(np.int64))
    return flat.astype(np.float64), indptr


def _fixed_list(matrix: Matrix) -> pa.Array:
    flat = pa.array(np.ascontiguousarray(matrix).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])


def _list_of(values: FloatArray, indptr: IntArray) -> pa.Array:
    return pa.LargeListArray.from_arrays(pa.array(np.asarray(indptr)), pa.array(np.array(values)))
