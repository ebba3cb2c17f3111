"""Small frames and small forecasters for the tests of the estimator."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from esrnn import ESRNN


def months(n: int, start: str = "2020-01") -> pd.PeriodIndex:
    return pd.period_range(start, periods=n, freq="M")


def wave(n: int, level: float = 100.0, period: int = 12, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=n)
    return level * (1.0 + 0.1 * np.sin(np.arange(n) * 2.0 * np.pi / period) + 0.01 * noise)


def panel_of(series: Mapping[str, object], index: pd.Index) -> pd.DataFrame:
    """Put series that begin together into one frame."""
    parts = {}
    for name, values in series.items():
        array = np.asarray(values, dtype=np.float64)
        parts[name] = pd.Series(array, index[: array.size])
    return pd.concat(parts, names=["shop", "time"]).to_frame("sales")


def small(**parameters: object) -> ESRNN:
    """Make a forecaster that fits in milliseconds."""
    tiny = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 0}
    return ESRNN(**{**tiny, **parameters})
