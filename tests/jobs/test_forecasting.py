"""`forecast`, `fit` and `predict`: from files to files."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest

from esrnn.errors import FileError, InputError
from esrnn.files import Columns, Source
from esrnn.forecaster import FittedPanel, TrainedModel, fit_panel
from esrnn.frames import long_to_panel
from esrnn.jobs import CallError, Output, Run, Unfinished, fit, forecast, predict
from tests.jobs.made_up import TINY, contents, sales, write_parts

WIDE = ["unique_id", "ds", "y_hat", "lo-80", "hi-80", "lo-95", "hi-95", "status", "method"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model directory for monthly data."""
    folder = tmp_path_factory.mktemp("model")
    sales().to_parquet(folder / "sales.parquet")
    fit(str(folder / "sales.parquet"), str(folder / "model"), 3, settings=TINY)
    return str(folder / "model")


def test_a_forecast_has_the_numbers_of_the_forecaster(tmp_path: Path) -> None:
    df = sales()
    df.to_parquet(tmp_path / "sales.parquet")
    out = tmp_path / "out" / "forecasts.parquet"
    report = forecast(str(tmp_path / "sales.parquet"), str(out), 3, settings=TINY)
    found = pd.read_parquet(out)
    assert found.columns.tolist() == WIDE
    settings = {**TINY, "horizon": 3, "random_state": 0}
    wanted = fit_panel(long_to_panel(df), settings=settings).forecast_frame(coverages=[0.8, 0.95])
    np.testing.assert_array_equal(found[WIDE[:2]], wanted[WIDE[:2]])
    np.testing.assert_allclose(found[WIDE[2:7]], wanted[WIDE[2:7]], rtol=1e-12)
    assert set(found["status"]) == {"ok"}
    assert set(found["method"]) == {"network"}
    assert report.counts.n_series == 6
    assert report.is_complete
    assert report.rejected is None


def test_networks_of_the_package_are_taken_where_they_suit(tmp_path: Path) -> None:
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    report = forecast(str(tmp_path / "sales.csv"), str(tmp_path / "f.csv"), 2)
    assert report.networks == "4 networks for monthly data, as they come"


def test_stamps_and_ids_come_out_as_they_went_in(tmp_path: Path, model: str) -> None:
    df = sales(2)
    df["unique_id"] = df["unique_id"].map({"shop0": "007", "shop1": "012"})
    df["ds"] = df["ds"].dt.strftime("%Y-%m")
    df.to_csv(tmp_path / "sales.csv", index=False)
    predict(model, str(tmp_path / "sales.csv"), str(tmp_path / "f.csv"), horizon=2)
    found = pd.read_csv(tmp_path / "f.csv", dtype=str)
    assert found["unique_id"].tolist() == ["007", "007", "012", "012"]
    assert found["ds"].tolist() == ["2022-07", "2022-08"] * 2
    numbers = df.assign(unique_id=df["unique_id"].astype(int), ds=pd.to_datetime(df["ds"]))
    numbers["ds"] = (
        numbers["ds"].dt.tz_localize("Europe/Berlin").astype("datetime64[ms, Europe/Berlin]")
    )
    numbers.to_parquet(tmp_path / "sales.parquet", index=False)
    predict(model, str(tmp_path / "sales.parquet"), str(tmp_path / "f.parquet"), horizon=2)
    found = pd.read_parquet(tmp_path / "f.parquet")
    assert found["unique_id"].dtype == numbers["unique_id"].dtype
    assert found["ds"].dtype == numbers["ds"].dtype
    assert found["ds"].iloc[0] == pd.Timestamp("2022-07-01", tz="Europe/Berlin")


def test_parts_of_a_folder_keep_their_places(tmp_path: Path, model: str) -> None:
    for k, region in enumerate(("EU", "US")):
        folder = tmp_path / "data" / f"region={region}"
        folder.mkdir(parents=True)
        sales(2, first=2 * k).to_csv(folder / "sales.csv.gz", index=False)
    predict(model, str(tmp_path / "data"), str(tmp_path / "out"))
    names = ["_manifest.json", "region=EU/sales.csv", "region=US/sales.csv"]
    assert sorted(contents(tmp_path / "out")) == names
    predict(model, str(tmp_path / "data"), str(tmp_path / "one.parquet"))
    found = pd.read_parquet(tmp_path / "one.parquet")
    assert found["region"].tolist() == ["EU"] * 6 + ["US"] * 6
    assert found.columns.tolist() == ["region", *WIDE]


def test_partitions_change_no_number(tmp_path: Path, model: str) -> None:
    parts = write_parts(tmp_path / "data", 3)
    whole = pd.concat([pd.read_parquet(path) for path in sorted(parts.iterdir())])
    whole.to_parquet(tmp_path / "whole.parquet", index=False)
    predict(model, str(tmp_path / "whole.parquet"), str(tmp_path / "one.parquet"))
    predict(model, str(parts), str(tmp_path / "many.parquet"))
    one, many = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("one", "many"))
    pd.testing.assert_frame_equal(one, many)


def test_quantiles_take_the_place_of_intervals(tmp_path: Path, model: str) -> None:
    sales(2).to_parquet(tmp_path / "sales.parquet")
    data, out = str(tmp_path / "sales.parquet"), str(tmp_path / "f.parquet")
    predict(model, data, out, output=Output(quantiles=(0.1, 0.5, 0.9)))
    found = pd.read_parquet(out)
    assert found.columns.tolist()[2:6] == ["y_hat", "q-0.1", "q-0.5", "q-0.9"]
    assert (found["q-0.1"] < found["q-0.5"]).all()
    np.testing.assert_array_equal(found["y_hat"], found["q-0.5"])


def test_the_hubverse_has_a_row_for_each_quantile(tmp_path: Path, model: str) -> None:
    sales(2).to_csv(tmp_path / "sales.csv", index=False)
    data, out = str(tmp_path / "sales.csv"), str(tmp_path / "f.csv")
    predict(model, data, out, output=Output(quantiles=(0.9, 0.1), layout="hubverse"))
    found = pd.read_csv(out)
    assert found.columns.tolist() == [
        "unique_id", "ds", "horizon", "output_type", "output_type_id", "value",
    ]  # fmt: skip
    assert found["output_type_id"].tolist() == [0.1, 0.5, 0.9] * 6
    assert found["horizon"].tolist() == [1] * 3 + [2] * 3 + [3] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert (found.groupby(["unique_id", "ds"])["value"].diff().dropna() > 0).all()


def test_the_manifest_says_what_was_made_of_what(tmp_path: Path, model: str) -> None:
    parts = write_parts(tmp_path / "data", 2)
    report = predict(model, str(parts), str(tmp_path / "out"))
    manifest = json.loads(Path(report.manifest).read_text())
    assert [part["input"] for part in manifest["parts"]] == ["part-0.parquet", "part-1.parquet"]
    assert manifest["horizon"] == 3
    assert manifest["networks"]["preset"] == "monthly"
    assert all(len(part["output_sha256"]) == 64 for part in manifest["parts"])
    again = predict(model, str(parts), str(tmp_path / "again"))
    assert Path(again.manifest).read_bytes() == Path(report.manifest).read_bytes()


def test_a_model_has_its_series_and_says_where_it_is_from(model: str) -> None:
    assert FittedPanel.load(model).framed.n_series == 6
    assert TrainedModel.load(model).horizon == 3
    run = json.loads((Path(model) / "run.json").read_text())
    assert run["settings"]["n_members"] == "2"
    assert list(run["files"]) == ["sales.parquet"]


def test_columns_known_in_advance_are_rows_after_the_last_value(tmp_path: Path) -> None:
    df = sales(3, n_months=36)
    df["promo"] = (np.arange(len(df)) % 3 == 0).astype(float)
    df.loc[df["promo"] == 1.0, "y"] += 40.0
    df["size"] = df["unique_id"].map({"shop0": 1, "shop1": 2, "shop2": 3})
    df.loc[df["ds"] >= "2022-10", "y"] = np.nan  # the three months to forecast
    df.to_parquet(tmp_path / "sales.parquet")
    columns = Columns(static=("size",), future=("promo",))
    data, out = str(tmp_path / "sales.parquet"), str(tmp_path / "f.parquet")
    forecast(data, out, 3, columns=columns, settings=TINY)
    found = pd.read_parquet(out)
    assert found["ds"].dt.strftime("%Y-%m").tolist()[:3] == ["2022-10", "2022-11", "2022-12"]
    promoted = df.loc[df["y"].isna(), "promo"].to_numpy() == 1.0
    assert found["y_hat"][promoted].mean() > found["y_hat"][~promoted].mean() + 20.0


def test_other_stores_than_disks_serve(model: str) -> None:
    with fsspec.open("memory://jobs/sales.csv", "w") as file:
        sales(2).to_csv(file, index=False)
    predict(model, "memory://jobs/sales.csv", "memory://results/f.csv", horizon=2)
    with fsspec.open("memory://results/f.csv") as file:
        assert len(pd.read_csv(file)) == 4
    predict(model, "memory://jobs/sales.csv", "memory://results/folder", horizon=2)
    files = fsspec.filesystem("memory").find("/results/folder")
    assert [name.rpartition("/")[2] for name in files] == ["_manifest.json", "sales.csv"]


class TestRefused:
    """Calls that can't be served."""

    def test_results_in_the_input(self, tmp_path: Path, model: str) -> None:
        parts = write_parts(tmp_path / "data", 1)
        with pytest.raises(CallError, match="must not lie in the input"):
            predict(model, str(parts), str(parts / "out"))
        with pytest.raises(CallError, match="must not lie in the input"):
            predict(model, str(parts / "part-0.parquet"), str(parts / "part-0.parquet"))

    def test_a_folder_of_others(self, tmp_path: Path, model: str) -> None:
        parts = write_parts(tmp_path / "data", 1)
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("years")
        with pytest.raises(CallError, match="holds what no job wrote"):
            predict(model, str(parts), str(tmp_path / "mine"))
        with pytest.raises(CallError, match="neither"):
            fit(str(parts), str(tmp_path / "mine"), settings=TINY)
        assert contents(tmp_path / "mine") == {"thesis.txt": b"years"}

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"n_epoch": 1}, "n_epoch"),
            ({"errors": "skip"}, "options of the job"),
            ({"horizon": 4}, "options of the job"),
        ],
    )
    def test_settings(self, tmp_path: Path, settings: dict[str, object], said: str) -> None:
        parts = write_parts(tmp_path / "data", 1)
        with pytest.raises(CallError, match=said):
            forecast(str(parts), str(tmp_path / "out"), 2, settings=settings)

    def test_a_horizon_of_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(CallError, match="horizon"):
            forecast(str(tmp_path), str(tmp_path / "out"), 0)

    def test_no_model_and_networks_for_others(self, tmp_path: Path) -> None:
        sales(2).to_csv(tmp_path / "sales.csv", index=False)
        data, out = str(tmp_path / "sales.csv"), str(tmp_path / "f.csv")
        with pytest.raises(CallError, match="no model directory 'nowhere'"):
            predict("nowhere", data, out)
        with pytest.raises(CallError, match="for yearly data; the step of the input is 'MS'"):
            predict("yearly", data, out)
        assert predict("monthly", data, out).counts.n_series == 2

    def test_no_data(self, tmp_path: Path, model: str) -> None:
        with pytest.raises(FileError, match="no file or folder"):
            predict(model, str(tmp_path / "none.csv"), str(tmp_path / "f.csv"))
        sales(1).iloc[:0].to_csv(tmp_path / "empty.csv", index=False)
        with pytest.raises(InputError, match="no rows"):
            predict(model, str(tmp_path / "empty.csv"), str(tmp_path / "f.csv"))
        assert not (tmp_path / "f.csv").exists()

    def test_options(self) -> None:
        for bad in ({"on_error": "ignore"}, {"workers": 0}, {"workers": 2, "scheduler": "tcp://x"}):
            with pytest.raises(InputError):
                Run(**bad)
        for bad in ({"quantiles": (0.0,)}, {"coverages": (0.5, 0.5)}, {"layout": "long"}):
            with pytest.raises(InputError):
                Output(**bad)


def test_a_time_budget_ends_between_two_files(tmp_path: Path, model: str) -> None:
    parts = write_parts(tmp_path / "data", 3)
    call = (model, str(parts), str(tmp_path / "out"))
    with pytest.raises(Unfinished, match="2 files are left"):
        predict(*call, run=Run(time_budget=1e-9))
    assert not (tmp_path / "out").exists()
    report = predict(*call)
    assert report.n_resumed == 1
    predict(model, str(parts), str(tmp_path / "undisturbed"))
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


def test_a_source_says_how_files_are_read(tmp_path: Path, model: str) -> None:
    df = sales(2)
    df["ds"] = df["ds"].dt.strftime("%d.%m.%Y")
    df.to_csv(tmp_path / "sales.csv", index=False)
    source = Source(str(tmp_path / "sales.csv"), time_format="%d.%m.%Y")
    predict(model, source, str(tmp_path / "f.csv"), horizon=1)
    assert pd.read_csv(tmp_path / "f.csv")["ds"].tolist() == ["01.07.2022"] * 2


def test_pieces_change_no_number(
    tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    df = sales(5)
    df.loc[35, "y"] = np.inf
    df.to_parquet(tmp_path / "sales.parquet", index=False)
    data = str(tmp_path / "sales.parquet")
    whole = predict(model, data, str(tmp_path / "whole.parquet"))
    monkeypatch.setattr(Run, "max_rows", lambda self: 70)
    pieces = predict(model, data, str(tmp_path / "pieces.parquet"))
    assert whole.counts == pieces.counts
    one, many = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("whole", "pieces"))
    pd.testing.assert_frame_equal(one, many)


def test_memory_bounds_the_rows_at_once(tmp_path: Path) -> None:
    assert Run(max_memory=3_000_000_000).max_rows() == 3_000_000
    with pytest.raises(InputError, match="max_memory must be at least"):
        Run(max_memory=1_000)
    sales(5).to_parquet(tmp_path / "sales.parquet")
    run = Run(max_memory=700_000_000)
    object.__setattr__(run, "max_memory", 600_080_000)  # a hundred rows
    with pytest.raises(CallError, match="about 100 rows"):
        fit(str(tmp_path / "sales.parquet"), str(tmp_path / "model"), settings=TINY, run=run)


def test_series_that_ended_long_ago_are_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("esrnn"), "propagate", True)
    df = sales(4, n_months=90)
    df = df[(df["unique_id"] != "shop1") | (df["ds"] < "2022-02")]
    df.to_parquet(tmp_path / "sales.parquet")
    predict("monthly", str(tmp_path / "sales.parquet"), str(tmp_path / "f.parquet"), horizon=2)
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said.endswith("their last steps: 1 found: series 'shop1', step 2022-01-01.")


@pytest.mark.slow
def test_what_a_worker_says_is_in_the_log_of_the_job(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("esrnn"), "propagate", True)
    df = sales(4, n_months=90)
    df = df[(df["unique_id"] != "shop1") | (df["ds"] < "2022-02")]
    (tmp_path / "data").mkdir()
    df.to_parquet(tmp_path / "data" / "sales.parquet")
    data, out = str(tmp_path / "data"), str(tmp_path / "out")
    predict("monthly", data, out, horizon=2, run=Run(workers=2))
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "series 'shop1', step 2022-01-01" in said


def test_an_hour_that_clocks_repeat_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("esrnn"), "propagate", True)
    caplog.set_level(logging.INFO, "esrnn")
    hours = pd.date_range("2025-10-20", periods=24 * 14, freq="h", tz="Europe/Berlin")
    frame = pd.DataFrame({"unique_id": "a", "ds": hours, "y": np.arange(336.0) % 24.0 + 50.0})
    frame.to_parquet(tmp_path / "meters.parquet")
    predict("hourly", str(tmp_path / "meters.parquet"), str(tmp_path / "f.parquet"), horizon=2)
    assert "2 rows of an hour that clocks repeat share a step, which has their mean" in caplog.text
