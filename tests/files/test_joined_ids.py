"""Ids that are made of several columns: joined while they are read, apart in what is written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.errors import InputError
from esrnn.files import Columns, read_pieces, write_table
from esrnn.jobs import Output, backtest, evaluate, fit, forecast, plot, predict
from tests.files.helpers import look
from tests.jobs.made_up import TINY, sales

BOTH = Columns("store,item")
PARTS = st.text("ab01 ,/-", min_size=1, max_size=4)


def two_columns(n_series: int = 4, n_months: int = 30) -> pd.DataFrame:
    """Return sales of which ids are a store and an item, each store with leading zeros."""
    df = sales(n_series, n_months)
    k = df.pop("unique_id").str[-1].astype(int)
    return pd.DataFrame({"store": "00" + (k // 2).astype(str), "item": k % 2, **df})


@given(st.lists(st.tuples(PARTS, PARTS), min_size=1, max_size=6, unique=True),
       st.sampled_from(["csv", "parquet"]))  # fmt: skip
def test_each_pair_is_a_series(pairs: list[tuple[str, str]], ending: str) -> None:
    stores, items = zip(*pairs, strict=True)
    path = f"memory://joined/in.{ending}"
    write_table(pd.DataFrame({"store": stores, "item": items, "ds": 1, "y": 2.0}), path)
    found = look(path, BOTH)
    (piece,) = read_pieces(found.source, found.partitions[0], found.columns)
    assert piece.frame["store,item"].tolist() == [f"{one}|{other}" for one, other in pairs]
    assert found.columns.value == "y"


def test_jobs_write_the_columns_apart(tmp_path: Path) -> None:
    df = two_columns()
    df[df["ds"] < "2022-04"].to_csv(tmp_path / "past.csv", index=False)
    df.to_csv(tmp_path / "all.csv", index=False)
    past, whole, out = (str(tmp_path / name) for name in ("past.csv", "all.csv", "f.csv"))
    fit(past, str(tmp_path / "model"), 3, columns=BOTH, settings=TINY)
    predict(str(tmp_path / "model"), past, out)  # its ids are made as they were in fit
    text = {"store": str, "item": str}
    made = pd.read_csv(out, dtype=text)
    assert made.columns[:4].tolist() == ["store", "item", "ds", "y_hat"]
    pairs = [("000", "0"), ("000", "1"), ("001", "0"), ("001", "1")]
    assert list(zip(made["store"][::3], made["item"][::3], strict=True)) == pairs
    predict(str(tmp_path / "model"), None, str(tmp_path / "own.csv"))
    own = pd.read_csv(tmp_path / "own.csv", dtype=text)
    assert own[["store", "item"]].equals(made[["store", "item"]])
    np.testing.assert_allclose(own["y_hat"], made["y_hat"], rtol=1e-6)
    scores = evaluate(out, whole, columns=BOTH).table
    assert scores.loc["forecast", "n_series"] == 4
    plot(whole, out, str(tmp_path / "f.svg"), columns=BOTH, series=["001|1"])
    report = backtest(whole, 2, n_windows=1, columns=BOTH, settings=TINY)
    assert report.forecasts.columns[:3].tolist() == ["store", "item", "ds"]
    hub = Output(quantiles=(0.1, 0.5, 0.9), layout="hubverse")
    forecast(past, out, 1, columns=BOTH, settings=TINY, output=hub)
    assert pd.read_csv(out).columns[:4].tolist() == ["store", "item", "ds", "horizon"]


def test_what_can_not_be_joined_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "in.csv")
    two_columns().replace({"store": {"001": "0|1"}}).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"must have no '\|' in them; there is one in .*'store'"):
        forecast(path, str(tmp_path / "f.csv"), 1, columns=BOTH)
    with pytest.raises(InputError, match="id column 'store,sku' is not there"):
        look(path, Columns("store,sku"))
    with pytest.raises(InputError, match=r"name all: store,item\."):
        look(path, Columns(value="y"))
    two_columns(1).drop(columns=["store", "item"]).assign(**{"a,b": "x"}).to_csv(path, index=False)
    for columns in (None, Columns("a,b")):
        with pytest.raises(InputError, match="must have no comma"):
            look(path, columns)
