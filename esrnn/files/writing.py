"""Tables written as CSV or Parquet, under their name only when whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import IO, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from esrnn.errors import InputError
from esrnn.files.partitions import compression_of, format_of
from esrnn.files.storage import open_storage, replace_file

__all__ = ["write_table"]


def write_table(
    table: pa.Table | pd.DataFrame,
    path: str,
    storage_options: Mapping[str, Any] | None = None,
) -> None:
    """Write a table to a file, which appears under its name only when it is whole.

    Parameters
    ----------
    table : pyarrow.Table or pd.DataFrame
        Such as of `as_written`. The index of a frame is left out.
    path : str
        Local or a URL, whose ending says the format: ``.csv``, ``.csv.gz``, ``.csv.zst``, ``.tsv``
        or ``.parquet``. A file that is there is replaced.
    storage_options : mapping, optional
        For the driver of the file system.

    Raises
    ------
    InputError
        If the ending is of no format that can be written, or a column holds values of several
        kinds.
    FileError
        If the file can't be written. An earlier one is as it was.

    Examples
    --------
    >>> write_table(pd.DataFrame({"unique_id": ["007"], "y_hat": [1.5]}), "memory://out/f.csv")
    >>> import fsspec
    >>> with fsspec.open("memory://out/f.csv", "r") as file:
    ...     print(file.read().strip())
    unique_id,y_hat
    007,1.5
    """
    form = format_of(path)
    if form not in ("csv", "parquet"):
        raise InputError(
            f"results are written as CSV or Parquet; got {path!r}. Give a name that ends in .csv,"
            " .csv.gz, .csv.zst or .parquet."
        )
    storage, inside = open_storage(path, storage_options)
    data = table if isinstance(table, pa.Table) else _from_frame(table)
    with replace_file(storage, inside) as file:
        if form == "parquet":
            pq.write_table(data, file, compression="zstd")
        else:
            _write_csv(data, file, path)


def _from_frame(frame: pd.DataFrame) -> pa.Table:
    try:
        return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    except pa.ArrowException as error:
        raise InputError(
            f"each column must hold values of one kind; got {error}. Convert it, for example with"
            " .astype(str)."
        ) from None


def _write_csv(data: pa.Table, file: IO[bytes], path: str) -> None:
    """Write text, quoted where it has to be."""
    plain = [column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
             for column in data.columns]  # fmt: skip
    data = pa.table(plain, names=data.column_names)
    delimiter = "\t" if ".tsv" in path.lower() else ","
    # Arrow puts either all text into quotes or none.
    style = "needed" if _needs_quotes(data, delimiter) else "none"
    options = pa_csv.WriteOptions(
        include_header=False, delimiter=delimiter, quoting_style=style, batch_size=1 << 16
    )
    header = io.StringIO(newline="")
    csv.writer(header, delimiter=delimiter, lineterminator="\n").writerow(data.column_names)
    raw = pa.PythonFile(file, mode="w")
    codec = compression_of(path)
    with raw if codec is None else pa.CompressedOutputStream(raw, codec) as stream:
        stream.write(header.getvalue().encode())
        pa_csv.write_csv(data, stream, options)


def _needs_quotes(data: pa.Table, delimiter: str) -> bool:
    """Return whether a text holds what ends a field or a row."""
    special = f'[{delimiter}"\r\n]'
    return any(
        pc.any(pc.match_substring_regex(column, special)).as_py() or False
        for column in data.columns
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    )
