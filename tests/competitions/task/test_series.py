"""Series read from files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from competitions.task.series import read_series
from esrnn.errors import InputError

FRAME = pd.DataFrame({"unique_id": ["b", "b", "a"], "ds": [2, 1, 1], "y": [np.nan, 1.0, 2.0]})


def test_series_with_missing_values_are_read(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "weekly.parquet")
    panel = read_series(tmp_path / "weekly.parquet")
    assert panel.ids == ("a", "b")
    np.testing.assert_array_equal(panel.values, [2.0, 1.0, np.nan])


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (FRAME.assign(y=["x", "y", "z"]), "must have the columns unique_id, ds"),
        (FRAME.drop(columns="ds"), "must have the columns unique_id, ds"),
        (
            FRAME.assign(ds=[3, 1, 1]),
            "must be consecutive in a series; 1 found: .*'b', step 3",
        ),
        (
            FRAME.assign(ds=[1, 1, 1]),
            "must be consecutive in a series; 1 found: .*'b', step 1",
        ),
    ],
)
def test_a_file_of_something_else_is_refused(
    frame: pd.DataFrame, said: str, tmp_path: Path
) -> None:
    frame.to_parquet(tmp_path / "weekly.parquet")
    with pytest.raises(InputError, match=said):
        read_series(tmp_path / "weekly.parquet")


def test_a_file_that_is_not_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weekly.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="can't be read as Parquet"):
        read_series(tmp_path / "weekly.parquet")
