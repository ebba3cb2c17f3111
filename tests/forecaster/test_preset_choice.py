import numpy as np
import pandas as pd
import pytest

from esrnn.datasets import load_m4
from esrnn.errors import InputError, InputTypeError
from esrnn.forecaster.preset_choice import PresetChoice, choose_periods_and_preset
from esrnn.panel import Panel


def panel_of(lengths: list[int]) -> Panel:
    """Noise without a season."""
    rng = np.random.default_rng(0)
    return Panel.from_arrays([rng.normal(size=length) for length in lengths])


LONG = panel_of([1000, 1000])


def brief(chosen: PresetChoice) -> tuple[tuple[int, ...], str, tuple[int, ...]]:
    return chosen.periods, chosen.preset, chosen.left_out


@pytest.mark.parametrize(
    ("periods", "preset", "freq", "expected"),
    [
        ("auto", "auto", pd.offsets.MonthEnd(), ((12,), "monthly", ())),
        (None, None, pd.offsets.MonthEnd(), ((12,), "monthly", ())),
        (6, "auto", pd.offsets.MonthEnd(), ((6,), "monthly", ())),
        ((), "auto", pd.offsets.MonthEnd(), ((), "monthly", ())),
        ("auto", "quarterly", pd.offsets.MonthEnd(), ((12,), "quarterly", ())),
        ("auto", "auto", pd.offsets.Hour(4), ((6, 42), "generic", ())),
        ("auto", "monthly", pd.offsets.Hour(2), ((12, 84), "monthly", ())),
        ((24,), "auto", pd.offsets.Hour(2), ((24,), "generic", ())),
        ("auto", "auto", pd.offsets.Hour(7), ((), "generic", ())),
        ("auto", "hourly", pd.offsets.Hour(7), ((24, 168), "hourly", ())),
        (12, "auto", pd.offsets.Hour(7), ((12,), "monthly", ())),
        ("auto", "hourly", 1, ((24, 168), "hourly", ())),
        ("auto", "weekly", 1, ((), "weekly", ())),
        ("auto", "auto", 1, ((), "generic", ())),
        ("auto", "generic", 1, ((), "generic", ())),
        ([np.int64(24), 168], "auto", 1, ((24, 168), "hourly", ())),
        (np.array([4]), "auto", 1, ((4,), "quarterly", ())),
        ((), "auto", 1, ((), "generic", ())),
        (52, "auto", 1, ((52,), "generic", ())),
    ],
)
def test_auto_goes_by_frequency_then_by_what_was_told(
    periods: object, preset: str, freq: object, expected: object
) -> None:
    assert brief(choose_periods_and_preset(periods, preset, freq, LONG)) == expected


@pytest.mark.parametrize(
    ("lengths", "periods", "left_out"),
    [([336, 336], (24, 168), ()), ([335, 335, 900], (24,), (168,)), ([48, 48], (24,), (168,)),
     ([3, 3], (), (24, 168))],
)  # fmt: skip
def test_seasons_that_most_series_do_not_span_twice_are_left_out(
    lengths: list[int], periods: object, left_out: object
) -> None:
    chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Hour(), panel_of(lengths))
    assert brief(chosen) == (periods, "hourly", left_out)


def test_of_odd_steps_too() -> None:
    chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Minute(15), panel_of([800, 700]))
    assert brief(chosen) == ((96,), "generic", (672,))
    chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Week(2), panel_of([51, 51]))
    assert brief(chosen) == ((), "generic", (26,))


def test_seasons_that_are_told_stay() -> None:
    assert choose_periods_and_preset((24, 168), "auto", 1, panel_of([5])).periods == (24, 168)


@pytest.mark.parametrize(
    ("period", "preset"), [(4, "quarterly"), (12, "monthly"), (24, "hourly"), (26, "generic")]
)
def test_where_the_index_says_nothing_the_data_do(period: int, preset: str) -> None:
    season = 4.0 * np.sin(2 * np.pi * np.arange(12 * period) / period)
    noise = np.random.default_rng(1).normal(size=(6, season.size))
    panel = Panel.from_arrays(season + noise)
    for freq in (1, 10):
        chosen = choose_periods_and_preset("auto", "auto", freq, panel)
        assert brief(chosen) == ((period,), preset, ())
        assert chosen.reason.startswith(f"season of {period} steps found in the data")
    assert choose_periods_and_preset("auto", "generic", 1, panel).periods == (period,)
    assert choose_periods_and_preset("auto", "yearly", 1, panel).periods == ()
    assert choose_periods_and_preset((), "auto", 1, panel).periods == ()
    assert choose_periods_and_preset("auto", "auto", pd.offsets.YearEnd(), panel).periods == ()
    assert choose_periods_and_preset("auto", "auto", pd.offsets.Hour(7), panel).periods == ()


def test_hours_that_came_without_time_stamps() -> None:
    train, _ = load_m4("hourly", download=False)
    values = [y.to_numpy() for _, y in train["y"].groupby(level=0, sort=False)]
    chosen = choose_periods_and_preset("auto", "auto", 1, Panel.from_arrays(values))
    assert brief(chosen) == ((24, 168), "hourly", ())
    assert chosen.reason == "seasons of 24 and 168 steps found in the data"


@pytest.mark.parametrize(
    ("periods", "preset", "freq", "reason"),
    [
        ("auto", "auto", pd.offsets.MonthEnd(), "monthly time stamps"),
        ("auto", "hourly", pd.offsets.MonthEnd(), "monthly time stamps"),
        (6, "auto", pd.offsets.MonthEnd(), "monthly time stamps"),
        (6, "hourly", pd.offsets.MonthEnd(), "as given"),
        ("auto", "auto", pd.offsets.Minute(30), "time stamps of frequency '30min'"),
        ("auto", "auto", pd.offsets.Hour(7), "no known season in time stamps of frequency '7h'"),
        ("auto", "auto", 1, "no season found in the data"),
        ("auto", "hourly", 1, "preset as given"),
        (12, "auto", 1, "as given"),
    ],
)
def test_a_choice_says_why(periods: object, preset: str, freq: object, reason: str) -> None:
    assert choose_periods_and_preset(periods, preset, freq, LONG).reason == reason


@pytest.mark.parametrize("periods", ["daily", "12"])
def test_text_for_seasons_is_refused(periods: str) -> None:
    with pytest.raises(InputError, match="seasonal_periods must be 'auto' or the steps"):
        choose_periods_and_preset(periods, "auto", 1, LONG)


@pytest.mark.parametrize("periods", [12.5, [12, "x"], {"a": 1}])
def test_seasons_must_be_whole(periods: object) -> None:
    with pytest.raises(InputTypeError, match="seasonal_periods must be a whole number"):
        choose_periods_and_preset(periods, "auto", 1, LONG)


def weeks_of(n_with: int, n_without: int, period: int = 7) -> Panel:
    """Series that show a week, and series that show none."""
    rng = np.random.default_rng(2)
    week = np.resize(rng.normal(size=period), 30 * period)
    series = rng.normal(size=(n_with + n_without, week.size))
    series[:n_with] += 3.0 * week
    return Panel.from_arrays(series)


@pytest.mark.parametrize(
    ("freq", "preset", "period"),
    [
        (pd.offsets.Day(), "auto", 7), (pd.offsets.BDay(), "auto", 5), (1, "auto", 7),
        (pd.offsets.Week(2), "auto", 26), (pd.offsets.Day(), "generic", 7), (1, "daily", 7),
    ],
)  # fmt: skip
def test_the_data_say_whether_all_members_have_the_season(
    freq: object, preset: str, period: int
) -> None:
    most = choose_periods_and_preset("auto", preset, freq, weeks_of(6, 4, period))
    assert (most.periods, most.in_all_members) == ((period,), True)
    assert most.reason.endswith("; most series show the season")
    few = choose_periods_and_preset("auto", preset, freq, weeks_of(4, 6, period))
    assert (few.periods, few.in_all_members) == ((period,), False)
    assert few.reason.endswith("; most series show no season")


@pytest.mark.parametrize("periods", [7, (7,), (24, 168), 5, ()])
def test_periods_that_are_given_are_in_all_members(periods: object) -> None:
    for freq in (pd.offsets.Day(), pd.offsets.Hour(), 1):
        for panel in (weeks_of(0, 5), weeks_of(5, 0)):
            assert choose_periods_and_preset(periods, "auto", freq, panel).in_all_members


@pytest.mark.parametrize("freq", [pd.offsets.Hour(), pd.offsets.MonthEnd(), pd.offsets.Week()])
def test_presets_without_alternating_members_do_not_ask(freq: object) -> None:
    chosen = choose_periods_and_preset("auto", "auto", freq, LONG)
    assert chosen.in_all_members is None
    assert ";" not in chosen.reason


def test_five_weeks_of_electricity_show_the_week() -> None:
    train, _ = load_m4("hourly", download=False)
    values = [y.to_numpy() for _, y in train["y"].groupby(level=0, sort=False)]
    days = [y[y.size % 24 :].reshape(-1, 24).sum(axis=1) for y in values]
    chosen = choose_periods_and_preset("auto", "auto", pd.offsets.Day(), Panel.from_arrays(days))
    assert chosen.in_all_members


def test_a_choice_of_a_model_that_was_saved_before() -> None:
    plain = {"periods": [7], "preset": "daily", "left_out": [], "reason": "daily time stamps"}
    assert PresetChoice.from_dict(plain).in_all_members is None
