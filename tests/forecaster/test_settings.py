import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN
from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.settings import (
    as_blocks,
    as_count,
    as_seed,
    choose_periods_and_preset,
    recognise_frequency,
)
from esrnn.frames import make_grid

LONG = np.array([1000, 1000])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("h", ("hourly", (24, 168))),
        ("60min", ("hourly", (24, 168))),
        ("D", ("daily", (7,))),
        ("B", ("daily", (5,))),
        ("7D", ("weekly", ())),
        ("W-WED", ("weekly", ())),
        ("MS", ("monthly", (12,))),
        ("ME", ("monthly", (12,))),
        ("BME", ("monthly", (12,))),
        ("1 months", ("monthly", (12,))),
        ("QS-FEB", ("quarterly", (4,))),
        ("3MS", ("quarterly", (4,))),
        ("3 months", ("quarterly", (4,))),
        ("YE-JUN", ("yearly", ())),
        ("12ME", ("yearly", ())),
        ("4QE", ("yearly", ())),
        ("2h", None),
        ("min", None),
        ("2D", None),
        ("2 months", None),
    ],
)
def test_time_stamps_tell_the_frequency(code: str, expected: object) -> None:
    grid = make_grid(pd.DatetimeIndex(["2024-01-01"]), code)
    assert recognise_frequency(grid.freq) == expected


@pytest.mark.parametrize(
    ("code", "preset"),
    [("h", "hourly"), ("D", "daily"), ("W", "weekly"), ("M", "monthly"), ("Q-NOV", "quarterly"),
     ("Y", "yearly")],
)  # fmt: skip
def test_periods_tell_the_frequency(code: str, preset: str) -> None:
    freq = pd.period_range("2024-01-01", periods=2, freq=code).freq
    recognised = recognise_frequency(freq)
    assert recognised is not None
    assert recognised[0] == preset


def test_other_offsets_tell_nothing() -> None:
    assert recognise_frequency(pd.DateOffset(weeks=1, days=1)) is None
    assert recognise_frequency(5) is None


@pytest.mark.parametrize(
    ("periods", "preset", "freq", "expected"),
    [
        ("auto", "auto", pd.offsets.MonthEnd(), ((12,), "monthly", ())),
        (None, None, pd.offsets.MonthEnd(), ((12,), "monthly", ())),
        (6, "auto", pd.offsets.MonthEnd(), ((6,), "monthly", ())),
        ((), "auto", pd.offsets.MonthEnd(), ((), "monthly", ())),
        ("auto", "quarterly", pd.offsets.MonthEnd(), ((12,), "quarterly", ())),
        ("auto", "hourly", 1, ((24, 168), "hourly", ())),
        ("auto", "auto", 1, ((), "generic", ())),
        ([np.int64(24), 168], "auto", 1, ((24, 168), "hourly", ())),
        (np.array([4]), "auto", 1, ((4,), "quarterly", ())),
    ],
)
def test_auto_goes_by_frequency_then_by_what_was_told(
    periods: object, preset: str, freq: object, expected: object
) -> None:
    assert choose_periods_and_preset(periods, preset, freq, LONG) == expected


@pytest.mark.parametrize(
    ("lengths", "periods", "left_out"),
    [([336, 336], (24, 168), ()), ([335, 335, 900], (24,), (168,)), ([48, 48], (24,), (168,)),
     ([3, 3], (), (24, 168))],
)  # fmt: skip
def test_seasons_that_most_series_do_not_span_twice_are_left_out(
    lengths: list[int], periods: object, left_out: object
) -> None:
    chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Hour(), np.array(lengths))
    assert chosen == (periods, "hourly", left_out)


def test_seasons_that_are_told_stay() -> None:
    assert choose_periods_and_preset((24, 168), "auto", 1, np.array([5]))[0] == (24, 168)


@pytest.mark.parametrize("periods", ["daily", "12"])
def test_text_for_seasons_is_refused(periods: str) -> None:
    with pytest.raises(InputError, match="seasonal_periods must be 'auto' or the steps"):
        choose_periods_and_preset(periods, "auto", 1, LONG)


@pytest.mark.parametrize("periods", [12.5, [12, "x"], {"a": 1}])
def test_seasons_must_be_whole(periods: object) -> None:
    with pytest.raises(InputTypeError, match="seasonal_periods must be a whole number"):
        choose_periods_and_preset(periods, "auto", 1, LONG)


def test_dilations_come_flat_or_in_blocks() -> None:
    assert as_blocks(None) is None
    assert as_blocks([1, 2, 4]) == ((1, 2, 4),)
    assert as_blocks(((1, 2), [4, np.int32(8)])) == ((1, 2), (4, 8))
    assert as_blocks([1, [2]]) == ((1,), (2,))


def test_seeds() -> None:
    assert as_seed(None) is None
    assert as_seed(np.int64(7)) == 7
    drawn = np.random.RandomState(3)
    assert as_seed(drawn) != as_seed(drawn)  # its state moves on
    assert as_seed(np.random.RandomState(3)) == as_seed(np.random.RandomState(3))
    with pytest.raises(InputTypeError, match="random_state must be a whole number"):
        as_seed("x")
    with pytest.raises(InputError, match="random_state must be at least 0; got -1"):
        as_seed(-1)


def test_counts() -> None:
    assert as_count("horizon", np.int8(3)) == 3
    with pytest.raises(InputTypeError, match=r"horizon must be a whole number; got 3\.0"):
        as_count("horizon", 3.0)
    with pytest.raises(InputError, match="horizon must be at least 1; got 0"):
        as_count("horizon", 0)


class TestOddArguments:
    """What falls through would end in a library's message."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"learning_rate": "a"}, "learning_rate must be finite and greater than 0; got 'a'"),
            ({"quantile_levels": 0.5}, "quantile_levels must be numbers"),
            ({"quantile_levels": ["a"]}, "quantile_levels must be numbers"),
            ({"dilations": 0}, "dilations must be steps"),
            ({"dilations": [[1, 2], 3.5]}, "dilations must be a whole number"),
            ({"n_jobs": "2"}, "n_jobs must be a number of processes"),
            ({"n_jobs": 1.5}, "n_jobs must be a number of processes"),
            ({"device": 0}, "device must be 'cpu', 'cuda' or 'auto'"),
        ],
    )
    def test_are_refused_by_name(self, arguments, message):
        small = {"horizon": 2, "n_members": 1, "n_epochs": 1, "hidden_size": 4, "n_jobs": 1}
        y = pd.Series(np.arange(1.0, 20.0))
        with pytest.raises((InputError, InputTypeError), match=message):
            ESRNN(**{**small, **arguments}).fit(y)
