"""Series that can't be forecast: listed with their reasons, or forecast by the fallback."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esrnn.errors import EsrnnError
from esrnn.files import Columns
from esrnn.forecaster import TrainedModel, fit_panel
from esrnn.forecaster.reading import LongColumns
from esrnn.frames import long_to_panel
from esrnn.jobs import Output, Run, fit, predict
from esrnn.jobs.fallback import naive_quantiles, salvage
from esrnn.jobs.piece import SAID, forecast_rows
from esrnn.jobs.rejected import rejected_table, rows_of_each
from esrnn.panel import Panel
from tests.jobs.made_up import TINY, sales

COLUMNS = Columns("unique_id", "ds", "y")


@cache
def trained() -> TrainedModel:
    """Train once; no fixture, since hypothesis writes down all arguments of a test that fails."""
    tiny = {**TINY, "horizon": 3, "random_state": 0}
    return fit_panel(long_to_panel(sales()), settings=tiny).without_history()


@pytest.fixture
def networks() -> TrainedModel:
    return trained()


def faulty() -> pd.DataFrame:
    """Make series with a fault of each kind, and two sound ones."""
    df = sales(7)
    df.loc[df.index[3], "y"] = np.inf  # shop0
    again = df[df["unique_id"] == "shop1"].tail(1).assign(y=1.0)  # not what it was before
    df.loc[df["unique_id"] == "shop2", "y"] = np.nan
    df.loc[df.index[3 * 30 + 5], "ds"] += pd.Timedelta(days=4)  # shop3
    df.loc[df.index[4 * 30 + 5], "ds"] = pd.NaT  # shop4
    nameless = df[df["unique_id"] == "shop5"].head(2).assign(unique_id=None)
    return pd.concat([df, again, nameless], ignore_index=True)


def test_each_kind_of_fault_has_its_reason(tmp_path: Path) -> None:
    sales().to_parquet(tmp_path / "sound.parquet")
    fit(str(tmp_path / "sound.parquet"), str(tmp_path / "model"), 3, settings=TINY)
    df = faulty()
    df.to_parquet(tmp_path / "sales.parquet")
    call = (str(tmp_path / "model"), str(tmp_path / "sales.parquet"), str(tmp_path / "f.parquet"))
    report = predict(*call)
    assert pd.read_parquet(call[2])["unique_id"].unique().tolist() == ["shop5", "shop6"]
    assert report.rejected is not None
    table = pd.read_parquet(report.rejected).set_index("series")
    said = {
        "shop0": "values must be finite",
        "shop1": "one row for each series and time stamp",
        "shop2": "at least one observed value",
        "shop3": "time stamps must be regular",
        "shop4": "every row needs a time stamp",
    }
    for name, words in said.items():
        assert words in table.loc[name, "reason"]
        assert table.loc[name, "n_rows"] == (31 if name == "shop1" else 30)
    assert table["n_rows"].sum() == report.counts.n_rows_rejected == 5 * 30 + 1 + 2
    assert table.loc["shop0", "step"] == "2020-04-01 00:00:00"
    assert report.counts.n_rows - report.counts.n_rows_rejected == 2 * 30
    assert report.counts.n_rejected == 5  # rows without an id are of no series
    rescued = predict(*call, run=Run(on_error="fallback"))
    found = pd.read_parquet(call[2])
    assert found["unique_id"].unique().tolist() == [f"shop{k}" for k in (0, 1, 3, 4, 5, 6)]
    fallback = found[found["status"] == "fallback"]
    assert fallback["unique_id"].unique().tolist() == ["shop0", "shop1", "shop3", "shop4"]
    assert set(fallback["method"]) == {"seasonal_naive"}
    assert rescued.counts.n_fallback == 4
    assert rescued.counts.n_rejected == 1
    treatment = pd.read_parquet(str(rescued.rejected)).set_index("series")["treatment"]
    assert treatment[["shop0", "shop2"]].tolist() == ["fallback", "left out"]


def test_the_fallback_repeats_the_last_season(networks: TrainedModel) -> None:
    df = faulty()
    piece = forecast_rows(df, COLUMNS, networks, 3, Output(), "fallback")
    own = piece.forecasts[piece.forecasts["unique_id"] == "shop0"]
    history = df[df["unique_id"] == "shop0"]["y"].to_numpy()
    np.testing.assert_array_equal(own["y_hat"], history[18:21])
    differences = history[12:] - history[:-12]
    spread = np.sqrt(np.mean(differences[np.isfinite(differences)] ** 2))
    np.testing.assert_allclose(own["hi-95"] - own["y_hat"], 1.959964 * spread, rtol=1e-6)


def test_sound_series_are_forecast_as_without_the_others(networks: TrainedModel) -> None:
    df = faulty()
    sound = df[df["unique_id"].isin(["shop5", "shop6"])]
    wanted = forecast_rows(sound, COLUMNS, networks, 3, Output(), "raise").forecasts
    for on_error in ("skip", "fallback"):
        found = forecast_rows(df, COLUMNS, networks, 3, Output(), on_error).forecasts
        found = found[found["unique_id"].isin(["shop5", "shop6"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, wanted)


def test_a_fault_of_the_whole_is_one_of_each_series(networks: TrainedModel) -> None:
    df = sales(2).assign(ds=1.5)
    piece = forecast_rows(df, COLUMNS, networks, 3, Output(), "skip")
    assert len(piece.forecasts) == 0
    assert piece.forecasts.columns.tolist()[-2:] == list(SAID)
    assert piece.faults["series"].tolist() == ["shop0", "shop1"]
    with pytest.raises(EsrnnError):
        forecast_rows(df, COLUMNS, networks, 3, Output(), "raise")


def test_a_single_value_has_a_spread() -> None:
    quantiles = naive_quantiles(Panel.from_arrays([[4.0], [3.0, 5.0]]), 2, 12, (0.9,))
    np.testing.assert_array_equal(quantiles[0], [[4.0, 4.0], [5.0, 5.0]])
    np.testing.assert_allclose(quantiles[1] - quantiles[0], 1.2815516 * np.array([[4.0], [2.0]]) *
                               np.ones(2))  # fmt: skip


def test_nothing_sound_is_nothing_to_rescue() -> None:
    df = pd.DataFrame({"unique_id": "a", "ds": [1, 2], "y": [np.nan, np.inf]})
    assert salvage(df, LongColumns(), 1) is None


VALUES = st.one_of(
    st.floats(-1e3, 1e3),
    st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 1e-300, 5.0]),
)


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Draw frames of a few series with anything in them."""
    parts = []
    for name in draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=4)):
        n = draw(st.integers(1, 30))
        start = draw(st.sampled_from(["2020-01-01", "2020-01-31", "1900-01-01", "2020-02-15"]))
        step = draw(st.sampled_from(["MS", "ME", "D", "QS"]))
        ds = pd.date_range(start, periods=n, freq=step).to_series(index=range(n))
        if draw(st.booleans()):
            ds.iloc[draw(st.integers(0, n - 1))] = pd.NaT
        y = draw(st.lists(VALUES, min_size=n, max_size=n))
        parts.append(pd.DataFrame({"unique_id": name, "ds": ds, "y": y}))
    return pd.concat(parts, ignore_index=True)


@settings(max_examples=10)
@given(frames(), st.sampled_from(["skip", "fallback"]))
def test_every_row_is_of_a_series_forecast_or_rejected(df: pd.DataFrame, on_error: str) -> None:
    piece = forecast_rows(df, COLUMNS, trained(), 2, Output(), on_error)  # type: ignore[arg-type]
    numbers = piece.forecasts[Output().columns()].to_numpy(dtype=np.float64)
    assert np.isfinite(numbers).all()
    table = rejected_table(piece.faults, rows_of_each(df["unique_id"]), "", piece.rescued)
    left_out = table.loc[table["treatment"] == "left out", "n_rows"].sum()
    served = df["unique_id"].isin(piece.forecasts["unique_id"]) & df["unique_id"].notna()
    assert left_out + served.sum() == len(df)
    assert len(piece.forecasts) == 2 * piece.n_series == 2 * piece.forecasts["unique_id"].nunique()


@pytest.mark.parametrize("faulty", ["a.csv", "b.csv"])
def test_a_date_that_can_not_be_read_rejects_one_series_of_a_folder(
    tmp_path: Path, faulty: str
) -> None:
    (tmp_path / "data").mkdir()
    for k, name in enumerate(("a.csv", "b.csv")):
        df = sales(2, first=2 * k).astype({"ds": str})
        if name == faulty:
            df.loc[4, "ds"] = "2020-05-xx"
        df.to_csv(tmp_path / "data" / name, index=False)
    report = predict("monthly", str(tmp_path / "data"), str(tmp_path / "out"), horizon=2)
    assert (report.counts.n_series, report.counts.n_rejected) == (3, 1)
    assert report.rejected is not None
    (row,) = pd.read_parquet(report.rejected).to_dict("records")
    assert (row["partition"], row["value"]) == (faulty, "'2020-05-xx'")
