"""Files read, whole or in pieces of whole series."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from esrnn.errors import InputError
from esrnn.files.columns import FILE_ID, require_columns
from esrnn.files.csv_files import numbers_of, numeric_columns
from esrnn.files.formats import open_format
from esrnn.files.frame import Table, names_of, table_from_arrow
from esrnn.files.partitions import Partition, stem_of
from esrnn.files.regroup import cut_at_series, is_grouped, regrouped
from esrnn.files.source import Columns, Source
from esrnn.files.storage import file_errors

__all__ = ["read_columns", "read_partition", "read_pieces"]

# Formats whose values are read as text.
_TEXT = ("csv", "tsf")

log = logging.getLogger("esrnn.files")


def read_partition(source: Source, partition: Partition, columns: Columns) -> Table:
    r"""Read a whole partition.

    Parameters
    ----------
    source : Source
    partition : Partition
        One of its partitions.
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
    >>> from esrnn.files import survey
    >>> with fsspec.open("memory://shops/sales.csv", "w") as file:
    ...     _ = file.write("unique_id,ds,y\n007,2024-01,5\n007,2024-02,\n")
    >>> found = survey(Source("memory://shops/sales.csv"))
    >>> table = read_partition(found.source, found.partitions[0], found.columns)
    >>> table.frame
      unique_id         ds    y
    0       007 2024-01-01  5.0
    1       007 2024-02-01  NaN
    """
    tables = list(read_columns(source, partition, columns, _wanted(columns)))
    data = pa.concat_tables(tables)
    return _table(data, source, partition, columns, _numeric([data], source, partition, columns))


def read_pieces(
    source: Source, partition: Partition, columns: Columns, *, max_rows: int = 2_000_000
) -> Iterator[Table]:
    """Read a partition in pieces of whole series.

    Parameters
    ----------
    source : Source
    partition : Partition
        One of its partitions.
    columns : Columns
        As `survey` found them.
    max_rows : int, default 2_000_000
        Most rows of a piece; a longer series is a piece of its own.

    Yields
    ------
    Table
        The pieces have each series once. Where the rows of a series do not follow each other in the
        file, all rows are sorted into temporary files first, on this machine's own disk, and series
        come in another order than in the file, though the same one each time.

    Raises
    ------
    FileError, InputError
        As `read_partition`.
    """
    if max_rows < 1:
        raise InputError(f"max_rows must be at least 1; got {max_rows}.")
    id_ = names_of(columns)[0]
    wanted = _wanted(columns)
    waiting: list[pa.Table] = []
    for batch in read_columns(source, partition, columns, wanted):
        waiting.append(batch)
        if sum(map(len, waiting)) > max_rows:
            break
    else:
        data = pa.concat_tables(waiting)
        numeric = _numeric([data], source, partition, columns)
        yield _table(data, source, partition, columns, numeric)
        return
    waiting.clear()
    numeric = _numeric(
        read_columns(source, partition, columns, [*columns.static, *columns.future]),
        source, partition, columns,
    )  # fmt: skip
    if is_grouped(read_columns(source, partition, columns, [id_]), id_):
        pieces = cut_at_series(read_columns(source, partition, columns, wanted), id_, max_rows)
    else:
        pieces = regrouped(read_columns(source, partition, columns, wanted), id_, max_rows)
    for piece in pieces:
        yield _table(piece, source, partition, columns, numeric)


def read_columns(
    source: Source, partition: Partition, columns: Columns, names: list[str]
) -> Iterator[pa.Table]:
    """Read some columns of a partition as they are, those of keys and file names among them.

    Parameters
    ----------
    source : Source
    partition : Partition
    columns : Columns
    names : list of str
        Among `columns`.

    Yields
    ------
    pyarrow.Table
        All of one schema; the first one has no rows.
    """
    schema = None
    for part in partition.files:
        constants = dict(part.keys)
        with file_errors(part.name, "read"):
            file = open_format(source, part, columns)
            if columns.id == FILE_ID and FILE_ID not in [*file.names, *constants]:
                constants[FILE_ID] = stem_of(part.name)
            require_columns([*file.names, *constants], columns, part.name)
            # One column at least, since its length is that of the others.
            there = [name for name in names if name in file.names] or file.names[:1]
            for batch in file.batches(there):
                for name in names:
                    if name not in file.names:
                        value = pa.scalar(constants[name], pa.string())
                        batch = batch.append_column(name, pa.repeat(value, batch.num_rows))
                batch = batch.select(names).replace_schema_metadata(None)
                schema = schema or batch.schema
                yield batch if batch.schema == schema else _cast(batch, schema, part.name)


def _cast(batch: pa.Table, schema: pa.Schema, where: str) -> pa.Table:
    """Bring a file's columns to the types of the first file of its partition."""
    try:
        return batch.cast(schema)
    except pa.ArrowException as error:
        raise InputError(
            f"the files of a partition must have columns of one type; {where} has others ({error})."
            " Write them alike."
        ) from None


def _wanted(columns: Columns) -> list[str]:
    return [*names_of(columns), *columns.static, *columns.future]


def _numeric(
    batches: Iterator[pa.Table] | list[pa.Table],
    source: Source,
    partition: Partition,
    columns: Columns,
) -> frozenset[str]:
    """Return the covariates of text that are numbers, all of them."""
    keys = {name for name, _ in partition.files[0].keys}  # stay text
    names = [name for name in (*columns.static, *columns.future) if name not in keys]
    if partition.format not in _TEXT or not names:
        return frozenset()
    return numeric_columns(iter(batches), names, source.csv)


def _table(
    data: pa.Table,
    source: Source,
    partition: Partition,
    columns: Columns,
    numeric: frozenset[str],
) -> Table:
    """Make a frame of rows of a file."""
    arrays = {name: data.column(name) for name in data.column_names}
    value = names_of(columns)[2]
    options = source.csv
    if partition.format == "tsf":
        options = replace(options, missing=("?",))
    if partition.format in _TEXT:
        for name in (value, *columns.static, *columns.future):
            if name == value or name in numeric:
                arrays[name] = numbers_of(arrays[name], options)
            else:
                text = arrays[name]
                arrays[name] = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    table = table_from_arrow(arrays, columns, partition.name, source.time_format, source.zone)
    return _without_copies(table, partition.name)


def _without_copies(table: Table, where: str) -> Table:
    """Drop rows that are there before, alike in every column that is read, and say so."""
    try:
        if _is_in_order(table):
            return table
        copies = table.frame.duplicated(list(table.names)).to_numpy()
    except TypeError:  # lists and the like, which checks of frames refuse
        return table
    if copies.any() and (table.columns.static or table.columns.future):
        copies = copies & table.frame.astype(str).duplicated().to_numpy()  # of lists, too
    if not copies.any():
        return table
    n = int(copies.sum())
    one = "1 row that is an exact copy of another was left out"
    several = f"{n:,} rows that are exact copies of others were left out"
    log.warning("%s: %s", where, one if n == 1 else several)
    return replace(table, frame=table.frame[~copies].reset_index(drop=True))


def _is_in_order(table: Table) -> bool:
    """Return whether no time stamp can be there twice: series one after another, each in order."""
    ids, times = (table.frame[name] for name in table.names[:2])
    if times.dtype == object or ids.hasnans or times.hasnans:
        return False
    same = np.asarray(ids.array[1:] == ids.array[:-1], dtype=np.bool_)
    later = np.asarray(times.array[1:] > times.array[:-1], dtype=np.bool_)
    begins = np.concatenate([[True], ~same])[: len(ids)]
    return bool((later | ~same).all()) and bool(ids[begins].is_unique)
