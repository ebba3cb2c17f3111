"""How wide intervals are after short histories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from esrnn._typing import FloatArray
from esrnn.config import ModelConfig, preset_config
from esrnn.quantiles.short_histories import (
    ShortHistories,
    calibrate_short_histories,
    lengths_to_calibrate,
    spread_out,
)

LEVELS = (0.025, 0.5, 0.975)
USUAL = np.array([1.1, 1.0, 0.9])


def quarterly(**overrides: object) -> ModelConfig:
    return preset_config("quarterly", 8, quantile_levels=LEVELS, **overrides)


def calibrated(
    sizes: list[float], n: int = 4000, config: ModelConfig | None = None
) -> ShortHistories:
    """Calibrate on normal errors of these sizes, over those that networks expect."""
    rng, config = np.random.default_rng(0), config or quarterly()
    scores: list[FloatArray] = []
    for size in sizes:
        z = size * rng.normal(size=n) / 1.96
        scores.append(np.stack([-z, np.full(n, np.nan), z]))
    spacing = [np.broadcast_to([[1.0], [0.0], [1.0]], (3, n))] * len(sizes)
    return calibrate_short_histories(scores, spacing, [np.ones(n)] * len(sizes), USUAL, config)


def test_factors_give_the_levels_after_each_length() -> None:
    sizes = [4.0, 3.0, 2.5, 2.0, 2.0, 1.5]
    short = calibrated(sizes)
    np.testing.assert_allclose(short.factors[:, 2], sizes, rtol=0.08)
    np.testing.assert_allclose(short.factors[:, 0], sizes, rtol=0.08)
    assert (short.factors[:, 1] == 1.0).all()


def test_widths_do_not_grow_with_the_length_but_where_a_season_begins() -> None:
    short = calibrated([2.0, 3.0, 1.5, 1.5, 2.5, 2.0])  # a season of four is seen from five on
    assert_array_equal(short.lengths, [1, 2, 3, 5, 6, 8])
    np.testing.assert_allclose(short.factors[:, 2], [3.0, 3.0, 1.5, 2.5, 2.5, 2.0], rtol=0.08)


def test_short_histories_are_never_taken_for_long_ones() -> None:
    short = calibrated([0.1] * 6)
    assert (np.diff(short.factors[:3], axis=0) <= 0.0).all()
    assert (short.factors[:, [0, 2]] > np.maximum(USUAL[[0, 2]], 1.0)).all()


def test_where_little_was_held_back_widths_are_the_usual_ones() -> None:
    short = calibrated([9.0] * 6, n=100)
    assert (np.diff(short.factors[:, 0]) <= 0.0).all()
    assert short.factors[0, 2] == pytest.approx(2.2 * 0.9)
    assert (short.powers == 0.5).all()


def test_a_point_forecast_has_nothing_to_widen() -> None:
    config = preset_config("quarterly", 8, quantile_levels=(0.5,))
    none = [np.empty((1, 0))] * 6
    short = calibrate_short_histories(none, none, [np.empty(0)] * 6, np.ones(1), config)
    assert (short.factors == 1.0).all()


@pytest.mark.parametrize("preset", ["hourly", "daily", "weekly", "monthly", "quarterly", "yearly"])
def test_no_series_of_m4_is_short(preset: str) -> None:
    least = {"hourly": 700, "daily": 93, "weekly": 80, "monthly": 42, "quarterly": 16, "yearly": 13}
    lengths, enough = lengths_to_calibrate(preset_config(preset))
    assert lengths[0] == 1
    assert (np.diff(lengths) > 0).all()
    assert lengths[-1] < enough <= least[preset]


def test_enough_fills_the_longest_input_window() -> None:
    config = quarterly()
    wide = replace(config, ensemble=replace(config.ensemble, input_windows=(8, 40)))
    assert lengths_to_calibrate(wide)[1] == 40


def test_what_has_not_moved_is_spread_around_its_median() -> None:
    spread = spread_out(np.full((3, 2, 4), 5.0), LEVELS, np.array([1.0, 2.0]), 0.5)
    assert (spread[1] == 5.0).all()
    np.testing.assert_allclose(spread[2] - 5.0, 5.0 - spread[0])
    np.testing.assert_allclose(spread[2, 1] - 5.0, 2.0 * (spread[2, 0] - 5.0))
    assert (np.diff(spread[2]) > 0.0).all()


def test_a_wild_series_has_intervals_a_quarter_wider_at_most() -> None:
    short = ShortHistories(
        np.array([1, 3]), np.array([0.0, 1.0]), np.array([[2.0, 1.0, 2.5], [1.5, 1.0, 1.5]]), 12
    )
    widths = short.widths(np.ones((3, 4)), np.full(4, 5), np.array([0.5, 1.0, 1.2, 10.0]))
    np.testing.assert_allclose(widths[0], 1.5 * np.array([0.5, 1.0, 1.2, 1.25]))
