"""Frames that several tests of `esrnn.frames` start from."""

import pandas as pd

from esrnn.frames import FramedPanel


def long(stamps: dict[str, object], values: object = None) -> pd.DataFrame:
    """Build a long frame from the time stamps of each series, with values 0, 1, 2, ..."""
    parts = [pd.DataFrame({"unique_id": name, "ds": ds}) for name, ds in stamps.items()]
    df = pd.concat(parts, ignore_index=True)
    df["y"] = range(len(df)) if values is None else values
    return df.astype({"y": "float64"}) if values is None else df


def arrays(framed: FramedPanel) -> dict[object, list[float]]:
    """Return the values of every series by its id."""
    return {name: framed.panel.series(i).tolist() for i, name in enumerate(framed.panel.ids)}
