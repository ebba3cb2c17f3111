"""A panel that grows: new rows of sktime's containers put behind the ones that are there."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from esrnn._typing import IntArray
from esrnn.errors import InputError, describe_offenders
from esrnn.frames.checks import require_frame
from esrnn.frames.framed import FramedPanel
from esrnn.frames.sktime_panel import sktime_to_panel
from esrnn.frames.times import TimeAxis

__all__ = ["grow", "grow_columns", "history"]


def history(framed: FramedPanel) -> pd.DataFrame:
    """Write a panel's own values with their index, as sktime has them.

    Parameters
    ----------
    framed : FramedPanel
        Any panel.

    Returns
    -------
    pd.DataFrame
        One column, series after series; steps without a row are there as NaN, missing steps
        before the first observed value are not.

    Examples
    --------
    >>> import pandas as pd
    >>> history(sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6], name="a")))
         a
    5  1.0
    6  2.0
    """
    index = framed.index(*framed.past())
    return pd.DataFrame(framed.panel.values[:, None], index, [framed.target_name])


def grow(framed: FramedPanel, y: pd.Series | pd.DataFrame) -> FramedPanel:
    """Put new rows behind the series of a panel.

    Every series that has new rows ends with the last of them, so rows that were there before and
    lie later are dropped: whoever goes through the past step by step forecasts from each step
    without a look at what came after. A time stamp that was there already takes its new value.
    A series' first row stays as it is and rows before it are left out, since its seasonality is
    counted from there.

    Parameters
    ----------
    framed : FramedPanel
        The panel; its order of series, names and frequency stay.
    y : pd.Series or pd.DataFrame
        New rows of some or all of its series, as for `sktime_to_panel`.

    Returns
    -------
    FramedPanel
        The same series in the same order.

    Raises
    ------
    InputError
        If `y` has a series that isn't in the panel, all rows of a series lie before its start,
        or as `sktime_to_panel`.

    Examples
    --------
    >>> import pandas as pd
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6]))
    >>> grow(framed, pd.Series([4.0], index=[8])).panel.values
    array([ 1.,  2., nan,  4.])
    """
    require_frame(y, "y", or_series=True)
    old = history(framed)
    new = (y.to_frame() if isinstance(y, pd.Series) else y).set_axis(old.columns, axis=1)
    old_number = np.repeat(np.arange(framed.n_series), framed.panel.lengths)
    new_number = _series_of(new.index, framed)
    old_stamps = pd.Series(old.index.get_level_values(-1))
    new_stamps = pd.Series(new.index.get_level_values(-1))
    starts = old_stamps.take(framed.panel.indptr[:-1]).reset_index(drop=True)
    ends = new_stamps.groupby(new_number).max()
    which = ends.index.to_numpy(dtype=np.int64)
    _refuse_early(framed.ids.take(which[ends.to_numpy() < starts.take(which).to_numpy()]))
    # Where a series has no new rows its end is NaT or NaN, which nothing is later than.
    later = old_stamps > ends.reindex(old_number).reset_index(drop=True)
    early = new_stamps <= starts.take(new_number).reset_index(drop=True)
    both = pd.concat([old[~later.to_numpy()], new[~early.to_numpy()]])
    grown = sktime_to_panel(both[~both.index.duplicated(keep="last")], freq=framed.times.freq)
    times = TimeAxis(grown.times.last.rename(framed.time_name), grown.times.grid)
    return replace(framed, panel=grown.panel, times=times, n_gaps=framed.n_gaps + grown.n_gaps)


def grow_columns(columns: pd.DataFrame | None, more: pd.DataFrame | None) -> pd.DataFrame | None:
    """Put new rows of covariates behind the ones that are there.

    Parameters
    ----------
    columns, more : pd.DataFrame or None
        Covariates with an index as the series have it, in any order. A row that was there already
        takes its new values. Columns that never change within a series may be left out of `more`.

    Returns
    -------
    pd.DataFrame or None

    Raises
    ------
    InputError
        If `more` has other columns, or is without one that changes.

    Examples
    --------
    >>> import pandas as pd
    >>> old = pd.DataFrame({"promo": [0, 1], "kind": ["a", "a"]}, index=[5, 6])
    >>> grow_columns(old, pd.DataFrame({"promo": [1]}, [7]))
       promo kind
    5      0    a
    6      1    a
    7      1    a
    """
    if columns is None or more is None:
        return more if columns is None else columns
    strange = [name for name in more.columns if name not in columns.columns]
    lacking = [name for name in columns.columns if name not in more.columns]
    facts = _facts(columns, lacking)
    changing = [name for name in lacking if facts is None or name not in facts.columns]
    if strange or changing:
        raise InputError(
            f"X must have the columns it had in training, {list(columns.columns)}; got "
            f"{list(more.columns)}, without {changing[:5]}, beside them {strange[:5]}"
        )
    if facts is not None:
        number = facts.index.get_indexer(_series_key(more.index))
        filled = facts.take(np.maximum(number, 0)).set_axis(more.index, axis=0)
        more = pd.concat([more, filled.mask(number < 0) if (number < 0).any() else filled], axis=1)
    both = pd.concat([columns, more[columns.columns]])
    return both[~both.index.duplicated(keep="last")]


def _facts(columns: pd.DataFrame, names: Sequence[Hashable]) -> pd.DataFrame | None:
    """Return the values, series by series, of those columns that never change."""
    if not names:
        return None
    key = _series_key(columns.index)
    levels = 0 if key.nlevels == 1 else list(range(key.nlevels))
    groups = columns[list(names)].set_axis(key, axis=0).groupby(level=levels)
    constant = groups.nunique(dropna=False).max() <= 1
    first: pd.DataFrame = groups.head(1).loc[:, constant.to_numpy()]
    return first


def _series_key(index: pd.Index) -> pd.Index:
    """Return the index without its time."""
    if isinstance(index, pd.MultiIndex):
        return index.droplevel(-1)
    return pd.Index(np.zeros(len(index), dtype=np.int64))


def _series_of(index: pd.Index, framed: FramedPanel) -> IntArray:
    """Return the number that the panel gives to the series of each new row."""
    if framed.single:
        return np.zeros(len(index), dtype=np.int64)
    ids = cast("pd.MultiIndex", index).droplevel(-1)
    number = framed.ids.get_indexer(ids).astype(np.int64)
    unknown = ids[number < 0].unique()
    if unknown.size:
        raise InputError(
            "new rows must belong to series that are there already; others:"
            f" {describe_offenders(unknown.tolist())}. Fit again with all series."
        )
    return number


def _refuse_early(ids: pd.Index) -> None:
    if len(ids):
        raise InputError(
            "new rows must not all lie before their series' start; such series:"
            f" {describe_offenders(ids.tolist())}. Fit again to go back in time."
        )
