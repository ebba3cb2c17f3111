"""Models of each series by itself, mixed into the forecasts of networks."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from esrnn.config import ModelConfig, preset_config
from esrnn.ensemble import Ensemble, fit_ensemble
from esrnn.ensemble.combine import moved_to
from esrnn.ensemble.own_errors import calibrated_on_own_errors
from esrnn.errors import InputError
from esrnn.local_models import forecast_locally
from esrnn.panel import Panel
from tests.hybrids import HERE, random_panel

LENGTHS, H = [30, 41, 25, 60, 33, 1], 4
WEIGHTS = (("theta", 0.3), ("damped_trend", 0.1))


def with_local(ensemble: Ensemble, *models: tuple[str, float]) -> Ensemble:
    config = ensemble.config
    own = replace(config, ensemble=replace(config.ensemble, local_models=models))
    return replace(ensemble, config=own)


@pytest.fixture(scope="module")
def networks() -> tuple[Ensemble, Panel]:
    """Networks trained on positive and signed series."""
    panel = random_panel(0, LENGTHS)
    values = panel.values.copy()
    values[panel.indptr[1] : panel.indptr[3]] -= 100.0
    panel = Panel(values, panel.indptr, panel.ids)
    config = preset_config("quarterly", H, n_members=2, n_epochs=2, hidden_size=4)
    return fit_ensemble(panel, config, seed=1, options=HERE), panel


def test_the_median_is_a_weighted_mean_and_the_spread_that_of_the_networks(
    networks: tuple[Ensemble, Panel],
) -> None:
    plain, panel = networks
    before, after = plain.forecast(panel), with_local(plain, *WEIGHTS).forecast(panel)
    theta, damped = (forecast_locally(panel, H, name, 4).mean for name, _ in WEIGHTS)
    assert_allclose(after[1], 0.6 * before[1] + 0.3 * theta + 0.1 * damped, rtol=1e-9)
    additive = plain.smoothing.additive
    assert 0 < additive.sum() < additive.size
    assert_allclose(np.diff(after[:, additive], axis=0), np.diff(before[:, additive], axis=0))
    rest = ~additive
    ratios = [quantiles[1:, rest] / quantiles[:-1, rest] for quantiles in (before, after)]
    assert_allclose(*ratios, rtol=1e-9)


def test_other_series_are_served_and_each_by_itself(networks: tuple[Ensemble, Panel]) -> None:
    ensemble, panel = with_local(networks[0], *WEIGHTS), networks[1]
    new = ensemble.for_new_series(panel)
    whole = new.forecast(panel)
    for k in (0, 1, 3):
        alone = panel.subset(np.array([k]))
        assert_array_equal(ensemble.for_new_series(alone).forecast(alone)[:, 0], whole[:, k])
    longer = new.forecast(panel, horizon=2 * H + 1)
    assert_array_equal(longer[:, :, :H], whole)
    assert np.isfinite(longer).all()


def test_intervals_are_calibrated_on_errors_of_the_mixture(
    networks: tuple[Ensemble, Panel],
) -> None:
    new = random_panel(7, [40] * 12)
    plain = networks[0].for_new_series(new)
    mixed = with_local(plain, ("theta", 0.9))
    own, without = (calibrated_on_own_errors(one, new) for one in (mixed, plain))
    scores, others = (one.members[0].holdout.scores for one in (own, without))
    assert scores.shape == others.shape
    assert not np.allclose(scores, others)
    assert_array_equal(own.forecast(new)[1], mixed.forecast(new)[1])


def test_a_positive_series_that_falls_stays_positive(networks: tuple[Ensemble, Panel]) -> None:
    falling = Panel.from_arrays([np.linspace(50.0, 1.0, 30)])
    assert forecast_locally(falling, H, "theta").mean.min() < 0.0
    ensemble = with_local(networks[0], ("theta", 0.9)).for_new_series(falling)
    quantiles = ensemble.forecast(falling)
    assert (quantiles > 0.0).all()
    assert (np.diff(quantiles, axis=0) >= 0.0).all()


@given(
    quantiles=st.lists(st.floats(1e-3, 1e6), min_size=3, max_size=3).map(sorted),
    median=st.floats(1e-3, 1e6),
    additive=st.booleans(),
)
def test_quantiles_stay_in_order_around_another_median(
    quantiles: list[float], median: float, additive: bool
) -> None:
    before = np.array(quantiles)[:, None, None]
    after = moved_to(before, np.full((1, 1), median), np.array([additive])).ravel()
    assert_allclose(after[1], median)
    assert (np.diff(after) >= -1e-9 * np.abs(after).max()).all()
    assert additive or (after > 0.0).all()


def test_settings_survive_json() -> None:
    config = preset_config("quarterly", H, local_models=WEIGHTS)
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    older = config.to_dict()
    del older["ensemble"]["local_models"]  # of a model that was saved before there were any
    assert ModelConfig.from_dict(older).ensemble.local_models == ()


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ((("ets", 0.3),), "some of .*'theta'.*; got"),
        ((("theta", 1.0),), "together below 1"),
        ((("theta", 0.5), ("damped_trend", 0.5)), "together below 1"),
        ((("theta", 0.0),), "weights above 0"),
        ((("theta", float("nan")),), "weights above 0"),
        ((("theta", "0.3"),), "weights above 0"),
        ((("theta", 0.2), ("theta", 0.3)), "weights above 0"),
    ],
)
def test_what_are_no_weights_is_refused(models: tuple[object, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        preset_config("quarterly", H, local_models=models)
