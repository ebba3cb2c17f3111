"""One reader for each format, behind one protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Protocol

import pyarrow as pa

from esrnn.files.csv_files import CsvFile
from esrnn.files.gluonts_files import GluonTSFile, find_step
from esrnn.files.joined_ids import JoinedFile, id_parts
from esrnn.files.parquet_files import ParquetFile
from esrnn.files.partitions import Partition
from esrnn.files.source import Columns, Source
from esrnn.files.storage import open_storage
from esrnn.files.tsf_files import TsfFile
from esrnn.files.wide import WideFile

__all__ = ["FormatFile", "open_format"]


class FormatFile(Protocol):
    """A file of one format.

    Attributes
    ----------
    names : list of str
        Of its columns.
    """

    names: list[str]

    def sample(self) -> pa.Table:
        """Read the first rows of all columns, with types as they are or seem to be."""
        ...

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns, in batches of rows of one schema; the first one has no rows."""
        ...


def open_format(source: Source, partition: Partition, columns: Columns) -> FormatFile:
    """Return the reader of a file.

    Parameters
    ----------
    source : Source
    partition : Partition
        A single file.
    columns : Columns
        Whose id may be made of several columns; of a wide file, the names of the time column and
        of the columns to make.

    Returns
    -------
    FormatFile

    Raises
    ------
    FileError, InputError
        If the file can't be read, or isn't of its format.
    """
    storage, _ = open_storage(source.path, source.storage_options)
    opener = partial(storage.open, partition.path, "rb")
    if partition.format == "tsf":
        return TsfFile(opener, partition.name)
    if partition.format == "jsonl":
        step = find_step(storage, partition.path, source.freq)
        return GluonTSFile(opener, step, partition.name)
    file: FormatFile
    if partition.format == "csv":
        file = CsvFile(opener, source.csv, partition.name)
    else:
        file = ParquetFile(opener, partition.name)
    if source.layout == "wide":
        return WideFile(file, columns, source.csv.missing, partition.name)
    parts = id_parts(columns.id)
    if columns.id is not None and parts and set(parts) <= set(file.names):
        return JoinedFile(file, columns.id, partition.name)
    return file
