"""The regression on lags: what it recovers, what it must not depend on, hard series."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from competitions.methods import Settings
from competitions.methods.checkpoints import Checkpoints
from competitions.methods.lags import LagSettings, forecast_by_lags, run_lags
from esrnn.panel import Panel
from tests.competitions.tasks import small_task

from .hard_series import HARD

LEVELS = (80, 95)
USUAL = LagSettings(8, 10.0, 0.01)


def _walks(n_series: int, n_obs: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.exp(2 + np.cumsum(rng.normal(0.01, 0.1, n_obs))) for _ in range(n_series)]


def _forecast(series: list[Any], horizon: int, settings: LagSettings = USUAL) -> Any:
    return forecast_by_lags(Panel.from_arrays(series), horizon, LEVELS, settings)


def test_a_season_within_the_window_is_continued() -> None:
    season = np.array([1.0, 5.0, 2.0, 8.0])
    series = [np.tile(season * k, 10) for k in (1, 3, 10)] + [np.tile(season[::-1], 10)]
    # Windows of the first origins are partly padding.
    y_hat, bounds = _forecast(series, 6, LagSettings(5, 10.0, 0.0, origins=20))
    assert_allclose(y_hat[1], 3 * np.tile(season, 2)[:6], rtol=1e-4)
    assert_allclose(y_hat[3], np.tile(season[::-1], 2)[:6], rtol=1e-4)
    assert_allclose(bounds[95][0], bounds[95][1], rtol=1e-3)


def test_weights_are_those_of_a_ridge_regression() -> None:
    rng = np.random.default_rng(4)
    y = np.cumsum(rng.normal(0, 1, 60))  # of both signs, so that no logarithm is taken
    window, horizon, penalty = 4, 2, 0.3
    settings = LagSettings(window, 5.0, penalty)
    # Steps and units as the module's docstring has them, one origin after another.
    change, size = np.abs(np.diff(y)), [np.abs(y[: t + 1]).mean() for t in range(60)]
    usual = change.mean() / size[-1]
    unit = [(change[:t].sum() + 5 * usual * size[t]) / (t + 5) for t in range(60)]
    origins = range(2, 58)
    padded = np.concatenate([np.full(window, y[0]), y])
    windows = np.stack([padded[t + 1 : t + 1 + window] for t in range(60)])
    features = (windows[:, :-1] - y[:, None]) / np.array(unit)[:, None]
    targets = np.stack([(y[t + 1 : t + 1 + horizon] - y[t]) / unit[t] for t in origins])
    some = features[list(origins)]
    # A penalty on scaled features is a share of each one's sum of squares.
    norms = np.sqrt((some**2).sum(axis=0))
    scaled = np.sqrt(penalty) * np.diag(norms)
    rows = np.vstack([np.column_stack([some, np.ones(len(some))]),
                      np.column_stack([scaled, np.zeros(len(norms))])])  # fmt: skip
    weights = np.linalg.lstsq(rows, np.vstack([targets, np.zeros((3, horizon))]), rcond=None)[0]
    expected = y[-1] + unit[-1] * (np.append(features[-1], 1.0) @ weights)
    assert_allclose(_forecast([y], horizon, settings)[0][0], expected, rtol=1e-6)


def test_recent_origins_only() -> None:
    first, then = np.ones(40), np.tile([1.0, 2.0], 20)
    y = np.concatenate([first, then])
    recent, _ = _forecast([y], 2, LagSettings(3, 10.0, 0.0, origins=20))
    whole, _ = _forecast([y], 2, LagSettings(3, 10.0, 0.0))
    assert_allclose(recent[0], [1.0, 2.0], atol=1e-3)
    assert np.abs(whole[0] - [1.0, 2.0]).max() > 0.01


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_units_of_a_series_do_not_matter(sign: float) -> None:
    series = [sign * y for y in _walks(6, 30)]
    y_hat, bounds = _forecast(series, 4)
    scales = 10.0 ** np.arange(-3, 3)
    scaled, scaled_bounds = _forecast([c * y for c, y in zip(scales, series, strict=True)], 4)
    assert_allclose(scaled, scales[:, None] * y_hat, rtol=1e-8)
    assert_allclose(scaled_bounds[95][1], scales[:, None] * bounds[95][1], rtol=1e-8)


def test_series_are_forecast_in_their_order() -> None:
    series = _walks(5, 30)
    y_hat, _ = _forecast(series, 3)
    for i, y in enumerate(series):
        assert np.abs(np.log(y_hat[i] / y[-1])).max() < 0.5


def test_intervals_cover_as_they_say() -> None:
    series = _walks(300, 46)
    _, bounds = _forecast([y[:40] for y in series], 6)
    actual = np.stack([y[40:] for y in series])
    for level, (low, high) in bounds.items():
        inside = ((low <= actual) & (actual <= high)).mean()
        assert inside == pytest.approx(level / 100, abs=0.04)
    widths = np.log(bounds[95][1] / bounds[95][0]).mean(axis=0)
    assert (np.diff(widths) > 0).all()


def test_nothing_to_learn_from_is_the_last_value() -> None:
    y_hat, bounds = _forecast([np.array([3.0, 4.0]), np.array([7.0])], 3)
    assert_allclose(y_hat, [[4.0] * 3, [7.0] * 3])
    assert_allclose(bounds[95][0], y_hat)


def test_a_short_series_learns_from_the_others() -> None:
    growing = [np.exp(0.05 * np.arange(n) + k) for k, n in enumerate((30, 25, 40))]
    y_hat, _ = _forecast([*growing, np.array([2.0, 2.1, 2.2])], 3, LagSettings(2, 10.0, 0.0))
    assert y_hat[3][2] > 2.25


@pytest.mark.parametrize("names", [[name] for name in HARD] + [list(HARD)])
def test_hard_series_get_finite_forecasts(names: list[str]) -> None:
    y_hat, bounds = _forecast([HARD[name] for name in names], 5)
    assert np.isfinite([y_hat, *bounds[80], *bounds[95]]).all()
    low, high = bounds[95]
    assert (low <= high).all()


def test_zeros_stay_zeros_among_others() -> None:
    y_hat, bounds = _forecast([*[-y for y in _walks(5, 30)], np.zeros(30)], 3)
    assert_array_equal(y_hat[-1], 0.0)
    assert_array_equal(bounds[95][0][-1], 0.0)


def test_a_run_reads_the_training_part_only() -> None:
    data = small_task()
    result = run_lags(data, Settings(), Checkpoints(None))
    assert np.isfinite(result.forecasts[["y_hat", "lo-95", "hi-95"]].to_numpy()).all()
    data.test["y"] = np.nan
    assert run_lags(data, Settings(), Checkpoints(None)).forecasts.equals(result.forecasts)
