"""Parquet files, read in row groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from esrnn.errors import InputError
from esrnn.files.columns import require_unique
from esrnn.files.compressed import Opener

__all__ = ["ParquetFile"]

_N_SAMPLED, _N_ROWS = 1_000, 1 << 17


class ParquetFile:
    """A Parquet file.

    Parameters
    ----------
    opener : callable
        Opens the file for reading bytes.
    where : str
        Its name, for messages.

    Attributes
    ----------
    names : list of str
        Of its columns.

    Raises
    ------
    InputError
        From here and from the methods: if it is no whole Parquet file, or has several columns of
        one name.
    """

    def __init__(self, opener: Opener, where: str) -> None:
        self._opener, self._where = opener, where
        with self._reader() as reader:
            self._schema = reader.schema_arrow
        self.names: list[str] = self._schema.names
        require_unique(self.names, where)

    def sample(self) -> pa.Table:
        """Read the first rows of all columns."""
        with self._reader() as reader:
            first = next(reader.iter_batches(_N_SAMPLED, use_threads=False), None)
        return self._schema.empty_table() if first is None else pa.Table.from_batches([first])

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns, in batches of rows; the first table has no rows."""
        yield self._schema.empty_table().select(list(names))
        with self._reader() as reader:
            for batch in reader.iter_batches(_N_ROWS, columns=list(names), use_threads=False):
                yield pa.Table.from_batches([batch]).select(list(names))

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        with _parquet_errors(self._where), self._opener() as file:
            yield pq.ParquetFile(file)


@contextmanager
def _parquet_errors(where: str) -> Iterator[None]:
    """Say that a file is damaged."""
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(
            f"{where} must be a whole Parquet file; it can't be read as one"
            f" ({str(error).splitlines()[0] if str(error) else type(error).__name__}). Copy or"
            " write it again."
        ) from None
