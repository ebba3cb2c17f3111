"""Calls of statsforecast: arguments, failures, and its models where it is installed."""

import sys
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from competitions.methods import METHODS, Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.per_series import fall_back
from competitions.methods.statsforecast_models import forecast_by
from tests.competitions.tasks import small_task

from .hard_series import HARD

NAMES = {
    "arima": "AutoARIMA",
    "ets": "AutoETS",
    "sf-autotheta": "AutoTheta",
    "sf-autoces": "AutoCES",
    "sf-mstl": "MSTL",
    "sf-dot": "DynamicOptimizedTheta",
}
Y = np.array([1.0, 3.0, 2.0, 4.0, 3.0, 5.0, 4.0, 5.0])


class _Recorder:
    """Stands in for every model; notes how it is made and called."""

    made: list[tuple[str, dict[str, Any]]]
    answer: Any

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, **arguments: Any) -> "_Recorder":
        self.made.append((self.name, arguments))
        return self

    def forecast(self, y: np.ndarray, h: int, level: list[int] | None) -> dict[str, np.ndarray]:
        if isinstance(self.answer, Exception):
            raise self.answer
        found = {"mean": np.full(h, self.answer)}
        for k in level or []:
            found |= {f"lo-{k}": np.full(h, -1.0 * k), f"hi-{k}": np.full(h, 1.0 * k)}
        return found


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> type[_Recorder]:
    package, models = ModuleType("statsforecast"), ModuleType("statsforecast.models")
    for name in NAMES.values():
        setattr(models, name, _Recorder(name))
    package.models = models  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "statsforecast", package)
    monkeypatch.setitem(sys.modules, "statsforecast.models", models)
    monkeypatch.setattr(_Recorder, "made", [], raising=False)
    monkeypatch.setattr(_Recorder, "answer", 2.0, raising=False)
    return _Recorder


def test_forecast_and_bounds_are_taken_over(stub: type[_Recorder]) -> None:
    found = forecast_by("AutoTheta", Y, 3, 4, (80, 95))
    assert stub.made == [("AutoTheta", {"season_length": 4})]
    assert_array_equal(found.y_hat, [2.0, 2.0, 2.0])
    assert_array_equal(found.bounds[95], [[-95.0] * 3, [95.0] * 3])
    assert not found.fallback
    assert forecast_by("AutoTheta", Y, 3, 4, ()).bounds == {}


def test_ets_takes_a_long_season_for_none(stub: type[_Recorder]) -> None:
    for period in (24, 25):
        forecast_by("AutoETS", Y, 3, period, ())
    assert stub.made == [("AutoETS", {"season_length": 24}), ("AutoETS", {"season_length": 1})]
    constant = forecast_by("AutoETS", np.full(9, 5.0), 2, 4, ())
    assert constant.y_hat.tolist() == [5.0, 5.0]
    assert not constant.fallback


def test_arima_leaves_the_approximation_to_rs_rule(stub: type[_Recorder]) -> None:
    forecast_by("AutoARIMA", Y, 3, 12, (95,))
    assert stub.made == [("AutoARIMA", {"season_length": 12, "approximation": None})]


def test_without_season_nothing_is_split_off(stub: type[_Recorder]) -> None:
    forecast_by("MSTL", Y, 3, 1, (95,))
    forecast_by("MSTL", Y, 3, 4, (95,))
    assert stub.made == [("AutoETS", {"model": "ZZN"}), ("MSTL", {"season_length": 4})]


@pytest.mark.parametrize("name", NAMES.values())
def test_a_season_that_is_left_out_counts_as_a_fallback(name: str, stub: type[_Recorder]) -> None:
    """The library takes short series for ones without season, and says nothing."""
    enough = 5 if name == "AutoETS" else 8
    assert not forecast_by(name, Y[:enough], 3, 4, (95,)).fallback
    short = forecast_by(name, Y[: enough - 1], 3, 4, (95,))
    assert short.fallback
    assert (short.y_hat[0] == 2.0) == (name != "MSTL")  # whose season would be in wrong places
    assert not forecast_by(name, Y[:4], 3, 1, (95,)).fallback


@pytest.mark.parametrize("answer", [np.nan, np.inf, Exception("no model able to be fitted")])
def test_failures_fall_back_to_naive2(stub: type[_Recorder], answer: Any) -> None:
    stub.answer = answer
    found = forecast_by("AutoCES", Y, 2, 1, (95,))
    assert found.fallback
    assert_array_equal(found.y_hat, [5.0, 5.0])
    assert np.isfinite(found.bounds[95]).all()


@pytest.mark.parametrize("method", NAMES)
def test_each_method_runs_its_model(stub: type[_Recorder], method: str) -> None:
    entry = METHODS[method]
    result = entry.run(small_task(), Settings(n_jobs=1, quiet=True), Checkpoints(None))
    expected = "AutoETS" if method == "sf-mstl" else NAMES[method]  # the task has no season
    assert [name for name, _ in stub.made] == [expected, expected]
    assert result.forecasts["y_hat"].eq(2.0).all()
    assert result.forecasts["hi-80"].eq(80.0).all()


# AutoCES is left to a run: it is compiled for the better part of a minute.
@pytest.mark.parametrize("name", ["AutoETS", "AutoTheta", "DynamicOptimizedTheta", "MSTL"])
def test_the_library_forecasts_hard_series(name: str) -> None:
    pytest.importorskip("statsforecast")
    y = 50 + np.tile([1.0, 5.0, 2.0, 8.0], 10) + np.random.default_rng(1).normal(0, 0.1, 40)
    for period in (1, 4):
        for series in [*HARD.values(), y]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = forecast_by(name, series, 4, period, (95,))
            assert np.isfinite([found.y_hat, *found.bounds[95]]).all()
    assert not found.fallback
    np.testing.assert_allclose(found.y_hat, [51, 55, 52, 58], atol=0.5)


def test_huge_values_do_not_overflow() -> None:
    found = fall_back(np.array([1e300, -3e300, 2e300]), 2, 1, (95,))
    assert np.isfinite([found.y_hat, *found.bounds[95]]).all()
