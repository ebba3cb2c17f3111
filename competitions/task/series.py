"""Series in files of the columns unique_id, ds and y, with or without missing values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from esrnn.errors import InputError, Offenders
from esrnn.panel import Panel


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
