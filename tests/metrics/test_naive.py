"""Naive, sNaive and Naive2: M4's published values, plain loops, and data that M4 has not."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.datasets import load_m4
from esrnn.errors import InputError, InputTypeError
from esrnn.metrics import (
    is_seasonal,
    mase,
    naive,
    naive2,
    owa,
    seasonal_naive,
    seasonal_scale,
    smape,
)

from .panels import flat, matrix

# Group, M4's period, sMAPE and MASE of Naive2: published, but for quarterly, where it is R's value
# on the 14,950 ids that the data folder holds.
NAIVE2 = [
    ("hourly", 24, 18.383, 2.395),
    ("weekly", 1, 9.161, 2.777),
    ("yearly", 1, 16.342, 3.974),
    ("quarterly", 4, 11.354, 1.299),
]


def loop_naive2(x: np.ndarray, horizon: int, period: int) -> np.ndarray:
    """Naive2 of one positive, complete series, written as one reads M4's definition."""
    n = len(x)
    if not loop_is_seasonal(x, period):
        return np.full(horizon, x[-1])
    half = period // 2
    ratios: list[list[float]] = [[] for _ in range(period)]
    for t in range(half, n - half):
        window = x[t - half : t + half + 1]
        total = window.sum()
        if period % 2 == 0:
            total -= (window[0] + window[-1]) / 2
        ratios[t % period].append(x[t] / (total / period))
    indices = np.array([np.mean(r) for r in ratios])
    indices /= indices.mean()
    adjusted = x[-1] / indices[(n - 1) % period]
    return np.array([adjusted * indices[(n + h) % period] for h in range(horizon)])


def loop_is_seasonal(x: np.ndarray, period: int) -> bool:
    n = len(x)
    if period == 1 or n < 3 * period or period > math.floor(10 * math.log10(n)):
        return False
    centred = x - x.mean()
    variance = sum(centred**2)
    if variance == 0:
        return False
    r = [sum(centred[k:] * centred[: n - k]) / variance for k in range(1, period + 1)]
    limit = 1.645 / math.sqrt(n) * math.sqrt(1 + 2 * sum(v**2 for v in r[:-1]))
    return bool(abs(r[-1]) > limit)


@st.composite
def positive_panels(draw: st.DrawFn) -> tuple[list[np.ndarray], int]:
    period = draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    series = []
    for _ in range(draw(st.integers(1, 6))):
        n = int(rng.integers(1, 60))
        season = rng.uniform(1.0, 1.0 + rng.uniform(0, 2), size=period)
        series.append(season[np.arange(n) % period] * rng.uniform(5, 6, size=n))
    return series, period


def joined(series: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate(series), np.concatenate([[0], np.cumsum([len(s) for s in series])])


@pytest.mark.parametrize(("group", "period", "expected_smape", "expected_mase"), NAIVE2)
def test_naive2_has_its_published_accuracy(
    group: str,
    period: int,
    expected_smape: float,
    expected_mase: float,
    request: pytest.FixtureRequest,
) -> None:
    # Hourly ships with the package, so this holds on every machine.
    folder = None if group == "hourly" else request.getfixturevalue("competition_data_dir")
    train, test = load_m4(group, folder)
    values, indptr = flat(train)
    y = matrix(test, len(indptr) - 1)
    y_hat = naive2(values, y.shape[1], period, indptr=indptr)
    scale = seasonal_scale(values, period, indptr=indptr)
    assert round(smape(y, y_hat), 3) == expected_smape
    assert round(mase(y, y_hat, scale=scale), 3) == expected_mase
    if group == "quarterly":
        assert len(y) == 14950


def test_hourly_naive_and_seasonal_naive_have_their_published_accuracy() -> None:
    train, test = load_m4("hourly")
    values, indptr = flat(train)
    y = matrix(test, 414)
    scale = seasonal_scale(values, 24, indptr=indptr)
    benchmark = naive2(values, 48, 24, indptr=indptr)
    y_hat = seasonal_naive(values, 48, 24, indptr=indptr)
    assert round(smape(y, y_hat), 3) == 13.912
    assert round(mase(y, y_hat, scale=scale), 3) == 1.193
    assert owa(y, y_hat, benchmark=benchmark, scale=scale) == pytest.approx(0.6275, abs=1e-4)
    last = naive(values, 48, indptr=indptr)
    assert round(smape(y, last), 3) == 43.003
    assert round(mase(y, last, scale=scale), 3) == 11.608
    assert is_seasonal(values, 24, indptr=indptr).sum() == 413


@given(positive_panels(), st.integers(1, 9))
def test_naive2_is_the_loop(panel: tuple[list[np.ndarray], int], horizon: int) -> None:
    series, period = panel
    values, indptr = joined(series)
    got = naive2(values, horizon, period, indptr=indptr)
    assert_allclose(got, [loop_naive2(s, horizon, period) for s in series], rtol=1e-10)
    expected = [loop_is_seasonal(s, period) for s in series]
    assert is_seasonal(values, period, indptr=indptr).tolist() == expected


@given(positive_panels(), st.sampled_from([2.0**-300, 2.0**300]))
def test_naive2_follows_the_unit(panel: tuple[list[np.ndarray], int], factor: float) -> None:
    series, period = panel
    values, indptr = joined(series)
    assert_allclose(
        naive2(factor * values, 5, period, indptr=indptr),
        factor * naive2(values, 5, period, indptr=indptr),
        rtol=1e-12,
    )


@given(positive_panels())
def test_a_series_is_forecast_alike_alone_and_in_a_panel(
    panel: tuple[list[np.ndarray], int],
) -> None:
    series, period = panel
    values, indptr = joined(series)
    for forecast in (naive2, seasonal_naive):
        together = forecast(values, 4, period, indptr=indptr)
        assert_array_equal(together, [forecast(s, 4, period) for s in series])
    together = naive(values, 4, indptr=indptr)
    assert_array_equal(together, [naive(s, 4) for s in series])


def test_the_generated_panels_hold_seasonal_and_other_series() -> None:
    # Otherwise the properties above would prove nothing.
    rng = np.random.default_rng(3)
    season = np.tile([1.0, 2.0, 4.0, 3.0], 8)
    assert is_seasonal(season, 4).tolist() == [True]
    assert is_seasonal(rng.uniform(5, 6, size=32), 4).tolist() == [False]


def test_seasonality_is_not_tested_where_r_does_not() -> None:
    peaks = np.tile([9.0] + [1.0] * 11, 3)
    assert is_seasonal(peaks, 12)[0]
    assert not is_seasonal(peaks[:-1], 12)[0]  # n < 3 m
    weekly = np.tile(np.arange(1.0, 53.0), 5)  # lag 52 > 10 log10(260) = 24
    assert not is_seasonal(weekly, 52)[0]
    assert_array_equal(naive2(weekly, 3, 52), [52.0, 52.0, 52.0])


@pytest.mark.parametrize("value", [0.1, 7.0, 0.0, -3.3])
def test_constant_series_stay_constant(value: float) -> None:
    x = np.full(61, value)
    assert not is_seasonal(x, 4)[0]
    for y_hat in (naive(x, 6), seasonal_naive(x, 6, 4), naive2(x, 6, 4)):
        assert_array_equal(y_hat, np.full(6, value))


def test_seasonal_naive_of_a_short_series() -> None:
    # Two of the four places in the season were observed; the last value stands in for the others.
    assert_array_equal(seasonal_naive([5.0, 7.0], 6, 4), [7.0, 7.0, 5.0, 7.0, 7.0, 7.0])


def test_seasonal_naive_looks_back_over_gaps() -> None:
    x = [1.0, 2.0, 3.0, np.nan, np.nan, 6.0]
    assert_array_equal(seasonal_naive(x, 4, 2), [3.0, 6.0, 3.0, 6.0])
    never = [np.nan, 2.0, np.nan, 4.0, np.nan]
    assert_array_equal(seasonal_naive(never, 3, 2), [4.0, 4.0, 4.0])
    assert_array_equal(naive(never, 2), [4.0, 4.0])


def test_naive2_fills_gaps_and_keeps_the_place_in_the_season() -> None:
    x = np.tile([10.0, 20.0, 40.0, 30.0], 10)
    x[[5, 39]] = np.nan  # the last observation is a 40, third in its season
    assert_allclose(naive2(x, 5, 4), [10.0, 20.0, 40.0, 30.0, 10.0], rtol=0.05)
    assert np.isfinite(naive2(np.append(np.nan, x), 5, 4)).all()


def test_naive2_of_series_with_zeros_is_additive() -> None:
    x = np.tile([0.0, 2.0, 4.0, 0.0], 10)
    assert_allclose(naive2(x, 5, 4), [0.0, 2.0, 4.0, 0.0, 0.0], atol=1e-12)
    assert_allclose(naive2(-x, 5, 4), [0.0, -2.0, -4.0, 0.0, 0.0], atol=1e-12)
    both = np.concatenate([x, x + 1])
    expected = [naive2(x, 3, 4), naive2(x + 1, 3, 4)]
    assert_array_equal(naive2(both, 3, 4, indptr=[0, 40, 80]), expected)


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_extreme_sizes_neither_overflow_nor_vanish(size: float) -> None:
    x = size * np.tile([1.0, 2.0, 4.0, 3.0], 10)
    assert is_seasonal(x, 4)[0]
    assert_allclose(naive2(x, 4, 4), x[:4], rtol=1e-12)


def test_series_without_an_observation_are_refused() -> None:
    values, indptr = [1.0, np.nan, 2.0], [0, 0, 1, 2, 3]
    for forecast in (
        lambda: naive(values, 2, indptr=indptr),
        lambda: seasonal_naive(values, 2, 4, indptr=indptr),
        lambda: naive2(values, 2, 4, indptr=indptr),
        lambda: is_seasonal(values, 4, indptr=indptr),
    ):
        with pytest.raises(InputError, match=r"2 found: series 0; series 2 "):
            forecast()
    with pytest.raises(InputError, match="must have an observation"):
        naive([], 1)


@pytest.mark.parametrize("horizon", [0, -1, 2.0, "3"])
def test_what_is_no_horizon_is_refused(horizon: object) -> None:
    with pytest.raises((InputError, InputTypeError), match="horizon must be"):
        naive([1.0], horizon)


def test_read_only_values_are_taken_and_left_alone() -> None:
    x = np.tile([1.0, 2.0, 4.0, np.nan], 5)
    x.flags.writeable = False
    for y_hat in (naive(x, 2), seasonal_naive(x, 2, 4), naive2(x, 2, 4)):
        assert y_hat.flags.writeable
        assert np.isfinite(y_hat).all()


def test_no_series_have_no_forecasts() -> None:
    assert naive([], 3, indptr=[0]).shape == (0, 3)
    assert seasonal_naive([], 3, 4, indptr=[0]).shape == (0, 3)
    assert naive2([], 3, 4, indptr=[0]).shape == (0, 3)
