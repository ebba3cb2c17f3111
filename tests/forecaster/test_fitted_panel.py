"""The core's own front: frames in, frames out."""

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.errors import InputError
from esrnn.forecaster import FittedPanel, fit_panel
from esrnn.frames import long_to_panel

TINY = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 0}
N, H = 36, 4
DF = pd.DataFrame(
    {
        "shop": np.repeat(["b", "a"], N),
        "month": np.tile(pd.period_range("2020-01", periods=N, freq="M"), 2),
        "sales": np.random.default_rng(0).lognormal(size=2 * N) + 9.0,
    }
)
X = DF.assign(promo=np.arange(2 * N) % 3).set_index(["shop", "month"])[["promo"]]
PAST = DF.groupby("shop", sort=False).head(N - H)
X_PAST = X.groupby(level=0, sort=False).head(N - H)


def panel(df: pd.DataFrame):
    return long_to_panel(df, id_col="shop", time_col="month", target_col="sales")


@pytest.fixture(scope="module")
def fitted() -> FittedPanel:
    return fit_panel(panel(PAST), X_PAST, {**TINY, "horizon": H})


def test_forecasts_are_those_of_the_estimator(fitted: FittedPanel) -> None:
    frame = fitted.forecast_frame(X=X, coverages=[0.8, 0.95])
    assert frame.columns.tolist() == [
        "shop", "month", "y_hat", "lo-80", "hi-80", "lo-95", "hi-95",
    ]  # fmt: skip
    forecaster = ESRNN(horizon=H, **TINY).fit(PAST.set_index(["shop", "month"]), X_PAST)
    expected = forecaster.predict(X=X)
    assert pd.MultiIndex.from_frame(frame[["shop", "month"]]).equals(expected.index)
    np.testing.assert_array_equal(frame["y_hat"], expected["sales"])
    intervals = forecaster.predict_interval(X=X, coverage=[0.8, 0.95])
    np.testing.assert_array_equal(frame.iloc[:, 3:], intervals)


def test_fewer_steps_and_more(fitted: FittedPanel) -> None:
    whole = fitted.forecast_frame(X=X)
    np.testing.assert_array_equal(
        fitted.forecast_frame(2, X)["y_hat"], whole["y_hat"][[0, 1, 4, 5]]
    )
    with pytest.raises(InputError, match="X is missing values for the forecast steps"):
        fitted.forecast_frame(H + 1, X)
    with pytest.raises(InputError, match="horizon must be at least 1; got 0"):
        fitted.forecast_frame(0, X)


def test_a_trained_model_for_other_series(fitted: FittedPanel) -> None:
    other = panel(PAST[PAST["shop"] == "a"])
    again = fit_panel(other, X_PAST, model=fitted.model)
    weights = (f.model.ensemble.members[0].network.weights for f in (again, fitted))
    for one, two in zip(*(w.values() for w in weights), strict=True):
        np.testing.assert_array_equal(one, two)
    assert again.forecast_frame(X=X)["shop"].tolist() == ["a"] * H
    with pytest.raises(InputError, match=r"no settings are taken; got \['horizon', 'n_epochs'\]"):
        fit_panel(other, X_PAST, {"horizon": 2, "n_epochs": 1}, model=fitted.model)


def test_unknown_settings_are_named() -> None:
    with pytest.raises(InputError, match=r"arguments of ESRNN; got \['epochs'\]"):
        fit_panel(panel(PAST), settings={"epochs": 3})
