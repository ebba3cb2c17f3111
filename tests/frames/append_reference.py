"""How panels were extended before: slow, and written without the code that does it now.

`tests/frames/test_append.py` holds `esrnn.frames.append` equal to it.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from esrnn.errors import InputError
from esrnn.frames import FramedPanel, sktime_to_panel


def history(framed: FramedPanel) -> pd.DataFrame:
    """Write a panel's own values with their index; steps without a row are NaN."""
    index = framed.index(*framed.past())
    return pd.DataFrame(framed.panel.values[:, None], index, [framed.target_name])


def append_by_parsing_again(
    framed: FramedPanel, y: pd.Series | pd.DataFrame, rewind: bool = False
) -> FramedPanel:
    """Turn the panel into a frame again, put new rows over the old ones, and parse all."""
    old = history(framed)
    new = (y.to_frame() if isinstance(y, pd.Series) else y).set_axis(old.columns, axis=1)
    if new.index.has_duplicates:
        raise InputError("a row is there twice")
    if rewind:
        ends: dict[Hashable, object] = {}
        for key, stamp in zip(_keys(new), _stamps(new), strict=True):
            ends[key] = max(ends.get(key, stamp), stamp)
        gone = [
            key in ends and stamp > ends[key]
            for key, stamp in zip(_keys(old), _stamps(old), strict=True)
        ]
        old = old[~np.array(gone)]
    merged = {**dict(zip(old.index, old.iloc[:, 0], strict=True)),
              **dict(zip(new.index, new.iloc[:, 0], strict=True))}  # fmt: skip
    index = pd.Index(list(merged))
    if isinstance(old.index, pd.MultiIndex):
        index = pd.MultiIndex.from_tuples(list(merged), names=old.index.names)
    stamps = index.get_level_values(-1).astype(old.index.get_level_values(-1).dtype)
    if isinstance(index, pd.MultiIndex):
        levels = [index.get_level_values(k) for k in range(index.nlevels - 1)]
        index = pd.MultiIndex.from_arrays([*levels, stamps], names=index.names)
    else:
        index = stamps
    both = pd.DataFrame({framed.target_name: list(merged.values())}, index)
    grown = sktime_to_panel(both, freq=framed.times.freq)
    order = [*framed.panel.ids, *(name for name in grown.panel.ids if name not in framed.panel.ids)]
    places = np.array([grown.panel.ids.index(name) for name in order])
    return grown.subset(places)


def _keys(frame: pd.DataFrame) -> list[Hashable]:
    """Return the series of each row."""
    if isinstance(frame.index, pd.MultiIndex):
        return frame.index.droplevel(-1).tolist()
    return [0] * len(frame)


def _stamps(frame: pd.DataFrame) -> pd.Index:
    return frame.index.get_level_values(-1)


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
