"""Calendar features, against pandas one time stamp at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pandas.tseries.frequencies import to_offset

from esrnn.errors import InputError
from esrnn.frames import FramedPanel, sktime_to_panel, usual_calendar
from esrnn.frames.calendar import calendar_features, calendar_names, check_calendar

ALL = (
    "minute", "hour", "day_of_week", "day_of_month", "day_of_year", "week_of_year", "month",
    "quarter", "days_in_month", "weekend",
)  # fmt: skip
INDICES = {
    "periods of months": pd.period_range("2023-11", periods=15, freq="M"),
    "month ends": pd.date_range("2023-11-30", periods=15, freq="ME"),
    "quarters": pd.period_range("2023Q1", periods=9, freq="Q"),
    "days": pd.date_range("2023-12-20", periods=75, freq="D"),
    "periods of days": pd.period_range("2024-12-20", periods=75, freq="D"),
    "business days": pd.date_range("2023-12-20", periods=30, freq="B"),
    "quarters of an hour": pd.date_range("2023-12-31 20:00", periods=40, freq="15min"),
    "hours over the change to winter time": pd.date_range(
        "2024-10-26", periods=60, freq="h", tz="Europe/Berlin"
    ),
    "days over the change to summer time": pd.date_range(
        "2024-03-29", periods=6, freq="D", tz="Europe/Berlin"
    ),
}


def framed(index: pd.Index, n_after: int = 0) -> FramedPanel:
    """Return a series whose last steps lie in the future."""
    n = len(index) - n_after
    return sktime_to_panel(pd.Series(np.arange(1.0, n + 1.0), index[:n]))


def expected(stamp: pd.Timestamp | pd.Period) -> list[float]:
    """Compute all features of one time stamp by its own fields."""
    week = stamp.week
    days_in_year = 366 if stamp.is_leap_year else 365
    cycles = [
        stamp.minute / 60, stamp.hour / 24, stamp.day_of_week / 7,
        (stamp.day - 1) / stamp.days_in_month, (stamp.day_of_year - 1) / days_in_year,
        (week - 1) / 52, (stamp.month - 1) / 12, (stamp.quarter - 1) / 4,
    ]  # fmt: skip
    pairs = [f(2.0 * np.pi * x) for x in cycles for f in (np.sin, np.cos)]
    return [*pairs, (stamp.days_in_month - 30.4375) / 0.8, float(stamp.day_of_week >= 5)]


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_past_and_future_have_the_features_of_their_time_stamps(index):
    features = calendar_features(framed(index, n_after=4), ALL, horizon=4)
    assert features.dtype == np.float32
    if isinstance(index, pd.DatetimeIndex):  # the hour that clocks repeat is one slot of the panel
        index = index[~index.tz_localize(None).duplicated()]
    assert features.shape == (len(index), len(calendar_names(ALL)))
    assert_allclose(features, [expected(stamp) for stamp in index], atol=1e-6)


def test_every_series_has_its_own_time():
    months = pd.period_range("2024-01", periods=9, freq="M")
    y = pd.concat({"a": pd.Series(1.0, months[2:5]), "b": pd.Series(1.0, months[:7])})
    features = calendar_features(sktime_to_panel(y), ("month",), horizon=2)
    expected_months = [3, 4, 5, 6, 7, *range(1, 10)]
    angle = 2.0 * np.pi * (np.array(expected_months) - 1) / 12.0
    assert_allclose(features, np.column_stack([np.sin(angle), np.cos(angle)]), atol=1e-6)


def test_no_names_no_features():
    assert calendar_features(framed(INDICES["days"]), (), horizon=3).shape == (78, 0)


@pytest.mark.parametrize(
    ("freq", "names"),
    [
        ("15min", ("minute", "hour", "day_of_week", "day_of_year")),
        ("h", ("hour", "day_of_week", "day_of_year")),
        ("6h", ("hour", "day_of_week", "day_of_year")),
        ("D", ("day_of_week", "day_of_month", "day_of_year")),
        ("B", ("day_of_week", "day_of_month", "day_of_year")),
        ("W-SUN", ("day_of_year",)),
        ("4W", ("day_of_year",)),
        ("MS", ("month", "days_in_month")),
        ("BME", ("month", "days_in_month")),
        ("2MS", ("month",)),
        ("QE-FEB", ("quarter",)),
        ("6MS", ("month",)),
        ("YS", ()),
        ("10YS", ()),
    ],
)
def test_usual_features_vary_within_a_year(freq, names):
    assert usual_calendar(to_offset(freq)) == names


def test_months_on_the_same_day_are_months():
    assert usual_calendar(pd.DateOffset(months=1)) == ("month", "days_in_month")
    assert usual_calendar(pd.DateOffset(months=3)) == ("quarter",)


@pytest.mark.parametrize(
    ("n_steps", "names"),
    [
        (47, ()),
        (48, ("hour",)),
        (336, ("hour", "day_of_week")),
        (17532, ("hour", "day_of_week", "day_of_year")),
    ],
)
def test_cycles_must_have_come_twice(n_steps, names):
    assert usual_calendar(pd.offsets.Hour(), n_steps) == names


def test_integers_have_no_calendar():
    assert usual_calendar(1) == ()
    check_calendar((), 1)
    with pytest.raises(InputError, match=r"\('month',\) for an index of integers"):
        check_calendar(("month",), 1)


@pytest.mark.parametrize("names", [("moon",), ("month", "month"), "month"])
def test_names_that_are_none_are_refused(names):
    with pytest.raises(InputError, match="different names out of minute, hour"):
        check_calendar(names, pd.offsets.Hour())
