"""Data of somebody's own: series in a file of the columns unique_id, ds and y.

The last horizon of each series is the test part, all before it the training part.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from esrnn.errors import InputError, Offenders
from esrnn.frames import FramedPanel, long_to_panel


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV file, or a Parquet file if its name ends in .parquet; ids are text."""
    try:
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype={"unique_id": str}, float_precision="round_trip")
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise InputError(f"{path} can't be read: {error}") from None
    if "unique_id" in frame:
        frame["unique_id"] = frame["unique_id"].astype(str)
    return frame


def read_own(path: Path, horizon: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.Index | None]:
    """Read somebody's series and hold out the last steps of each.

    The file is CSV or Parquet with the columns ``unique_id``, ``ds`` (whole numbers that count
    steps, or time stamps) and ``y``; rows in any order, without gaps. Returns `train` and `test` as
    in `competitions.task.TaskData`, and the time stamps of the rows of both (None where ``ds``
    counts steps). Raises InputError if the file can't be read, a column is absent, a value or a
    step is missing, or a series is not longer than the horizon.
    """
    frame = read_table(path)
    absent = [column for column in ("unique_id", "ds", "y") if column not in frame]
    if absent:
        raise InputError(
            f"{path} must have the columns unique_id, ds and y; absent: {', '.join(absent)}; got "
            f"{', '.join(map(str, frame.columns))}"
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
