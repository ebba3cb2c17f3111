"""Series and columns of X come back from the tables of a model directory as they were."""

import json

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.forecaster.panel_files import (
    columns_from_bytes,
    columns_to_bytes,
    ids_from_plain,
    ids_to_frame,
    ids_to_plain,
    panel_from_plain,
    panel_to_plain,
)
from esrnn.frames import sktime_to_panel
from esrnn.store.tables import bytes_to_table, table_to_bytes

MONTHS = pd.period_range("2024-01", periods=4, freq="M", name="month")
HOURS = pd.date_range("2024-03-31", periods=4, freq="h", tz="Europe/Berlin")
Y = np.array([1.0, np.nan, 3.0, 4.0])
PANELS = {
    "series": pd.Series(Y, MONTHS, name="y"),
    "frame": pd.DataFrame({3: Y}, pd.RangeIndex(5, 9)),
    "clock": pd.Series(Y, HOURS),
    "month ends": pd.Series(Y, pd.date_range("2024-01-31", periods=4, freq="ME")),
    "panel": pd.concat(
        {"b": pd.Series(Y, MONTHS), "a": pd.Series(Y[2:], MONTHS[1:3])}, names=["shop"]
    ),
    "numbers": pd.concat({7: pd.Series(Y, HOURS), 3: pd.Series(Y, HOURS)}),
    "levels": pd.concat(
        {("n", 1): pd.Series(Y, MONTHS), ("s", 2): pd.Series(Y, MONTHS)}, names=["region", None]
    ),
    "dates": pd.concat(
        {
            pd.Timestamp("2020-01-01"): pd.Series(Y, MONTHS),
            pd.Timestamp("2021-01-01"): pd.Series(Y, MONTHS),
        }
    ),
}


def as_frame(y: pd.Series | pd.DataFrame) -> pd.Series | pd.DataFrame:
    return y if not isinstance(y.index, pd.MultiIndex) else y.to_frame("y")


@pytest.mark.parametrize("y", PANELS.values(), ids=PANELS)
def test_a_panel_comes_back(y: pd.Series | pd.DataFrame) -> None:
    framed = sktime_to_panel(as_frame(y))
    plain, last = panel_to_plain(framed)
    plain = json.loads(json.dumps(plain))
    data = table_to_bytes(ids_to_frame(framed.ids))
    table = bytes_to_table(data, "series.parquet")
    ids = ids_from_plain(json.loads(json.dumps(ids_to_plain(framed.ids))), table)
    back = panel_from_plain(plain, last, ids, framed.panel)
    assert tuple(ids.tolist()) == framed.panel.ids
    pd.testing.assert_index_equal(back.ids, framed.ids, exact="equiv")
    pd.testing.assert_index_equal(back.times.last, framed.times.last)
    pd.testing.assert_index_equal(back.times.future_index(3), framed.times.future_index(3))
    for name in ("target_name", "n_gaps", "single", "squeeze", "time_name", "id_names"):
        assert getattr(back, name) == getattr(framed, name), name


def columns(index: pd.Index) -> pd.DataFrame:
    n = len(index)
    return pd.DataFrame(
        {
            "promo": np.arange(n) % 2 == 0,
            4: np.arange(n) / 3.0,
            ("a", "b"): pd.Categorical(["x", "y"] * (n // 2)),
            "text": [f"t{k}" for k in range(n)],
            "whole": pd.array([None, *range(n - 1)], dtype="Int64"),
        },
        index,
    )


@pytest.mark.parametrize("kind", ["series", "clock", "panel", "levels"])
def test_columns_of_x_come_back(kind: str) -> None:
    index = PANELS[kind].index
    X = columns(index)[::-1]  # rows come in any order
    plain, data = columns_to_bytes(X)
    back = columns_from_bytes(json.loads(json.dumps(plain)), data, "covariates.parquet")
    pd.testing.assert_frame_equal(back, X, check_freq=False)


def test_mixed_columns_are_refused() -> None:
    X = pd.DataFrame({"x": [1, "a", 2.0, None]}, MONTHS, dtype=object)
    with pytest.raises(InputError, match="of one kind"):
        columns_to_bytes(X)
