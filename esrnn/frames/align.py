"""Where the rows of a second frame stand among the steps of a panel's series."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError
from esrnn.frames.checks import Rows, encode_ids, parse_stamps
from esrnn.frames.framed import FramedPanel
from esrnn.frames.frequency import frequency_code
from esrnn.frames.times import OFF_GRID

__all__ = ["Aligned", "align"]


@dataclass(frozen=True, eq=False)
class Aligned:
    """Rows of a frame that belong to series of a panel.

    Parameters
    ----------
    frame : pd.DataFrame
        The rows, in the order given.
    rows : Rows
        The panel's number of each row's series, and its time stamp.
    steps : ndarray of shape (n,), int64
        Steps after the last one of the series; 0 is that step itself.
    """

    frame: pd.DataFrame
    rows: Rows
    steps: IntArray

    @property
    def series(self) -> IntArray:
        """The panel's number of each row's series, of shape (n,)."""
        return self.rows.codes

    def take(self, places: IntArray) -> "Aligned":
        """Return some of the rows."""
        if places.size == len(self.frame) and bool((places[1:] > places[:-1]).all()):
            return self
        return Aligned(self.frame.iloc[places], self.rows.take(places), self.steps[places])


def align(X: pd.DataFrame, framed: FramedPanel) -> Aligned:
    """Find the series and the step of every row of `X`; leave other series out.

    Parameters
    ----------
    X : pd.DataFrame
        With the kind of index that the panel came with. Rows may come in any order, lie before
        the first step of a series and after its last.
    framed : FramedPanel

    Returns
    -------
    Aligned

    Raises
    ------
    InputTypeError
        If the time stamps of `X` are of another kind than the panel's.
    InputError
        If the index has another number of levels, no series of the panel is in it, a row is
        there twice, or a time stamp is not on the steps of the panel.

    Examples
    --------
    >>> from esrnn.frames import sktime_to_panel
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6]))
    >>> align(pd.DataFrame({"promo": [0, 1, 1]}, index=[7, 6, 5]), framed).steps
    array([ 1,  0, -1])
    """
    number, rows = _numbered(X.index, framed)
    own = np.flatnonzero(number >= 0)
    if not own.size:
        raise InputError(
            f"X has no row of a series of y; y has {_shown(framed.ids)}, X has {_shown(rows.ids)}."
            " Give X the ids of y."
        )
    if own.size < len(X):
        X, number, rows = X.iloc[own], number[own], rows.take(own)
    time = X.index.get_level_values(-1)
    stamps = _of_same_kind(parse_stamps(pd.Series(time, name=time.name), rows), framed)
    rows = Rows(number, framed.ids, stamps)
    steps = _steps(rows, stamps, framed)
    _refuse_duplicates(rows, steps)
    return Aligned(X, rows, steps)


def _numbered(index: pd.Index, framed: FramedPanel) -> tuple[IntArray, Rows]:
    """Return the panel's number of each row's series, -1 for others, and the rows as in X."""
    expected = 1 if framed.single else framed.ids.nlevels + 1
    if index.nlevels != expected or isinstance(index, pd.MultiIndex) != (expected > 1):
        raise InputError(
            f"X must have an index of {expected} levels, as y has; got {index.nlevels}. Index its"
            " rows by series and time as those of y."
        )
    if framed.single:
        codes = np.zeros(len(index), dtype=np.int64)
        return codes, Rows(codes, framed.ids)
    rows = encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
    return framed.ids.get_indexer(rows.ids).astype(np.int64)[rows.codes], rows


def _of_same_kind(stamps: pd.Index, framed: FramedPanel) -> pd.Index:
    """Refuse time stamps that can't be compared with the panel's; bring them to its time zone."""
    last = framed.times.last
    if isinstance(stamps, pd.DatetimeIndex) and isinstance(last, pd.DatetimeIndex):
        if (stamps.tz is None) == (last.tz is None):
            return stamps if last.tz is None else stamps.tz_convert(last.tz)
    elif isinstance(stamps, pd.PeriodIndex) or isinstance(last, pd.PeriodIndex):
        if stamps.dtype == last.dtype:
            return stamps
    elif not isinstance(stamps, pd.DatetimeIndex) and not isinstance(last, pd.DatetimeIndex):
        return stamps
    raise InputTypeError(
        f"the time stamps of X must be of the kind that y has, {last.dtype}; got {stamps.dtype}."
        " Convert the index of X."
    )


def _steps(rows: Rows, stamps: pd.Index, framed: FramedPanel) -> IntArray:
    times, n_series = framed.times, framed.n_series
    last = times.last.rename(None)
    # Differences of ordinals mean something within one call only.
    ordinals = times.grid.ordinals(last.append(stamps.rename(None)))
    ends, here = ordinals[:n_series], ordinals[n_series:]
    away = here - ends[rows.codes]
    off = np.flatnonzero((here == OFF_GRID) | (away % times.grid.stride != 0))
    if off.size:
        raise InputError(
            "the rows of X must lie on the steps of y, whose step is"
            f" {frequency_code(times.grid)!r}; off them are: {rows.describe(off)}. Bring X to the"
            " frequency of y, or drop these rows."
        )
    return away // times.grid.stride


def _refuse_duplicates(rows: Rows, steps: IntArray) -> None:
    least = int(steps.min())
    key = rows.codes * (int(steps.max()) - least + 1) + (steps - least)
    if bool((key[1:] > key[:-1]).all()):
        return
    again: BoolArray = pd.Index(key).duplicated()
    if again.any():
        raise InputError(
            "X must have one row for each series and time stamp; there again:"
            f" {rows.describe(np.flatnonzero(again))}. Drop the repeated rows."
        )


def _shown(ids: pd.Index) -> str:
    names = ", ".join(repr(name) for name in ids[:N_LISTED].tolist())
    return names + (", ..." if len(ids) > N_LISTED else "")
