"""ARIMA with automatic choice: R's accuracy series by series, hard series, both engines."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.arima import by_statsforecast, by_statsmodels, run_arima
from competitions.methods.each import ForecastOne, SeriesForecast
from competitions.methods.parts import Parts
from competitions.task import load_data, load_task
from esrnn.errors import InputError
from esrnn.metrics import smape
from tests.competitions.tasks import small_task

from .hard_series import HARD

ENGINES = {"statsmodels": by_statsmodels, "statsforecast": by_statsforecast}
LEVELS = (80, 95)


@pytest.fixture(params=ENGINES)
def forecast(request: pytest.FixtureRequest) -> ForecastOne:
    pytest.importorskip(request.param)
    return ENGINES[request.param]


def _quiet(forecast: ForecastOne, y: np.ndarray, horizon: int, period: int) -> SeriesForecast:
    with warnings.catch_warnings():  # as in a run
        warnings.simplefilter("ignore")
        return forecast(y, horizon, period, LEVELS)


@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("name", HARD)
def test_hard_series_get_finite_forecasts(name: str, period: int, forecast: ForecastOne) -> None:
    found = _quiet(forecast, HARD[name], 6, period)
    assert found.y_hat.shape == (6,)
    assert np.isfinite(found.y_hat).all()
    for level in LEVELS:
        low, high = found.bounds[level]
        assert np.isfinite([low, high]).all()
        assert (low <= found.y_hat).all()
        assert (found.y_hat <= high).all()
    assert (found.bounds[95][0] <= found.bounds[80][0]).all()
    assert (found.bounds[80][1] <= found.bounds[95][1]).all()


def test_what_never_varies_is_continued() -> None:
    for name, expected in {
        "constant": [5.0, 5.0, 5.0, 5.0],
        "zeros": [0.0, 0.0, 0.0, 0.0],
        "line": [41.0, 42.0, 43.0, 44.0],
        "pure season": [1.0, 2.0, 4.0, 3.0],
    }.items():
        found = _quiet(by_statsmodels, HARD[name], 4, 4)
        assert_allclose(found.y_hat, expected, atol=1e-9)
        assert_allclose(found.bounds[95], [expected, expected], atol=1e-9)
        assert not found.fallback


def test_units_do_not_matter() -> None:
    y = 100 + np.cumsum(np.random.default_rng(1).normal(0, 3, 45))
    own = _quiet(by_statsmodels, y, 5, 4)
    other = _quiet(by_statsmodels, y * 2.0**40, 5, 4)
    assert_array_equal(other.y_hat, own.y_hat * 2.0**40)
    assert_array_equal(other.bounds[95][0], own.bounds[95][0] * 2.0**40)


@pytest.mark.slow
def test_long_series_are_searched_by_least_squares() -> None:
    rng = np.random.default_rng(2)
    w = np.zeros(400)
    for t in range(1, 400):
        w[t] = 0.8 * w[t - 1] + rng.normal()
    found = _quiet(by_statsmodels, w + 20, 60, 1)
    assert found.y_hat[-1] == pytest.approx(20 + w.mean(), abs=0.7)
    width = found.bounds[95][1][-1] - found.y_hat[-1]
    assert width == pytest.approx(1.96 * w.std(), rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_series", "share"), [("m4-yearly-1000", 40, 0.8), ("m4-quarterly-1000", 12, 0.5)]
)
def test_series_are_forecast_as_by_r(
    name: str, n_series: int, share: float, competition_data_dir: Path
) -> None:
    data = load_data(load_task(name), competition_data_dir)
    table = pd.read_parquet(competition_data_dir / "m4" / "r_accuracy.parquet")
    expected = table[table["method"] == "arima"].set_index("unique_id")["smape"]
    task, bounds = data.task, data.indptr
    found = [
        _quiet(by_statsmodels, data.values[bounds[i] : bounds[i + 1]], task.horizon, period).y_hat
        for period in [task.seasonal_period]
        for i in range(n_series)
    ]
    measured = smape(data.actual[:n_series], np.stack(found), per_series=True)
    same = np.abs(measured - expected.loc[data.ids[:n_series]].to_numpy()) < 0.01
    assert same.mean() >= share


def test_engines_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def note(forecast: ForecastOne) -> ForecastOne:
        def forecast_one(
            y: np.ndarray, horizon: int, period: int, levels: tuple[int, ...]
        ) -> SeriesForecast:
            asked.append(forecast)
            return SeriesForecast(np.zeros(horizon))

        return forecast_one

    pytest.importorskip("statsforecast")
    for engine, own in ENGINES.items():
        monkeypatch.setattr(f"competitions.methods.arima.by_{engine}", note(own))
    data = small_task()
    run_arima(data, Settings(n_jobs=1, quiet=True), Parts(None))
    run_arima(data, Settings(n_jobs=1, quiet=True, engine="statsforecast"), Parts(None))
    assert asked == [by_statsmodels] * 2 + [by_statsforecast] * 2


def test_an_engine_that_is_absent_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "statsforecast", None)
    settings = Settings(n_jobs=1, quiet=True, engine="statsforecast")
    with pytest.raises(InputError, match="pip install statsforecast"):
        run_arima(small_task(), settings, Parts(None))


def test_a_run_has_bounds_for_every_series() -> None:
    result = run_arima(small_task(), Settings(n_jobs=1, quiet=True), Parts(None))
    assert np.isfinite(result.forecasts[["y_hat", "lo-95", "hi-95"]].to_numpy()).all()
    assert result.n_fallbacks == 0
