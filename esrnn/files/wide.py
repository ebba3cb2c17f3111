"""Wide files, with a column for each series, read as long ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from esrnn.errors import InputError
from esrnn.files.csv_files import MISSING, CsvFile
from esrnn.files.stamps import looks_like_time
from esrnn.frames.long_tables import TIME_NAMES

if TYPE_CHECKING:
    from esrnn.files.formats import FormatFile
    from esrnn.files.source import Columns

__all__ = ["WideFile"]

_N_BATCH = 1 << 17  # rows


class WideFile:
    """A file with a column of time stamps and one for each series.

    Parameters
    ----------
    file : FormatFile
    columns : Columns
        The name of the column of time, and those that the columns of ids and values are to have.
    missing : tuple of str
        Further texts that stand for an empty cell.
    where : str
        Its name, for messages.

    Attributes
    ----------
    names : list of str
        Of ids, time and values.

    Raises
    ------
    InputError
        If static or future columns are asked for, or the column of time can't be found; from
        `batches` if a column is not one of numbers.
    """

    def __init__(
        self, file: FormatFile, columns: Columns, missing: tuple[str, ...], where: str
    ) -> None:
        if columns.static or columns.future:
            raise InputError(
                "a wide file has no static or future columns: each of its columns is a series. Make"
                " the file long."
            )
        self._file, self._where = file, where
        self._is_text = isinstance(file, CsvFile)
        self._missing = pa.array([*MISSING, *missing])
        self._time = columns.time or self._find_time()
        if self._time not in file.names:
            raise InputError(
                f"{where} lacks the time column {self._time!r}; it has {file.names[:20]}. Name the"
                " column of time stamps."
            )
        self.names = [columns.id or "unique_id", self._time, columns.value or "y"]

    def sample(self) -> pa.Table:
        """Read rows of the first series."""
        sample = self._file.sample()
        stamps = sample.column(self._time)
        for name, column in zip(sample.column_names, sample.columns, strict=True):
            if name != self._time:
                return self._long([name], [column], stamps)
        return self._empty(stamps.type)

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read series after series; empty cells are no rows."""
        whole = pa.concat_tables(self._file.batches(self._file.names)).combine_chunks()
        stamps = whole.column(self._time)
        series = [
            (name, column)
            for name, column in zip(whole.column_names, whole.columns, strict=True)
            if name != self._time
        ]
        yield self._empty(stamps.type).select(list(names))
        at_once = max(1, _N_BATCH // max(1, len(whole)))
        for k in range(0, len(series), at_once):
            some_names, columns = zip(*series[k : k + at_once], strict=True)
            yield self._long(some_names, columns, stamps).select(list(names))

    def _long(
        self, names: Sequence[str], columns: Sequence[pa.ChunkedArray], stamps: pa.ChunkedArray
    ) -> pa.Table:
        """Return some series one after another, without their empty cells."""
        id_, time, value = self.names
        values = [
            chunk
            for name, column in zip(names, columns, strict=True)
            for chunk in self._values(name, column).chunks
        ]
        kind = pa.string() if self._is_text else pa.float64()
        column = pa.chunked_array(values, kind)
        missing = pc.is_null(column, nan_is_null=True)
        if self._is_text:
            missing = pc.or_(missing, pc.is_in(column, self._missing))
        ids = np.repeat(np.arange(len(names)), len(stamps))
        table = pa.table(
            {
                id_: pa.array(names, pa.string()).take(pa.array(ids)),
                time: pa.chunked_array(stamps.chunks * len(names), stamps.type),
                value: column,
            }
        )
        return table.filter(pc.invert(missing))

    def _values(self, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return the cells of a series: text of a CSV file, otherwise numbers."""
        kind = column.type
        if self._is_text:
            return column.cast(pa.string())
        if not (
            pa.types.is_null(kind)
            or pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind)
        ):
            raise InputError(
                f"the columns of a wide file must hold numbers; got {kind} in column {name!r} of"
                f" {self._where}. Leave it out, or read the file as long."
            )
        return column.cast(pa.float64(), safe=False)

    def _empty(self, time: pa.DataType) -> pa.Table:
        """Return a table of no rows with the types that all series have."""
        value = pa.string() if self._is_text else pa.float64()
        kinds = (pa.string(), time, value)
        return pa.schema(list(zip(self.names, kinds, strict=True))).empty_table()

    def _find_time(self) -> str:
        """Find the column of time: by its usual name, or the only one that holds time."""
        sample = self._file.sample()
        by_name = [name for name in sample.column_names if name.lower() in TIME_NAMES]
        pairs = zip(sample.column_names, sample.columns, strict=True)
        by_kind = [name for name, column in pairs if looks_like_time(column)]
        for found in ([n for n in by_name if n == "ds"], by_kind, by_name):
            if len(found) == 1:
                return str(found[0])
        raise InputError(
            f"the column of time stamps of {self._where} could not be told; it has"
            f" {sample.column_names[:20]}. Say which with time=."
        )
