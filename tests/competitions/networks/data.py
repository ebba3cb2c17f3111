"""A made-up folder of data: four weekly series of M4 and an open panel of four."""

from pathlib import Path

import numpy as np

from tests.competitions.tasks import small_frame

N = 60
M4_IDS = ("W3", "W1", "W53", "W2")  # W2 is kept for backtests, W53 is said to be a leak
OPEN_IDS = ("stmf-b", "stmf-a", "ansett-a", "ushouse-a")
FIRST = 5.0  # the value of every series' first step


def write_data(folder: Path) -> Path:
    """Write the files; test parts hold the value 99."""
    rng = np.random.default_rng(1)
    series = {name: np.append(FIRST, 10.0 + rng.random(N - 1)) for name in M4_IDS}
    write_series(folder / "m4" / "weekly_train.parquet", series)
    tests = {name: np.full(13, 99.0) for name in M4_IDS}
    write_series(folder / "m4" / "weekly_test.parquet", tests)
    own = {name: np.append(FIRST, 20.0 + rng.random(N - 1)) for name in OPEN_IDS}
    own["stmf-a"][[0, 1, 7, N - 1]] = np.nan
    write_series(folder / "open" / "weekly.parquet", own)
    return folder


def write_series(path: Path, series: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(exist_ok=True)
    frame = small_frame({name: (list(values), 1) for name, values in series.items()})
    frame.reset_index().to_parquet(path, index=False)
