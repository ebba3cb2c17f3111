"""The series that are drawn: which ones, their rows in a frame, their titles."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from esrnn.errors import InputError, Offenders

__all__ = ["RowsBySeries", "choose_series", "title_of", "unit_of"]


class RowsBySeries:
    """The rows of each series in a frame, in the order of time.

    Parameters
    ----------
    frame : pd.Series, pd.DataFrame or None
        With a plain time index for one series, else with the levels of the ids before it.
    ids : pd.Index, optional
        The series to look up, by their number; by default those of the frame.
    """

    def __init__(self, frame: pd.Series | pd.DataFrame | None, ids: pd.Index | None = None) -> None:
        self._frame = pd.DataFrame() if frame is None else pd.DataFrame(frame)
        index = self._frame.index
        self._number = np.zeros(len(index), dtype=np.int64)
        self.ids: pd.Index = pd.RangeIndex(1) if ids is None else ids
        self.single = not isinstance(index, pd.MultiIndex)
        if isinstance(index, pd.MultiIndex):
            names = index.droplevel(-1)
            if ids is None:
                self.ids = names.unique()
            self._number = self.ids.get_indexer(names).astype(np.int64)
            self._frame = self._frame.set_axis(index.get_level_values(-1), axis=0)

    def of(self, i: int) -> pd.DataFrame:
        """Return the rows of series i, indexed by time alone."""
        rows: pd.DataFrame = self._frame.loc[self._number == i].sort_index()
        return rows


def choose_series(
    names: Sequence[Hashable], ids: Sequence[Hashable] | None, n_series: int, where: str
) -> list[int]:
    """Return the numbers of the series to draw.

    Parameters
    ----------
    names : sequence
        Of all series.
    ids : sequence, optional
        The series that were asked for, by name; by default `n_series` at even distances.
    n_series : int
    where : str
        What holds the series, for the text of the error.

    Returns
    -------
    list of int

    Raises
    ------
    InputError
        If a series that was asked for is not there.

    Examples
    --------
    >>> choose_series(["a", "b", "c"], None, 2, "history")
    [0, 2]
    >>> choose_series(["a", "b", "c"], ["c", "a"], 5, "history")
    [2, 0]
    """
    if ids is None:
        n = max(1, min(n_series, len(names)))
        return [int(i) for i in np.linspace(0, len(names) - 1, n).round()]
    number = {name: i for i, name in enumerate(names)}
    asked = [ids] if isinstance(ids, str) else list(ids)
    unknown = [name for name in asked if name not in number]
    if unknown or not asked:
        raise InputError.of_series(
            f"ids must be series of {where}; others",
            Offenders(unknown),
            f"See {where}.index for those that are there.",
        )
    return [number[name] for name in asked]


def title_of(name: Hashable) -> str:
    """Return the title of a series.

    Parameters
    ----------
    name : hashable
        A tuple for hierarchical data.

    Returns
    -------
    str

    Examples
    --------
    >>> title_of(("north", 3)), title_of("H1"), title_of(None)
    ('north / 3', 'H1', '')
    """
    if isinstance(name, tuple):
        return " / ".join(map(str, name))
    return "" if name is None else str(name)


def unit_of(name: Hashable) -> str:
    """Return the label beside all axes: the name of the target, unless it says nothing.

    Parameters
    ----------
    name : hashable

    Returns
    -------
    str

    Examples
    --------
    >>> unit_of("turnover, EUR"), unit_of("y"), unit_of(0)
    ('turnover, EUR', '', '')
    """
    return name if isinstance(name, str) and len(name) > 1 else ""
