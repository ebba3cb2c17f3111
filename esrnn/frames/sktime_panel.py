"""sktime's pandas containers: a single series, a panel, a hierarchical panel.

The last index level is time, the levels before it name the series. sktime itself is not imported.
"""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputTypeError
from esrnn.frames.checks import only_column, parse_values, require_frame
from esrnn.frames.framed import FramedPanel, assemble
from esrnn.frames.long import flat_columns
from esrnn.frames.rows import Rows, encode_ids
from esrnn.frames.time_stamps import parse_stamps
from esrnn.frames.times import ClockGrid, Frequency, as_steps

__all__ = ["columns_to_series", "panel_to_sktime", "sktime_to_panel"]


def sktime_to_panel(
    y: pd.Series | pd.DataFrame,
    *,
    freq: str | Frequency | None = None,
    may_mix: bool | None = None,
) -> FramedPanel:
    """Convert one of sktime's pandas containers to a panel.

    Parameters
    ----------
    y : pd.Series or pd.DataFrame with one column
        One series with a time index, or many with a MultiIndex whose last level is time. Time
        is an integer, Period or Datetime index. Steps without a row become missing values.
    freq : int, str or pandas offset, optional
        The step between time stamps; if not given, that of the index, or else found from the
        time stamps.
    may_mix : bool, optional
        Whether a series may be regular in a longer step; by default if the step is given.

    Returns
    -------
    FramedPanel
        Series in the order of the index. The only series of a simple index has the id 0; with
        three or more levels ids are tuples.

    Raises
    ------
    InputTypeError
        If `y` is no Series or DataFrame, or doesn't hold numbers.
    InputError
        If `y` is empty, has several columns, or as in `long_to_panel`.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.period_range("2024-01", periods=3, freq="M")
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0, 3.0], index=index))
    >>> framed.times.future_index(1)
    PeriodIndex(['2024-04'], dtype='period[M]')
    """
    require_frame(y, "y", or_series=True)
    column = y if isinstance(y, pd.Series) else only_column(y)
    index, single = y.index, not isinstance(y.index, pd.MultiIndex)
    if single:
        rows = Rows(np.zeros(len(y), dtype=np.int64), pd.RangeIndex(1))
        if freq is None and isinstance(index, pd.DatetimeIndex):
            freq = index.freq
        time = index
    else:
        if index.nlevels < 2:
            raise InputTypeError(
                "y with a MultiIndex needs at least two levels, series and time; got one. Use a"
                " plain time index for one series."
            )
        rows = encode_ids([index.get_level_values(k) for k in range(index.nlevels - 1)])
        time = index.get_level_values(-1)
    stamps = parse_stamps(pd.Series(time, name=time.name), rows).rename(time.name)
    rows = Rows(rows.codes, rows.ids, stamps)
    return assemble(
        rows,
        parse_values(column, rows),
        target_name=column.name,
        freq=freq,
        may_mix=freq is not None if may_mix is None else may_mix,
        single=single,
        squeeze=isinstance(y, pd.Series),
    )


def columns_to_series(
    y: pd.DataFrame, X: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Turn each column of a panel into series of their own.

    Parameters
    ----------
    y : pd.DataFrame
        A panel; the last index level is time.
    X : pd.DataFrame or None
        Covariates of the panel's series, which each column gets.

    Returns
    -------
    y : pd.DataFrame
        With one column, and the columns' names as a first index level; as it came where it has one
        column.
    X : pd.DataFrame or None
        Likewise.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product([["a"], [0, 1]])
    >>> y, _ = columns_to_series(pd.DataFrame({"u": [1, 2], "v": [3, 4]}, index), None)
    >>> y.index.tolist()
    [('u', 'a', 0), ('u', 'a', 1), ('v', 'a', 0), ('v', 'a', 1)]
    """
    if y.shape[1] == 1:
        return y, X
    columns = list(y.columns)
    parts = [y.iloc[:, [k]].set_axis(["y"], axis=1) for k in range(len(columns))]
    stacked = pd.concat(parts, keys=columns)
    return stacked, None if X is None else pd.concat([X] * len(columns), keys=columns)


def panel_to_sktime(
    values: FloatArray | Mapping[Hashable, FloatArray],
    framed: FramedPanel,
    steps: int | IntArray,
) -> pd.Series | pd.DataFrame:
    """Write numbers for steps ahead of every series with an index as sktime expects it.

    Parameters
    ----------
    values : ndarray of shape (N, H), or mapping of column name to such arrays
        A single array takes the name of the target; tuples as names make a column MultiIndex.
    framed : FramedPanel
        The panel the numbers belong to; gives level names, order of series and time stamps.
    steps : int, or ndarray of int of shape (H,) or (N, H)
        The steps, as in `TimeAxis.future_index`.

    Returns
    -------
    pd.Series or pd.DataFrame
        A Series for a single array if the input was one; N * H rows, series after series. The
        index is simple where the input's was, and has the input's level names.

    Raises
    ------
    InputError
        If an array doesn't fit the number of series and steps.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> framed = sktime_to_panel(pd.Series([1.0, 2.0], index=[5, 6], name="sales"))
    >>> panel_to_sktime(np.array([[3.0]]), framed, steps=1)
    7    3.0
    Name: sales, dtype: float64
    """
    matrix = as_steps(steps, framed.n_series)
    columns = flat_columns(values, matrix, framed.target_name)
    series = np.repeat(np.arange(framed.n_series), matrix.shape[1])
    index = framed.index(series, matrix.ravel())
    if framed.single:
        index = _with_freq(index, framed)
    if framed.squeeze and not isinstance(values, Mapping):
        return pd.Series(columns[framed.target_name], index=index, name=framed.target_name)
    if any(isinstance(name, tuple) for name in columns):
        return pd.DataFrame(columns, index=index)
    # A dict would turn a missing column name into NaN.
    return pd.DataFrame(np.column_stack(list(columns.values())), index, list(columns))


def _with_freq(index: pd.Index, framed: FramedPanel) -> pd.Index:
    """Set the frequency of an index of consecutive time stamps, as pandas' own ranges have it."""
    grid = framed.times.grid
    absolute = isinstance(grid, ClockGrid) and not grid.wall
    if not isinstance(index, pd.DatetimeIndex) or isinstance(grid.freq, int):
        return index
    if index.tz is not None and not absolute:
        return index  # pandas refuses a wall time that occurs twice
    try:
        return pd.DatetimeIndex(index, freq=grid.freq, name=index.name)
    except ValueError:  # not consecutive, or of another phase
        return index
