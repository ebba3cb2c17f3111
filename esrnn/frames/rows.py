"""The series and the time stamp of each row of a frame, for reading it and for messages."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError, InputTypeError, Offenders

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

    def offenders(
        self, rows: IntArray, values: Sequence[object] | FloatArray | None = None
    ) -> Offenders:
        """Name some rows by series and time stamp, or by position where that isn't known."""
        series = self.ids.take(self.codes[rows])
        if self.stamps is None:
            return Offenders(series, values=values, rows=rows)
        return Offenders(series, self.stamps.take(rows), values)

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
            raise InputError.of_series(
                f"every row needs an id; it is missing in {column.name!r}",
                Offenders([None] * missing.size, rows=missing),
                "Drop these rows or fill in the ids.",
            )
        if len(columns) == 1:  # numbered in the order of first rows already
            codes = np.asarray(codes, dtype=np.int64)
            return Rows(codes, column.take(_first_rows(codes, len(uniques))))
        # Numbers are made small again at every level, since their product could overflow.
        key = np.asarray(pd.factorize(key * len(uniques) + codes)[0], dtype=np.int64)
    codes, first = _first_appearance(key)
    ids = [column.take(first) for column in columns]
    index = ids[0] if len(ids) == 1 else pd.MultiIndex.from_arrays(ids)
    return Rows(codes, index)


def _first_appearance(key: IntArray) -> tuple[IntArray, IntArray]:
    """Return numbers of keys in the order of first appearance, and where each appears first."""
    codes, uniques = pd.factorize(key)
    codes = codes.astype(np.int64)
    return codes, _first_rows(codes, len(uniques))


def _first_rows(codes: IntArray, n: int) -> IntArray:
    """Return where each number from 0 to n - 1 appears first."""
    first = np.full(n, codes.size, dtype=np.int64)
    np.minimum.at(first, codes, np.arange(codes.size))
    return first
