"""`from_long`: a table as files and databases have it, brought into the form that `ESRNN` takes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from esrnn._typing import BoolArray, FloatArray, IntArray
from esrnn.errors import N_LISTED, InputError, InputTypeError
from esrnn.frames.checks import require_columns
from esrnn.frames.foreign import to_pandas
from esrnn.frames.framed import find_steps, time_order
from esrnn.frames.frequency import frequency_code
from esrnn.frames.integer_dates import refuse_integer_dates
from esrnn.frames.long_columns import read_time, read_values
from esrnn.frames.rows import Rows, encode_ids, stamps_of
from esrnn.frames.series_data import SeriesData
from esrnn.frames.time_stamps import refuse_repeated

__all__ = ["from_long"]


def from_long(
    df: object,
    *,
    id: str | Sequence[str] | None = "unique_id",
    time: str = "ds",
    target: str = "y",
    covariates: Sequence[str] = (),
    time_format: str | None = None,
) -> SeriesData:
    """Bring a long table, with a row for each series and time stamp, into the form of `ESRNN`.

    Rows are sorted. Dates are read from text, Python's dates, Arrow's and categories; numbers from
    decimals, nullable columns and text. What could mean two things is refused, and rows with faults
    are named. No row is left out but exact copies of others, in the columns that are taken; rows
    after the last value of their series, such as days that are still to come, are in `X` only. The
    notes say so.

    Parameters
    ----------
    df : table
        Of pandas, polars, Arrow or any library that speaks Arrow's C stream. It is not changed.
    id : str, sequence of str, or None
        Column of series ids; several for a hierarchy, from the top down; None for one series.
    time : str
        Column of time stamps: dates, ISO 8601 text such as ``"2024-01-31"``, quarters such as
        ``"2024Q1"``, periods, or whole numbers that count steps.
    target : str
        Column of values. Missing ones are kept, but for those at the end of a series.
    covariates : sequence of str
        Columns to take as covariates. Others are left out, since a column that is not known
        beforehand, such as revenue, would spoil a forecast of sales.
    time_format : str, optional
        How text or digits are read as dates, such as ``"%d.%m.%Y"`` or ``"%Y%m%d"``.

    Returns
    -------
    SeriesData
        `y`, `X` and notes; ``print`` shows the notes.

    Raises
    ------
    InputTypeError
        If `df` is no table, or a column holds something else than numbers or time stamps.
    InputError
        If there are no rows or a column is missing, an id or a time stamp is missing, a time stamp
        can't be read, occurs twice in a series, or a value is infinite.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame(
    ...     {
    ...         "shop": ["b", "a", "a", "a"],
    ...         "day": ["2024-01-02", "2024-01-02", "2024-01-01", "2024-01-03"],
    ...         "sold": ["4", "3", "7", None],
    ...         "promo": [0, 0, 1, 1],
    ...     }
    ... )
    >>> data = from_long(df, id="shop", time="day", target="sold", covariates=["promo"])
    >>> data.y["sold"].to_dict()  # doctest: +NORMALIZE_WHITESPACE
    {('a', Timestamp('2024-01-01 00:00:00')): 7.0, ('a', Timestamp('2024-01-02 00:00:00')): 3.0,
     ('b', Timestamp('2024-01-02 00:00:00')): 4.0}
    >>> print(data)
    4 rows of 2 series, from 2024-01-01 to 2024-01-03.
    Column 'day': text was read as dates.
    Column 'sold': text was read as numbers.
    Rows were sorted by series and time.
    1 row after the last value of its series is in X only; forecasts start there.
    """
    frame, library = to_pandas(df)
    ids = [id] if isinstance(id, str) else list(id or ())
    frame = _whole_table(frame, ids, time, target, covariates)
    rows = _rows(frame, ids)
    stamps, read = read_time(frame[time], rows, time_format)
    rows = Rows(rows.codes, rows.ids, stamps.rename(time))
    notes = [] if library is None else [f"The table of {library} was converted to pandas."]
    notes += [_describe(rows, len(ids)), *read, *_of_like_ids(rows.ids)]
    refuse_integer_dates(rows)
    values, read = read_values(frame[target], rows)
    notes += read
    order = _order(rows)
    if order is not None:
        notes.append("Rows were sorted by series and time.")
        rows, values, frame = rows.take(order), values[order], frame.iloc[order]
    rows, values, frame, said = _without_copies(rows, values, frame, covariates)
    notes += said
    _refuse_again(rows)
    index = _index(frame, ids, rows)
    y, ends = pd.DataFrame({target: values}, index), _after_the_end(values, rows.codes)
    X = frame[list(covariates)].set_axis(index, axis=0) if len(covariates) else None
    if ends.any():
        n = int(ends.sum())
        which = "is" if n == 1 else "are"
        whose = "its" if n == 1 else "their"
        where = "in X only" if len(covariates) else "left out of y"
        notes.append(
            f"{_count(n, 'row')} after the last value of {whose} series {which} {where}; forecasts"
            " start there."
        )
        y = y[~ends]
    if n_missing := int(y[target].isna().sum()):
        verb = "is" if n_missing == 1 else "are"
        notes.append(f"Column {target!r}: {_count(n_missing, 'value')} {verb} missing.")
    notes += _of_negative_values(y[target].to_numpy(), rows.codes[~ends], target)
    notes += _of_steps(rows.take(np.flatnonzero(~ends)))
    used = {*ids, time, target, *covariates}
    if others := [name for name in frame.columns if name not in used]:
        notes.append(f"Columns that were not taken: {_listed(others)}.")
    return SeriesData(y, X, tuple(notes))


def _whole_table(
    frame: pd.DataFrame, ids: list[str], time: str, target: str, covariates: Sequence[str]
) -> pd.DataFrame:
    """Return a table that has all columns wanted, also those that are in its index."""
    if isinstance(covariates, str):
        raise InputTypeError(
            f"covariates must be a sequence of names; got the text {covariates!r}. Use"
            f" [{covariates!r}]."
        )
    names = {"id" if len(ids) == 1 else f"id[{k}]": name for k, name in enumerate(ids)}
    wanted = {**names, "time": time, "target": target}
    wanted |= {f"covariates[{k}]": name for k, name in enumerate(covariates)}
    inside = [name for name in frame.index.names if name is not None]
    if set(inside) & set(wanted.values()) - set(frame.columns):
        frame = frame.reset_index(level=[n for n in inside if n not in frame.columns])
    require_columns(frame, wanted)
    if not len(frame):
        raise InputError("df has no rows. Pass at least one observation for each series.")
    return frame


def _rows(frame: pd.DataFrame, ids: list[str]) -> Rows:
    """Return the series of each row."""
    if not ids:
        return Rows(np.zeros(len(frame), dtype=np.int64), pd.RangeIndex(1))
    return encode_ids([_plain(pd.Index(frame[name], dtype=frame[name].dtype)) for name in ids])


def _plain(index: pd.Index) -> pd.Index:
    """Return an index of the values of categories."""
    if isinstance(index, pd.CategoricalIndex):
        return index.astype(index.categories.dtype)
    return index


def _index(frame: pd.DataFrame, ids: list[str], rows: Rows) -> pd.Index:
    """Return the index of series and time."""
    stamps = stamps_of(rows)
    if not ids:
        return stamps
    return pd.MultiIndex.from_arrays(
        [*(_plain(pd.Index(frame[name], dtype=frame[name].dtype)) for name in ids), stamps]
    )


def _order(rows: Rows) -> IntArray | None:
    """Return the order by ids, where these can be sorted, then time; None if it is so already."""
    try:
        rank = np.argsort(rows.ids.argsort())
    except TypeError:  # ids of several kinds
        rank = np.arange(len(rows.ids))
    return time_order(Rows(rank[rows.codes], rows.ids, rows.stamps))


def _without_copies(
    rows: Rows, values: FloatArray, frame: pd.DataFrame, covariates: Sequence[str]
) -> tuple[Rows, FloatArray, pd.DataFrame, list[str]]:
    """Drop rows that are there before, alike in every column that is taken, and say so."""
    if not _again(rows).any():
        return rows, values, frame, []
    read = [pd.Series(rows.codes), stamps_of(rows).to_series(), pd.Series(values)]
    columns = [*read, *(frame[name] for name in covariates)]
    taken = pd.DataFrame({k: column.array for k, column in enumerate(columns)})
    try:
        kept = np.flatnonzero(~taken.duplicated().to_numpy())
    except TypeError:  # a column of lists, say, which is refused later
        return rows, values, frame, []
    if not (n := len(frame) - kept.size):
        return rows, values, frame, []
    one = "1 row that is an exact copy of another was left out."
    note = one if n == 1 else f"{n:,} rows that are exact copies of others were left out."
    return rows.take(kept), values[kept], frame.iloc[kept], [note]


def _again(rows: Rows) -> BoolArray:
    """Return which rows, but the first one, are of the series and time stamp of the one before."""
    stamps = stamps_of(rows)
    same: BoolArray = np.asarray(rows.codes[1:] == rows.codes[:-1]) & np.asarray(
        stamps[1:] == stamps[:-1]
    )
    return same


def _refuse_again(rows: Rows) -> None:
    """Refuse the second row of a series and time stamp."""
    refuse_repeated(rows, np.flatnonzero(_again(rows)) + 1, "df")


def _after_the_end(values: FloatArray, codes: IntArray) -> BoolArray:
    """Return which rows are after the last value of a series that has one; rows are in order."""
    observed = np.where(np.isnan(values), -1, np.arange(values.size))
    last = np.full(int(codes.max()) + 1, -1)
    np.maximum.at(last, codes, observed)
    after: BoolArray = (np.arange(values.size) > last[codes]) & (last[codes] >= 0)
    return after


def _describe(rows: Rows, n_levels: int) -> str:
    """Say how many rows and series there are, and when."""
    stamps = stamps_of(rows)
    n = len(rows.ids)
    series = "one series" if not n_levels else _count(n, "series", "series")
    return (
        f"{_count(len(stamps), 'row')} of {series}, from {_shown(stamps.min())} to"
        f" {_shown(stamps.max())}."
    )


def _of_like_ids(ids: pd.Index) -> list[str]:
    """Say which ids differ by spaces, letter case or type alone, as typing errors do."""
    plain = [tuple(str(part).strip().casefold() for part in _as_tuple(name)) for name in ids]
    first: dict[tuple[str, ...], Hashable] = {}
    pairs = [
        (first[key], name)
        for key, name in zip(plain, ids, strict=True)
        if first.setdefault(key, name) is not name
    ]
    if not pairs:
        return []
    shown = ", ".join(f"{one!r} and {other!r}" for one, other in pairs[:N_LISTED])
    more = f", and {len(pairs) - N_LISTED} more" if len(pairs) > N_LISTED else ""
    return [f"Ids that differ by spaces, letter case or type alone: {shown}{more}."]


def _as_tuple(name: Hashable) -> tuple[Hashable, ...]:
    return name if isinstance(name, tuple) else (name,)


def _of_negative_values(values: FloatArray, codes: IntArray, target: str) -> list[str]:
    """Say how many values are below 0, which a column of sales should not have."""
    below = values < 0.0
    if not below.any():
        return []
    n, n_series = int(below.sum()), np.unique(codes[below]).size
    return [
        f"Column {target!r}: {_count(n, 'value')} {'is' if n == 1 else 'are'} below 0, in"
        f" {_count(n_series, 'series', 'series')}; forecasts of {'it' if n_series == 1 else 'them'}"
        " may be below 0, too."
    ]


def _of_steps(rows: Rows) -> list[str]:
    """Say which step the time stamps have, and which rows are missing; nothing if it has none."""
    try:
        grid, ordinals, follows = find_steps(rows)
    except InputError:
        return []  # `ESRNN` and `regularise` say what is wrong
    jumps = (np.diff(ordinals) // grid.stride)[follows]
    gaps = int((jumps - 1).sum())
    if not gaps:
        return []
    n_series = np.unique(rows.codes[1:][follows][jumps > 1]).size
    return [
        f"{_count(gaps, 'step')} of {frequency_code(grid)!r} in"
        f" {_count(n_series, 'series', 'series')} {'has' if gaps == 1 else 'have'} no row"
        " (regularise adds them)."
    ]


def _count(n: int, one: str, several: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def _shown(stamp: object) -> str:
    """Write a time stamp without a midnight."""
    return str(stamp).removesuffix(" 00:00:00")


def _listed(names: Sequence[Hashable]) -> str:
    """List the first five names."""
    more = f", and {len(names) - N_LISTED} more" if len(names) > N_LISTED else ""
    return ", ".join(repr(name) for name in names[:N_LISTED]) + more
