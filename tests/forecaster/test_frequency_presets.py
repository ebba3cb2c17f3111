"""Steps between time stamps tell seasons: of every offset of pandas something sane or nothing."""

import inspect

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.tseries import offsets

from esrnn.config.presets import PRESETS
from esrnn.config.settings import SmoothingConfig
from esrnn.forecaster.frequency_presets import describe_frequency, preset_of_frequency
from esrnn.frames import make_grid
from esrnn.frames.steps_found import infer_frequency


def of(*periods: int) -> tuple[str, tuple[int, ...]]:
    return "generic", periods


ALIASES = {
    "h": ("hourly", (24, 168)), "60min": ("hourly", (24, 168)), "3600s": ("hourly", (24, 168)),
    "15min": of(96, 672), "30min": of(48, 336), "10min": of(144, 1008), "5min": of(288, 2016),
    "20min": of(72, 504), "45min": of(32, 224), "90min": of(16, 112), "3min": of(480, 3360),
    "2min": of(30, 720), "min": of(60, 1440), "30s": of(120, 2880), "10s": of(6, 360),
    "5s": of(12, 720), "2s": of(30, 1800), "s": of(60, 3600), "500ms": of(120,),
    "100ms": of(600,), "10ms": None, "ns": None, "7s": None, "7min": None, "25min": None,
    "2h": of(12, 84), "3h": of(8, 56), "4h": of(6, 42), "6h": of(4, 28), "8h": of(3, 21),
    "12h": of(2, 14), "24h": ("daily", (7,)), "5h": None, "7h": None, "36h": None, "56h": None,
    "D": ("daily", (7,)), "2D": None, "5D": None, "30D": None, "365D": None,
    "B": ("daily", (5,)), "2B": None, "5B": ("weekly", ()), "10B": of(26,),
    "7D": ("weekly", ()), "W": ("weekly", ()), "W-WED": ("weekly", ()), "14D": of(26,),
    "2W": of(26,), "2W-MON": of(26,), "3W": None, "4W": of(13,), "28D": of(13,), "26W": of(2,),
    "13W": ("quarterly", (4,)), "91D": ("quarterly", (4,)), "52W": ("yearly", ()),
    "104W": None,
    "SMS": of(24,), "SME": of(24,), "MS": ("monthly", (12,)), "ME": ("monthly", (12,)),
    "BME": ("monthly", (12,)), "BMS": ("monthly", (12,)), "1 months": ("monthly", (12,)),
    "WOM-3FRI": ("monthly", (12,)),
    "2ME": of(6,), "2 months": of(6,), "4MS": of(3,), "6ME": of(2,), "5ME": None, "9MS": None,
    "QS-FEB": ("quarterly", (4,)), "3MS": ("quarterly", (4,)), "3 months": ("quarterly", (4,)),
    "BQE": ("quarterly", (4,)), "REQ-N-JAN-MON-1": ("quarterly", (4,)), "2QE": of(2,), "3QE": None,
    "YE-JUN": ("yearly", ()), "BYS": ("yearly", ()), "12ME": ("yearly", ()), "4QE": ("yearly", ()),
    "RE-N-JAN-MON": ("yearly", ()), "2YE": None, "24MS": None,
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), ALIASES.items())
def test_time_stamps_tell_the_frequency(code: str, expected: object) -> None:
    grid = make_grid(pd.DatetimeIndex(["2024-01-01"]), code)
    assert preset_of_frequency(grid.freq) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("15min", of(96, 672)), ("h", ("hourly", (24, 168))), ("D", ("daily", (7,))),
     ("W", ("weekly", ())), ("2W", of(26,)), ("M", ("monthly", (12,))), ("2M", of(6,)),
     ("Q-NOV", ("quarterly", (4,))), ("2Q", of(2,)), ("Y", ("yearly", ())), ("3Y", None)],
)  # fmt: skip
def test_periods_tell_the_frequency(code: str, expected: object) -> None:
    freq = pd.period_range("2024-01-01", periods=2, freq=code).freq
    assert preset_of_frequency(freq) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [("15min", of(96, 672)), ("4h", of(6, 42)), ("D", ("daily", (7,))), ("B", ("daily", (5,))),
     ("W-TUE", ("weekly", ())), ("2W-TUE", of(26,)), ("MS", ("monthly", (12,))), ("2ME", of(6,)),
     ("QS-FEB", ("quarterly", (4,))), ("6MS", of(2,)), ("YE-JUN", ("yearly", ()))],
)  # fmt: skip
def test_what_is_found_in_time_stamps_is_recognised(code: str, expected: object) -> None:
    stamps = pd.date_range("2020-01-01", periods=9, freq=code)
    found = infer_frequency(stamps, np.ones(8, dtype=np.bool_))
    assert preset_of_frequency(found) == expected


OFFSETS = [
    offset
    for name in sorted(offsets.__all__)
    if inspect.isclass(offset := getattr(offsets, name))
    and offset not in (offsets.BaseOffset, offsets.Tick)
]


@pytest.mark.parametrize("offset", OFFSETS, ids=lambda offset: offset.__name__)
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 10, 12, 15, 24, 30, 52, 60, 90, 1000])
def test_every_offset_of_pandas_gets_a_sane_answer_or_none(offset: type, n: int) -> None:
    freq = offset(n)
    assert_sane(freq)


@given(
    st.sampled_from(["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "months",
                     "years", "month", "weekday", "hour"]),
    st.integers(1, 11),
    st.integers(1, 5000),
)  # fmt: skip
def test_so_does_every_date_offset(unit: str, value: int, n: int) -> None:
    assert_sane(pd.DateOffset(n, **{unit: min(value, 6)}))
    assert_sane(pd.DateOffset(n, days=value, hours=value))
    assert_sane(pd.DateOffset(n))


@given(st.integers(1, 10**16))
def test_so_does_every_length_of_time(nanoseconds: int) -> None:
    assert_sane(pd.tseries.frequencies.to_offset(pd.Timedelta(nanoseconds, unit="ns")))


@given(st.integers(1, 86_400), st.sampled_from([60, 3600, 86_400, 604_800]))
def test_a_season_of_fixed_steps_is_a_cycle_of_the_clock(seconds: int, cycle: int) -> None:
    known = preset_of_frequency(pd.offsets.Second(seconds))
    if known is None:
        # Nothing up to a day that it divides, or only cycles of too many steps.
        assert 86_400 % seconds or seconds == 86_400
    else:
        lengths = {period * seconds for period in known[1]}
        assert lengths <= {60, 3600, 86_400, 604_800}
        assert max(known[1]) <= 3600


def assert_sane(freq: pd.tseries.offsets.BaseOffset) -> None:
    assert isinstance(describe_frequency(freq), str)
    known = preset_of_frequency(freq)
    if known is not None:
        preset, periods = known
        assert preset in PRESETS
        SmoothingConfig(periods)  # raises what is no period
        assert max(periods, default=2) <= 3600
        assert preset == "generic" or periods in (PRESETS[preset].smoothing.seasonal_periods, (5,))


class TestBusinessHours:
    def test_a_day_of_eight(self) -> None:
        assert preset_of_frequency(offsets.BusinessHour()) == of(8, 40)
        assert preset_of_frequency(offsets.BusinessHour(4)) == of(2, 10)
        assert preset_of_frequency(offsets.BusinessHour(3)) is None
        assert preset_of_frequency(offsets.BusinessHour(8)) is None

    def test_other_hours_and_weeks(self) -> None:
        night = offsets.BusinessHour(start="20:00", end="02:00")
        assert preset_of_frequency(night) == of(6, 30)
        split = offsets.CustomBusinessHour(
            start=["9:00", "13:00"], end=["12:00", "17:00"], weekmask="Mon Tue Wed Thu Fri Sat"
        )
        assert preset_of_frequency(split) == of(7, 42)


def test_custom_weeks() -> None:
    assert preset_of_frequency(offsets.CDay(weekmask="1111110")) == ("daily", (6,))
    assert preset_of_frequency(offsets.CDay(6, weekmask="1111110")) == ("weekly", ())
    assert preset_of_frequency(offsets.CDay(weekmask="0000010")) == ("weekly", ())


def test_offsets_that_only_some_versions_of_pandas_can_spell() -> None:
    assert preset_of_frequency(offsets.LastWeekOfMonth(weekday=4)) == ("monthly", (12,))
    if hasattr(offsets, "HalfYearEnd"):
        assert preset_of_frequency(offsets.HalfYearEnd()) == of(2)
        assert preset_of_frequency(offsets.BHalfYearBegin(2)) == ("yearly", ())


def test_integers_and_moving_feasts_tell_nothing() -> None:
    for freq in (1, 5, offsets.Easter()):
        assert preset_of_frequency(freq) is None


@pytest.mark.parametrize(
    ("freq", "words"),
    [
        (offsets.Hour(), "hourly time stamps"),
        (offsets.Week(weekday=2), "weekly time stamps"),
        (offsets.MonthEnd(), "monthly time stamps"),
        (offsets.BDay(), "time stamps of frequency 'B'"),
        (offsets.Hour(7), "time stamps of frequency '7h'"),
        (pd.DateOffset(months=4), "time stamps of frequency '4 months'"),
        (1, "integer time stamps"),
    ],
)
def test_words(freq: object, words: str) -> None:
    assert describe_frequency(freq) == words
