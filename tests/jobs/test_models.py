"""`update`, `inspect` and forecasts of the series that a model has."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError, ModelFileError
from esrnn.files import Columns
from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.forecaster.updating import update_panel
from esrnn.frames import long_to_panel
from esrnn.jobs import CallError, Run, fit, inspect, predict, update
from esrnn.jobs.updating import keep_last
from tests.jobs.made_up import TINY, contents, sales


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of the first 26 months."""
    folder = tmp_path_factory.mktemp("made")
    df = sales(4)
    df[df["ds"] < "2022-03"].to_csv(folder / "old.csv", index=False)
    fit(str(folder / "old.csv"), str(folder / "model"), 3, settings=TINY)
    return str(folder / "model")


def test_new_rows_move_series_on_and_new_series_join(made: str, tmp_path: Path) -> None:
    new = pd.concat([sales(4)[lambda df: df["ds"] >= "2022-03"], sales(1, first=9)])
    new.to_csv(tmp_path / "new.csv", index=False)
    report = update(made, str(tmp_path / "new.csv"), str(tmp_path / "model"))
    assert report.counts.n_series == 5
    found = FittedPanel.load(tmp_path / "model")
    y = new.set_index(["unique_id", "ds"])[["y"]]
    wanted = update_panel(FittedPanel.load(made), y, None)
    np.testing.assert_array_equal(found.framed.panel.values, wanted.framed.panel.values)
    pd.testing.assert_frame_equal(found.forecast_frame(), wanted.forecast_frame())
    run = json.loads((tmp_path / "model" / "run.json").read_text())
    assert run["model_before"] == inspect(made).facts["sha256"]


def test_the_same_rows_again_change_nothing(made: str, tmp_path: Path) -> None:
    sales(4).to_csv(tmp_path / "all.csv", index=False)
    once, twice = tmp_path / "once", tmp_path / "twice"
    update(made, str(tmp_path / "all.csv"), str(once))
    update(str(once), str(tmp_path / "all.csv"), str(twice))
    assert contents(once)["series.parquet"] == contents(twice)["series.parquet"]


def test_a_model_that_keeps_some_steps_does_not_grow(made: str, tmp_path: Path) -> None:
    df, model = sales(4, n_months=60), str(tmp_path / "model")
    sizes = []
    for n, until in enumerate(("2022-06", "2023-06", "2024-06")):
        df[df["ds"] < until].to_csv(tmp_path / "new.csv", index=False)
        update(made if n == 0 else model, str(tmp_path / "new.csv"), model, keep=26)
        sizes.append(sum(map(len, contents(Path(model)).values())))
    assert max(sizes) < 1.05 * min(sizes)
    framed = FittedPanel.load(model).framed
    assert framed.panel.lengths.tolist() == [26] * 4
    assert framed.times.last[0] == pd.Timestamp("2024-05-01")
    np.testing.assert_array_equal(framed.panel.series(0), df["y"].to_numpy()[53 - 26 : 53])


@pytest.mark.parametrize("seasonality", ["multiplicative", "additive"])
def test_what_is_kept_is_smoothed_on_as_before(seasonality: str) -> None:
    df = sales(4, n_months=150).assign(promo=lambda df: (df["ds"].dt.month == 11).astype(float))
    indexed = df.set_index(["unique_id", "ds"])
    framed = long_to_panel(df)
    settings = {**TINY, "horizon": 3, "seasonality": seasonality, "random_state": 1}
    months = pd.date_range("2032-07-01", periods=3, freq="MS")
    ahead = pd.MultiIndex.from_product([framed.ids, months], names=["unique_id", "ds"])
    future = pd.DataFrame({"promo": 0.0}, index=ahead)
    for X, later in ((None, None), (indexed[["promo"]], future)):
        whole = fit_panel(framed, X, settings)
        kept = keep_last(whole, 110)
        assert kept.framed.panel.lengths.tolist() == [110] * 4
        pd.testing.assert_frame_equal(kept.coefficients(), whole.coefficients())
        pd.testing.assert_frame_equal(  # the level begins anew, which tells a little
            kept.forecast_frame(3, later, [0.8]), whole.forecast_frame(3, later, [0.8]), rtol=5e-3
        )
        assert X is None or len(kept.columns) == 4 * 110
        assert keep_last(kept, 110) is kept


def test_faulty_rows_are_rejected_and_the_model_stays_sound(made: str, tmp_path: Path) -> None:
    new = sales(4)[lambda df: df["ds"] >= "2022-03"].reset_index(drop=True)
    new.loc[1, "y"] = np.inf
    new.to_csv(tmp_path / "new.csv", index=False)
    data, out = str(tmp_path / "new.csv"), str(tmp_path / "model")
    with pytest.raises(InputError, match="must be finite"):
        update(made, data, out, run=Run(on_error="raise"))
    assert not Path(out).exists()
    report = update(made, data, out)
    assert report.counts.n_rejected == 1
    last = FittedPanel.load(out).framed.times.last
    assert last.strftime("%Y-%m").tolist() == ["2022-02", "2022-06", "2022-06", "2022-06"]
    assert pd.read_parquet(str(report.rejected))["series"].tolist() == ["shop0"]


def test_own_series_are_forecast_without_data(made: str, tmp_path: Path) -> None:
    out = str(tmp_path / "f.csv")
    report = predict(made, None, out)
    wanted = FittedPanel.load(made).forecast_frame(coverages=[0.8, 0.95])
    found = pd.read_csv(out)
    assert found["ds"].tolist()[:2] == ["2022-03-01", "2022-04-01"]
    np.testing.assert_allclose(found["hi-95"], wanted["hi-95"], rtol=1e-9)
    assert report.networks == f"2 networks for monthly data, of {made}"
    with pytest.raises(CallError, match="CSV or Parquet"):
        predict(made, None, str(tmp_path / "folder"))
    with pytest.raises(CallError, match="holds no history"):
        predict("monthly", None, out)


def test_networks_alone_can_not_be_updated(tmp_path: Path) -> None:
    sales(1).to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(CallError, match="holds no history"):
        update("monthly", str(tmp_path / "new.csv"), str(tmp_path / "model"))


def test_local_models_and_cells_are_told_and_forecast(tmp_path: Path) -> None:
    sales(2).to_csv(tmp_path / "old.csv", index=False)
    mixed = {"local_models": {"theta": 0.3}, "kinds": [{}, {"cell": "mlp"}], "n_members": 2}
    model = str(tmp_path / "model")
    fit(str(tmp_path / "old.csv"), model, 3, settings={**TINY, **mixed})
    facts = inspect(model).facts
    assert (facts["cells"], facts["local_models"]) == (["lstm", "mlp"], ["theta 0.3"])
    predict(model, None, str(tmp_path / "own.csv"))
    found = pd.read_csv(tmp_path / "own.csv")
    wanted = FittedPanel.load(model).forecast_frame()
    np.testing.assert_allclose(found["y_hat"], wanted["y_hat"], rtol=1e-9)


def test_a_card_says_what_a_model_knows(made: str) -> None:
    facts = inspect(made).facts
    assert facts["networks"] == "2 networks for monthly data, trained on these series"
    assert (facts["horizon"], facts["series"], facts["values"]) == (3, 4, 4 * 26)
    assert facts["made_from"].endswith("old.csv (1 files, 104 rows)")
    own = inspect("quarterly").facts
    assert own["networks"] == "4 networks for quarterly data"
    assert "series of" in own["trained_on"]
    with pytest.raises(CallError, match="no model directory"):
        inspect("weakly")


def test_a_model_at_a_url_is_as_good_as_a_folder(made: str, tmp_path: Path) -> None:
    old, url = str(Path(made).parent / "old.csv"), "memory://models/of_march"
    fit(old, url, 3, settings=TINY)
    assert inspect(url).facts["sha256"] == inspect(made).facts["sha256"]
    for model, name in ((made, "local"), (url, "remote"), (f"file://{made}", "file")):
        predict(model, old, str(tmp_path / f"{name}.csv"))
    expected = (tmp_path / "local.csv").read_bytes()
    assert (tmp_path / "remote.csv").read_bytes() == expected
    assert (tmp_path / "file.csv").read_bytes() == expected
    predict(url, None, str(tmp_path / "own.csv"))
    assert (tmp_path / "own.csv").exists()
    with pytest.raises(CallError, match="new place only"):
        update(url, old)
    report = update(url, old, "memory://models/of_april")
    assert report.counts.n_series == 4
    assert inspect("memory://models/of_april").facts["series"] == 4
    with pytest.raises(ModelFileError, match=r"MANIFEST.json is missing .*of_may"):
        predict("memory://models/of_may", old, str(tmp_path / "f.csv"))


def test_rows_to_come_are_taken_into_a_model(tmp_path: Path) -> None:
    df = sales(3).rename(columns={"unique_id": "shop", "ds": "month", "y": "visitors"})
    df = df.assign(size=1, promo=np.arange(len(df)) % 3 == 0)
    history = df["month"] < "2022-04"
    paths = {name: str(tmp_path / name) for name in ("old.csv", "plan.csv", "bare.csv", "all.csv")}
    df[history].to_csv(paths["old.csv"], index=False)
    plan = df[~history].assign(visitors=np.nan)
    plan.to_csv(paths["plan.csv"], index=False)
    plan.drop(columns="visitors").to_csv(paths["bare.csv"], index=False)
    pd.concat([df[history], plan]).to_csv(paths["all.csv"], index=False)
    model, columns = str(tmp_path / "model"), Columns("shop", value="visitors", future=("promo",))
    fitted = fit(paths["old.csv"], model, 3, columns=columns, settings=TINY)
    promo = Columns(future=("promo",))  # the others are called as before
    for call in (update, predict):
        with pytest.raises(InputError, match="value column 'visitors' is not there") as caught:
            call(model, paths["bare.csv"], str(tmp_path / "f.csv"), columns=promo)
        assert "need a column 'visitors' too, which is empty" in caught.value.__notes__[0]
    once = str(tmp_path / "once.csv")
    report = predict(model, paths["all.csv"], once, columns=promo)
    assert report.counts.n_rows_ahead == 3 * 3
    assert report.lines()[2].startswith("9 rows after the last value of their series")
    assert not [line for line in fitted.lines() if "after the last value" in line]
    with pytest.raises(InputError, match="X is missing values for the forecast steps"):
        predict(model, None, str(tmp_path / "f.csv"))
    for _ in range(2):  # the same plan again changes nothing
        update(model, paths["plan.csv"], columns=promo)
        predict(model, None, str(tmp_path / "f.csv"))
        own, wanted = pd.read_csv(tmp_path / "f.csv"), pd.read_csv(once)
        assert own["month"].tolist() == wanted["month"].tolist()
        np.testing.assert_allclose(own["y_hat"], wanted["y_hat"], rtol=1e-6)


def test_new_files_may_have_columns_of_usual_names(made: str, tmp_path: Path) -> None:
    other = sales(2).rename(columns={"unique_id": "shop", "ds": "month", "y": "sales"})
    other.to_csv(tmp_path / "other.csv", index=False)
    report = predict(made, str(tmp_path / "other.csv"), str(tmp_path / "f.csv"))
    assert report.counts.n_series == 2
