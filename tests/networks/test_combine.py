"""The mean of networks that come with the package and of others that are trained on the panel."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.config import FineTuning
from esrnn.errors import InputError
from esrnn.networks import Way
from tests.estimator.frames import months, panel_of, wave
from tests.networks.shipped import LEVELS, MANY, OWN, H
from tests.networks.test_start import FH, assert_alike, forecasts, weights

QUICK = {"n_epochs": 1, "n_members": 1, "hidden_size": 3, "n_jobs": 1, "random_state": 3}
BOTH = {"strategy": "combine", **QUICK}
NEW = panel_of({"x": [8.0, 8.5], "new": wave(2, 9.0)}, months(42)[-2:])


@pytest.fixture
def combined(shipped: Path) -> ESRNN:
    return ESRNN(**BOTH).fit(OWN, fh=FH)


def parts(y: pd.DataFrame, **more: object) -> tuple[ESRNN, ESRNN]:
    """Return what is combined: networks of the package, and others trained on the panel."""
    own = ESRNN(**{**QUICK, "strategy": "train", "quantile_levels": LEVELS, **more})
    return ESRNN(n_members=1).fit(y, fh=FH), own.fit(y, fh=FH)


def test_forecasts_are_the_mean_of_both(combined: ESRNN) -> None:
    zero, own = parts(OWN)
    assert combined.strategy_ == "combine"
    for levels in ([0.025, 0.5], [0.1, 0.9]):
        found, one, other = (
            f.predict_quantiles(alpha=levels).to_numpy() for f in (combined, zero, own)
        )
        np.testing.assert_allclose(found, 0.5 * one + 0.5 * other, rtol=1e-12)
    within = [f.predict(fh=[-3, 0]).to_numpy() for f in (combined, zero, own)]
    np.testing.assert_allclose(within[0], 0.5 * within[1] + 0.5 * within[2], rtol=1e-12)
    between = combined.predict_interval(coverage=[0.5, 0.6, 0.9, 0.99]).to_numpy()
    assert (np.diff(between[:, [6, 4, 2, 0, 1, 3, 5, 7]], axis=1) >= 0.0).all()


def test_the_weight_is_the_rules(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Way("combine", "as a test", weight=0.2)
    monkeypatch.setattr("esrnn.forecaster.starting.choose_way", lambda facts: chosen)
    combined = ESRNN(n_members=1, n_jobs=1, time_budget=0.01).fit(OWN, fh=FH)
    assert combined.strategy_ == "combine"
    assert combined._fitted.model.partner.weight == 0.2
    zero = ESRNN(n_members=1, strategy="zero_shot").fit(OWN, fh=FH)
    own = combined.ensemble_.forecast(combined._fitted.framed.panel)
    other = zero.ensemble_.forecast(zero._fitted.framed.panel)
    middle = 0.8 * own[2] + 0.2 * other[2]
    np.testing.assert_allclose(combined.predict().to_numpy().ravel(), middle.ravel(), rtol=1e-12)


def test_the_networks_of_the_package_may_be_tuned(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = FineTuning(n_steps=2, keep=0.0)
    monkeypatch.setattr("esrnn.forecaster.fit_model.fine_tuning_of", lambda preset: recipe)
    chosen = Way("combine", "as a test", tuned=True)
    monkeypatch.setattr("esrnn.forecaster.starting.choose_way", lambda facts: chosen)
    combined = ESRNN(n_members=1, n_jobs=1, time_budget=0.01, random_state=1).fit(OWN, fh=FH)
    tuned = combined._fitted.model.partner.ensemble.members[0].network.weights
    before = ESRNN(n_members=1, strategy="zero_shot").fit(OWN).ensemble_.members[0].network.weights
    assert any((tuned[name] != weight).any() for name, weight in before.items())


def test_settings_are_those_of_the_networks_that_are_trained(combined: ESRNN) -> None:
    assert combined.config_.network.hidden_size == 3
    assert combined.config_.network.quantile_levels == LEVELS
    assert len(combined.training_history()) == 1
    assert combined.inspect_network().member == 0
    with pytest.raises(InputError, match="quantile_levels"):
        ESRNN(**BOTH, quantile_levels=[0.01, 0.5, 0.99]).fit(OWN, fh=[1])


def test_components_make_up_the_forecast(combined: ESRNN) -> None:
    frame = combined.components().dropna(subset="y_hat")
    x = frame.loc["x"]
    np.testing.assert_allclose(x["level"] * x["seasonality_12"] * x["network"], x["y_hat"])
    np.testing.assert_allclose(frame["y_hat"], combined.predict()["sales"])


@pytest.mark.parametrize("horizon", [2, H, H + 2])
def test_horizons(shipped: Path, horizon: int) -> None:
    combined = ESRNN(**BOTH, horizon=horizon).fit(OWN)
    y_hat = combined.predict()
    assert len(y_hat) == 2 * horizon
    assert np.isfinite(combined.predict_interval(np.arange(1, 3 * H)).to_numpy()).all()
    assert combined._fitted.model.partner.ensemble.config.network.horizon == min(horizon, H)


def test_it_is_saved_and_loaded(combined: ESRNN, tmp_path: Path) -> None:
    for include in ("history", "series", "networks"):
        combined.save_model(tmp_path / include, include=include)
        loaded = load_model(tmp_path / include)
        if include != "history":
            loaded.fit(OWN, fh=FH)
        for one, other in zip(forecasts(loaded), forecasts(combined), strict=True):
            if include != "networks":  # series keep what was trained with the network
                pd.testing.assert_frame_equal(one, other)
            assert one.index.equals(other.index)
    assert load_model(tmp_path / "history").strategy_ == "combine"
    assert loaded.strategy_ == "zero_shot"
    assert loaded._fitted.model.partner.weight == 0.5


@pytest.mark.parametrize("update_params", [True, False])
def test_it_moves_on(combined: ESRNN, update_params: bool) -> None:
    before = weights(combined)
    combined.update(NEW, update_params=update_params)
    assert combined.strategy_ == "combine"
    assert combined.predict().index.unique(level=0).tolist() == ["x", "y", "new"]
    same = all((w == v).all() for w, v in zip(before, weights(combined), strict=True))
    assert same != update_params
    combined.update(panel_of({"x": [-1.0]}, months(43)[-1:]), update_params=False)
    forms = combined.components()["form"].groupby(level=0).first()
    assert forms["x"] == "additive"
    assert np.isfinite(combined.predict_interval().to_numpy()).all()


def test_stale_series_are_left_out(shipped: Path) -> None:
    y = pd.concat([OWN, panel_of({"old": wave(20)}, months(20))])
    combined = ESRNN(**BOTH).set_config(stale_after=12).fit(y, fh=FH)
    assert combined.predict().index.unique(level=0).tolist() == ["x", "y"]


def test_training_goes_on_for_the_own_networks(combined: ESRNN) -> None:
    partner, before = combined._fitted.model.partner, weights(combined)
    combined.continue_training(1)
    assert combined._fitted.model.partner is partner
    assert combined.strategy_ == "combine"
    assert any((w != v).any() for w, v in zip(before, weights(combined), strict=True))


def test_a_combination_is_a_start_for_other_series(combined: ESRNN) -> None:
    other = ESRNN(start_from=combined, strategy="zero_shot").fit(MANY.loc[["a0", "a1"]], fh=[1, 2])
    assert other._fitted.model.partner.weight == 0.5
    assert np.isfinite(other.predict_interval().to_numpy()).all()
    with pytest.raises(InputError, match="networks of one kind; got a combination"):
        ESRNN(**{**BOTH, "start_from": combined}).fit(OWN, fh=[1])


def test_it_repeats(combined: ESRNN) -> None:
    assert_alike(combined, combined.clone().fit(OWN, fh=FH))
