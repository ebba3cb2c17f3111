"""Wide files, with a column for each series, read as long ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

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
        series = [name for name in sample.column_names if name != self._time]
        return (
            self._long(sample, series[0])
            if series
            else self._empty(sample.schema.field(self._time).type)
        )

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read series after series; empty cells are no rows."""
        tables = self._file.batches(self._file.names)
        whole = pa.concat_tables(tables)
        yield self._empty(whole.schema.field(self._time).type).select(list(names))
        waiting: list[pa.Table] = []
        n = 0
        for name in self._file.names:
            if name == self._time:
                continue
            waiting.append(self._long(whole, name))
            n += len(waiting[-1])
            if n >= _N_BATCH:
                yield pa.concat_tables(waiting).select(list(names))
                waiting, n = [], 0
        if waiting:
            yield pa.concat_tables(waiting).select(list(names))

    def _long(self, table: pa.Table, name: str) -> pa.Table:
        """Return one series without its empty cells."""
        values, stamps = table.column(name), table.column(self._time)
        kind = values.type
        if pa.types.is_string(kind) and self._is_text:
            empty = pc.is_in(values, self._missing)
        elif pa.types.is_null(kind):
            empty, values = pc.is_null(values), values.cast(pa.float64())
        elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            values = values.cast(pa.float64(), safe=False)
            empty = pc.is_null(values, nan_is_null=True)
        else:
            raise InputError(
                f"the columns of a wide file must hold numbers; got {kind} in column {name!r} of"
                f" {self._where}. Leave it out, or read the file as long."
            )
        id_, time, value = self.names
        ids = pa.repeat(pa.scalar(name, pa.string()), len(table))
        return pa.table({id_: ids, time: stamps, value: values}).filter(pc.invert(empty))

    def _empty(self, time: pa.DataType) -> pa.Table:
        """Return a table of no rows with the types that all series have."""
        value = pa.string() if self._is_text else pa.float64()
        kinds = (pa.string(), time, value)
        return pa.schema(list(zip(self.names, kinds, strict=True))).empty_table()

    def _find_time(self) -> str:
        """Find the column of time: by its usual name, or the only one that holds time."""
        sample = self._file.sample()
        by_name = [name for name in sample.column_names if name.lower() in TIME_NAMES]
        by_kind = [n for n in sample.column_names if looks_like_time(sample.column(n))]
        for found in ([n for n in by_name if n == "ds"], by_kind, by_name):
            if len(found) == 1:
                return str(found[0])
        raise InputError(
            f"the column of time stamps of {self._where} could not be told; it has"
            f" {sample.column_names[:20]}. Say which with time=."
        )
