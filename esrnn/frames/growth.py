"""A panel that grows: new rows of sktime's containers put behind the ones that are there."""

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

__all__ = ["grow", "history"]


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
    indptr, lengths = framed.panel.indptr, framed.panel.lengths
    series = np.repeat(np.arange(framed.n_series), lengths)
    steps = np.arange(framed.panel.values.size) - np.repeat(indptr[1:], lengths) + 1
    index = framed.times.stamps(series, steps)
    if not framed.single:
        ids = framed.ids.take(series)
        levels = [ids.get_level_values(k) for k in range(ids.nlevels)]
        index = pd.MultiIndex.from_arrays([*levels, index])
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
