"""`evaluate`, `backtest` and `plot` on files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.evaluation import backtest as own_backtest
from esrnn.evaluation import score
from esrnn.files import Columns
from esrnn.jobs import CallError, Output, backtest, evaluate, fit, plot, predict
from tests.jobs.made_up import TINY, sales


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sales of which the last three months are forecast, in files."""
    folder = tmp_path_factory.mktemp("looking")
    df = sales()
    df["ds"] = df["ds"].dt.strftime("%Y-%m")
    df.to_csv(folder / "whole.csv", index=False)
    past = df[df["ds"] < "2022-04"]
    past.to_csv(folder / "past.csv", index=False)
    fit(str(folder / "past.csv"), str(folder / "model"), 3, settings=TINY)
    predict(str(folder / "model"), str(folder / "past.csv"), str(folder / "f.csv"))
    return folder


def test_scores_are_those_of_the_frames(folder: Path) -> None:
    df, forecasts = (
        pd.read_csv(folder / name, parse_dates=["ds"], date_format="%Y-%m")
        for name in ("whole.csv", "f.csv")
    )
    y = df.set_index(["unique_id", "ds"])["y"]
    forecasts = forecasts.drop(columns=["status", "method"]).set_index(["unique_id", "ds"])
    report = evaluate(str(folder / "f.csv"), str(folder / "whole.csv"))
    pd.testing.assert_frame_equal(report.table, score(y, forecasts))
    assert report.is_complete
    by = evaluate(str(folder / "f.csv"), str(folder / "whole.csv"), by="step").table
    pd.testing.assert_frame_equal(by, score(y, forecasts, by="step"))


def test_quantiles_are_scored(folder: Path) -> None:
    output = Output(quantiles=(0.1, 0.9))
    call = (str(folder / "model"), str(folder / "past.csv"), str(folder / "q.csv"))
    predict(*call, output=output)
    table = evaluate(str(folder / "q.csv"), str(folder / "whole.csv")).table
    assert np.isfinite(table.loc["forecast", "quantile_loss"])


def test_forecasts_of_other_series_are_refused(folder: Path, tmp_path: Path) -> None:
    sales(2, first=50).to_csv(tmp_path / "others.csv", index=False)
    with pytest.raises(InputError, match="must hold the series that were forecast"):
        evaluate(str(folder / "f.csv"), str(tmp_path / "others.csv"))


def test_a_backtest_leaves_out_what_is_faulty(tmp_path: Path) -> None:
    df = sales(4)
    sound = df[df["unique_id"] != "shop0"].set_index(["unique_id", "ds"])["y"]
    df.loc[3, "y"] = np.inf
    df.to_parquet(tmp_path / "sales.parquet")
    report = backtest(str(tmp_path / "sales.parquet"), 2, n_windows=2, settings=TINY)
    assert report.rejected["series"].tolist() == ["shop0"]
    wanted = own_backtest(sound, forecaster={**TINY, "random_state": 0}, horizon=2, n_windows=2)
    pd.testing.assert_frame_equal(report.table, wanted.scores())
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["table"][0]["method"] == "forecast"
    assert plain["rejected"][0]["series"] == "shop0"
    assert "1 series left out: values must be finite" in report.lines()[1]
    with pytest.raises(InputError, match="must be finite"):
        backtest(str(tmp_path / "sales.parquet"), 2, settings=TINY, on_error="raise")


def test_a_backtest_leaves_out_series_that_lack_covariates(tmp_path: Path) -> None:
    gap = sales(4).assign(promo=lambda table: np.arange(len(table)) % 3)
    gap.loc[[28, 70], "promo"] = np.nan  # of shop0 in a row that is forecast, of shop2 in another
    gap = gap.drop(index=58)  # a row of shop1 that would be forecast
    gap.to_parquet(tmp_path / "sales.parquet")
    call = {"n_windows": 2, "columns": Columns(future=("promo",)), "settings": TINY}
    report = backtest(str(tmp_path / "sales.parquet"), 2, **call)
    assert report.rejected["series"].tolist() == ["shop0"]
    assert "X is missing values for the forecast steps" in report.lines()[-1]
    sound = gap[gap["unique_id"] != "shop0"].set_index(["unique_id", "ds"])
    settings = {**TINY, "random_state": 0}
    wanted = own_backtest(sound["y"], sound[["promo"]], forecaster=settings, horizon=2, n_windows=2)
    pd.testing.assert_frame_equal(report.table, wanted.scores())
    with pytest.raises(InputError, match="X is missing values"):
        backtest(str(tmp_path / "sales.parquet"), 2, on_error="raise", **call)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_picture_is_a_file_of_its_kind(folder: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"f.{kind}"
    data, forecasts = str(folder / "past.csv"), str(folder / "f.csv")
    report = plot(data, forecasts, str(out), series=["shop4", "shop1"])
    assert sorted(report.series) == ["shop1", "shop4"]
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert out.read_bytes().startswith(begins[kind])


def test_pictures_that_can_not_be_drawn(folder: Path, tmp_path: Path) -> None:
    data, forecasts = str(folder / "past.csv"), str(folder / "f.csv")
    with pytest.raises(CallError, match="must end in"):
        plot(data, forecasts, str(tmp_path / "f.gif"))
    with pytest.raises(InputError, match=r"missing are \['shop77'\]"):
        plot(data, forecasts, str(tmp_path / "f.png"), series=["shop77"])
    assert list(tmp_path.iterdir()) == []
