"""Habits that follow the clock, across the changes of clocks in spring and autumn."""

import warnings

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError

CHANGES = [
    ("Europe/Berlin", "2024-03-31"),
    ("Europe/Berlin", "2024-10-27"),
    ("America/New_York", "2024-03-10"),
    ("America/New_York", "2024-11-03"),
    ("Australia/Lord_Howe", "2024-10-06"),
    ("Australia/Lord_Howe", "2024-04-07"),
]
SMALL = {"n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1, "random_state": 1}


def habit(stamps: pd.DatetimeIndex, freq: str) -> pd.Series:
    """Return a daily habit by the clock, with a little noise."""
    hour = np.asarray(stamps.hour + (stamps.minute / 60.0 if freq == "30min" else 0.0))
    noise = np.random.default_rng(0).normal(0.0, 0.01, len(stamps))
    y = 100.0 + 40.0 * np.sin(2.0 * np.pi * hour / 24.0) + 15.0 * np.cos(np.pi * hour / 6.0)
    return pd.Series(y * np.exp(noise), stamps, name="load")


def error(forecaster: ESRNN, y: pd.Series) -> float:
    """Return the MAPE of the forecast of a day."""
    y_hat = forecaster.predict()
    return float((y_hat / y[y_hat.index] - 1.0).abs().mean())


def series_around(tz: str, day: str, freq: str) -> tuple[pd.Series, pd.Timestamp]:
    """Return a habit from three weeks before a change of the clock to four days after it."""
    change = pd.Timestamp(day, tz=tz)
    start = change - pd.Timedelta(days=21)
    return habit(pd.date_range(start, change + pd.Timedelta(days=4), freq=freq), freq), change


@pytest.mark.parametrize(("tz", "day"), CHANGES)
@pytest.mark.parametrize("freq", ["h", "30min"])
def test_forecasts_after_a_change_are_as_good_as_before(tz, day, freq):
    y, change = series_around(tz, day, freq)
    n_day = 24 if freq == "h" else 48
    forecaster = ESRNN(horizon=n_day, seasonal_periods=n_day, **SMALL)
    forecaster.fit(y[y.index < change - pd.Timedelta(days=3)])
    errors = []
    for hours in (-72, -48, -36, -2, 14, 26, 50):  # from the end of the history to the change
        old = forecaster.cutoff[0]
        now = change + pd.Timedelta(hours=hours)
        if hours > -72:
            forecaster.update(y[(y.index > old) & (y.index < now)], update_params=False)
        errors.append(error(forecaster, y))
    assert max(errors[3:]) < 1.5 * np.mean(errors[:3])


@pytest.mark.parametrize("day", ["2024-03-31", "2024-10-27"])
def test_all_outputs_have_the_time_stamps_of_the_data(day, tmp_path):
    y, change = series_around("Europe/Berlin", day, "h")
    history = y[(y.index >= change - pd.Timedelta(days=4)) & (y.index < change)]
    forecaster = ESRNN(horizon=24, seasonal_periods=24, **SMALL).fit(history)
    until = history.index[-1] + pd.Timedelta(hours=1) * 24
    ahead = y.index[(y.index > history.index[-1]) & (y.index <= until)]
    assert forecaster.predict().index.equals(ahead.rename(None))
    assert forecaster.predict_interval(coverage=0.9).index.equals(ahead)
    assert forecaster.components().index.equals(history.index.append(ahead))
    longer = forecaster.update(y[ahead], update_params=False)
    components = longer.components()
    assert components.index[:-24].equals(history.index.append(ahead))
    assert components["y"].notna().sum() == len(history) + len(ahead)
    inside = longer.predict(fh=-np.arange(24)[::-1])
    assert inside.index.equals(ahead)
    assert inside.notna().all()
    longer.save_model(tmp_path / "model")
    y_hat = load_model(tmp_path / "model").predict()
    assert y_hat.equals(longer.predict())
    with warnings.catch_warnings():  # sktime counts such steps in periods, which have no time zone
        warnings.simplefilter("ignore", UserWarning)
        assert longer.predict(fh=y_hat.index).equals(y_hat)


def test_a_promotion_by_the_clock_is_found_after_the_change():
    y, change = series_around("Europe/Berlin", "2024-03-31", "h")
    X = pd.DataFrame({"promo": np.random.default_rng(1).random(len(y)) < 0.2}, y.index)
    y = y * np.where(X["promo"], 2.0, 1.0)
    history = y[y.index < change]
    forecaster = ESRNN(horizon=24, seasonal_periods=24, **SMALL).fit(
        history, X=X.loc[history.index]
    )
    y_hat = forecaster.predict(X=X)
    assert float((y_hat / y[y_hat.index] - 1.0).abs().mean()) < 0.1
    with pytest.raises(InputError, match=r"missing values for the forecast steps.*03-31 03:00"):
        forecaster.predict(X=X.drop(X.index[len(history) + 2]))
