"""Data that the tests of compositions share, and their exception to "warnings are errors"."""

import pandas as pd
import pytest

from tests.estimator.frames import months, panel_of, wave

# sktime's own composites are made with a default that sktime is about to change; ESRNN is not.
SKTIME_OWN_WARNING = pytest.mark.filterwarnings(
    "ignore:The default of config ``remember_data``:FutureWarning"
)
N = 40
SERIES = pd.Series(wave(N), months(N), name="sales")
PANEL = panel_of({"b": wave(N), "a": wave(N, 7.0, seed=1), "c": wave(N, seed=2)}, months(N))
RAGGED = panel_of({"b": wave(N), "a": wave(30, 7.0, seed=1), "c": wave(36, seed=2)}, months(N))
HIERARCHY = pd.concat(
    {
        key: pd.Series(wave(N, level, seed=seed), months(N))
        for seed, (key, level) in enumerate(
            {("n", "a"): 10.0, ("n", "b"): 30.0, ("s", "a"): 20.0, ("s", "c"): 90.0}.items()
        )
    },
    names=["region", "shop", "time"],
).to_frame("sales")
EITHER = pytest.mark.parametrize("y", [SERIES, PANEL], ids=["series", "panel"])


def until(y: pd.Series | pd.DataFrame, n: int) -> pd.Series | pd.DataFrame:
    """Give the first n months of every series."""
    return y[y.index.get_level_values(-1) < months(n + 1)[-1]]


def since(y: pd.Series | pd.DataFrame, n: int) -> pd.Series | pd.DataFrame:
    """Give what comes after the first n months."""
    return y[y.index.get_level_values(-1) >= months(n + 1)[-1]]


def ahead(y: pd.Series | pd.DataFrame, *steps: int) -> pd.Index:
    """Give the index that a forecast of some steps has, worked out from the data's index alone."""
    index = pd.Series(index=y.index, data=0.0)
    if y.index.nlevels == 1:
        return y.index[-1] + pd.Index(steps)
    parts, levels = [], list(range(y.index.nlevels - 1))
    for key, part in index.groupby(level=levels if len(levels) > 1 else 0, sort=False):
        last = part.index.get_level_values(-1)[-1]
        keys = key if isinstance(key, tuple) else (key,)
        parts += [(*keys, last + step) for step in steps]
    return pd.MultiIndex.from_tuples(parts, names=y.index.names)
