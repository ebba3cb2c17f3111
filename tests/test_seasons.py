"""Seasons found in data: those that are there, and none in what only looks alike."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esrnn.datasets import load_m3, load_m4
from esrnn.errors import InputError
from esrnn.panel import Panel
from esrnn.seasons import USUAL_CANDIDATES, detect_seasonal_periods, most_series_show


def panel_of(frame: pd.DataFrame, step: int = 1) -> Panel:
    groups = [y.to_numpy() for _, y in frame["y"].groupby(level=0, sort=False)]
    return Panel.from_arrays([y[y.size % step :].reshape(-1, step).sum(axis=1) for y in groups])


def noise(n_series: int, n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_series, n))


def pattern(period: int, n: int, seed: int = 1) -> np.ndarray:
    return np.resize(np.random.default_rng(seed).normal(size=period), n)


WITHOUT = {
    "white": lambda rng, n: rng.normal(size=n),
    "random walk": lambda rng, n: rng.normal(size=n).cumsum(),
    "growth": lambda rng, n: np.exp(0.05 * rng.normal(size=n).cumsum()),
    "trend": lambda rng, n: 50.0 + 0.3 * np.arange(n) + rng.normal(size=n),
    "local trend": lambda rng, n: (0.1 * rng.normal(size=n)).cumsum().cumsum(),
    "heavy tails": lambda rng, n: rng.standard_t(2, size=n),
    "counts": lambda rng, n: rng.poisson(0.3, size=n).astype(float),
    "lumpy": lambda rng, n: (rng.random(n) < 0.1) * rng.lognormal(size=n),
}


class TestNoSeason:
    @pytest.mark.parametrize("kind", WITHOUT)
    @pytest.mark.parametrize("n_series", [1, 2, 4, 40])
    def test_nothing_is_found_where_nothing_is(self, kind, n_series):
        rng = np.random.default_rng(n_series)
        for n in (40, 130, 600):
            series = [WITHOUT[kind](rng, n) for _ in range(n_series)]
            assert detect_seasonal_periods(Panel.from_arrays(series)) == ()

    def test_chance_finds_little_in_single_series(self):
        rng = np.random.default_rng(5)
        found = [
            detect_seasonal_periods(Panel.from_arrays([make(rng, 120)]))
            for make in WITHOUT.values()
            for _ in range(40)
        ]
        assert sum(periods != () for periods in found) <= 0.03 * len(found)

    def test_nor_in_series_that_share_their_shocks(self):
        """A quarter of them passes when one does."""
        rng = np.random.default_rng(6)
        found = 0
        for _ in range(40):
            walk = rng.normal(size=150).cumsum()
            panel = Panel.from_arrays([walk + 0.1 * rng.normal(size=150) for _ in range(50)])
            found += detect_seasonal_periods(panel) != ()
        assert found <= 3

    @pytest.mark.parametrize("value", [0.0, 5.0, -3.0, 1e12])
    def test_constants(self, value):
        assert detect_seasonal_periods(Panel.from_arrays(np.full((3, 60), value))) == ()

    def test_a_line(self):
        assert detect_seasonal_periods(Panel.from_arrays([np.arange(200.0)])) == ()

    def test_short_series(self):
        season = np.tile([1.0, 5.0, 2.0, 9.0], 3)[:11]
        assert detect_seasonal_periods(Panel.from_arrays([season] * 9)) == ()
        assert detect_seasonal_periods(Panel.from_arrays([[1.0], [2.0, 3.0]])) == ()
        assert detect_seasonal_periods(Panel.from_arrays([])) == ()

    def test_one_series_of_many_does_not_speak_for_all(self):
        series = noise(20, 120)
        series[0] += 9.0 * pattern(12, 120)
        assert detect_seasonal_periods(Panel.from_arrays(series)) == ()


class TestSeason:
    @pytest.mark.parametrize("period", USUAL_CANDIDATES[:-4])
    @pytest.mark.parametrize("n_series", [1, 8])
    def test_each_usual_period_is_found(self, period, n_series):
        n = 8 * period + 3
        series = 2.5 * pattern(period, n, period) + noise(n_series, n)
        assert detect_seasonal_periods(Panel.from_arrays(series)) == (period,)

    @pytest.mark.parametrize("wander", [0.0, 1.0])
    def test_under_a_trend_that_wanders(self, wander):
        n = 240
        walk = wander * noise(12, n).cumsum(axis=1)
        series = 3.0 * pattern(12, n) + walk + noise(12, n, 3) + 0.2 * np.arange(n)
        assert detect_seasonal_periods(Panel.from_arrays(series)) == (12,)

    def test_a_season_that_grows_with_the_level(self):
        n = 96
        level = np.exp(0.06 * np.arange(n))
        series = level * np.exp(0.2 * pattern(4, n) + 0.1 * noise(10, n))
        assert detect_seasonal_periods(Panel.from_arrays(series)) == (4,)

    def test_a_week_beside_the_day(self):
        n = 24 * 7 * 6
        day = 3.0 * np.sin(2 * np.pi * np.arange(n) / 24)
        weekend = 2.0 * (np.arange(n) // 24 % 7 >= 5)
        for n_series in (1, 10):
            series = 20.0 + day + weekend + noise(n_series, n)
            assert detect_seasonal_periods(Panel.from_arrays(series)) == (24, 168)
            series = 20.0 + day + noise(n_series, n)
            assert detect_seasonal_periods(Panel.from_arrays(series)) == (24,)

    def test_a_third_of_the_series_is_enough(self):
        series = noise(90, 144)
        series[:30] += 3.0 * pattern(12, 144)
        assert detect_seasonal_periods(Panel.from_arrays(series)) == (12,)

    def test_through_gaps_and_outliers(self):
        n = 150
        series = 20.0 + 2.5 * pattern(12, n) + noise(8, n)
        series[:, 37:49] = np.nan
        series[np.random.default_rng(3).random((8, n)) < 0.2] = np.nan
        series[:, 0], series[:, 60] = 20.0, 300.0
        assert detect_seasonal_periods(Panel.from_arrays(series)) == (12,)

    def test_of_series_of_unequal_lengths_most_must_be_long_enough(self):
        year = 3.0 * np.sin(2 * np.pi * np.arange(120) / 12)  # no half years, which 6 would find
        long, short = list(year + noise(5, 120)), list(year[:30] + noise(6, 30))
        assert detect_seasonal_periods(Panel.from_arrays([*long, *short[:5]])) == (12,)
        assert detect_seasonal_periods(Panel.from_arrays([*long, *short])) == ()

    def test_other_candidates(self):
        series = Panel.from_arrays(3.0 * pattern(11, 121) + noise(5, 121))
        assert detect_seasonal_periods(series) == ()
        assert detect_seasonal_periods(series, range(2, 20)) == (11,)
        assert detect_seasonal_periods(series, []) == ()


@given(
    st.floats(1e-6, 1e6).flatmap(lambda s: st.sampled_from([s, -s])),
    st.sampled_from([4, 12]),
    st.integers(0, 9),
)
def test_units_do_not_matter(scale, period, seed):
    series = 3.0 * pattern(period, 100, seed) + noise(4, 100, seed)
    plain = detect_seasonal_periods(Panel.from_arrays(series))
    assert detect_seasonal_periods(Panel.from_arrays(scale * series)) == plain


@given(st.integers(0, 99))
def test_the_order_of_series_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    series = [rng.normal(size=rng.integers(10, 80)).cumsum() + pattern(4, 80)[0] for _ in range(7)]
    series[:3] = [y + 2.0 * pattern(4, y.size) for y in series[:3]]
    plain = detect_seasonal_periods(Panel.from_arrays(series))
    assert detect_seasonal_periods(Panel.from_arrays(series[::-1])) == plain


def test_extreme_values_end_in_an_answer():
    rng = np.random.default_rng(0)
    walk = rng.normal(size=40).cumsum()
    series = [1e300 * walk, 1e-300 * walk, np.exp(20 * walk), [0.0] * 39 + [1e308], [1e-320] * 40]
    with np.errstate(all="raise", under="ignore"):
        assert detect_seasonal_periods(Panel.from_arrays(series)) == ()


def test_of_very_many_values_some_series_are_read(monkeypatch):
    monkeypatch.setattr("esrnn.seasons._MOST_VALUES", 1000)
    series = 3.0 * pattern(4, 60) + noise(200, 60)
    assert detect_seasonal_periods(Panel.from_arrays(series)) == (4,)


@pytest.mark.parametrize("candidates", [[1, 4], [0], [-3]])
def test_candidates_are_periods(candidates):
    with pytest.raises(InputError, match="candidates must be periods of at least 2 steps"):
        detect_seasonal_periods(Panel.from_arrays([np.arange(9.0)]), candidates)


class TestRealData:
    def test_hours(self):
        train, _ = load_m4("hourly", download=False)
        assert detect_seasonal_periods(panel_of(train)) == (24, 168)
        assert detect_seasonal_periods(panel_of(train, step=2)) == (12,)
        assert detect_seasonal_periods(panel_of(train, step=4)) == (6,)

    @pytest.mark.parametrize(
        ("group", "expected"),
        [("yearly", ()), ("quarterly", (4,)), ("monthly", (12,)), ("weekly", (52,)), ("daily", ())],
    )
    def test_m4(self, competition_data_dir, group, expected):
        train, _ = load_m4(group, competition_data_dir, download=False)
        assert detect_seasonal_periods(panel_of(train)) == expected

    @pytest.mark.parametrize(
        ("group", "expected"),
        [("yearly", ()), ("quarterly", (4,)), ("monthly", (12,)), ("other", ())],
    )
    def test_m3(self, competition_data_dir, group, expected):
        train, _ = load_m3(group, competition_data_dir, download=False)
        assert detect_seasonal_periods(panel_of(train)) == expected


class TestMostSeriesShow:
    def test_a_season_that_is_there(self):
        for n_series in (1, 2, 3, 40):
            panel = Panel.from_arrays(2.0 * pattern(7, 120) + noise(n_series, 120))
            assert most_series_show(panel, 7)
            assert not most_series_show(panel, 5)

    @pytest.mark.parametrize("kind", WITHOUT)
    def test_none_where_nothing_is(self, kind):
        rng = np.random.default_rng(3)
        for n in (25, 60, 300):
            panel = Panel.from_arrays([WITHOUT[kind](rng, n) for _ in range(40)])
            assert not most_series_show(panel, 7)

    @pytest.mark.parametrize(("with_season", "shown"), [(4, False), (5, False), (6, True)])
    def test_most_means_more_than_half(self, with_season, shown):
        series = noise(10, 140)
        series[:with_season] += 3.0 * pattern(7, 140)
        assert most_series_show(Panel.from_arrays(series), 7) is shown

    def test_five_weeks_of_many_series_show_it_together(self):
        series = 0.8 * pattern(7, 35) + noise(200, 35)
        assert most_series_show(Panel.from_arrays(series), 7)

    def test_closed_days_and_gaps(self):
        """Sundays without sales, and a tenth of the days missing."""
        rng = np.random.default_rng(4)
        series = np.exp(0.2 * noise(20, 210)) * (np.arange(210) % 7 < 6)
        series[:, 1:][rng.random((20, 209)) < 0.1] = np.nan
        assert most_series_show(Panel.from_arrays(series), 7)

    def test_what_is_too_short_is_not_asked(self):
        long = 3.0 * pattern(7, 140) + noise(3, 140)
        short = list(noise(20, 20))
        assert most_series_show(Panel.from_arrays([*long, *short]), 7)
        assert not most_series_show(Panel.from_arrays(short), 7)
        assert not most_series_show(Panel.from_arrays([]), 7)
