"""Panels that mix steps, and irregular time stamps with a common cause, are refused by name."""

import numpy as np
import pandas as pd
import pytest

from esrnn.errors import InputError
from esrnn.frames import frequency_code, long_to_panel, sktime_to_panel
from esrnn.frames.append import append

START = "2023-01-01"


def dates(freq: str, n: int, tz: str | None = None) -> pd.DatetimeIndex:
    return pd.date_range(START, periods=n, freq=freq, tz=tz)


def panel_of(**series: pd.Index) -> pd.Series:
    return pd.concat({name: pd.Series(1.0, index) for name, index in series.items()})


def error_of(y: pd.Series) -> InputError:
    with pytest.raises(InputError) as caught:
        sktime_to_panel(y)
    return caught.value


MONTHS = pd.period_range("2020-01", periods=60, freq="M")
DAYS, HOURS = dates("D", 400), pd.period_range(START, periods=900, freq="h")
PERIODS = pd.period_range(START, periods=400, freq="D")
# The step of a panel, its time stamps, and those of a series with another step and its name.
MIXED = {
    "month starts, days": ("D", DAYS, dates("MS", 13), "MS"),
    "month ends, days": ("D", DAYS, dates("ME", 13), "ME"),
    "business days, days": ("D", DAYS, dates("B", 60), "B"),
    "months of business days, days": ("D", DAYS, dates("BMS", 13), "BMS"),
    "weeks, days": ("D", DAYS, dates("W-WED", 20), "W-WED"),
    "weeks with a gap, days": ("D", DAYS, dates("W-WED", 40).delete(7), "W-WED"),
    "quarters, days": ("D", DAYS, dates("QS", 8), "QS-JAN"),
    "years, days": ("D", dates("D", 3000), dates("YS", 8), "YS-JAN"),
    "quarters, months": ("MS", dates("MS", 60), dates("QS", 12), "QS-JAN"),
    "years, quarters": ("QS-JAN", dates("QS", 60), dates("YS", 12), "YS-JAN"),
    "weeks, months": ("MS", dates("MS", 60), dates("W", 30), "W-SUN"),
    "hours, days": ("D", DAYS, dates("h", 60), "h"),
    "days, hours": ("h", dates("h", 3000), dates("D", 40), "D"),
    "days, hours across a change of the clock": (
        "h", dates("h", 3000, "Europe/Berlin"), dates("D", 100, "Europe/Berlin"), "D"
    ),
    "months, hours": ("h", dates("h", 9000), dates("MS", 12), "MS"),
    "two hours, hours": ("h", dates("h", 100), dates("2h", 40), "2h"),
    "20 minutes, 15 minutes": ("15min", dates("15min", 100), dates("20min", 40), "20min"),
    "weeks, business days": ("B", dates("B", 100), dates("W-FRI", 20), "W-FRI"),
    "months, business days": ("B", dates("B", 400), dates("BMS", 20), "BMS"),
    "integers 2 apart, 1 apart": (1, pd.RangeIndex(50), pd.RangeIndex(0, 50, 2), 2),
    "integers 3 apart, 2 apart": (2, pd.RangeIndex(0, 50, 2), pd.RangeIndex(0, 50, 3), 3),
    "periods of days by months": ("D", PERIODS, PERIODS[PERIODS.day == 1], "MS"),
    "periods of days by business days": ("D", PERIODS, PERIODS[PERIODS.day_of_week < 5], "B"),
    "periods of months by quarters": ("M", MONTHS, MONTHS[::3], "QS-JAN"),
    "periods of hours by days": ("h", HOURS, HOURS[HOURS.hour == 0], "D"),
}  # fmt: skip


class TestMixedSteps:
    @pytest.mark.parametrize(("step", "most", "other", "own"), MIXED.values(), ids=MIXED)
    def test_series_of_each_step_are_named(self, step, most, other, own):
        error = error_of(panel_of(x=most, odd=other, y=most))
        assert error.series == ("odd",)
        assert error.values == (own,)
        assert f"that of the panel is {step!r} (as that of series 'x', 'y')" in str(error)

    def test_one_series_of_days_among_months(self):
        months = {f"m{i}": dates("MS", 40) for i in range(5)}
        error = error_of(panel_of(**months, odd=dates("D", 99)))
        assert (error.series, error.values) == (("odd",), ("D",))

    @pytest.mark.parametrize(
        ("one", "other", "period"),
        [("MS", "ME", "M"), ("QS-JAN", "QE-MAR", "Q"), ("YS-JAN", "YE-DEC", "Y")],
    )
    def test_steps_of_the_same_length_can_be_periods(self, one, other, period):
        y = panel_of(a=dates(one, 12), b=dates(other, 12))
        assert f'.to_period("{period}")' in str(error_of(y))

    def test_an_irregular_series_is_named_alone(self):
        odd = dates("D", 40) + pd.to_timedelta(np.arange(40) % 7, unit="min")
        error = error_of(panel_of(a=dates("D", 40), odd=odd, b=dates("D", 40)))
        assert set(error.series) == {"odd"}
        assert "the step is 'D'" in str(error)

    def test_a_given_step_may_be_mixed(self):
        y = panel_of(a=DAYS, b=dates("MS", 13)).rename_axis(["id", "ds"]).rename("y")
        framed = long_to_panel(y.reset_index(), id_col="id", freq="D")
        assert framed.panel.lengths.tolist() == [400, 366]

    @pytest.mark.parametrize(
        "index",
        [
            DAYS[np.random.default_rng(0).random(400) < 0.1],
            DAYS[DAYS.weekday < 6],  # closed on Sundays
            DAYS[:6:5],
            PERIODS[:9:2][[0, 2, 3]],
            MONTHS[[0, 2, 5, 9, 11, 20]],
        ],
    )
    def test_sparse_series_are_served(self, index):
        whole = next(one for one in (DAYS, PERIODS, MONTHS) if one.dtype == index.dtype)
        framed = sktime_to_panel(panel_of(a=whole, b=index))
        assert framed.panel.lengths[1] == whole.get_loc(index[-1]) - whole.get_loc(index[0]) + 1

    def test_business_days_alone_are_served_as_days_of_periods(self):
        weekdays = PERIODS[PERIODS.day_of_week < 5]
        assert sktime_to_panel(panel_of(a=weekdays, b=weekdays)).n_gaps > 0

    def test_weeks_and_quarters_of_several_phases_share_a_step(self):
        weeks = sktime_to_panel(panel_of(a=dates("W-SUN", 20), b=dates("W-MON", 20)))
        assert frequency_code(weeks.times.grid) == "7D"
        sktime_to_panel(panel_of(a=dates("QS-JAN", 20), b=dates("QS-FEB", 20)))


def on_day(day: int, every: int = 1, n: int = 60) -> pd.DatetimeIndex:
    """Return dates on a day of each month, or on its last one where it is shorter."""
    months = pd.period_range("2020-02", periods=n, freq="M")[::every]
    return months.start_time + pd.to_timedelta(np.minimum(day, months.days_in_month) - 1, "D")


class TestDaysOfTheMonth:
    @pytest.mark.parametrize("day", [29, 30])
    @pytest.mark.parametrize(("every", "period"), [(1, "M"), (3, "Q")])
    def test_late_days_should_be_periods(self, day, every, period):
        for index in (on_day(day, every), on_day(day, every).delete([5, 9])):
            error = error_of(pd.Series(1.0, index))
            assert f'.dt.to_period("{period}")' in error.remedy
        assert f'.to_period("{period}")' in str(
            error_of(panel_of(a=on_day(day, every), b=on_day(day, every)[2:]))
        )

    def test_leap_days_by_years_should_be_periods(self):
        index = pd.date_range("2016-02-29", periods=9, freq=pd.DateOffset(years=1))
        error = error_of(pd.Series(1.0, pd.DatetimeIndex(index.to_numpy())))
        assert '.dt.to_period("Y")' in error.remedy

    @pytest.mark.parametrize("day", [1, 15, 28, 31])
    @pytest.mark.parametrize("every", [1, 3, 12])
    def test_others_are_served(self, day, every):
        index = on_day(day, every)
        future = sktime_to_panel(pd.Series(1.0, index[:-1])).times.future_index(1)
        assert future[0] == index[-1]

    def test_a_freq_of_years_is_one_of_months(self):
        index = pd.date_range("2016-03-15", periods=9, freq=pd.DateOffset(years=1))
        framed = sktime_to_panel(pd.Series(1.0, index[:-1]))
        assert framed.times.future_index(1)[0] == index[-1]


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]


class TestLocalDaysInUTC:
    @pytest.mark.parametrize("zone", ZONES)
    @pytest.mark.parametrize("freq", ["D", "W", "MS", "QS"])
    def test_the_time_zone_is_named_as_the_cause(self, zone, freq):
        index = dates(freq, 400 if freq == "D" else 40, zone).tz_convert("UTC")
        assert '.tz_convert("Europe/Berlin")' in error_of(pd.Series(1.0, index)).remedy
        naive = pd.Series(1.0, index.tz_localize(None))
        assert '.tz_localize("UTC").tz_convert("' in error_of(naive).remedy
        sktime_to_panel(pd.Series(1.0, index.tz_convert(zone)))

    def test_in_a_panel_of_several_zones_too(self):
        y = panel_of(**{zone: dates("D", 400, zone).tz_convert("UTC") for zone in ZONES})
        assert "tz_convert" in error_of(y).remedy

    @pytest.mark.parametrize("zone", ZONES)
    def test_new_rows_after_a_change_of_the_clock(self, zone):
        y = pd.Series(1.0, dates("D", 400, zone).tz_convert("UTC"))
        framed = sktime_to_panel(y[:60])
        with pytest.raises(InputError) as caught:
            append(framed, y[60:])
        assert ".tz_convert(" in caught.value.remedy

    def test_other_irregular_stamps_have_another_remedy(self):
        jitter = dates("D", 50) + pd.to_timedelta(np.arange(50) % 3, unit="h")
        remedy = error_of(pd.Series(1.0, jitter)).remedy
        assert "tz_convert" not in remedy
        assert "resample" in remedy
