"""Intervals of series with few observations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from esrnn.config import ModelConfig, preset_config
from esrnn.ensemble import Ensemble, ensemble_arrays, ensemble_from_arrays, fit_ensemble
from esrnn.panel import Panel
from tests.hybrids import HERE, random_panel

H = 6


def settings(**overrides: object) -> ModelConfig:
    few = {"n_members": 2, "n_epochs": 2, "hidden_size": 4, "calibration": 0.5, "kinds": ()}
    return preset_config("quarterly", H, **{**few, **overrides})


def walks(seed: int, n_series: int, n: int) -> np.ndarray:
    """Return seasonal random walks, some calm and some wild."""
    rng = np.random.default_rng(seed)
    size = rng.choice([0.02, 0.05, 0.1], size=(n_series, 1))
    season = np.tile(rng.normal(0.0, 0.1, (n_series, 4)), n // 4 + 1)[:, :n]
    return np.exp(3.0 + np.cumsum(size * rng.normal(size=(n_series, n)), axis=1) + season)


@pytest.fixture(scope="module")
def trained() -> Ensemble:
    panel = Panel.from_arrays(walks(0, 120, 40))
    return fit_ensemble(panel, settings(), seed=0, options=HERE)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_a_few_observations_cover(trained: Ensemble, n: int) -> None:
    y = walks(1, 300, n + H)
    new = Panel.from_arrays(y[:, :n])
    low, _, high = trained.for_new_series(new).forecast(new)
    covered = ((low <= y[:, n:]) & (y[:, n:] <= high)).mean()
    assert 0.92 < covered < 0.99
    if n == 1:  # the calibration of long histories does not do
        before = replace(trained, short_histories=None)
        low, _, high = before.for_new_series(new).forecast(new)
        assert ((low <= y[:, n:]) & (y[:, n:] <= high)).mean() < 0.9


def test_intervals_grow_as_the_history_shrinks(trained: Ensemble) -> None:
    y, widths = walks(2, 200, 30), []
    for n in (1, 3, 12):
        new = Panel.from_arrays(y[:, -n:])
        low, _, high = trained.for_new_series(new).forecast(new)
        widths.append(np.log(high / low).mean())
    assert (np.diff(widths) < 0.0).all()


def test_long_histories_keep_their_intervals(trained: Ensemble) -> None:
    new = Panel.from_arrays(walks(3, 10, 12))
    assert trained.short_histories is not None
    assert trained.short_histories.enough == 12
    one, two = (
        ensemble.for_new_series(new).forecast(new, horizon=2 * H)
        for ensemble in (trained, replace(trained, short_histories=None))
    )
    assert_array_equal(one, two)


def test_gaps_are_no_observations(trained: Ensemble) -> None:
    y = np.full(20, np.nan)
    y[[0, 19]] = 20.0, 21.0
    new, short = Panel.from_arrays([y]), Panel.from_arrays([y[[0, 19]]])
    fitted = trained.for_new_series(new)
    wide = np.log(np.divide(*fitted.forecast(new)[[2, 0], 0]))
    usual = replace(fitted, short_histories=None).forecast(new)[[2, 0], 0]
    assert (wide > 1.3 * np.log(np.divide(*usual))).all()
    assert np.isfinite(trained.for_new_series(short).forecast(short)).all()


def test_further_steps_are_as_unsure_as_the_history_is_short(trained: Ensemble) -> None:
    new = Panel.from_arrays([[20.0]])
    low, _, high = trained.for_new_series(new).forecast(new, horizon=4 * H)[:, 0]
    assert (np.diff(np.log(high / low)[H - 1 :: H]) > 0.0).all()


@pytest.mark.parametrize("history", [[0.0], [-5.0], [4.0], [0.0, 0.0, 0.0], [-2.0] * 11], ids=str)
@pytest.mark.parametrize("panel", ["positive", "signed"])
def test_what_has_not_moved_is_not_forecast_with_certainty(
    trained: Ensemble, history: list[float], panel: str
) -> None:
    if panel == "signed":
        config = settings(n_members=1, n_epochs=1)
        trained = fit_ensemble(random_panel(0, [30] * 6, signed=True), config, seed=0, options=HERE)
    trained = replace(
        trained,
        config=replace(
            trained.config, smoothing=replace(trained.config.smoothing, seasonality="additive")
        ),
    )
    new = Panel.from_arrays([history])
    low, middle, high = trained.for_new_series(new).forecast(new, horizon=2 * H)
    assert np.isfinite(middle).all()
    assert (low < middle).all()
    assert (middle < high).all()


def test_models_that_were_saved_without_keep_their_intervals(trained: Ensemble) -> None:
    arrays, new = ensemble_arrays(trained), Panel.from_arrays(walks(4, 3, 2))
    back = ensemble_from_arrays(trained.config, arrays)
    assert_array_equal(
        back.for_new_series(new).forecast(new), trained.for_new_series(new).forecast(new)
    )
    older = {name: a for name, a in arrays.items() if not name.startswith("short_histories")}
    without = ensemble_from_arrays(trained.config, older)
    assert without.short_histories is None
    expected = replace(trained, short_histories=None).for_new_series(new).forecast(new)
    assert_array_equal(without.for_new_series(new).forecast(new), expected)


def test_without_calibration_nothing_is_widened() -> None:
    panel = random_panel(0, [30] * 6)
    assert fit_ensemble(panel, settings(calibration=0.0), options=HERE).short_histories is None


def test_training_further_without_new_horizons_keeps_the_calibration(trained: Ensemble) -> None:
    panel = Panel.from_arrays(walks(5, 4, 9))
    moved = trained.for_new_series(panel)
    further = fit_ensemble(panel, settings(n_epochs=1), start=moved, seed=0, options=HERE)
    if not any(member.holdout.series.size for member in further.members):
        assert further.short_histories is trained.short_histories
