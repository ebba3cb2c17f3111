"""Grids and the steps found in time stamps, seen through whole conversions."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_index_equal

from esrnn.errors import InputError
from esrnn.frames import TimeAxis, frequency_code, long_to_panel, make_grid
from tests.frames.tables import arrays, long

# Alias, and what is found in stamps of that frequency.
FOUND = {
    "s": "s",
    "90s": "90s",
    "15min": "15min",
    "h": "h",
    "6h": "6h",
    "D": "D",
    "10D": "10D",
    "B": "B",
    "W-SUN": "W-SUN",
    "2W-THU": "2W-THU",
    "MS": "MS",
    "ME": "ME",
    "BMS": "BMS",
    "BME": "BME",
    "2MS": "2MS",
    "QS-JAN": "QS-JAN",
    "QE-DEC": "QE-DEC",
    "QS-FEB": "QS-FEB",
    "QE-NOV": "QE-NOV",
    "YS-JAN": "YS-JAN",
    "YE-DEC": "YE-DEC",
    "YE-JUN": "YE-JUN",
    "2YE-DEC": "2YE-DEC",
    "WOM-3FRI": "WOM-3FRI",
}


def future_of(stamps: pd.Index, horizon: int, freq: str | int | None = None) -> pd.Index:
    framed = long_to_panel(long({"a": stamps}), freq=freq)
    return framed.times.future_index(horizon)


class TestTimeStamps:
    @pytest.mark.parametrize(("alias", "expected"), FOUND.items())
    def test_frequency_is_found_and_continued(self, alias, expected):
        stamps = pd.date_range("2019-11-30", periods=30, freq=alias)
        framed = long_to_panel(long({"a": stamps[:20]}))
        assert frequency_code(framed.times.grid) == expected
        assert_index_equal(framed.times.future_index(10), stamps[20:].rename("ds"), exact="equiv")

    @pytest.mark.parametrize("alias", [a for a in FOUND if a != "WOM-3FRI"])
    def test_frequency_is_found_across_gaps(self, alias):
        stamps = pd.date_range("2019-11-30", periods=30, freq=alias)
        kept = np.delete(np.arange(20), [3, 4, 9, 15])
        framed = long_to_panel(long({"a": stamps[kept], "b": stamps[5:8]}))
        assert frequency_code(framed.times.grid) == FOUND[alias]
        assert framed.n_gaps == 4
        assert_array_equal(np.flatnonzero(~np.isnan(framed.panel.series(0))), kept)

    @given(st.sampled_from(sorted(FOUND)), st.integers(1, 6), st.integers(-3, 6))
    def test_a_frequency_that_is_told_gives_the_same(self, alias, n, step):
        stamps = pd.date_range("2019-11-30", periods=30, freq=alias)
        axis = TimeAxis(stamps[9 : 9 + n], make_grid(stamps, alias))
        index = axis.future_index(np.array([step, step + 2]))
        at = np.repeat(np.arange(9, 9 + n), 2) + np.tile([step, step + 2], n)
        assert index.tolist() == stamps[at].tolist()

    def test_the_same_day_of_every_month(self):
        stamps = pd.DatetimeIndex([f"2024-{m:02d}-15" for m in (1, 2, 4, 5)])
        framed = long_to_panel(long({"a": stamps}))
        assert frequency_code(framed.times.grid) == "1 months"
        assert framed.n_gaps == 1
        assert framed.times.future_index(1)[0] == pd.Timestamp("2024-06-15")

    def test_series_may_have_their_own_phase(self):
        df = long(
            {
                "a": pd.date_range("2024-01-07", periods=3, freq="7D"),
                "b": pd.date_range("2024-01-10", periods=2, freq="7D"),
            }
        )
        framed = long_to_panel(df)
        assert frequency_code(framed.times.grid) == "7D"
        assert framed.times.future_index(1).astype(str).tolist() == ["2024-01-28", "2024-01-24"]
        df = long(
            {
                "a": pd.date_range("2023-01-01", periods=5, freq="QE-DEC"),
                "b": pd.date_range("2023-01-01", periods=5, freq="QE-NOV"),
            }
        )
        framed = long_to_panel(df)
        assert frequency_code(framed.times.grid) == "3ME"
        assert framed.times.future_index(1).astype(str).tolist() == ["2024-06-30", "2024-05-31"]
        assert framed.n_gaps == 0

    def test_daily_rows_without_weekends_stay_daily_if_any_series_has_one(self):
        weekdays = pd.bdate_range("2024-01-01", periods=10)
        assert long_to_panel(long({"a": weekdays})).n_gaps == 0
        every = pd.date_range("2024-01-01", periods=10)
        framed = long_to_panel(long({"a": weekdays, "b": every}))
        assert frequency_code(framed.times.grid) == "D"
        assert framed.n_gaps == 2

    def test_a_single_observation_takes_the_panels_frequency(self):
        df = long({"a": ["2024-01-31"], "b": pd.date_range("2024-01-31", periods=3, freq="ME")})
        df["ds"] = pd.to_datetime(df["ds"])
        assert long_to_panel(df).times.future_index(1)[0] == pd.Timestamp("2024-02-29")

    def test_a_time_of_day_is_kept(self):
        stamps = pd.date_range("2024-01-31 23:59:59", periods=4, freq="ME")
        assert future_of(stamps, 1)[0] == pd.Timestamp("2024-05-31 23:59:59")

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    @pytest.mark.parametrize("alias", ["D", "h", "ME"])
    def test_resolution_is_kept(self, unit, alias):
        stamps = pd.date_range("2024-01-01", periods=4, freq=alias, unit=unit)
        assert future_of(stamps, 2).dtype == stamps.dtype

    def test_a_step_finer_than_the_resolution(self):
        stamps = pd.DatetimeIndex(["2024-01-01 00:00:00", "2024-01-01 00:00:01"]).as_unit("s")
        framed = long_to_panel(long({"a": stamps}), freq="500ms")
        assert framed.n_gaps == 1
        assert framed.times.future_index(1)[0] == pd.Timestamp("2024-01-01 00:00:01.5")


class TestTimeZones:
    @pytest.mark.parametrize("alias", ["D", "W-SUN", "B", "MS", "ME", "QE-DEC"])
    def test_days_and_longer_stay_at_midnight_over_summer_time(self, alias):
        stamps = pd.date_range("2024-01-01", periods=90, freq=alias, tz="Europe/Paris")
        assert future_of(stamps[:60], 30).tolist() == stamps[60:].tolist()
        assert future_of(stamps[:60], 30).dtype == stamps.dtype

    @pytest.mark.parametrize("alias", ["h", "15min"])
    @pytest.mark.parametrize("day", ["2024-03-30", "2024-10-26"])
    def test_hours_go_through_the_change_of_the_clock(self, alias, day):
        stamps = pd.date_range(day, periods=200, freq=alias, tz="Europe/Paris")
        framed = long_to_panel(long({"a": stamps[:100]}))
        assert framed.n_gaps == 0
        assert framed.times.future_index(100).tolist() == stamps[100:].tolist()

    def test_two_rows_on_either_side_of_the_change_are_an_hour_apart(self):
        stamps = pd.DatetimeIndex(["2024-03-31 01:00", "2024-03-31 03:00"], tz="Europe/Paris")
        framed = long_to_panel(long({"a": stamps}))
        assert frequency_code(framed.times.grid) == "h"
        assert framed.n_gaps == 0

    def test_a_wall_time_that_does_not_occur_becomes_the_next(self):
        stamps = pd.date_range("2024-03-27 02:30", periods=4, freq="D", tz="Europe/Paris")
        ahead = future_of(stamps, 2).astype(str).tolist()
        assert ahead == ["2024-03-31 03:00:00+02:00", "2024-04-01 02:30:00+02:00"]

    @pytest.mark.parametrize(
        ("tz", "day"), [("America/Santiago", "2024-09-08"), ("Asia/Beirut", "2024-03-31")]
    )
    @pytest.mark.parametrize("alias", ["D", "B", "W-SUN", "2D"])
    def test_days_that_begin_at_one_count_from_midnight(self, tz, day, alias):
        naive = pd.date_range(end=pd.Timestamp(day) + pd.Timedelta("21D"), periods=30, freq=alias)
        stamps = naive.tz_localize(tz, nonexistent="shift_forward")
        assert long_to_panel(long({"a": stamps})).n_gaps == 0
        for n in range(3, 29):  # also a series that ends on that day
            framed = long_to_panel(long({"a": stamps[:n]}), freq=alias)
            assert framed.times.future_index(30 - n).tolist() == stamps[n:].tolist()

    def test_a_wall_time_that_occurs_twice_is_summer_time(self):
        stamps = pd.date_range("2024-10-24 02:30", periods=3, freq="D", tz="Europe/Paris")
        ahead = future_of(stamps, 2).astype(str).tolist()
        assert ahead == ["2024-10-27 02:30:00+02:00", "2024-10-28 02:30:00+01:00"]

    def test_a_day_with_two_rows_at_one_wall_time_is_refused(self):
        hours = [*(f"2024-10-{d} 00:30" for d in (24, 25, 26, 27)), "2024-10-27 01:30"]
        stamps = pd.DatetimeIndex(hours, tz="UTC").tz_convert("Europe/Paris")
        with pytest.raises(InputError, match=r"step is 'D'.* 1 found: series 'a', step 2024-10-27"):
            long_to_panel(long({"a": stamps}))

    def test_zone_free_stamps_that_skip_an_hour_have_a_gap(self):
        stamps = pd.date_range("2024-03-30", periods=60, freq="h", tz="Europe/Paris")
        assert long_to_panel(long({"a": stamps.tz_localize(None)})).n_gaps == 1


class TestOtherKinds:
    @pytest.mark.parametrize("dtype", ["int8", "uint16", "Int64", "int64[pyarrow]", "object"])
    def test_integers_of_any_dtype(self, dtype):
        df = long({"a": [10, 11, 13]}).astype({"ds": dtype})
        framed = long_to_panel(df)
        assert_array_equal(framed.panel.values, [0, 1, np.nan, 2])
        assert framed.times.future_index(2).tolist() == [14, 15]

    def test_the_step_of_integers_is_the_most_common_one(self):
        framed = long_to_panel(long({"a": [2000, 2010, 2020, 2040], "b": [5]}))
        assert framed.times.freq == 10
        assert_array_equal(framed.panel.series(0), [0, 1, 2, np.nan, 3])
        assert framed.times.future_index(1).tolist() == [2050, 15]

    def test_a_single_integer_is_followed_by_the_next(self):
        assert future_of([7], 2).tolist() == [8, 9]

    def test_the_step_of_integers_can_be_told(self):
        framed = long_to_panel(long({"a": [0, 3, 6, 7]}), freq=1)
        assert framed.panel.lengths.tolist() == [8]

    @pytest.mark.parametrize("alias", ["D", "W-SUN", "M", "Q-DEC", "2M", "Y-DEC", "h"])
    def test_periods(self, alias):
        periods = pd.period_range("2020-01", periods=12, freq=alias)
        framed = long_to_panel(long({"a": periods.delete([3]), "b": periods[2:3]}))
        assert framed.n_gaps == 1
        assert framed.panel.lengths.tolist() == [12, 1]
        assert framed.times.future_index(1).tolist() == [periods[-1] + 1, periods[2] + 1]
        assert framed.times.future_index(1).dtype == periods.dtype
        assert frequency_code(framed.times.grid) == alias
        assert long_to_panel(long({"a": periods}), freq=alias).n_gaps == 0

    @pytest.mark.parametrize(
        "stamps",
        [
            ["2024-01-30", "2024-01-31"],
            pd.Series(["2024-01-30", "2024-01-31"], dtype="string"),
            pd.Series(["2024-01-30", "2024-01-31"], dtype="category"),
            pd.Series(pd.to_datetime(["2024-01-30", "2024-01-31"]).date, dtype=object),
            pd.Series(pd.to_datetime(["2024-01-30", "2024-01-31"]), dtype=object),
            pd.Series(pd.to_datetime(["2024-01-30", "2024-01-31"])).astype("date32[day][pyarrow]"),
            pd.Series(pd.to_datetime(["2024-01-30", "2024-01-31"])).astype(
                "timestamp[us][pyarrow]"
            ),
            pd.Series(pd.to_datetime(["2024-01-30", "2024-01-31"])).astype("category"),
        ],
    )
    def test_text_dates_and_arrow(self, stamps):
        assert future_of(stamps, 1)[0] == pd.Timestamp("2024-02-01")

    def test_periods_in_an_object_column(self):
        periods = pd.Series(pd.period_range("2020-01", periods=3, freq="M"), dtype=object)
        assert future_of(periods, 1)[0] == pd.Period("2020-04", "M")

    def test_arrow_time_stamps_with_a_zone(self):
        stamps = pd.Series(pd.date_range("2024-01-01", periods=3, tz="Asia/Tokyo"))
        index = future_of(stamps.astype("timestamp[ns, Asia/Tokyo][pyarrow]"), 1)
        assert index[0] == pd.Timestamp("2024-01-04", tz="Asia/Tokyo")


class TestAxis:
    def test_it_survives_a_process_boundary(self):
        stamps = pd.date_range("2024-01-31", periods=5, freq="ME", tz="Europe/Paris")
        axis = long_to_panel(long({"a": stamps})).times
        copy = pickle.loads(pickle.dumps(axis))
        assert_index_equal(copy.future_index(3), axis.future_index(3))

    def test_subset(self):
        axis = long_to_panel(long({"a": [1, 2], "b": [5, 6], "c": [9]})).times
        assert axis.subset(np.array([2, 0])).future_index(1).tolist() == [10, 3]

    def test_no_steps_no_stamps(self):
        axis = long_to_panel(long({"a": pd.date_range("2024", periods=2, freq="MS")})).times
        assert len(axis.stamps(np.array([], dtype=int), np.array([], dtype=int))) == 0

    @pytest.mark.parametrize("freq", [3, *FOUND, "2 months"])
    def test_a_code_is_read_back(self, freq):
        stamps = pd.Index([1]) if freq == 3 else pd.DatetimeIndex(["2024-01-01"])
        assert frequency_code(make_grid(stamps, freq)) == freq


class TestRefused:
    @pytest.mark.parametrize("freq", ["nonsense", 7, "-1D"])
    @pytest.mark.filterwarnings("ignore:'nonsense' is deprecated:FutureWarning")  # pandas 2
    def test_frequencies_that_pandas_does_not_know(self, freq):
        stamps = pd.date_range("2024", periods=3)
        with pytest.raises(InputError, match=f"must be a positive offset of pandas; got {freq!r}"):
            long_to_panel(long({"a": stamps}), freq=freq)

    @pytest.mark.parametrize(
        "freq",
        [
            "bh",
            pd.DateOffset(weeks=2),
            pd.offsets.CDay(holidays=["2024-01-15"]),
            pd.offsets.Easter(),
        ],
    )
    def test_frequencies_that_can_not_be_written_down(self, freq):
        stamps = pd.date_range("2024-01-01 10:00", periods=3)
        with pytest.raises(InputError, match=r"an offset with an alias .* such as 'B' or 'h'"):
            long_to_panel(long({"a": stamps}), freq=freq)

    @pytest.mark.parametrize("freq", ["D", 0, True])
    def test_integers_take_an_int(self, freq):
        with pytest.raises(InputError, match=f"with integer time stamps .* got {freq!r}"):
            long_to_panel(long({"a": [1, 2]}), freq=freq)

    @pytest.mark.parametrize("freq", ["D", 1, "nonsense"])
    @pytest.mark.filterwarnings("ignore:'nonsense' is deprecated:FutureWarning")  # pandas 2
    def test_periods_have_their_own(self, freq):
        periods = pd.period_range("2024-01", periods=2, freq="M")
        with pytest.raises(InputError, match=f"periods of frequency 'M'; got freq={freq!r}"):
            long_to_panel(long({"a": periods}), freq=freq)

    def test_single_time_stamps_tell_no_frequency(self):
        df = long({"a": pd.to_datetime(["2024-01-01"]), "b": pd.to_datetime(["2024-01-02"])})
        with pytest.raises(InputError, match=r"must have two time stamps.*\.to_period\('M'\)"):
            long_to_panel(df)
        assert arrays(long_to_panel(df, freq="D")) == {"a": [0], "b": [1]}

    def test_stamps_off_the_regular_steps_are_named(self):
        stamps = pd.date_range("2024-01-01", periods=5, freq="h").tolist()
        stamps[3] += pd.Timedelta("7min")
        df = long({"a": pd.date_range("2024-01-01", periods=5, freq="h"), "b": stamps})
        with pytest.raises(
            InputError,
            match=r"the step is 'h', and these are off it: 2 found: series 'b',"
            r" step 2024-01-01 03:07:00;"
            r" series 'b', step 2024-01-01 04:00:00\. .*resample",
        ):
            long_to_panel(df)

    def test_stamps_off_the_calendar_are_named(self):
        stamps = pd.date_range("2024-01-01", periods=5, freq="MS").tolist()
        df = long({"a": stamps, "b": [*stamps[:2], pd.Timestamp("2024-03-02")]})
        with pytest.raises(
            InputError, match=r"step is 'MS'.*: 1 found: series 'b', step 2024-03-02\."
        ):
            long_to_panel(df, freq="MS")

    def test_integers_off_the_step_are_named(self):
        with pytest.raises(InputError, match=r"step is 12, .*: 1 found: series 'a', step 30\."):
            long_to_panel(long({"a": [0, 12, 24, 30]}))

    def test_series_of_another_frequency_are_named(self):
        df = long(
            {
                "months": pd.date_range("2020-01-01", periods=30, freq="MS"),
                "quarters": pd.date_range("2020-01-01", periods=10, freq="QS"),
            }
        )
        with pytest.raises(
            InputError,
            match=r"is 'MS' .*: 1 found: series 'quarters': 'QS-JAN'\. .*rows of NaN",
        ):
            long_to_panel(df)
        assert long_to_panel(df, freq="MS").n_gaps == 18

    def test_a_few_equal_gaps_are_no_other_frequency(self):
        assert long_to_panel(long({"a": range(20), "b": [0, 3, 6]})).n_gaps == 4

    def test_many_sparse_series_do_not_fill_the_memory(self):
        stamps = pd.to_datetime(["2024-01-01", "2028-12-31"])
        near = pd.date_range("2024-01-01", periods=99, freq="h")
        df = long({"near": near, **{i: stamps for i in range(40)}})
        with pytest.raises(InputError, match=r": 40 found: series 0: \(43825, 2\);"):
            long_to_panel(df)
        assert long_to_panel(df[df["unique_id"].isin(["near", 1])]).n_gaps == 43823

    def test_time_stamps_beyond_the_resolution(self):
        stamps = pd.date_range("2262-04-01", periods=3, freq="D", unit="ns")
        axis = long_to_panel(long({"a": stamps})).times
        assert axis.future_index(5)[-1] == pd.Timestamp("2262-04-08")
        with pytest.raises(InputError, match=r"fit into datetime64\[ns\]; got .* 20 steps of 'D'"):
            axis.future_index(20)

    def test_a_mistyped_month_does_not_fill_the_memory(self):
        stamps = pd.date_range("2024-01-01", periods=10, freq="s").tolist()
        df = long({"a": [*stamps, pd.Timestamp("2024-05-01")], "b": stamps})
        with pytest.raises(
            InputError,
            match=r"the step 's' some series .*: 1 found: series 'a': \(10454401, 11\)",
        ):
            long_to_panel(df)
