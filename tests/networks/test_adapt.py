"""Networks for less than they can do."""

import numpy as np
import pytest

from esrnn import ESRNN
from esrnn.config import preset_config
from esrnn.ensemble import Ensemble, TrainingOptions, fit_ensemble
from esrnn.errors import InputError
from esrnn.networks import adapt
from esrnn.panel import Panel
from tests.networks.shipped import H

RNG = np.random.default_rng(5)
PANEL = Panel.from_arrays(
    [
        10.0 * np.exp(RNG.normal(0.0, 0.1, 50).cumsum()),
        [3.0],
        [4.0, 6.0],
        RNG.normal(size=30),
        RNG.poisson(0.7, 44).astype(float),
        np.where(np.arange(31) % 5 == 3, np.nan, 7.0 + RNG.random(31)),
        np.full(20, 4.0),
    ]
)


@pytest.fixture(scope="module")
def whole(pretrained: ESRNN) -> Ensemble:
    return pretrained.pretrained_.ensemble


@pytest.mark.parametrize("horizon", range(1, H + 1))
def test_the_first_steps_are_forecast_bit_for_bit_as_before(whole: Ensemble, horizon: int) -> None:
    expected = whole.for_new_series(PANEL).forecast(PANEL)[:, :, :horizon]
    short = adapt(whole, horizon=horizon).for_new_series(PANEL)
    np.testing.assert_array_equal(short.forecast(PANEL), expected)


@pytest.mark.parametrize("preset", ["yearly", "quarterly", "weekly", "daily", "hourly", "generic"])
def test_networks_of_every_preset_can_be_cut(preset: str) -> None:
    few = {"n_members": 2, "n_epochs": 1, "hidden_size": 4, "calibration": 0.0}
    config = preset_config(preset, 5, **few)
    series = [np.exp(RNG.normal(0.0, 0.1, 60).cumsum()), RNG.normal(size=45)]
    panel = Panel.from_arrays(series)
    ensemble = fit_ensemble(panel, config, seed=0, options=TrainingOptions(n_jobs=1))
    expected = ensemble.for_new_series(PANEL).forecast(PANEL)[:, :, :3]
    short = adapt(ensemble, horizon=3).for_new_series(PANEL)
    np.testing.assert_array_equal(short.forecast(PANEL), expected)


def test_fewer_members(whole: Ensemble) -> None:
    one = adapt(whole, n_members=1).for_new_series(PANEL)
    assert (one.config.ensemble.n_members, len(one.members)) == (1, 1)
    own = whole.for_new_series(PANEL).quantiles_by_member(PANEL)
    np.testing.assert_array_equal(one.quantiles_by_member(PANEL), own[:1])


def test_another_form(whole: Ensemble) -> None:
    additive = adapt(whole, seasonality="additive").for_new_series(PANEL)
    assert all(member.smoothing.additive.all() for member in additive.members)
    assert np.isfinite(additive.forecast(PANEL)).all()


@pytest.mark.parametrize("wanted", [{"horizon": 0}, {"horizon": 7}, {"n_members": 3}])
def test_more_than_there_is_is_refused(whole: Ensemble, wanted: dict[str, int]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wanted))} must be from 1 to"):
        adapt(whole, **wanted)
