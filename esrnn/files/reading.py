"""Sources read: columns found once for all files, then file after file, whole or in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Protocol

import pyarrow as pa

from esrnn.errors import InputError
from esrnn.files.columns import FILE_ID, find_columns, require_columns
from esrnn.files.csv_files import CsvFile, numbers_of
from esrnn.files.frame import Table, names_of, table_from_arrow
from esrnn.files.parquet_files import ParquetFile
from esrnn.files.partitions import Partition, find_partitions
from esrnn.files.source import Columns, Source
from esrnn.files.storage import file_errors, open_storage

__all__ = ["Survey", "read_partition", "survey"]


class FormatFile(Protocol):
    """A file of one format."""

    names: list[str]

    def sample(self) -> pa.Table:
        """Read the first rows of all columns."""
        ...

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns, in batches of rows; the first table has no rows."""
        ...


@dataclass(frozen=True)
class Survey:
    """What a source holds.

    Parameters
    ----------
    source : Source
    partitions : tuple of Partition
    columns : Columns
        None of id, time and value is None.
    said : tuple of str
        A sentence for each column that was found by other than its usual name.
    """

    source: Source
    partitions: tuple[Partition, ...]
    columns: Columns
    said: tuple[str, ...]


def survey(source: Source, columns: Columns | None = None) -> Survey:
    r"""Find the files of a source and their columns, and check that all files have these.

    Reads the first rows of each file, or the end of a Parquet file; no data.

    Parameters
    ----------
    source : Source
    columns : Columns, optional
        The columns that the user named.

    Returns
    -------
    Survey

    Raises
    ------
    FileError
        If a file can't be read.
    InputError
        If a file is damaged, lacks a column, or has ids or time stamps of another type than the
        first one.

    Examples
    --------
    >>> import fsspec
    >>> with fsspec.open("memory://shops/sales.csv", "w") as file:
    ...     _ = file.write("shop,date,sold\na,2024-01-01,5\na,2024-01-02,6\n")
    >>> found = survey(Source("memory://shops/sales.csv"))
    >>> found.columns.id, found.columns.time, found.columns.value
    ('shop', 'date', 'sold')
    """
    partitions = tuple(find_partitions(source))
    columns = columns or Columns()
    said: list[str] = []
    first = _sample(source, partitions[0])
    keys = [name for name, _ in partitions[0].keys]
    columns, said = find_columns(first, keys, columns, partitions[0].name)
    for partition in partitions[1:]:
        sample = _sample(source, partition)
        keys = [name for name, _ in partition.keys]
        present = [*sample.column_names, *keys]
        require_columns([*present, FILE_ID], columns, partition.name)
        _require_same_types(first, sample, columns, (partitions[0].name, partition.name))
    return Survey(source, partitions, columns, tuple(said))


def read_partition(source: Source, partition: Partition, columns: Columns) -> Table:
    r"""Read a whole file.

    Parameters
    ----------
    source : Source
    partition : Partition
        One of its files.
    columns : Columns
        As `survey` found them.

    Returns
    -------
    Table
        Its frame has no rows where the file has none.

    Raises
    ------
    FileError
        If the file can't be read.
    InputError
        If it is damaged, lacks a column, or has ids or time stamps that can't be used.

    Examples
    --------
    >>> import fsspec
    >>> with fsspec.open("memory://shops/sales.csv", "w") as file:
    ...     _ = file.write("unique_id,ds,y\n007,2024-01,5\n007,2024-02,\n")
    >>> found = survey(Source("memory://shops/sales.csv"))
    >>> table = read_partition(found.source, found.partitions[0], found.columns)
    >>> table.frame
      unique_id         ds    y
    0       007 2024-01-01  5.0
    1       007 2024-02-01  NaN
    """
    data = pa.concat_tables(_batches(source, partition, columns))
    return _table(data, source, partition, columns)


def _table(data: pa.Table, source: Source, partition: Partition, columns: Columns) -> Table:
    """Make a frame of rows of a file."""
    arrays = {name: data.column(name) for name in data.column_names}
    _, _, value = names_of(columns)
    if partition.format == "csv":
        for name in (value, *columns.static, *columns.future):
            arrays[name] = numbers_of(arrays[name], source.csv)
    return table_from_arrow(arrays, columns, partition.name, source.time_format, source.zone)


def _batches(source: Source, partition: Partition, columns: Columns) -> Iterator[pa.Table]:
    """Read the columns wanted of a file, those of its keys and its name among them."""
    wanted = [*names_of(columns), *columns.static, *columns.future]
    constants = dict(partition.keys)
    with file_errors(partition.name, "read"):
        file = open_format(source, partition)
        if columns.id == FILE_ID and FILE_ID not in [*file.names, *constants]:
            constants[FILE_ID] = _stem(partition)
        require_columns([*file.names, *constants], columns, partition.name)
        for batch in file.batches([name for name in wanted if name in file.names]):
            for name in wanted:
                if name not in file.names:
                    value = pa.scalar(constants[name], pa.string())
                    batch = batch.append_column(name, pa.repeat(value, batch.num_rows))
            yield batch


def open_format(source: Source, partition: Partition) -> FormatFile:
    """Return the reader of a file's format."""
    storage, _ = open_storage(source.path, source.storage_options)
    opener = partial(storage.open, partition.path, "rb")
    if partition.format == "csv":
        return CsvFile(opener, source.csv, partition.name)
    return ParquetFile(opener, partition.name)


def _sample(source: Source, partition: Partition) -> pa.Table:
    """Read the first rows of a file."""
    with file_errors(partition.name, "read"):
        return open_format(source, partition).sample()


def _stem(partition: Partition) -> str:
    """Return the name of a file without its endings, which names its only series."""
    return partition.name.removesuffix("".join(PurePosixPath(partition.name).suffixes))


def _require_same_types(
    first: pa.Table, other: pa.Table, columns: Columns, names: tuple[str, str]
) -> None:
    """Refuse a file whose ids or time stamps are of another type than those of the first."""
    for name in (columns.id, columns.time):
        if name not in first.column_names or name not in other.column_names:
            continue
        kinds = [_kind(table.schema.field(name).type) for table in (first, other)]
        if kinds[0] != kinds[1]:
            raise InputError(
                f"column {name!r} must be of one type in all files; it is of {kinds[0]} in"
                f" {names[0]} and of {kinds[1]} in {names[1]}. Write it alike in all files."
            )


def _kind(arrow: pa.DataType) -> str:
    """Name a type so that equal names go together."""
    arrow = arrow.value_type if pa.types.is_dictionary(arrow) else arrow
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return "text"
    if pa.types.is_integer(arrow):
        return "whole numbers"
    if pa.types.is_timestamp(arrow):
        return "time stamps with a zone" if arrow.tz else "time stamps without a zone"
    return str(arrow)
