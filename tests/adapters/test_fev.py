"""`ESRNN` as a model of fev, on tasks of local Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from esrnn import ESRNN
from esrnn.datasets import load_m4
from esrnn.errors import EsrnnWarning, InputError, InputTypeError

fev = pytest.importorskip("fev", reason="fev is absent: pip install 'esrnn-forecast[fev]'")

import datasets  # noqa: E402

from esrnn.adapters.fev import ESRNNModel  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SMALL = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 1}
DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(fev_alone: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make_task(data: pd.DataFrame, **arguments: Any) -> Any:
    """Write a long table to a Parquet file, and make a task of it."""
    data.to_parquet("data.parquet", index=False)
    task = fev.Task(dataset_path="data.parquet", **arguments)
    task.load_full_dataset(num_proc=1)
    return task


def m4_hourly() -> pd.DataFrame:
    """Return the end of three series of M4 Hourly, with time stamps that are made up."""
    train, test = load_m4("hourly", download=False)
    y = pd.concat([train, test]).loc[["H1", "H2", "H10"]].sort_index()
    y = y.groupby(level=0).tail(90).rename_axis(["id", "timestamp"]).reset_index()
    hour = pd.to_timedelta(y.groupby("id").cumcount(), unit="h")
    return y.assign(timestamp=pd.Timestamp("2024-01-01") + hour).rename(columns={"y": "target"})


def m3_monthly() -> pd.DataFrame:
    """Return three series of M3 Monthly, of different lengths."""
    table = pd.read_csv(ROOT / "docs" / "data" / "m3_monthly.csv")
    table = table[table["series"].isin(sorted(table["series"].unique())[:3])].drop(columns="type")
    table["month"] = pd.PeriodIndex(table["month"], freq="M").to_timestamp()
    return table.set_axis(["id", "timestamp", "target"], axis=1)


def panel(lengths: dict[str, int], freq: str = "D") -> pd.DataFrame:
    """Make series that start together, with a column for each kind of covariate."""
    rng, frames = np.random.default_rng(0), []
    for k, (name, n) in enumerate(lengths.items()):
        days = pd.date_range("2024-01-01", periods=n, freq=freq)
        noise = rng.normal(0.0, 1.0, (4, n))
        frames.append(
            pd.DataFrame(
                {
                    "id": name,
                    "timestamp": days,
                    "target": 100.0 + noise[0],
                    "other": 10.0 + noise[1],
                    "price": 5.0 + noise[2],
                    "promotion": noise[2] > 0.5,
                    "visitors": noise[3],
                    "kind": "ab"[k % 2],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def frame_of(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return columns of a long table as a panel of sktime."""
    return data.set_index(["id", "timestamp"])[list(columns)]


def split(data: pd.DataFrame, cutoff: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split each series at an index, as fev does."""
    at, length = data.groupby("id").cumcount(), data.groupby("id")["id"].transform("size")
    past = at < length + cutoff
    return data[past], data[~past]


def values_of(predictions: Any, target: str = "target", *names: str) -> np.ndarray:
    """Return what was predicted of all items, (N, H) for each name, one after another."""
    table = predictions[target].to_pandas()  # the format "numpy" would round to float32
    return np.stack([np.stack(table[name].tolist()) for name in names or ["predictions"]], axis=-1)


def expected(forecaster: ESRNN, horizon: int, X: pd.DataFrame | None = None) -> np.ndarray:
    """Return the median and the deciles of a forecaster, (N, H, 10)."""
    quantiles = forecaster.predict_quantiles(list(range(1, horizon + 1)), X, alpha=DECILES)
    values = quantiles.to_numpy().reshape(-1, horizon, 9)
    median = forecaster.predict(list(range(1, horizon + 1)), X).to_numpy()
    return np.concatenate([median.reshape(-1, horizon, 1), values], axis=-1)


@pytest.mark.parametrize(("data", "horizon"), [(m4_hourly, 12), (m3_monthly, 6)])
def test_a_task_of_a_competition_is_forecast_and_scored(data: Any, horizon: int) -> None:
    series = data()
    task = make_task(
        series, horizon=horizon, num_windows=2, quantile_levels=DECILES, eval_metric="SQL",
        extra_metrics=["MASE"], seasonality=12,
    )  # fmt: skip
    model = ESRNNModel(SMALL)
    predictions = model.fit_predict(task)
    summary = task.evaluation_summary(
        predictions, model_name="esrnn",
        training_time_s=model.training_time, inference_time_s=model.inference_time,
    )  # fmt: skip
    assert summary["num_forecasts"] == 2 * 3
    assert 0.0 < summary["SQL"] < 10.0
    assert 0.0 < summary["MASE"] < 10.0
    assert summary["training_time_s"] > 0.0
    assert summary["inference_time_s"] > 0.0
    # Both windows by hand: trained before the first one, continued up to the second one.
    past, rest = split(series, -2 * horizon)
    ids = sorted(past["id"].unique())
    forecaster = ESRNN(**SMALL).fit(frame_of(past, "target"), fh=list(range(1, horizon + 1)))
    for window in predictions:
        assert isinstance(window, datasets.DatasetDict)
        got = values_of(window, "target", "predictions", *map(str, DECILES))
        assert_array_equal(got, expected(forecaster, horizon))
        assert forecaster.predict().index.unique(0).tolist() == ids
        new = rest.groupby("id").head(horizon)
        forecaster.update(frame_of(new, "target"), update_params=False)


def test_covariates_and_several_targets() -> None:
    data = panel({"b": 40, "a": 36, "c": 30})
    data.loc[[3, 45], "target"] = np.nan
    data.loc[[7, 20], "price"] = np.nan
    task = make_task(
        data, horizon=3, target=["target", "other"], quantile_levels=DECILES,
        known_dynamic_columns=["price", "promotion"], past_dynamic_columns=["visitors"],
        static_columns=["kind"],
    )  # fmt: skip
    (window,) = ESRNNModel(SMALL).fit_predict(task)
    past, future = split(data.sort_values(["id", "timestamp"]), -3)
    columns = ["price", "promotion", "kind"]
    both = ["other", "target"]
    y = pd.concat({name: frame_of(past, name).set_axis(["y"], axis=1) for name in both})
    X, X_future = (
        pd.concat({name: frame_of(part, *columns) for name in both}) for part in (past, future)
    )
    forecaster = ESRNN(**SMALL).fit(y, X, fh=[1, 2, 3])
    forecasts = expected(forecaster, 3, X_future).reshape(2, 3, 3, 10)
    assert sorted(window) == both
    for k, name in enumerate(both):
        assert_array_equal(values_of(window, name, "predictions", *map(str, DECILES)), forecasts[k])


def test_the_training_begins_anew_for_each_window_if_wanted() -> None:
    data = panel({"a": 40, "b": 40})
    task = make_task(data, horizon=2, num_windows=2, quantile_levels=DECILES)
    once, each = (ESRNNModel(SMALL, fit_every_window=every) for every in (False, True))
    kept, trained = once.fit_predict(task), each.fit_predict(task)
    past, _ = split(data, -2)
    again = expected(ESRNN(**SMALL).fit(frame_of(past, "target"), fh=[1, 2]), 2)
    names = ("target", "predictions", *map(str, DECILES))
    assert_array_equal(values_of(trained[1], *names), again)
    assert_array_equal(values_of(trained[0], *names), values_of(kept[0], *names))
    assert (values_of(trained[1], *names) != values_of(kept[1], *names)).any()


def test_an_esrnn_is_cloned_and_each_task_begins_anew() -> None:
    data = panel({"a": 40, "b": 40})
    forecaster = ESRNN(**SMALL).pretrain(frame_of(data, "other"), fh=[1, 2])
    model = ESRNNModel(forecaster)
    (first,) = model.fit_predict(make_task(data, horizon=2))
    (second,) = model.fit_predict(make_task(data, horizon=2))
    assert forecaster.state == "pretrained"
    assert_array_equal(values_of(first), values_of(second))
    past, _ = split(data, -2)
    pretrained = forecaster.clone().fit(frame_of(past, "target"))
    assert_array_equal(values_of(first)[..., 0].ravel(), pretrained.predict([1, 2])["target"])


def test_networks_of_another_forecaster_are_taken_as_they_are() -> None:
    data = panel({"a": 40, "b": 40})
    networks = ESRNN(**SMALL).pretrain(frame_of(data, "other"), fh=[1, 2])
    model = ESRNNModel({"start_from": networks, "strategy": "zero_shot"})
    windows = model.fit_predict(make_task(data, horizon=2, num_windows=2, max_context_length=30))
    for cutoff, window in zip((-4, -2), windows, strict=True):
        past = split(data, cutoff)[0].groupby("id").tail(30)
        served = networks.clone().fit(frame_of(past, "target"))
        assert_array_equal(values_of(window).ravel(), served.predict([1, 2])["target"])


def test_no_quantiles_are_made_where_the_task_wants_none() -> None:
    (window,) = ESRNNModel(SMALL).fit_predict(make_task(panel({"a": 30}), horizon=2))
    assert window["target"].column_names == ["predictions"]


def test_series_come_later_and_end_earlier() -> None:
    """Cutoffs in time: b is too short for the first window, and c for the second one."""
    data = pd.concat([panel({"a": 40, "c": 36}), panel({"b": 20}).assign(id="b")])
    late = data["id"] == "b"
    data.loc[late, "timestamp"] += pd.Timedelta(days=20)
    task = make_task(
        data, horizon=2, num_windows=2, initial_cutoff="2024-02-01", window_step_size=5,
        min_context_length=14,
    )  # fmt: skip
    model = ESRNNModel(SMALL)
    first, second = model.fit_predict(task)
    task.evaluation_summary([first, second], model_name="esrnn")
    assert [len(window["target"]) for window in (first, second)] == [2, 2]
    ids = [w.get_input_data()[0]["id"] for w in task.iter_windows()]
    assert [list(names) for names in ids] == [["a", "c"], ["a", "b"]]


def test_cut_histories_and_ends_far_apart_are_served_without_warnings() -> None:
    data = panel({"a": 200, "b": 40, "c": 200})
    task = make_task(data, horizon=2, num_windows=3, max_context_length=20)
    windows = ESRNNModel(SMALL).fit_predict(task)
    assert [len(window["target"]) for window in windows] == [3, 3, 3]
    leaves_out = ESRNN(**SMALL).set_config(stale_after=5)
    (first, *_) = ESRNNModel(leaves_out).fit_predict(task)
    assert_array_equal(values_of(first), values_of(windows[0]))


@pytest.mark.parametrize(("n", "freq"), [(4, "B"), (1, "QS-OCT"), (1, "W-WED"), (1, "15min")])
def test_the_step_is_that_of_the_task_if_the_past_is_too_short_to_tell_it(
    n: int, freq: str
) -> None:
    data = panel({"a": n + 4, "b": n + 3}, freq)
    task = make_task(data, horizon=3, known_dynamic_columns=["price"])
    (window,) = ESRNNModel(SMALL).fit_predict(task)
    assert np.isfinite(values_of(window)).all()


def test_a_target_without_any_value_is_forecast_as_zero_and_named() -> None:
    data = panel({"a": 30, "b": 30})
    data.loc[(data["id"] == "b") & (data.groupby("id").cumcount() < 26), "other"] = np.nan
    task = make_task(
        data, horizon=2, num_windows=2, target=["target", "other"], quantile_levels=[0.9],
        known_dynamic_columns=["price"],
    )  # fmt: skip
    with pytest.warns(EsrnnWarning, match="no value before the window.* 0: 1 found") as caught:
        first, second = ESRNNModel(SMALL).fit_predict(task)
    (warning,) = (caught_one.message for caught_one in caught)
    assert warning.series == (("other", "b"),)
    assert (values_of(first, "other", "predictions", "0.9")[1] == 0.0).all()
    assert (values_of(first, "other", "predictions", "0.9")[0] > 1.0).all()
    assert (values_of(first, "target")[1] > 1.0).all()
    assert (values_of(second, "other")[1] > 1.0).all()


def test_a_window_without_any_value_is_forecast_as_zero() -> None:
    data = panel({"a": 30})
    data.loc[:24, "target"] = np.nan
    task = make_task(data, num_windows=2, window_step_size=4, known_dynamic_columns=["price"])
    with pytest.warns(EsrnnWarning, match="no value before the window"):
        windows = ESRNNModel(SMALL).fit_predict(task)
    first, second = (values_of(window).item() for window in windows)
    assert first == 0.0
    assert second > 1.0


def test_numbers_missing_in_the_future_take_the_last_one_before() -> None:
    """The first series has a gap in its future, the second one never a value."""
    data = panel({"a": 40, "b": 40})
    data.loc[data["id"] == "b", "price"] = np.nan
    filled = data.copy()
    gap = data.index[(data["id"] == "a")][-2:]
    data.loc[gap, "price"] = np.nan
    filled.loc[gap, "price"] = filled.loc[gap[0] - 1, "price"]
    arguments = {"horizon": 3, "known_dynamic_columns": ["price"]}
    model = ESRNNModel(SMALL)
    (got,), (want,) = (model.fit_predict(make_task(d, **arguments)) for d in (data, filled))
    assert_array_equal(values_of(got), values_of(want))
    past, _ = split(filled, -3)
    b = filled["id"] == "b"
    filled.loc[b & ~filled.index.isin(past.index), "price"] = past["price"].mean()
    (mean,) = model.fit_predict(make_task(filled, **arguments))
    assert_array_equal(values_of(got), values_of(mean))


def test_other_settings_are_refused() -> None:
    with pytest.raises(InputTypeError, match="mapping of arguments of ESRNN, or an ESRNN; got int"):
        ESRNNModel(3)
    with pytest.raises(InputError, match="errors='skip'"):
        ESRNNModel({"errors": "skip"})


def test_fev_finds_the_model_by_its_name() -> None:
    assert fev.ForecastingModel.get_model_cls("esrnn") is ESRNNModel
    assert ESRNNModel.trained_on_datasets == []
