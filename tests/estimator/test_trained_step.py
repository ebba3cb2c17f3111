"""After `pretrain`, series too short to tell their step have the one that was trained on."""

import functools

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError
from tests.estimator.frames import small

TRAINED = {
    alias: pd.date_range("2020-01-01", periods=40, freq=alias)
    for alias in ("D", "B", "h", "W-SUN", "MS", "ME", "QS-JAN", "YS-JAN")
}
TRAINED |= {
    "integers": pd.RangeIndex(40),
    "integers 2 apart": pd.RangeIndex(0, 80, 2),
    "periods": pd.period_range("2020-01", periods=40, freq="M"),
}


@functools.cache
def pretrained(name: str) -> ESRNN:
    index = TRAINED[name]
    values = 10.0 + np.arange(len(index)) % 5
    y = pd.concat({"a": pd.Series(values, index), "b": pd.Series(values + 2.0, index)})
    return small(horizon=2).pretrain(y.to_frame("y"))


def days(*stamps: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(stamps)


def forecast_index(name: str, index: pd.Index) -> list:
    """Return the time stamps of the forecast of a series, alone and in a panel."""
    y = pd.Series(5.0 + np.arange(len(index)), index, name="y")
    alone = pretrained(name).clone().fit(y).predict()
    panel = pretrained(name).clone().fit(pd.concat({"n": y}).to_frame("y")).predict()
    assert alone.index.tolist() == panel.index.get_level_values(-1).tolist()
    return [str(stamp).removesuffix(" 00:00:00") for stamp in alone.index]


@pytest.mark.parametrize(
    ("name", "index", "expected"),
    [
        ("D", days("2024-03-01"), ["2024-03-02", "2024-03-03"]),
        ("D", days("2024-03-01", "2024-03-08"), ["2024-03-09", "2024-03-10"]),
        ("D", days("2024-03-01", "2024-03-03", "2024-03-08"), ["2024-03-09", "2024-03-10"]),
        ("B", days("2024-03-01"), ["2024-03-04", "2024-03-05"]),
        ("B", days("2024-03-04", "2024-03-05", "2024-03-07"), ["2024-03-08", "2024-03-11"]),
        ("h", days("2024-03-01"), ["2024-03-01 01:00:00", "2024-03-01 02:00:00"]),
        ("h", days("2024-03-01", "2024-03-02"), ["2024-03-02 01:00:00", "2024-03-02 02:00:00"]),
        ("W-SUN", days("2024-03-01"), ["2024-03-08", "2024-03-15"]),
        ("MS", days("2024-03-01"), ["2024-04-01", "2024-05-01"]),
        ("MS", days("2024-03-31"), ["2024-04-30", "2024-05-31"]),
        ("MS", days("2024-03-01", "2024-06-01"), ["2024-07-01", "2024-08-01"]),
        ("ME", days("2024-03-15"), ["2024-04-15", "2024-05-15"]),
        ("QS-JAN", days("2024-02-01"), ["2024-05-01", "2024-08-01"]),
        ("YS-JAN", days("2024-01-01"), ["2025-01-01", "2026-01-01"]),
        ("periods", pd.PeriodIndex(["2024-03"], freq="M"), ["2024-04", "2024-05"]),
        ("periods", days("2024-03-01"), ["2024-04-01", "2024-05-01"]),
        ("integers", pd.Index([1, 3, 5]), ["6", "7"]),
        ("integers", pd.Index([7]), ["8", "9"]),
        ("integers 2 apart", pd.Index([7]), ["9", "11"]),
    ],
)
def test_forecasts_go_on_in_the_trained_step(name, index, expected):
    assert forecast_index(name, index) == expected


@pytest.mark.parametrize(
    ("name", "index", "match"),
    [
        ("D", pd.date_range("2024-01-01", periods=30, freq="W"), "'D'; got .* 'W-SUN'"),
        ("D", pd.date_range("2024-01-01", periods=30, freq="B"), "'D'; got .* 'B'"),
        ("D", days("2024-03-01 00:00", "2024-03-01 05:00"), "'D'; got .* '5h'"),
        ("B", pd.date_range("2024-01-01", periods=30, freq="D"), "'B'; got .* 'D'"),
        ("integers", pd.RangeIndex(0, 60, 2), "1; got .* 2"),
        ("integers 2 apart", pd.RangeIndex(3), "2; got .* 1"),
        ("periods", pd.period_range("2024-03-01", periods=1, freq="D"), "'M'; got .* 'D'"),
    ],
)
def test_series_of_another_step_are_refused(name, index, match):
    with pytest.raises(InputError, match=match):
        forecast_index(name, index)


def test_stamps_off_the_trained_step_are_named():
    with pytest.raises(InputError, match=r"the step is 'MS'.*series 0, step 2024-03-17"):
        forecast_index("MS", days("2024-03-01", "2024-03-17", "2024-05-01"))


def test_one_stamp_at_a_weekend_is_not_said_to_be_months_apart():
    with pytest.raises(InputError, match=r"the step is 'B'.*series 0, step 2024-05-12") as caught:
        forecast_index("B", days("2024-05-12"))
    assert "months apart" not in str(caught.value)


def test_a_loaded_model_and_further_training_know_the_step(tmp_path):
    pretrained("D").save_model(tmp_path / "model")
    y = pd.Series([4.0], days("2024-03-01"), name="y")
    assert load_model(tmp_path / "model").fit(y).predict().index[0] == pd.Timestamp("2024-03-02")
    panel = pd.concat({"n": pd.Series([4.0, 5.0], days("2024-03-01", "2024-03-08"))}).to_frame("y")
    further = pretrained("D").clone().pretrain(panel)
    assert further.fit(y).predict().index[0] == pd.Timestamp("2024-03-02")


def test_without_pretrain_the_error_names_nothing_that_ESRNN_does_not_take():
    y = pd.concat({"n": pd.Series([4.0], days("2024-03-01"))}).to_frame("y")
    with pytest.raises(InputError, match="must have two time stamps") as caught:
        small(horizon=2).fit(y)
    assert "freq=" not in str(caught.value)
