"""Rows brought together by series within bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from esrnn._typing import BoolArray, IntArray

__all__ = ["cut_at_series", "hash_ids", "is_grouped", "regrouped"]

Hashes: TypeAlias = npt.NDArray[np.uint64]

# Files to which rows are dealt out at once.
_N_BUCKETS = 64
_BITS = 6


def is_grouped(batches: Iterator[pa.Table], id_: str) -> bool:
    """Return whether all rows of each series follow each other.

    Parameters
    ----------
    batches : iterator of pyarrow.Table
    id_ : str
        The column of ids.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_grouped(iter([pa.table({"id": [1, 1, 2]}), pa.table({"id": [2, 3]})]), "id")
    True
    >>> is_grouped(iter([pa.table({"id": [1, 1, 2]}), pa.table({"id": [1, 3]})]), "id")
    False
    """
    seen: set[int] = set()
    last: int | None = None
    for batch in batches:
        hashes = hash_ids(batch.column(id_))
        if not hashes.size:
            continue
        begins = np.flatnonzero(np.append(True, hashes[1:] != hashes[:-1]))
        for one in hashes[begins].tolist():
            if one == last:
                continue
            if one in seen:
                return False
            seen.add(one)
            last = one
    return True


def cut_at_series(batches: Iterator[pa.Table], id_: str, max_rows: int) -> Iterator[pa.Table]:
    """Cut rows that are grouped into pieces of whole series.

    Parameters
    ----------
    batches : iterator of pyarrow.Table
    id_ : str
        The column of ids.
    max_rows : int
        Most rows of a piece, if it has more than one series.

    Yields
    ------
    pyarrow.Table
    """
    rest: pa.Table | None = None
    for batch in batches:
        rest = batch if rest is None else pa.concat_tables([rest, batch])
        while rest.num_rows > max_rows:
            hashes = hash_ids(rest.column(id_))
            begins = np.flatnonzero(hashes[1:] != hashes[:-1]) + 1
            within = begins[begins <= max_rows]
            if not begins.size:
                break
            cut = int(within[-1] if within.size else begins[0])
            yield rest[:cut].combine_chunks()
            rest = rest[cut:]
    if rest is not None:
        yield rest.combine_chunks()


def regrouped(batches: Iterator[pa.Table], id_: str, max_rows: int) -> Iterator[pa.Table]:
    """Bring rows together by series, through temporary files.

    Parameters
    ----------
    batches : iterator of pyarrow.Table
        Of one schema, in any order.
    id_ : str
        The column of ids.
    max_rows : int
        Most rows of a piece, if it has more than one series.

    Yields
    ------
    pyarrow.Table
        Rows of a series in the order in which they came.
    """
    yield from _regrouped(batches, id_, max_rows, 0)


def hash_ids(column: pa.ChunkedArray) -> Hashes:
    """Return a number for each id, the same in all processes.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of length n

    Returns
    -------
    ndarray of shape (n,), uint64
    """
    coded = column.combine_chunks()
    if not pa.types.is_dictionary(coded.type):
        coded = pc.dictionary_encode(coded, null_encoding="encode")
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    values = coded.dictionary.to_pandas(date_as_object=True)
    if values.dtype == object:
        values = values.map(repr)
    hashes = pd.util.hash_pandas_object(values, index=False).to_numpy()
    hashes = np.append(hashes, np.uint64(0))  # of a missing id
    taken: Hashes = hashes[coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return taken


def _regrouped(
    batches: Iterator[pa.Table], id_: str, max_rows: int, depth: int
) -> Iterator[pa.Table]:
    """Deal rows out to files by some bits of their ids' hashes; again where a file is too long."""
    with tempfile.TemporaryDirectory(prefix="esrnn-") as folder:
        paths = [Path(folder) / f"{k}.arrow" for k in range(_N_BUCKETS)]
        counts, several = _deal_out(batches, id_, paths, depth)
        waiting: list[pa.Table] = []
        n = 0
        for k, path in enumerate(paths):
            if not counts[k]:
                continue
            if n and n + counts[k] > max_rows:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting, n = [], 0
            if counts[k] > max_rows and several[k]:
                yield from _regrouped(_stored(path), id_, max_rows, depth + 1)
            else:
                waiting.append(_by_series(pa.concat_tables(_stored(path)), id_))
                n += counts[k]
            path.unlink()
        if waiting:
            yield pa.concat_tables(waiting).combine_chunks()


def _deal_out(
    batches: Iterator[pa.Table], id_: str, paths: list[Path], depth: int
) -> tuple[IntArray, BoolArray]:
    """Write rows to files; return how many each has, and whether of more than one series."""
    counts = np.zeros(len(paths), dtype=np.int64)
    several = np.zeros(len(paths), dtype=np.bool_)
    first = np.zeros(len(paths), dtype=np.uint64)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with ExitStack() as stack:
        writers: dict[int, pa.RecordBatchFileWriter] = {}
        for batch in batches:
            hashes = hash_ids(batch.column(id_))
            bucket = ((hashes >> np.uint64(_BITS * depth)) % np.uint64(len(paths))).astype(int)
            order = np.argsort(bucket, kind="stable")
            table = batch.take(pa.array(order))
            bounds = np.searchsorted(bucket[order], np.arange(len(paths) + 1))
            for k in np.unique(bucket).tolist():
                if k not in writers:
                    writer = pa.ipc.new_file(paths[k], batch.schema, options=options)
                    writers[k] = stack.enter_context(writer)
                    first[k] = hashes[order[bounds[k]]]
                rows = slice(bounds[k], bounds[k + 1])
                writers[k].write_table(table[rows])
                counts[k] += rows.stop - rows.start
                several[k] |= bool((hashes[order[rows]] != first[k]).any())
    return counts, several


def _stored(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as file:
        reader = pa.ipc.open_file(file)
        for k in range(reader.num_record_batches):
            yield pa.Table.from_batches([reader.get_batch(k)])


def _by_series(table: pa.Table, id_: str) -> pa.Table:
    """Sort rows by series, each in the order that it had."""
    return table.take(pa.array(np.argsort(hash_ids(table.column(id_)), kind="stable")))
