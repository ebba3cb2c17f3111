"""Tables of Arrow to long frames, with what is needed to write results in the same form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from esrnn.errors import InputError
from esrnn.files.joined_ids import with_parts
from esrnn.files.source import Columns
from esrnn.files.stamps import StampForm, read_stamps, write_stamps

__all__ = ["Form", "Table", "as_written", "names_of", "plain_ids", "table_from_arrow"]

_NESTED = (pa.types.is_struct, pa.types.is_list, pa.types.is_large_list, pa.types.is_map)


@dataclass(frozen=True)
class Form:
    """How ids and time stamps are written in a file.

    Parameters
    ----------
    id : pyarrow.DataType
        Type of the column of ids; text for CSV.
    time : StampForm
    """

    id: pa.DataType
    time: StampForm


@dataclass(frozen=True, eq=False)
class Table:
    """A long frame, and the form that it had in its file.

    Parameters
    ----------
    frame : pd.DataFrame
        Columns of ids, time stamps and values, then static and future ones, under the names that
        they have in the file. Rows in the order of the file.
    columns : Columns
        Their names; none is None.
    form : Form
    """

    frame: pd.DataFrame
    columns: Columns
    form: Form

    @property
    def names(self) -> tuple[str, str, str]:
        """Names of the columns of ids, time stamps and values."""
        return names_of(self.columns)


def table_from_arrow(
    data: Mapping[str, Any],
    columns: Columns,
    where: str,
    time_format: str | None = None,
    zone: str | None = None,
) -> Table:
    """Make a frame of columns of Arrow.

    Parameters
    ----------
    data : mapping of str to pyarrow.ChunkedArray, or to ndarray of objects
        Columns by name.
    columns : Columns
        Without None.
    where : str
        The file, for messages.
    time_format, zone : str, optional
        As of `Source`.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If ids or time stamps are of a type that can't be used.
    """
    id_, time, value = names_of(columns)
    ids = data[id_]
    stamps, stamp_form = read_stamps(data[time], f"column {time!r} of {where}", time_format, zone)
    frame = pd.DataFrame(
        {
            id_: plain_ids(ids, f"column {id_!r} of {where}"),
            time: stamps.to_numpy() if stamps.dtype == object else stamps.array,
            value: _plain(data[value]),
        }
    )
    for name in (*columns.static, *columns.future):
        frame[name] = _plain(data[name])
    return Table(frame, columns, Form(ids.type, stamp_form))


def names_of(columns: Columns) -> tuple[str, str, str]:
    """Return the names of the columns of ids, time and values, which must be known."""
    if columns.id is None or columns.time is None or columns.value is None:
        raise TypeError("the columns of ids, time stamps and values are not all known yet")
    return columns.id, columns.time, columns.value


def as_written(frame: pd.DataFrame, columns: Columns, form: Form) -> pa.Table:
    """Turn results into a table whose ids and time stamps have the form of the file read.

    Parameters
    ----------
    frame : pd.DataFrame
        With the columns of ids and time among others; its index is left out.
    columns : Columns
    form : Form
        Of the table that the results belong to.

    Returns
    -------
    pyarrow.Table
    """
    id_, time, _ = names_of(columns)
    frame = with_parts(frame, id_)
    arrays = {}
    for name in frame.columns:
        column = frame[name].reset_index(drop=True)
        if name == id_:
            arrays[name] = _written_ids(column, form.id)
        elif name == time:
            arrays[name] = write_stamps(column, form.time)
        else:
            arrays[name] = pa.array(column, from_pandas=True)
    return pa.table(arrays)


def plain_ids(column: pa.ChunkedArray, what: str) -> Any:
    """Return ids as a column of pandas, categories as their values."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if any(nested(kind) for nested in _NESTED):
        raise InputError(
            f"ids must be text, numbers or the like; got {kind} in {what}. Make a column that"
            " tells all series apart."
        )
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        empty = pc.equal(column, "")
        if pc.any(empty).as_py():
            column = pc.if_else(empty, pa.scalar(None, kind), column)
    if pa.types.is_float16(kind):  # of which pandas makes no index
        column = column.cast(pa.float32())
    if pa.types.is_integer(kind) and column.null_count:
        return list(column.to_pandas(types_mapper={kind: pd.Int64Dtype()}.get).array)
    return column.to_pandas(date_as_object=True).array


def _plain(column: Any) -> Any:
    """Return a column of values or covariates as pandas has it."""
    if isinstance(column, np.ndarray):
        return column
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    if pa.types.is_integer(column.type) and column.null_count:
        column = column.cast(pa.float64(), safe=False)
    if pa.types.is_null(column.type):
        return np.full(len(column), np.nan)
    return column.to_pandas(date_as_object=False).array


def _written_ids(ids: pd.Series, arrow: pa.DataType) -> pa.Array:
    """Write ids in the type they came in."""
    kind = arrow.value_type if pa.types.is_dictionary(arrow) else arrow
    if isinstance(ids.dtype, pd.CategoricalDtype):
        ids = ids.astype(ids.dtype.categories.dtype)
    half = pa.types.is_float16(kind)
    values = pa.array(ids).cast(kind) if half else pa.array(ids, kind)
    return values.dictionary_encode().cast(arrow) if kind is not arrow else values
