"""Files for jobs, and networks that take a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

TINY = {"n_members": 2, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "strategy": "train"}


def sales(n_series: int = 6, n_months: int = 30, first: int = 0) -> pd.DataFrame:
    """Make a long frame of monthly sales with a season."""
    rng = np.random.default_rng(first)
    months = pd.date_range("2020-01-01", periods=n_months, freq="MS")
    season = 1.0 + 0.2 * np.sin(np.arange(n_months) * np.pi / 6.0)
    parts = [
        pd.DataFrame(
            {
                "unique_id": f"shop{k}",
                "ds": months,
                "y": (50.0 + 10.0 * k) * season + rng.normal(0.0, 1.0, n_months),
            }
        )
        for k in range(first, first + n_series)
    ]
    return pd.concat(parts, ignore_index=True)


def write_parts(folder: Path, n_parts: int, n_series: int = 3) -> Path:
    """Write a folder of Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(n_parts):
        sales(n_series, first=k * n_series).to_parquet(folder / f"part-{k}.parquet", index=False)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
