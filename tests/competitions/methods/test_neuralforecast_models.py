"""Calls of neuralforecast: arguments and layout, and its models where it is installed."""

import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.task import TaskData
from tests.competitions.tasks import small_task

NAMES = {
    "nf-nhits": "NHITS",
    "nf-nbeats": "NBEATS",
    "nf-dilatedrnn": "DilatedRNN",
    "nf-lstm": "LSTM",
}
QUIET = Settings(seed=3, quiet=True)


class _Stub:
    """What the adapter needs of the library; forecasts come back in another order."""

    def __init__(self) -> None:
        self.arguments: dict[str, Any] = {}
        self.frames: list[pd.DataFrame] = []
        self.y_hat = {"a": [7.0, 8.0], "b": [1.0, 2.0]}

    def model(self, name: str) -> Any:
        def make(**arguments: Any) -> str:
            self.arguments = {"name": name, **arguments}
            return name

        return make

    def forecaster(self, models: list[str], freq: int) -> "_Stub":
        self.arguments |= {"models": models, "freq": freq}
        return self

    def fit(self, df: pd.DataFrame) -> None:
        self.frames.append(df)

    def predict(self) -> pd.DataFrame:
        rows = [(name, 9 + k, y) for name in ("a", "b") for k, y in enumerate(self.y_hat[name])]
        return pd.DataFrame(rows, columns=["unique_id", "ds", "NHITS"]).iloc[::-1]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> _Stub:
    stub = _Stub()
    parts = ["neuralforecast", "models"]
    modules = [ModuleType(name) for name in parts]
    package, models = modules
    package.models, package.NeuralForecast = models, stub.forecaster  # type: ignore[attr-defined]
    for name in NAMES.values():
        setattr(models, name, stub.model(name))
    for name, module in zip(parts, modules, strict=True):
        path = name if name == "neuralforecast" else f"neuralforecast.{name}"
        monkeypatch.setitem(sys.modules, path, module)
    return stub


@pytest.mark.parametrize("method", NAMES)
def test_each_method_makes_its_network(stub: _Stub, method: str) -> None:
    assert METHODS[method].needs == "neuralforecast"
    METHODS[method].run(small_task(), QUIET, Checkpoints(None))
    told = stub.arguments
    assert (told["name"], told["models"], told["freq"]) == (NAMES[method], [NAMES[method]], 1)
    assert (told["h"], told["input_size"], told["random_seed"]) == (2, 4, 3)
    assert "loss" not in told
    assert not told["logger"]
    assert not told["enable_checkpointing"]
    assert not told["enable_progress_bar"]
    assert list(stub.frames[0].columns) == ["unique_id", "ds", "y"]
    assert len(stub.frames[0]) == 5


def test_a_long_season_widens_the_window(stub: _Stub) -> None:
    data = small_task()
    seasonal = TaskData(replace(data.task, seasonal_period=4), data.train, data.test)
    METHODS["nf-nhits"].run(seasonal, QUIET, Checkpoints(None))
    assert stub.arguments["input_size"] == 8


def test_a_window_of_weeks_is_a_year(stub: _Stub) -> None:
    data = small_task()
    weekly = TaskData(replace(data.task, group="weekly"), data.train, data.test)
    METHODS["nf-nhits"].run(weekly, QUIET, Checkpoints(None))
    assert stub.arguments["input_size"] == 52


def test_forecasts_come_in_the_tasks_order(stub: _Stub) -> None:
    result = METHODS["nf-lstm"].run(small_task(), QUIET, Checkpoints(None))
    frame = result.forecasts
    assert frame["unique_id"].tolist() == ["b", "b", "a", "a"]
    assert frame["ds"].tolist() == [4, 5, 3, 4]
    assert frame["y_hat"].tolist() == [1.0, 2.0, 7.0, 8.0]
    assert frame[["lo-95", "hi-95"]].isna().all(axis=None)
    assert result.n_fallbacks == 0


def test_what_is_not_finite_is_forecast_by_naive2(stub: _Stub) -> None:
    stub.y_hat["b"] = [1.0, np.nan]
    result = METHODS["nf-lstm"].run(small_task(), QUIET, Checkpoints(None))
    assert result.forecasts["y_hat"].tolist() == [4.0, 4.0, 7.0, 8.0]
    assert result.n_fallbacks == 1


def test_the_librarys_networks_forecast(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    library = pytest.importorskip("neuralforecast")
    monkeypatch.chdir(tmp_path)
    for method, name in NAMES.items():
        network = getattr(library.models, name)

        def short(network: Any = network, **arguments: Any) -> Any:
            return network(max_steps=2, val_check_steps=2, **arguments)

        monkeypatch.setattr(library.models, name, short)
        result = METHODS[method].run(small_task(), QUIET, Checkpoints(None))
        assert np.isfinite(result.forecasts["y_hat"].to_numpy()).all()
    assert list(tmp_path.iterdir()) == []
