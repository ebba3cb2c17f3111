"""Competition frames as the flat arrays and matrices that the measures take."""

import numpy as np
import pandas as pd


def flat(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return all values one series after another, and the series' boundaries."""
    lengths = frame.groupby(level=0, sort=False).size().to_numpy()
    return frame["y"].to_numpy(), np.concatenate([[0], np.cumsum(lengths)])


def matrix(frame: pd.DataFrame, n_series: int) -> np.ndarray:
    """Return equally long series as (N, H)."""
    return frame["y"].to_numpy().reshape(n_series, -1)
