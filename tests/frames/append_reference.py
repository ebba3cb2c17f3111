"""How panels were extended before: slow, and written without the code that does it now.

`tests/frames/test_append.py` holds `esrnn.frames.append` equal to it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from esrnn.errors import InputError
from esrnn.frames import FramedPanel, TimeAxis, sktime_to_panel


def history(framed: FramedPanel) -> pd.DataFrame:
    """Write a panel's own values with their index; steps without a row are NaN."""
    index = framed.index(*framed.past())
    return pd.DataFrame(framed.panel.values[:, None], index, [framed.target_name])


def append_by_parsing_again(framed: FramedPanel, y: pd.Series | pd.DataFrame) -> FramedPanel:
    """Turn the panel into a frame again, put new rows behind the old ones, and parse all."""
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


def append_columns_by_groups(
    columns: pd.DataFrame | None, more: pd.DataFrame | None
) -> pd.DataFrame | None:
    """Put new rows of covariates behind the old ones."""
    if columns is None or more is None:
        return more if columns is None else columns
    strange = [name for name in more.columns if name not in columns.columns]
    lacking = [name for name in columns.columns if name not in more.columns]
    static = _static(columns, lacking)
    changing = [name for name in lacking if static is None or name not in static.columns]
    if strange or changing:
        raise InputError(
            f"X must have the columns it had in training, {list(columns.columns)}; got "
            f"{list(more.columns)}, without {changing[:5]}, beside them {strange[:5]}"
        )
    if static is not None:
        number = static.index.get_indexer(_series_key(more.index))
        filled = static.take(np.maximum(number, 0)).set_axis(more.index, axis=0)
        unknown = np.repeat((number < 0)[:, None], filled.shape[1], axis=1)
        more = pd.concat([more, filled.mask(unknown) if unknown.any() else filled], axis=1)
    both = pd.concat([columns, more[columns.columns]])
    return both[~both.index.duplicated(keep="last")]


def _static(columns: pd.DataFrame, names: Sequence[Hashable]) -> pd.DataFrame | None:
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


def _series_of(index: pd.Index, framed: FramedPanel) -> np.ndarray:
    """Return the number that the panel gives to the series of each new row."""
    if framed.single:
        return np.zeros(len(index), dtype=np.int64)
    ids = cast("pd.MultiIndex", index).droplevel(-1)
    number = framed.ids.get_indexer(ids).astype(np.int64)
    unknown = ids[number < 0].unique()
    if unknown.size:
        raise InputError(
            "new rows must belong to series that are there already; others:"
            f" {unknown.tolist()}. Fit again with all series."
        )
    return number


def _refuse_early(ids: pd.Index) -> None:
    if len(ids):
        raise InputError(
            "new rows must not all lie before their series' start; such series:"
            f" {ids.tolist()}. Fit again to go back in time."
        )
