"""Long frames: one row for each series and time stamp.

`long_to_panel` reads them, `panel_to_long` writes forecasts or components in the same shape.
"""

from collections.abc import Hashable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from esrnn._typing import FloatArray, IntArray
from esrnn.errors import InputError
from esrnn.frames.checks import parse_values, require_columns, require_frame
from esrnn.frames.framed import FramedPanel, assemble
from esrnn.frames.rows import Rows, encode_ids
from esrnn.frames.skipping import Errors, skip_series, skips
from esrnn.frames.time_stamps import parse_stamps
from esrnn.frames.times import Frequency, as_steps

__all__ = ["flat_columns", "long_to_panel", "panel_to_long"]


def long_to_panel(
    df: pd.DataFrame,
    *,
    id_col: str = "unique_id",
    time_col: str = "ds",
    target_col: str = "y",
    freq: str | Frequency | None = None,
    may_mix: bool = True,
    errors: Errors = "raise",
) -> FramedPanel:
    """Convert a long frame to a panel.

    Rows may come in any order. A step without a row becomes a missing value, as does NaN; missing
    values before a series' first observed one are cut. Other columns are not read.

    Parameters
    ----------
    df : pd.DataFrame
        One row for each series and time stamp.
    id_col : str
        Column of series ids, of any hashable kind.
    time_col : str
        Column of integers, periods, time stamps (with or without time zone) or ISO 8601 text.
    target_col : str
        Column of numbers; NaN, None and pd.NA stand for a missing value.
    freq : int, str or pandas offset, optional
        The step between time stamps, such as 1, ``"h"``, ``"MS"`` or ``"3 months"``. If not given,
        it is found from the time stamps of all series together.
    may_mix : bool, default True
        Whether, with `freq` given, a series may be regular in a longer step, and lack most values.
    errors : {"raise", "skip"}
        ``"skip"`` leaves out series with faults, and totals over them. `FramedPanel.skipped` says
        which and why. What is wrong with the frame as a whole, or with all series, is raised.

    Returns
    -------
    FramedPanel
        Series in the order of their first rows.

    Raises
    ------
    InputTypeError
        If `df` is no DataFrame, values aren't numbers, or the time column's dtype is no time.
    InputError
        If the frame is empty; columns, ids or time stamps are missing; time stamps can't be read,
        occur twice in a series or aren't regular; a value is infinite; or a series has no value.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"unique_id": ["a", "a", "b"], "ds": [1, 3, 7], "y": [5.0, 6.0, 9.0]})
    >>> framed = long_to_panel(df, freq=1)
    >>> framed.panel.series(0), framed.n_gaps
    (array([ 5., nan,  6.]), 1)
    >>> df.loc[2, "y"] = float("inf")
    >>> framed = long_to_panel(df, freq=1, errors="skip")
    >>> framed.panel.ids, framed.skipped[["series", "step", "value"]].values.tolist()
    (('a',), [['b', 7, 'inf']])
    """
    require_frame(df, "the long frame")
    require_columns(df, {"id_col": id_col, "time_col": time_col, "target_col": target_col})

    mixes = may_mix and freq is not None

    def read(df: pd.DataFrame) -> FramedPanel:
        rows = encode_ids([pd.Index(df[id_col])])
        rows = Rows(rows.codes, rows.ids, parse_stamps(df[time_col], rows).rename(time_col))
        values = parse_values(df[target_col], rows)
        return assemble(rows, values, target_name=target_col, freq=freq, may_mix=mixes)

    if not skips(errors):
        return read(df)
    framed, skipped = skip_series(
        read, df, lambda df: pd.Index(df[id_col]), lambda df, which: df[which]
    )
    return replace(framed, skipped=skipped)


def panel_to_long(
    values: FloatArray | Mapping[Hashable, FloatArray],
    framed: FramedPanel,
    steps: int | IntArray,
) -> pd.DataFrame:
    """Write numbers for steps ahead of every series as a long frame.

    Parameters
    ----------
    values : ndarray of shape (N, H), or mapping of column name to such arrays
        A single array becomes the column ``y_hat``.
    framed : FramedPanel
        The panel the numbers belong to; gives names, order of series and time stamps.
    steps : int, or ndarray of int of shape (H,) or (N, H)
        The steps, as in `TimeAxis.future_index`.

    Returns
    -------
    pd.DataFrame
        Columns of ids and time as they were called in the input (``unique_id`` and ``ds`` where
        they had no name), then the columns of `values`; N * H rows, series after series.

    Raises
    ------
    InputError
        If an array doesn't fit the number of series and steps.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> df = pd.DataFrame({"unique_id": "a", "ds": [1, 2], "y": [5.0, 6.0]})
    >>> panel_to_long(np.array([[7.0, 8.0]]), long_to_panel(df), steps=2)
      unique_id  ds  y_hat
    0         a   3    7.0
    1         a   4    8.0
    """
    matrix = as_steps(steps, framed.n_series)
    columns = flat_columns(values, matrix, "y_hat")
    ids = framed.ids.repeat(matrix.shape[1])
    names = framed.id_names
    plain = ["unique_id"] if len(names) == 1 else [f"unique_id_{k}" for k in range(len(names))]
    data: dict[Hashable, object] = {
        plain[k] if name is None else name: ids.get_level_values(k) for k, name in enumerate(names)
    }
    data["ds" if framed.time_name is None else framed.time_name] = framed.times.future_index(matrix)
    return pd.DataFrame({**data, **columns})


def flat_columns(
    values: FloatArray | Mapping[Hashable, FloatArray], steps: IntArray, default: Hashable
) -> dict[Hashable, FloatArray]:
    """Flatten arrays of shape (N, H), checked against the steps, to columns."""
    named = values if isinstance(values, Mapping) else {default: values}
    columns: dict[Hashable, FloatArray] = {}
    for name, array in named.items():
        if np.shape(array) != steps.shape:
            raise InputError(
                f"column {name!r} must have shape (N, H) = {steps.shape}; got {np.shape(array)}."
                " Give one row for each series and one column for each step."
            )
        columns[name] = np.asarray(array).ravel()
    return columns
