"""The series and the time stamp of each row of a frame, for reading it and for messages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError, describe_offenders

__all__ = ["Rows", "encode_ids", "stamps_of", "steps_of"]


@dataclass(frozen=True, eq=False)
class Rows:
    """The series and the time stamp of each row of a frame.

    Parameters
    ----------
    codes : ndarray of shape (n,), int64
        Number of the series of each row.
    ids : pd.Index of length N
        Name of each series; a MultiIndex for hierarchical data.
    stamps : pd.Index of length n, optional
        Time stamp of each row. Until it is known, messages give the row's position.
    steps : ndarray of shape (n,), int64, optional
        Steps after the last one of the series in a panel; 0 is that step itself.
    """

    codes: IntArray
    ids: pd.Index
    stamps: pd.Index | None = None
    steps: IntArray | None = None

    def describe(self, rows: IntArray, values: Sequence[object] | None = None) -> str:
        """Count some rows and name the first five by series, time stamp and value."""
        first = rows[:N_LISTED]
        steps = (
            [f"in row {row}" for row in first]
            if self.stamps is None
            else self.stamps.take(first).tolist()
        )
        series = self.ids.take(self.codes[first]).tolist()
        return describe_offenders(series, steps, values, count=rows.size)

    def take(self, order: IntArray) -> "Rows":
        """Return some rows, in the order given."""
        stamps = None if self.stamps is None else self.stamps.take(order)
        steps = None if self.steps is None else self.steps[order]
        return Rows(self.codes[order], self.ids, stamps, steps)


def stamps_of(rows: Rows) -> pd.Index:
    """Return the time stamps of rows, which must be known."""
    if rows.stamps is None:
        raise TypeError("rows have no time stamps yet")
    return rows.stamps


def steps_of(rows: Rows) -> IntArray:
    """Return the steps of rows, which must be known."""
    if rows.steps is None:
        raise TypeError("rows have no steps yet")
    return rows.steps


def encode_ids(columns: Sequence[pd.Index]) -> Rows:
    """Give the series numbers in the order of their first rows.

    Parameters
    ----------
    columns : sequence of pd.Index of length n
        The id of each row; several for hierarchical data, outermost first.

    Returns
    -------
    Rows
        Without time stamps.

    Raises
    ------
    InputTypeError
        If an id is not hashable.
    InputError
        If an id is missing.
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        try:
            codes, uniques = pd.factorize(column)
        except TypeError as error:
            raise InputTypeError(
                f"ids must be hashable; got {error} in {column.name!r}. Use text, numbers or"
                " tuples."
            ) from None
        missing = np.flatnonzero(codes < 0)
        if missing.size:
            rows = ", ".join(str(row) for row in missing[:N_LISTED])
            more = ", ..." if missing.size > N_LISTED else ""
            raise InputError(
                f"every row needs an id; {column.name!r} is missing in {missing.size} rows"
                f" (positions {rows}{more}). Drop these rows or fill in the ids."
            )
        # Numbers are made small again at every level, since their product could overflow.
        key = np.asarray(pd.factorize(key * len(uniques) + codes)[0], dtype=np.int64)
    codes, first = _first_appearance(key)
    ids = [column.take(first) for column in columns]
    index = ids[0] if len(ids) == 1 else pd.MultiIndex.from_arrays(ids)
    return Rows(codes, index)


def _first_appearance(key: IntArray) -> tuple[IntArray, IntArray]:
    """Return numbers of keys in the order of first appearance, and where each appears first."""
    codes, uniques = pd.factorize(key)
    first = np.full(len(uniques), len(key), dtype=np.int64)
    np.minimum.at(first, codes, np.arange(len(key)))
    return codes.astype(np.int64), first
