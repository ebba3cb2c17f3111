"""Series in files of the columns unique_id, ds and y, of somebody's own or of a training corpus.

The last horizon of a series of somebody's own is the test part, all before it the training part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from esrnn.errors import InputError, Offenders
from esrnn.frames import FramedPanel, long_to_panel
from esrnn.panel import Panel

# Columns of a long file, by what the command line calls them.
COLUMNS = {"id": "unique_id", "time": "ds", "value": "y"}
_WIDE = re.compile(r"V[1-9]\d*")  # M4's names of columns


def read_series(path: Path) -> Panel:
    """Read a Parquet file of series, in the order of their ids.

    Rows may come in any order; ``ds`` are steps, consecutive in a series, and ``y`` is NaN where
    missing. An InputError is raised if the file can't be read, lacks a column, or steps are missing
    or repeated.
    """
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} can't be read as Parquet: {error}") from None
    return lay_out(frame, str(path))


def lay_out(frame: pd.DataFrame, where: str) -> Panel:
    """Lay out a frame like the file of `read_series`; `where` is its name in messages."""
    try:
        columns = frame[["unique_id", "ds", "y"]]
        rows = columns.astype({"ds": np.int64, "y": np.float64}).sort_values(["unique_id", "ds"])
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{where} must have the columns unique_id, ds (steps) and y (numbers): {error}"
        ) from None
    ids, steps = rows["unique_id"], rows["ds"]
    first = ids != ids.shift()
    bad = ~first & (steps != steps.shift() + 1)
    if bad.any():
        raise InputError.of_series(
            f"{where}: steps must be consecutive in a series;",
            Offenders(ids[bad].tolist(), steps[bad].tolist()),
            "Replace the file by a sound copy",
        )
    starts = np.flatnonzero(first)
    series = np.split(rows["y"].to_numpy(), starts[1:])
    return Panel.from_arrays(series, ids=ids.iloc[starts].tolist())


def read_table(path: Path, id_col: str = "unique_id") -> pd.DataFrame:
    """Read a CSV file, or a Parquet file if its name ends in .parquet; ids are text."""
    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
        else:
            text = dict.fromkeys((id_col, "V1", "id"), str)
            frame = pd.read_csv(path, dtype=text, float_precision="round_trip")
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise InputError(f"{path} can't be read: {error}") from None
    if id_col in frame:
        frame[id_col] = frame[id_col].astype(str)
    return frame


def read_own(
    path: Path, horizon: int, names: Mapping[str, str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Index | None]:
    """Read somebody's series and hold out the last steps of each.

    The file is CSV or Parquet with the columns ``unique_id``, ``ds`` (whole numbers that count
    steps, or time stamps) and ``y``, or of the `names` of "id", "time" and "value"; rows in any
    order, without gaps. Or it is as M4's: a row for each series, its id, then V2, V3 and so on, and
    empty cells after its end. Returns `train` and `test` as in `competitions.task.TaskData`, and
    the time stamps of the rows of both (None where ``ds`` counts steps). Raises InputError if the
    file can't be read, a column is absent, a value or a step is missing, or a series is not longer
    than the horizon.
    """
    columns = {**COLUMNS, **(names or {})}
    frame = read_table(path, columns["id"])
    heads = list(map(str, frame.columns))
    if len(heads) > 1 and all(map(_WIDE.fullmatch, heads[1:])):
        frame, columns = _from_wide(frame), COLUMNS
    absent = [column for column in columns.values() if column not in frame]
    if absent:
        more = f" and {len(heads) - 9} more" if len(heads) > 9 else ""
        raise InputError(
            f"{path} must have the columns {', '.join(columns.values())}; absent: "
            f"{', '.join(absent)}; got {', '.join(heads[:9])}{more}. Columns of other names are "
            "told with --id, --time and --value; files with a row for each series are read if "
            "their columns are called as M4's, V1, V2, V3, ..."
        )
    frame = pd.DataFrame({COLUMNS[what]: frame[name] for what, name in columns.items()})
    empty = frame[frame["y"].isna()]
    if len(empty):
        raise InputError.of_series(
            f"{path}: a task needs a value at every step; none",
            Offenders(empty["unique_id"].tolist(), empty["ds"].tolist()),
            "Fill the gaps, and leave out rows before a series starts.",
        )
    framed = long_to_panel(frame)
    _require_complete(path, framed, horizon)
    panel, (series, ahead) = framed.panel, framed.past()
    stamps = framed.times.stamps(series, ahead)
    has_times = isinstance(stamps, (pd.DatetimeIndex, pd.PeriodIndex))
    if not has_times and framed.times.freq != 1:
        raise InputError(
            f"{path}: whole numbers in ds must count steps by 1; they count by "
            f"{framed.times.freq}. Number the steps anew, or give time stamps."
        )
    steps = ahead + np.repeat(panel.lengths, panel.lengths) if has_times else stamps
    index = pd.MultiIndex.from_arrays(
        [np.array(panel.ids, dtype=object)[series], steps], names=["unique_id", "ds"]
    )
    whole = pd.DataFrame({"y": panel.values}, index=index)
    is_test = ahead > -horizon
    in_parts = stamps[~is_test].append(stamps[is_test]) if has_times else None
    return whole[~is_test], whole[is_test], in_parts


def _from_wide(frame: pd.DataFrame) -> pd.DataFrame:
    """Lay out a row for each series as rows for each step, counted from 1, up to its last value."""
    values = frame.iloc[:, 1:].to_numpy()
    filled = frame.iloc[:, 1:].notna().to_numpy()
    lengths = filled.shape[1] - filled[:, ::-1].argmax(axis=1)
    is_there = np.arange(filled.shape[1]) < lengths[:, None]
    series, steps = np.nonzero(is_there)
    ids = frame.iloc[:, 0].astype(str).to_numpy()
    return pd.DataFrame({"unique_id": ids[series], "ds": steps + 1, "y": values[is_there]})


def _require_complete(path: Path, framed: FramedPanel, horizon: int) -> None:
    """Refuse missing values, and series that leave nothing to forecast from."""
    panel = framed.panel
    short = np.flatnonzero(panel.lengths <= horizon)
    if short.size:
        raise InputError.of_series(
            f"{path}: series must be longer than the horizon of {horizon} steps;",
            Offenders([panel.ids[i] for i in short], values=panel.lengths[short].tolist()),
            "Leave them out, or forecast fewer steps.",
        )
    missing = np.flatnonzero(np.isnan(panel.values))
    if missing.size:
        series, ahead = framed.past()
        stamps = framed.times.stamps(series[missing], ahead[missing])
        raise InputError.of_series(
            f"{path}: a task needs a value at every step; none",
            Offenders([panel.ids[i] for i in series[missing]], stamps.tolist()),
            "Fill the gaps, or cut the series.",
        )
