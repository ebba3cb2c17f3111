"""A forecast is computed once for median and quantiles, and again where it would differ."""

from __future__ import annotations

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.forecaster import FittedPanel, fit_panel, kept_forecast
from esrnn.forecaster.trained_model import TrainedModel
from esrnn.frames import long_to_panel

TINY = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 0}
N, H = 30, 4
INDEX = pd.MultiIndex.from_product(
    [["b", "a"], pd.period_range("2020-01", periods=N + 2 * H, freq="M")], names=["shop", "month"]
)
RNG = np.random.default_rng(0)
Y = pd.DataFrame({"sales": RNG.lognormal(size=len(INDEX)) + 9.0}, INDEX)
X = pd.DataFrame({"promo": np.arange(len(INDEX)) % 3}, INDEX)


def past(frame):
    return frame.groupby(level=0, sort=False).head(N)


def fitted(X=None) -> FittedPanel:
    framed = long_to_panel(
        past(Y).reset_index(), id_col="shop", time_col="month", target_col="sales"
    )
    return fit_panel(framed, X, {**TINY, "horizon": H, "start_from": None})


@pytest.fixture
def calls(monkeypatch):
    """Count how often networks are run."""
    counted, forecast = [], TrainedModel.forecast

    def count(self, *arguments):
        counted.append(arguments[2])
        return forecast(self, *arguments)

    monkeypatch.setattr(TrainedModel, "forecast", count)
    return counted


def test_the_estimator_runs_its_networks_once(calls):
    forecaster = ESRNN(horizon=H, start_from=None, **TINY).fit(past(Y))
    expected = ESRNN(horizon=H, start_from=None, **TINY).fit(past(Y)).predict_quantiles(alpha=[0.1])
    calls.clear()
    median = forecaster.predict()
    forecaster.predict_interval(coverage=[0.8, 0.95])
    quantiles = forecaster.predict_quantiles(alpha=[0.1])
    few = forecaster.predict(fh=[2])
    assert calls == [H]
    pd.testing.assert_frame_equal(quantiles, expected)
    pd.testing.assert_frame_equal(few, median.groupby(level=0, sort=False).nth(1))
    forecaster.update(Y.groupby(level=0, sort=False).nth(N), update_params=False)
    forecaster.predict()
    assert len(calls) == 2


def test_more_steps_are_forecast_anew(calls):
    panel = fitted()
    whole = panel.forecast_frame(H)
    panel.forecast_frame(H + 1)
    assert calls == [H, H + 1]
    pd.testing.assert_frame_equal(panel.forecast_frame(H), whole)


def test_other_columns_of_X_are_forecast_anew(calls):
    panel, ahead = fitted(past(X)), X.groupby(level=0, sort=False).head(N + H)
    first = panel.forecast_frame(H, ahead)
    panel.forecast_frame(H, ahead.copy())
    assert len(calls) == 1
    other = panel.forecast_frame(H, ahead.assign(promo=lambda frame: frame["promo"] + 1.0))
    assert len(calls) == 2
    assert not np.array_equal(first["y_hat"], other["y_hat"])
    pd.testing.assert_frame_equal(panel.forecast_frame(H, ahead), first)


def test_what_is_returned_can_be_changed(calls):
    panel, steps = fitted(), np.tile(np.arange(1, H + 1), (2, 1))
    first = panel.quantiles(steps, None, [0.5, 0.9], "cpu")
    kept = first.copy()
    first[:] = 0.0
    np.testing.assert_array_equal(panel.quantiles(steps, None, [0.5, 0.9], "cpu"), kept)
    assert len(calls) == 1


def test_copies_take_no_forecast_along(calls):
    panel = fitted()
    expected = panel.forecast_frame()
    for copy in (pickle.loads(pickle.dumps(panel)), deepcopy(panel)):
        pd.testing.assert_frame_equal(copy.forecast_frame(), expected)
    assert len(calls) == 3


def test_a_large_forecast_is_not_kept(calls, monkeypatch):
    monkeypatch.setattr(kept_forecast, "_MOST_BYTES", 8)
    panel = fitted()
    panel.forecast_frame()
    panel.forecast_frame()
    assert len(calls) == 2
