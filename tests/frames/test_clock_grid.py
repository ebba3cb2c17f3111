"""Hours and shorter steps across changes of the clock: panels count them by local time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from esrnn.errors import InputError
from esrnn.frames import FramedPanel, make_grid, sktime_to_panel
from esrnn.frames.align import align
from esrnn.frames.append import append
from esrnn.frames.plain_data import grid_from_dict, grid_to_dict
from esrnn.frames.slots import share_slots

SPRING = {
    "Europe/Berlin": "2024-03-31",
    "America/New_York": "2024-03-10",
    "Australia/Lord_Howe": "2024-10-06",
}
AUTUMN = {
    "Europe/Berlin": "2024-10-27",
    "America/New_York": "2024-11-03",
    "Australia/Lord_Howe": "2024-04-07",
}


def stamps_of(tz: str, day: str, freq: str, n_steps: int = 60) -> pd.DatetimeIndex:
    """Return time stamps around a day."""
    start = pd.Timestamp(day, tz=tz) - pd.Timedelta(hours=5)
    return pd.date_range(start, periods=n_steps, freq=freq)


def minutes_of(stamps: pd.DatetimeIndex) -> np.ndarray:
    """Return the local time in minutes since 1970: a value that tells where it belongs."""
    return (stamps.tz_localize(None).as_unit("s").asi8 // 60).astype(float)


def panel_of(stamps: pd.DatetimeIndex) -> FramedPanel:
    return sktime_to_panel(pd.Series(minutes_of(stamps), stamps))


class TestSlots:
    @pytest.mark.parametrize(("tz", "day"), [*SPRING.items(), *AUTUMN.items()])
    @pytest.mark.parametrize(("freq", "minutes"), [("30min", 30), ("15min", 15), ("h", 60)])
    def test_a_panel_counts_by_the_clock(self, tz, day, freq, minutes):
        stamps = stamps_of(tz, day, freq)
        framed = panel_of(stamps)
        assert framed.n_gaps == 0
        values = framed.panel.values
        at = np.arange(values.size) * minutes
        observed = ~np.isnan(values)
        # In Lord Howe clocks change by half an hour: full hours are followed by half ones.
        tolerance = 30 if freq == "h" and "Howe" in tz else 0
        assert np.abs(values - at - values[0])[observed].max() <= tolerance

    @pytest.mark.parametrize(("tz", "day"), SPRING.items())
    def test_the_hour_that_clocks_leave_out_is_missing(self, tz, day):
        change = {"Australia/Lord_Howe": 1}.get(tz, 2)
        values = panel_of(stamps_of(tz, day, "30min")).panel.values
        assert np.isnan(values).sum() == change
        assert_array_equal(np.flatnonzero(np.isnan(values)), 14 + np.arange(change))

    def test_the_hour_that_clocks_repeat_is_one_slot_with_the_mean(self):
        stamps = stamps_of("Europe/Berlin", "2024-10-27", "h", 12)
        y = np.arange(12.0)
        framed = sktime_to_panel(pd.Series(y + 0.25, stamps))
        assert framed.panel.values.tolist() == [*(y[:7] + 0.25), 7.75, *(y[9:] + 0.25)]

    def test_counts_stay_whole_numbers_and_missing_values_are_left_out(self):
        assert share_slots(np.array([3, 3]), np.array([1.0, 2.0])).tolist() == [2.0, 2.0]
        assert share_slots(np.array([3, 3]), np.array([np.nan, 5.5])).tolist() == [5.5, 5.5]
        assert np.isnan(share_slots(np.array([3, 3]), np.array([np.nan, np.nan]))).all()

    def test_steps_that_the_change_does_not_divide_by_count_whole_steps(self):
        stamps = pd.date_range("2024-03-01", "2024-11-30", freq="6h", tz="Europe/Berlin")
        assert panel_of(stamps).panel.lengths[0] == len(stamps)

    @pytest.mark.parametrize("tz", ["UTC", "Asia/Kolkata", "+02:00"])
    def test_zones_without_changes_have_a_slot_for_each_step(self, tz):
        stamps = pd.date_range("2024-01-01 00:17", periods=50, freq="15min", tz=tz)
        framed = panel_of(stamps)
        assert framed.panel.lengths[0] == 50
        steps = np.array([[-3, 0, 1, 7]])
        assert_array_equal(framed.times.slot_matrix(steps), steps)


class TestStepsAhead:
    def test_forecasts_follow_the_clock_and_their_stamps_do_not_jump(self):
        spring = stamps_of("Europe/Berlin", "2024-03-31", "h")
        framed = panel_of(spring[:6])  # to midnight
        assert framed.times.future_index(4).tolist() == spring[6:10].tolist()
        assert framed.times.slot_matrix(np.array([[1, 2, 3]])).tolist() == [[1, 3, 4]]
        autumn = stamps_of("Europe/Berlin", "2024-10-27", "h")
        framed = panel_of(autumn[:6])
        assert framed.times.slot_matrix(np.array([[1, 2, 3, 4]])).tolist() == [[1, 2, 2, 3]]

    @pytest.mark.parametrize("n_past", range(6, 18))
    def test_no_step_ahead_is_in_the_past(self, n_past):
        stamps = stamps_of("America/New_York", "2024-11-03", "15min")[10:]
        framed = panel_of(stamps[:n_past])
        slots = framed.times.slot_matrix(np.arange(1, 20)[None])
        assert slots.min() == 1
        # The panel ends with the last slot that was seen, so later slots are told by the clock.
        ahead = minutes_of(stamps[n_past : n_past + 19])
        by_clock = (ahead - minutes_of(stamps[:n_past]).max()) // 15
        assert_array_equal(slots[0], np.maximum(by_clock, 1))

    @given(
        st.sampled_from([*SPRING.items(), *AUTUMN.items()]),
        st.sampled_from(["h", "30min", "20min", "2h"]),
        st.integers(1, 40),
    )
    def test_the_first_step_of_a_slot_undoes_slots(self, change, freq, n_past):
        framed = panel_of(stamps_of(*change, freq)[:n_past])
        slots = np.arange(1 - int(framed.panel.lengths[0]), 50)
        series = np.zeros_like(slots)
        steps = framed.times.steps(series, slots)
        back = framed.times.slots(series, steps)
        empty = back != slots
        assert (back[empty] > slots[empty]).all()
        assert empty.sum() <= 4
        earlier = framed.times.slots(series, steps - 1)
        assert (earlier[slots != 1] != slots[slots != 1]).all()


class TestNewRows:
    @pytest.mark.parametrize(("tz", "day"), AUTUMN.items())
    @pytest.mark.parametrize("freq", ["h", "30min", "15min"])
    def test_rows_one_by_one_make_the_panel_of_all_at_once(self, tz, day, freq):
        stamps = stamps_of(tz, day, freq)
        y = pd.Series(np.random.default_rng(0).gamma(9.0, 3.0, len(stamps)), stamps)
        framed = sktime_to_panel(y[:3])
        for k in range(3, len(y)):
            framed = append(framed, y[k : k + 1]).framed
            assert framed.times.last[0] == stamps[k]
        expected = sktime_to_panel(y)
        assert_array_equal(framed.panel.lengths, expected.panel.lengths)
        if freq == "15min":  # of three or more rows of a slot the mean depends on the order
            return
        assert_array_equal(framed.panel.values, expected.panel.values)

    def test_correcting_both_rows_of_the_repeated_hour_makes_a_new_mean(self):
        stamps = stamps_of("Europe/Berlin", "2024-10-27", "h", 12)
        y = pd.Series(np.arange(12.0) + 0.25, stamps)
        changed = y.copy()
        changed.iloc[7:9] += 10.0
        framed = append(sktime_to_panel(y), changed[7:]).framed
        assert_array_equal(framed.panel.values, sktime_to_panel(changed).panel.values)


class TestCovariates:
    def test_rows_of_X_find_the_slots_of_y(self):
        stamps = stamps_of("Europe/Berlin", "2024-10-27", "h", 12)
        framed = panel_of(stamps[:6])
        X = pd.DataFrame({"promo": np.arange(12.0)}, stamps)
        assert align(X, framed)[1].steps.tolist() == [*range(-5, 3), 2, 3, 4, 5]

    def test_rows_given_twice_are_refused_and_the_repeated_hour_is_not(self):
        stamps = stamps_of("Europe/Berlin", "2024-10-27", "h", 12)
        X = pd.DataFrame({"promo": 1.0}, stamps[[*range(12), 8]])
        with pytest.raises(InputError, match=r"there again: 1 found: .*02:00:00\+01:00"):
            align(X, panel_of(stamps))

    def test_half_hours_are_off_the_steps_of_hours(self):
        stamps = stamps_of("Europe/Berlin", "2024-10-27", "h", 12)
        X = pd.DataFrame({"promo": 1.0}, stamps + pd.Timedelta(minutes=30))
        with pytest.raises(InputError, match="must lie on the steps of y"):
            align(X, panel_of(stamps))


@pytest.mark.parametrize("tz", ["Europe/Berlin", "Australia/Lord_Howe"])
def test_a_grid_comes_back_from_plain_data(tz):
    stamps = stamps_of(tz, AUTUMN[tz], "h")
    grid = grid_from_dict(grid_to_dict(make_grid(stamps, "h")))
    assert_array_equal(grid.slots(stamps), make_grid(stamps, "h").slots(stamps))
