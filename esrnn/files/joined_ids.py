"""Ids that are made of several columns, such as a store and an item, read as one column.

``store,item`` as the name of the id column means both. Their values are joined, ``001|sku00``, and
are two columns again in what is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from esrnn.errors import InputError

if TYPE_CHECKING:
    from esrnn.files.formats import FormatFile

__all__ = ["JoinedFile", "id_parts", "with_parts"]

_BETWEEN = "|"


def id_parts(name: str | None) -> tuple[str, ...]:
    """Return the names of the columns that a name of several means; none for that of one.

    Parameters
    ----------
    name : str or None

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> id_parts("store, item"), id_parts("store")
    (('store', 'item'), ())
    """
    parts = [] if name is None else [part.strip() for part in name.split(",")]
    return tuple(parts) if len(parts) > 1 else ()


class JoinedFile:
    """A file with one more column: several of its own, joined.

    Parameters
    ----------
    file : FormatFile
    name : str
        Of the new column: the names of its parts, with commas between them.
    where : str
        The file, for messages.

    Attributes
    ----------
    names : list of str
        Of its columns.
    """

    def __init__(self, file: FormatFile, name: str, where: str) -> None:
        self._file, self._name, self._where = file, name, where
        self._parts = id_parts(name)
        self.names = [*file.names, name]

    def sample(self) -> pa.Table:
        """Read the first rows of all columns."""
        return self._joined(self._file.sample(), self.names)

    def batches(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Read some columns, in batches of rows of one schema."""
        if self._name not in names:
            yield from self._file.batches(names)
            return
        wanted = dict.fromkeys([*(name for name in names if name != self._name), *self._parts])
        for batch in self._file.batches(list(wanted)):
            yield self._joined(batch, names)

    def _joined(self, table: pa.Table, names: Sequence[str]) -> pa.Table:
        """Return columns of a table, the joined one among them."""
        parts = []
        for name in self._parts:
            text = table.column(name).cast(pa.string())
            text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
            if pc.any(pc.match_substring(text, _BETWEEN)).as_py():
                raise InputError(
                    f"ids that are made of several columns must have no {_BETWEEN!r} in them; there"
                    f" is one in column {name!r} of {self._where}. Make a column of ids yourself."
                )
            parts.append(text)
        whole = pc.binary_join_element_wise(*parts, _BETWEEN)
        return table.append_column(self._name, whole).select(list(names))


def with_parts(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a frame whose joined ids are in columns of their own again.

    Parameters
    ----------
    frame : pd.DataFrame
    name : str
        The column of ids; if it is that of one column, nothing is done.

    Returns
    -------
    pd.DataFrame

    Examples
    --------
    >>> frame = pd.DataFrame({"store,item": ["001|a", "002|a"], "y": 1.0})
    >>> with_parts(frame, "store,item").columns.tolist()
    ['store', 'item', 'y']
    """
    parts = id_parts(name)
    if not parts or name not in frame:
        return frame
    rows = [text.split(_BETWEEN) for text in frame[name]]
    own = {part: pd.Series([row[k] for row in rows], frame.index, dtype="str")
           for k, part in enumerate(parts)}  # fmt: skip
    columns = [own if column == name else {column: frame[column]} for column in frame.columns]
    return pd.DataFrame({key: value for part in columns for key, value in part.items()})
