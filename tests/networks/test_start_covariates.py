"""Networks of the package, which know no covariates, for series that have some."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esrnn import ESRNN, load_model
from esrnn.errors import InputError
from tests.estimator.frames import months, wave
from tests.networks.shipped import OWN, H
from tests.networks.test_start import FH

N, NAMES = 48, ("a", "b", "c")
EFFECT = 0.3


def make_data() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return series that a promotion lifts, X over their past, and X over their future."""
    rng, ys, Xs = np.random.default_rng(0), [], []
    for k, name in enumerate(NAMES):
        promo = (rng.random(N + H) < 0.3).astype(float)
        index = pd.MultiIndex.from_product([[name], months(N + H)], names=["shop", "time"])
        y = wave(N + H, 50.0 + k, seed=k) * np.exp(EFFECT * promo)
        ys.append(pd.DataFrame({"sales": y}, index))
        Xs.append(pd.DataFrame({"promo": promo, "zone": "ns"[k % 2]}, index))
    y, X = pd.concat(ys), pd.concat(Xs)
    past = y.index.get_level_values(-1) < months(N + 1)[-1]
    return y[past], X[past], X[~past]


Y, PAST, FUTURE = make_data()


@pytest.mark.parametrize("strategy", ["auto", "zero_shot", "fine_tune", "combine"])
def test_linear_effects_work_at_once(shipped: Path, strategy: str, tmp_path: Path) -> None:
    quick = {"n_jobs": 1, "n_epochs": 1, "random_state": 0, "learning_rate": 1e-6}
    more = {} if strategy in ("auto", "zero_shot") else quick
    forecaster = ESRNN(strategy=strategy, **more).fit(Y, PAST, fh=FH)
    without = forecaster.predict(X=FUTURE.assign(promo=0.0))["sales"]
    ratio = np.log(forecaster.predict(X=FUTURE)["sales"] / without)
    np.testing.assert_allclose(ratio, EFFECT * FUTURE["promo"], atol=0.03)
    with pytest.raises(InputError, match="promo"):
        forecaster.predict()
    loaded = load_model(forecaster.save_model(tmp_path / "model") and tmp_path / "model")
    assert loaded.predict(X=FUTURE).equals(forecaster.predict(X=FUTURE))


def test_static_covariates_change_nothing_without_training(shipped: Path) -> None:
    with_zone = ESRNN().fit(Y, PAST[["zone"]], fh=FH)
    assert with_zone.strategy_ == "zero_shot"
    pd.testing.assert_frame_equal(with_zone.predict(), ESRNN().fit(Y, fh=FH).predict())


def test_a_column_that_means_nothing_changes_little(shipped: Path) -> None:
    rng = np.random.default_rng(1)
    noise = [X.assign(promo=rng.random(len(X)))[["promo"]] for X in (PAST, FUTURE)]
    y_hat = ESRNN().fit(Y, noise[0], fh=FH).predict(X=noise[1])
    plain = ESRNN().fit(Y, fh=FH).predict()
    np.testing.assert_allclose(y_hat.to_numpy(), plain.to_numpy(), rtol=0.1)


def test_the_calendar_counts_as_covariates(shipped: Path) -> None:
    forecaster = ESRNN(calendar=["month"]).fit(Y, fh=FH)
    assert forecaster.strategy_ == "zero_shot"
    assert forecaster.config_.network.n_future > 0
    assert np.isfinite(forecaster.predict_interval().to_numpy()).all()


def test_training_learns_what_covariates_do(shipped: Path) -> None:
    quick = {"n_jobs": 1, "n_epochs": 3, "random_state": 0, "n_members": 1}
    tuned = ESRNN(strategy="fine_tune", **quick).fit(Y, PAST, fh=FH)
    weights = tuned.ensemble_.members[0].network.weights
    for name in ("static_shift.weight", "future_effects.sensitivity.weight"):
        assert np.abs(weights[name]).max() > 0.0
    further = ESRNN(n_jobs=1).fit(Y, PAST, fh=FH).continue_training(1)
    assert np.abs(further.ensemble_.members[0].network.weights["static_shift.weight"]).max() > 0.0


def test_new_series_get_the_effects_of_the_others(shipped: Path) -> None:
    forecaster = ESRNN().fit(Y, PAST, fh=[1])
    new = [frame.loc[["a"]].rename(index={"a": "z"}) for frame in (Y, PAST, FUTURE)]
    forecaster.update(new[0].iloc[-3:], new[1].iloc[-3:], update_params=False)
    ahead = pd.concat([FUTURE, new[2]]).groupby(level=0).head(1)
    y_hat = [forecaster.predict(X=ahead.assign(promo=p))["sales"] for p in (0.0, 1.0)]
    np.testing.assert_allclose(np.log(y_hat[1] / y_hat[0]).loc["z"], EFFECT, atol=0.05)


def test_pretrained_networks_are_given_no_columns_behind_the_users_back(networks: Path) -> None:
    loaded = load_model(networks / "monthly")
    with pytest.raises(InputError, match="the model was trained without X"):
        loaded.fit(OWN, OWN.rename(columns={"sales": "promo"}))
