"""A first look at a source: its files, its columns, and whether all files have them alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from esrnn.errors import InputError
from esrnn.files.columns import FILE_ID, find_columns, require_columns
from esrnn.files.formats import open_format
from esrnn.files.partitions import Partition, find_partitions
from esrnn.files.source import Columns, Source
from esrnn.files.storage import file_errors

__all__ = ["Survey", "survey"]


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

    Reads the first rows of each file only.

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
        If a file is damaged, lacks a column, or has one of another type than the first file.

    Examples
    --------
    >>> import fsspec
    >>> with fsspec.open("memory://shops/sales.csv", "w") as file:
    ...     _ = file.write("shop,date,sold\na,2024-01-01,5\na,2024-01-02,6\n")
    >>> found = survey(Source("memory://shops/sales.csv"))
    >>> found.columns.id, found.columns.time, found.columns.value
    ('shop', 'date', 'sold')
    >>> found.said[0]
    "column 'date' is taken as time: by its name"
    """
    partitions = tuple(find_partitions(source))
    columns = columns or Columns()
    files = [part for partition in partitions for part in partition.files]
    first = _sample(source, files[0], columns)
    keys = [name for name, _ in files[0].keys]
    columns, said = find_columns(first, keys, columns, files[0].name)
    for file in files[1:]:
        sample = _sample(source, file, columns)
        present = [*sample.column_names, *(name for name, _ in file.keys), FILE_ID]
        require_columns(present, columns, file.name)
        _require_same_types(first, sample, columns, (files[0], file))
        first = sample if len(first) == 0 else first
    return Survey(source, partitions, columns, tuple(said))


def _sample(source: Source, partition: Partition, columns: Columns) -> pa.Table:
    """Read the first rows of a file."""
    with file_errors(partition.name, "read"):
        return open_format(source, partition, columns).sample()


def _require_same_types(
    first: pa.Table, other: pa.Table, columns: Columns, files: tuple[Partition, Partition]
) -> None:
    """Refuse a file that has a column of another type than the first."""
    if not len(first) or not len(other):
        return
    is_text = files[0].format in ("csv", "tsf")
    names: Iterable[str | None] = (columns.time, *columns.static, *columns.future)
    for name in names if is_text else (columns.id, *names):  # ids of text are text in all files
        if name not in first.column_names or name not in other.column_names:
            continue
        one, two = (_kind(table.schema.field(name).type) for table in (first, other))
        if is_text and name == columns.time and _is_a_mistake(one, two):
            continue
        if one != two and "nothing" not in (one, two):
            raise InputError(
                f"column {name!r} must be of one type in all files; it has {one} in"
                f" {files[0].name} and {two} in {files[1].name}. Write it alike in all files."
            )


def _is_a_mistake(one: str, two: str) -> bool:
    """Return whether one file has dates, and the other a text that can't be read among them.

    All are read as text, so that only the rows with such a text are faulty.
    """
    kinds = sorted((one, two))
    return kinds[0] == "text" and kinds[1].startswith("time stamps")


def _kind(arrow: pa.DataType) -> str:
    """Name a type so that equal names go together."""
    arrow = arrow.value_type if pa.types.is_dictionary(arrow) else arrow
    if pa.types.is_null(arrow):
        return "nothing"
    if pa.types.is_string(arrow) or pa.types.is_large_string(arrow):
        return "text"
    if pa.types.is_integer(arrow):
        return "whole numbers"
    if pa.types.is_floating(arrow) or pa.types.is_decimal(arrow):
        return "numbers"
    if pa.types.is_timestamp(arrow):
        return "time stamps with a zone" if arrow.tz else "time stamps without a zone"
    if pa.types.is_date(arrow):
        return "time stamps without a zone"
    return str(arrow)
